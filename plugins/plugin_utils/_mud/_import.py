# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Make a vendor spec from a MUD file: the data that a spec's YAML file would have. See docs/mud.md."""

from __future__ import annotations

import hashlib
import re
import typing as t
from pathlib import Path
from urllib.parse import urlsplit

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import Problem, Problems
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud import _read
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._check import check
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._flow import Flow, flows
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._model import Mud
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._normalise import normalise
from ansible_collections.fieldnet.iot.plugins.plugin_utils._register._csv_read import unaccented

Data = t.Dict[str, t.Any]
_LONGEST_SLUG = 32
_LONGEST_ID = 48
_LONGEST_TITLE = 160
_SECOND_LEVEL = ("co", "com", "edu", "ac", "org", "net", "gov")
_KIND_TITLES = {
    "dns": "DNS lookups",
    "ntp": "Time",
    "dhcp": "Address by DHCP",
    "local": "Between devices of this vendor",
}


class Imported(t.NamedTuple):
    """A spec's data, or None with the problems; what was repaired on the way, and what no spec carries."""

    data: t.Optional[Data]
    problems: Problems
    repairs: Problems
    losses: Problems


def spec_from_mud(path: Path, vendor: str = "") -> t.Tuple[t.Optional[Data], Problems, Problems]:
    """The data of a spec as its YAML file would have it, what is wrong with the file, and what is worth knowing."""
    found = import_file(path, vendor)
    return found.data, found.problems, [*found.repairs, *found.losses]


def import_file(path: Path, vendor: str = "") -> Imported:
    """Read a file on the controller."""
    data, problems = _read.load(path)
    return Imported(None, problems, [], []) if problems else import_data(data, vendor)


def import_data(data: object, vendor: str = "") -> Imported:
    """A spec of a document; ``vendor`` is its name where the document's own will not do."""
    data, repairs = normalise(data)
    mud, problems = check(data)
    if mud is None:
        return Imported(None, problems, repairs, [])
    found, lost = flows(mud)
    losses = [*mud.losses, *lost]
    if not found:
        nothing = Problem("", "asks for nothing that a spec can have" + (", as its losses say" if lost else ""))
        return Imported(None, [nothing], repairs, losses)
    spec = _spec(mud, found, vendor or vendor_of(mud), losses)
    losses.append(Problem("", "MUD says nothing of uplinks and Wi-Fi: both Ethernet and Wi-Fi are taken as possible"))
    return Imported(spec, [], repairs, losses)


def vendor_of(mud: Mud) -> str:
    """The vendor's name: of maker and model, since each MUD file is of one model; else of the URL."""
    if mud.manufacturer:
        return _slug(f"{mud.manufacturer} {mud.model}".strip())
    *labels, last_label = mud.authority.split(".")
    labels = [label for label in labels if label not in _SECOND_LEVEL]
    is_name = labels and not last_label.isdigit() and ":" not in last_label
    maker = labels[-1] if is_name else mud.authority
    last = urlsplit(mud.url).path.rstrip("/").rsplit("/", 1)[-1].split(".")[0]
    return _slug(maker if last.lower() in ("", maker) else f"{maker} {mud.model or last}")


def _slug(text: str, otherwise: str = "device") -> str:
    found = re.sub(r"[^a-z0-9]+", "_", unaccented(text)).strip("_")
    found = found if found[:1].isalpha() else f"v_{found}" if found else otherwise
    if len(found) > _LONGEST_SLUG:
        found = f"{found[: _LONGEST_SLUG - 7].rstrip('_')}_{_digest(text)}"
    return found


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:6]


