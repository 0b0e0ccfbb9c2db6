# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A vendor's spec and what its devices used, as a difference that somebody judges: pure functions.

What a device does is no proof that it needs it. So what is proposed is implied and recommended, and says where it was
seen.
"""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Requirement, Spec

Data = t.Mapping[str, t.Any]
Entry = t.Dict[str, t.Any]
SOURCE = "learned"
_SHOWN = 3
_Key = t.Tuple[str, int]
_NTP = ("udp", 123)


def propose(spec: Spec, sites: t.Sequence[Data], today: str) -> t.Optional[Entry]:
    """What to add to a spec, as a spec that extends it, or None. ``sites`` are what ``_learn.observe`` made of each."""
    seen = _seen(spec.vendor, sites)
    if not seen:
        return None
    where = ", ".join(sorted({site for uses in seen.values() for site, _device, _use in uses}))
    return {
        "schema": 1,
        "vendor": spec.vendor,
        "extends": spec.vendor,
        "sources": [{"id": SOURCE, "title": f"Traffic of devices at {where} in learn mode", "retrieved": today}],
        "requirements": _merged(_requirement(spec, key, uses) for key, uses in sorted(seen.items())),
    }


_Use = t.Tuple[str, Data, Data]  # site, device, the destinations of one service


def _seen(vendor: str, sites: t.Iterable[Data]) -> t.Dict[_Key, t.List[_Use]]:
    """By port, all that left the sites; what stays inside is each site's own decision."""
    found: t.Dict[_Key, t.List[_Use]] = {}
    for site in sites:
        for device in site["devices"]:
            for use in device["used"] if device["vendor"] == vendor else ():
                outside = [one for one in use["destinations"] if not one["local"]]
                key = (use["protocol"], use["port"])
                # Names are the resolvers' of the VLAN to answer: that is a hint to the site, see _learn.py.
                if outside and key[0] in ("tcp", "udp") and key[1] != 53:
                    found.setdefault(key, []).append((site["site"], device, {**use, "destinations": outside}))
    return found


def _merged(entries: t.Iterable[Entry]) -> t.List[Entry]:
    """One entry an id: several ports of one requirement that is known are one change of it."""
    found: t.Dict[str, Entry] = {}
    for entry in entries:
        first = found.setdefault(entry["id"], entry)
        if first is not entry:
            first["to"] = {"domains": sorted({*first["to"]["domains"], *entry["to"]["domains"]})}
            first["sources"] += entry["sources"]
    return list(found.values())


def _requirement(spec: Spec, key: _Key, uses: t.Sequence[_Use]) -> Entry:
    protocol, port = key
    destinations = [one for _site, _device, use in uses for one in use["destinations"]]
    names = sorted({name for one in destinations for name in one["names"]})
    named = all(one["names"] for one in destinations)
    source = {"ref": SOURCE, "says": _says(protocol, port, uses)}
    known = _known(spec, key)
    if known is not None and named:
        # The port is known; it is the destination that the spec does not name.
        return {"id": known.id, "to": {"domains": sorted({*known.domains, *names})}, "sources": [source]}
    types = sorted({device["type"] for _site, device, _use in uses})
    return {
        "id": _free_id(spec, f"seen-{protocol}-{port}"),
        "title": f"Seen in learn mode: {protocol.upper()} {port}",
        "kind": "ntp" if key == _NTP else "outbound",
        "level": "recommended",
        "basis": "implied",
        "device_types": types,
        **({"to": {"domains": names}} if named else {}),
        "all_of": [{"id": f"{protocol}-{port}", "protocol": protocol, "port": port}],
        "sources": [source],
    }


def _known(spec: Spec, key: _Key) -> t.Optional[Requirement]:
    """The outbound requirement that has the port and names destinations."""
    return next(
        (
            found
            for found in spec.requirements
            if found.kind == "outbound"
            and found.domains
            and key in [(port.protocol, port.port) for port in found.ports]
        ),
        None,
    )


def _free_id(spec: Spec, wanted: str) -> str:
    taken = {found.id for found in spec.requirements}
    return next(name for name in (wanted, *(f"{wanted}-{n}" for n in range(2, 1000))) if name not in taken)


def _says(protocol: str, port: int, uses: t.Sequence[_Use]) -> str:
    devices = sorted({f"{device['name']} at {site}" for site, device, _use in uses})
    packets = sum(one["packets"] for _site, _device, use in uses for one in use["destinations"])
    reached = [
        one["names"][0] if one["names"] else one["address"] for _s, _d, use in uses for one in use["destinations"]
    ]
    return (
        f"{_few(devices)} sent {packets} packets to {protocol.upper()} {port} of {_few(list(dict.fromkeys(reached)))}"
    )


def _few(words: t.Sequence[str]) -> str:
    more = [f"{len(words) - _SHOWN} more"] if len(words) > _SHOWN else []
    return ", ".join([*words[:_SHOWN], *more])
