# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Who is on the VLAN: what was seen of each MAC address, held against what is expected. Pure."""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import dataclass, field

from ._arp import Answer
from ._lease import ACTIVE, Lease
from ._links import BridgePort, LldpNeighbour, Neighbour, Tables

PRESENT, WRONG_ADDRESS, NO_ADDRESS = "present", "wrong_address", "no_address"
ABSENT, UNPROVEN, UNKNOWN = "absent", "unproven", "unknown"
STATUSES = (PRESENT, WRONG_ADDRESS, NO_ADDRESS, ABSENT, UNPROVEN, UNKNOWN)


class Expected(t.NamedTuple):
    """A device that a site knows."""

    name: str
    mac: str
    ip: t.Optional[str]


@dataclass(frozen=True)
class Evidence:
    """All that was seen on some interfaces. ``asked``: the addresses that were asked for by ARP just now."""

    tables: Tables
    interfaces: t.Tuple[str, ...]
    answers: t.Tuple[Answer, ...] = ()
    asked: t.FrozenSet[str] = frozenset()
    leases: t.Tuple[Lease, ...] = ()


@dataclass
class _Sighting:
    """What is known of one MAC address. Each address is seen or remembered; who did not answer is gone."""

    seen: t.Dict[str, str] = field(default_factory=dict)  # address: interface
    remembered: t.Dict[str, str] = field(default_factory=dict)
    ipv6: t.Set[str] = field(default_factory=set)
    lease: t.Optional[Lease] = None
    port: t.Optional[BridgePort] = None
    lldp: t.Optional[LldpNeighbour] = None  # the device itself speaks LLDP

    @property
    def interface(self) -> t.Optional[str]:
        return next(iter((*self.seen.values(), *self.remembered.values())), None)


def join(
    expected: t.Sequence[Expected], evidence: Evidence, maker: t.Callable[[str], t.Optional[str]]
) -> t.List[t.Any]:
    """One row a device, the expected ones first and in their order, then everybody else by address."""
    sightings = _sightings(evidence)
    owners = _owners(sightings)
    rows = [_row(device, sightings.get(device.mac, _Sighting()), evidence, owners) for device in expected]
    known = {device.mac for device in expected} | {one.mac for one in evidence.tables.interfaces.values()}
    strangers = [(mac, seen) for mac, seen in sightings.items() if mac not in known and _is_there(seen)]
    rows += [_stranger(mac, seen, evidence) for mac, seen in sorted(strangers, key=_rank)]
    return [{**row, "maker": maker(row["mac"])} for row in rows]


def conflicts(evidence: Evidence) -> t.List[t.Dict[str, t.Any]]:
    """The addresses that more than one machine answers for."""
    owners: t.Dict[str, t.Set[str]] = {}
    for answer in evidence.answers:
        owners.setdefault(answer.address, set()).add(answer.mac)
    return [{"address": address, "macs": sorted(macs)} for address, macs in sorted(owners.items()) if len(macs) > 1]


class _Sightings(t.Dict[str, _Sighting]):
    """By MAC address; whoever is asked for is there."""

    def __missing__(self, mac: str) -> _Sighting:
        return self.setdefault(mac, _Sighting())


def _sightings(evidence: Evidence) -> _Sightings:
    found = _Sightings()
    carriers = {name for one in evidence.interfaces for name in evidence.tables.interfaces[one].under}
    for answer in evidence.answers:
        found[answer.mac].seen[answer.address] = answer.interface
    for neighbour in evidence.tables.neighbours:
        _take_neighbour(found[neighbour.mac], neighbour, evidence)
    for lease in evidence.leases:
        if lease.mac:
            _take_lease(found[lease.mac], lease)
    for port in evidence.tables.ports:
        if port.bridge in carriers:
            _take_port(found[port.mac], port)
    for one in evidence.tables.lldp:
        if one.mac and one.interface in carriers:
            found[one.mac].lldp = one
    return found


def _take_lease(sighting: _Sighting, lease: Lease) -> None:
    if sighting.lease is None or lease.state == ACTIVE or sighting.lease.state != ACTIVE:
        sighting.lease = lease


def _take_port(sighting: _Sighting, port: BridgePort) -> None:
    if sighting.port is None or port.age < sighting.port.age:
        sighting.port = port


def _take_neighbour(sighting: _Sighting, neighbour: Neighbour, evidence: Evidence) -> None:
    """What was confirmed lately counts, unless the machine answered just now, and for another address only."""
    if ":" in neighbour.address:
        if neighbour.fresh:
            sighting.ipv6.add(neighbour.address)
    elif neighbour.address in sighting.seen:
        return
    elif neighbour.fresh and not (sighting.seen and neighbour.address in evidence.asked):
        sighting.seen[neighbour.address] = neighbour.interface
    elif neighbour.address not in evidence.asked:
        sighting.remembered[neighbour.address] = neighbour.interface