def _spec(mud: Mud, found: t.Sequence[Flow], vendor: str, losses: Problems) -> Data:
    title = (mud.systeminfo or f"{mud.manufacturer} {mud.model}".strip() or mud.authority)[:_LONGEST_TITLE]
    kind = _slug(mud.model or "device")
    documented = f" (its maker's documentation: {mud.documentation})" if mud.documentation else ""
    return {
        "schema": 1,
        "vendor": vendor,
        "title": title,
        "ipv6": "supported" if any(flow.ace.family == "ipv6" for flow in found) else "unsupported",
        "sources": [{"id": "mud", "title": f"MUD file {mud.url}{documented}", "retrieved": mud.last_update[:10]}],
        "device_types": [
            {"type": kind, "title": title, "uplinks": [{"medium": "ethernet"}, {"medium": "wifi"}]},
        ],
        "requirements": _requirements(found, vendor, kind, losses),
    }


def _requirements(found: t.Sequence[Flow], vendor: str, kind: str, losses: Problems) -> t.List[Data]:
    """One a destination, in the file's order; all its ports are needed, as MUD knows no fallback.

    Where the file names no destination the site names hosts: those of one port may not be those of another.
    """
    groups: t.Dict[t.Tuple[str, str, str, str], t.List[Flow]] = {}
    for flow in found:
        ports = "" if flow.to.domain or flow.to.literal or flow.to.kind != "outbound" else _named(flow)
        groups.setdefault((flow.to.kind, flow.to.domain, flow.to.literal, ports), []).append(flow)
    ids: t.Set[str] = set()
    requirements = []
    for (what, domain, literal, ports), members in groups.items():
        name = _id(what, domain or literal or ports, ids)
        target = domain or literal or ports
        entry: Data = {
            "id": name,
            "title": f"{'Time from' if what == 'ntp' else 'To'} {target}" if target else _KIND_TITLES[what],
            "kind": what,
            "level": "required",
            "basis": "stated",
            **({"to": {"domains": [domain]}} if domain else {}),
            **({"between": [kind, kind]} if what == "local" else {}),
            **({"all_of": _ports(members)} if what != "dhcp" else {}),
            "sources": [{"ref": "mud", "says": says} for says in dict.fromkeys(flow.ace.says for flow in members)],
        }
        requirements.append(entry)
        if literal:
            remedy = f"{{vendor: {vendor}, requirement: {name}, hosts: [{literal}]}}"
            why = f"the address {literal} is not carried: add it to a site's file under endpoints: {remedy}"
            losses.append(Problem(members[0].ace.path, f"{members[0].ace.name}: {why}"))
    named = next((flow for flow in found if flow.to.domain), None)
    if named and not any(flow.to.kind == "dns" for flow in found):
        requirements.append(_look_ups(ids, named.ace.says))
    return requirements


def _look_ups(ids: t.Set[str], says: str) -> Data:
    """A file that names a host and no resolver: the device has to look the name up all the same."""
    return {
        "id": _id("dns", "", ids),
        "title": _KIND_TITLES["dns"],
        "kind": "dns",
        "level": "required",
        "basis": "implied",
        "all_of": [{"id": "udp-53", "protocol": "udp", "port": 53}],
        "sources": [{"ref": "mud", "says": says}],
    }


def _named(flow: Flow) -> str:
    low, high = flow.ports[0], flow.ports[-1]
    return f"any {flow.protocol} {low}" + (f"-{high}" if high != low else "")


def _ports(members: t.Iterable[Flow]) -> t.List[Data]:
    wanted = dict.fromkeys((flow.protocol, port) for flow in members for port in flow.ports)
    return [{"id": f"{protocol}-{port}", "protocol": protocol, "port": port} for protocol, port in wanted]


def _id(kind: str, target: str, taken: t.Set[str]) -> str:
    """A requirement's id: of its destination, so that it stays the same when others come and go."""
    plain = re.sub(r"[^a-z0-9]+", "-", target.lower()).strip("-")
    prefix = "to" if kind == "outbound" else kind
    found = f"{prefix}-{plain}" if plain else "local-flows" if kind == "local" else kind
    if len(found) > _LONGEST_ID or found in taken:
        found = f"{found[: _LONGEST_ID - 7].rstrip('-')}-{_digest(target)}"
    taken.add(found)
    return found
