# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Make a MUD file (RFC 8520) of a vendor spec, and say what it cannot hold. See docs/mud.md.

A MUD file is of one model, so each device type gets its own.
"""

from __future__ import annotations

import hashlib
import re
import typing as t
from urllib.parse import urlsplit

from ansible_collections.fieldnet.iot.plugins.module_utils import _values as values
from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import Problem, Problems
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._export_ace import ANYWHERE, Remote, aces
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._export_loss import hosts_of, lost
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._model import ACLS, DNS_CLASS, MUD, NTP_CLASS
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import DeviceType, Requirement, Spec

Data = t.Dict[str, t.Any]
Hosts = t.Mapping[str, t.Sequence[str]]  # by requirement: the names that a site knows
CACHE_VALIDITY = 48  # hours, the RFC's default
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_LONGEST_SYSTEMINFO = 60  # it should be brief
_PATH = re.compile(r"[A-Za-z0-9._~/-]*")


class Exported(t.NamedTuple):
    """A document, and what of the spec is not in it: each loss with the requirement's id."""

    document: Data
    losses: Problems


def base_url(text: str) -> str:
    """Where the documents will be served: https, as RFC 8520 wants. ValueError says what is wrong."""
    try:
        parts = urlsplit(text)
        host = values.host(parts.hostname or "")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        raise ValueError("is not an https URL (write it as https://mud.example.com/iot/)") from None
    if (
        parts.scheme != "https"
        or parts.query
        or parts.fragment
        or "@" in parts.netloc
        or not _PATH.fullmatch(parts.path)
        or not text.isprintable()
    ):
        raise ValueError("is not an https URL (write it as https://mud.example.com/iot/)")
    return f"https://{f'[{host}]' if ':' in host else host}{port}{parts.path.rstrip('/')}/"


def file_name(spec: Spec, kind: DeviceType) -> str:
    """The document's name, in its URL and in a folder."""
    return f"{spec.vendor}.{kind.type}.json"


def export(spec: Spec, kind: DeviceType, base: str, hosts: t.Optional[Hosts] = None) -> Exported:
    """The document of one device type. The same input gives the same document: its date is the newest source's."""
    url = base + file_name(spec, kind)
    families = ("ipv4", "ipv6") if spec.ipv6 else ("ipv4",)
    lists: t.Dict[str, Data] = {}
    name = f"mud-{hashlib.sha256(url.encode()).hexdigest()[:8]}"
    mine = [found for found in spec.requirements if _concerns(found, kind)]
    losses = [loss for found in mine for loss in lost(found, (hosts or {}).get(found.id, ()), spec)]
    for family in families:
        opened, answers = _entries(mine, hosts or {}, family)
        short = family.replace("ip", "")
        lists[f"{name}-{short}fr"] = _list(f"{name}-{short}fr", family, opened)
        lists[f"{name}-{short}to"] = _list(f"{name}-{short}to", family, answers)
    losses.append(Problem("", "MUD has no place for a spec's sources, quotations, conflicts and uplinks"))
    day = max((day.group() for source in spec.sources if (day := _DAY.search(source.retrieved))), default="")
    if not day:
        losses.append(Problem("sources", "no document says when it was retrieved, so last-update is 1970-01-01"))
    document = {
        MUD: {
            "mud-version": 1,
            "mud-url": url,
            "last-update": f"{day or '1970-01-01'}T00:00:00Z",
            "cache-validity": CACHE_VALIDITY,
            "is-supported": True,
            "systeminfo": kind.title.replace("\n", " ")[:_LONGEST_SYSTEMINFO],
            "mfg-name": spec.vendor,
            "model-name": kind.type,
            "from-device-policy": _policy(found for found in lists if found.endswith("fr")),
            "to-device-policy": _policy(found for found in lists if found.endswith("to")),
        },
        ACLS: {"acl": list(lists.values())},
    }
    return Exported(document, losses)


def _concerns(found: Requirement, kind: DeviceType) -> bool:
    """Whether a requirement is one of this type."""
    whom = found.between or found.device_types
    return not whom or kind.type in whom


def _policy(names: t.Iterable[str]) -> Data:
    return {"access-lists": {"access-list": [{"name": name} for name in names]}}


def _list(name: str, family: str, entries: t.Sequence[Data]) -> Data:
    return {"name": name, "type": f"{family}-acl-type", "aces": {"ace": list(entries)}}


def _entries(mine: t.Sequence[Requirement], hosts: Hosts, family: str) -> t.Tuple[t.List[Data], t.List[Data]]:
    """What the device opens, and the other halves; what two requirements ask for is there once."""
    opened: t.List[Data] = []
    answers: t.List[Data] = []
    seen: t.Set[t.Tuple[Remote, str, int]] = set()
    for found in mine:
        for remote in remotes(found, hosts.get(found.id, ())):
            for port in found.ports:
                key = (remote, port.protocol, port.port)
                if key in seen or not remote.has(family):
                    continue
                seen.add(key)
                more = aces(f"{found.id[:36]}-{len(opened)}", family, remote, port)
                opened += more[0]
                answers += more[1]
    return opened, answers


def remotes(found: Requirement, hosts: t.Sequence[str]) -> t.List[Remote]:
    """Where a requirement leads in MUD's words; nowhere, where MUD has none."""
    if found.kind == "local":
        return [Remote(mud=(("same-manufacturer", ""),))]
    if found.kind == "dns":
        return [Remote(mud=(("controller", DNS_CLASS),))]
    if found.kind not in ("outbound", "ntp"):
        return []
    if found.domains or hosts:
        return [Remote(host=name) for name in hosts_of(found, hosts)]
    return [Remote(mud=(("controller", NTP_CLASS),))] if found.kind == "ntp" else [ANYWHERE]