def _owners(sightings: t.Mapping[str, _Sighting]) -> t.Dict[str, t.List[str]]:
    owners: t.Dict[str, t.List[str]] = {}
    for mac, sighting in sightings.items():
        for address in sighting.seen:
            owners.setdefault(address, []).append(mac)
    return owners


def _row(
    device: Expected, sighting: _Sighting, evidence: Evidence, owners: t.Mapping[str, t.List[str]]
) -> t.Dict[str, t.Any]:
    status, reason = _judge(device, sighting, evidence)
    others = [mac for mac in owners.get(device.ip or "", []) if mac != device.mac]
    if others:
        reason += f"; {device.ip} is in use by {', '.join(others)}"
    return {"name": device.name, "expected_ip": device.ip, **_seen(device.mac, sighting, evidence, status, reason)}


def _stranger(mac: str, sighting: _Sighting, evidence: Evidence) -> t.Dict[str, t.Any]:
    name = sighting.lease.hostname if sighting.lease else None
    calls = f", which calls itself {name}," if name else ""
    where = _list(sighting.seen or sighting.remembered) or ", ".join(sorted(sighting.ipv6))
    reason = f"no device of the site{calls} has {where}" if where else "heard by LLDP or a bridge, without an address"
    return {"name": None, "expected_ip": None, **_seen(mac, sighting, evidence, UNKNOWN, reason)}


def _judge(device: Expected, sighting: _Sighting, evidence: Evidence) -> t.Tuple[str, str]:
    if sighting.seen:
        if device.ip in (None, *sighting.seen):
            return PRESENT, f"answers at {_list(sighting.seen)}"
        return WRONG_ADDRESS, f"answers at {_list(sighting.seen)}, not at the expected {device.ip}"
    if sighting.ipv6 or sighting.lldp or sighting.port:
        how = "IPv6" if sighting.ipv6 else "LLDP" if sighting.lldp else "a bridge"
        asked = evidence.asked and (device.ip is None or device.ip in evidence.asked)
        return NO_ADDRESS if asked else UNPROVEN, f"heard by {how}, but at no IPv4 address"
    if sighting.remembered:
        return UNPROVEN, f"was at {_list(sighting.remembered)} some time ago, and nobody asked now"
    lease = sighting.lease
    held = f"; its lease of {lease.address} is {lease.state}" if lease else ""
    wanted = [address for address in (device.ip, lease.address if lease else None) if address]
    if not wanted:
        return UNPROVEN, "it has no expected address and no lease, so that nobody knows where to ask for it"
    silent = [address for address in wanted if address in evidence.asked]
    if not silent:
        return UNPROVEN, f"nobody asked for {', '.join(dict.fromkeys(wanted))}{held}"
    return ABSENT, f"nothing of its MAC address answers at {', '.join(dict.fromkeys(silent))}{held}"


def _is_there(sighting: _Sighting) -> bool:
    """A switch between the gateway and the devices is nobody to be wondered at."""
    speaks_lldp = sighting.lldp is not None and not sighting.lldp.is_switch
    return bool(sighting.seen or sighting.ipv6 or sighting.remembered or sighting.port or speaks_lldp)


def _seen(mac: str, sighting: _Sighting, evidence: Evidence, status: str, reason: str) -> t.Dict[str, t.Any]:
    lease = sighting.lease
    return {
        "status": status,
        "reason": reason,
        "mac": mac,
        "addresses": _sorted(sighting.seen),
        "ipv6": sorted(sighting.ipv6),
        "interface": sighting.interface,
        "lease": lease.as_dict() if lease else None,
        **_place(sighting, evidence),
    }


def _place(sighting: _Sighting, evidence: Evidence) -> t.Dict[str, t.Any]:
    """The gateway's port behind which a device is, and the switch that says it is at that port's other end."""
    port = sighting.port.port if sighting.port else sighting.lldp.interface if sighting.lldp else None
    names = [port] if port else []
    if not names and sighting.interface in evidence.tables.interfaces:
        names = list(evidence.tables.interfaces[str(sighting.interface)].under)
    at = sighting.lldp or next((one for one in evidence.tables.lldp if one.interface in names and one.is_switch), None)
    return {"port": port, "lldp": at.as_dict() if at else None}


def _rank(found: t.Tuple[str, _Sighting]) -> t.Tuple[int, str]:
    mac, sighting = found
    addresses = _sorted(sighting.seen or sighting.remembered)
    return (int(ipaddress.IPv4Address(addresses[0])) if addresses else 1 << 32, mac)


def _sorted(addresses: t.Iterable[str]) -> t.List[str]:
    return sorted(addresses, key=lambda address: int(ipaddress.IPv4Address(address)))


def _list(addresses: t.Iterable[str]) -> str:
    return ", ".join(_sorted(addresses))
