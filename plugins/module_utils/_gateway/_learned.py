# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What devices did, as our table counted it: flows that no profile allows (learn mode), and each flow that one does."""

from __future__ import annotations

import json
import typing as t

from .. import _values
from ._commands import find, run
from ._errors import GatewayError, MissingPackages

Entry = t.Dict[str, t.Any]
_LEARNED = "iot_learned"
_UNKNOWN = "iot_unknown_seen"
_DOMAIN_SETS = ("d4_", "d6_")
_PROTOCOLS = {6: "tcp", 17: "udp"}


class Table(t.NamedTuple):
    """What one listing of our table says."""

    learns: bool  # it has a set for what no profile allows
    used: list[Entry]
    counters: dict[str, Entry]
    sets: dict[str, list[str]]  # the addresses behind each domain's set
    unknown: list[Entry]  # who is no device of the policy, and sent something


def read(table: str) -> Table | None:
    """Our table, listed once; None where there is none."""
    nft = find("nft")
    if nft is None:
        raise MissingPackages(["nftables"], "what the table has counted is read with the program nft")
    output = run([nft, "-j", "list", "table", "inet", table])
    if output.code != 0:
        if "No such file or directory" in output.stderr:
            return None
        raise GatewayError(f"nft can't list the table inet {table}: {output.message}")
    try:
        return parse(json.loads(output.stdout)["nftables"])
    except (ValueError, LookupError, TypeError, AttributeError):
        raise GatewayError(f"nft answered what can't be read: {output.stdout[:200]}") from None


def parse(entries: t.Sequence[Entry]) -> Table:
    """The same from the listing's objects."""
    sets = {entry["set"]["name"]: entry["set"].get("elem") or [] for entry in entries if "set" in entry}
    counters = {
        entry["counter"]["name"]: {"packets": entry["counter"]["packets"], "bytes": entry["counter"]["bytes"]}
        for entry in entries
        if "counter" in entry
    }
    learned = {name: elements for name, elements in sets.items() if name.startswith(_LEARNED)}
    used = [found for elements in learned.values() for found in map(_used, elements) if found]
    return Table(
        learns=bool(learned),
        used=sorted(used, key=lambda one: [str(one[key]) for key in ("interface", "mac", "destination", "protocol")]),
        counters=counters,
        sets={
            name: sorted(str(_inner(element)[0]) for element in elements)
            for name, elements in sets.items()
            if name.startswith(_DOMAIN_SETS)
        },
        unknown=[found for found in map(_stranger, sets.get(_UNKNOWN, [])) if found],
    )


def _inner(element: t.Any) -> tuple[t.Any, Entry]:
    """An element's value, and what goes with it."""
    if isinstance(element, dict) and "elem" in element:
        return element["elem"].get("val"), element["elem"]
    return element, {}


def _used(element: t.Any) -> Entry | None:
    value, about = _inner(element)
    parts = value.get("concat") if isinstance(value, dict) else None
    if not isinstance(parts, list) or len(parts) != 5:
        return None
    interface, mac, destination, protocol, port = parts
    try:
        return {
            "interface": str(interface),
            "mac": _values.mac(mac),
            "destination": _values.ip(destination),
            "protocol": _PROTOCOLS.get(protocol, str(protocol)),
            "port": int(port),
            **_counted(about),
            "expires": int(about.get("expires", 0)),
        }
    except (TypeError, ValueError):
        return None


def _stranger(element: t.Any) -> Entry | None:
    value, about = _inner(element)
    parts = value.get("concat") if isinstance(value, dict) else None
    if not isinstance(parts, list) or len(parts) != 2:
        return None
    return {"interface": str(parts[0]), "mac": str(parts[1]), **_counted(about)}


def _counted(about: Entry) -> Entry:
    counter = about.get("counter") or {}
    return {"packets": int(counter.get("packets", 0)), "bytes": int(counter.get("bytes", 0))}
