# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the gateway's own tables know of a segment: addresses, neighbours, bridge ports, LLDP. Read, never written."""

from __future__ import annotations

import ipaddress
import json
import typing as t
from dataclasses import dataclass, field

from .._gateway._commands import find, run
from .._gateway._errors import GatewayError, MissingPackages
from ._processes import running

_NO_EVIDENCE = frozenset({"FAILED", "INCOMPLETE", "NOARP", "PERMANENT"})
Json = t.Any


@dataclass(frozen=True)
class Interface:
    """One of the gateway's, with its own IPv4 addresses and what lies beneath it."""

    name: str
    mac: str
    networks: t.Tuple[ipaddress.IPv4Interface, ...]
    under: t.Tuple[str, ...]  # the interfaces that carry it, itself first


class Neighbour(t.NamedTuple):
    """An entry of the neighbour table; ``fresh``: it was confirmed in the last half minute or so."""

    interface: str
    address: str
    mac: str
    fresh: bool


class BridgePort(t.NamedTuple):
    """Where a bridge of the gateway's last heard a MAC address, and how many seconds ago."""

    mac: str
    port: str
    bridge: str
    age: int


class LldpNeighbour(t.NamedTuple):
    """Who says at a port of the gateway that he is there."""

    interface: str
    system: t.Optional[str]
    port: t.Optional[str]
    mac: t.Optional[str]  # of its interface on this link, as far as it says
    is_switch: bool

    def as_dict(self) -> t.Dict[str, t.Any]:
        """As modules return it."""
        return {"interface": self.interface, "system": self.system, "port": self.port, "is_switch": self.is_switch}


@dataclass
class Tables:
    """All of it, and which of it could not be read."""

    interfaces: t.Dict[str, Interface] = field(default_factory=dict)
    neighbours: t.List[Neighbour] = field(default_factory=list)
    ports: t.List[BridgePort] = field(default_factory=list)
    lldp: t.List[LldpNeighbour] = field(default_factory=list)
    problems: t.List[str] = field(default_factory=list)


def read(names: t.Sequence[str]) -> Tables:
    """The tables, of some interfaces where they are by interface."""
    ip = find("ip")
    if ip is None:
        raise MissingPackages(["iproute2"], "the gateway's tables need the program ip")
    found = Tables(interfaces(_json([ip, "-j", "-d", "address", "show"])))
    missing = [name for name in names if name not in found.interfaces]
    if missing:
        known = ", ".join(sorted(found.interfaces))
        raise GatewayError(f"this host has no interface {', '.join(missing)} (it has {known})")
    found.neighbours = neighbours(_json([ip, "-j", "neighbour", "show"]), names)
    bridge, lldpcli = find("bridge"), find("lldpcli")
    if bridge:
        found.ports = bridge_ports(_soft([bridge, "-s", "-j", "fdb", "show"], found.problems))
    if lldpcli and _lldpd_runs():
        found.lldp = lldp(_soft([lldpcli, "-f", "json0", "show", "neighbors"], found.problems))
    return found


def _lldpd_runs() -> bool:
    """Who may not know is told by its client."""
    try:
        return bool(running({"lldpd"}))
    except GatewayError:
        return True


def interfaces(listing: Json) -> t.Dict[str, Interface]:
    """The interfaces of ``ip -j -d address``."""
    entries = {str(entry.get("ifname")): entry for entry in _dicts(listing)}
    found = {}
    for name, entry in entries.items():
        networks = tuple(
            ipaddress.IPv4Interface(f"{info['local']}/{info['prefixlen']}")
            for info in _dicts(entry.get("addr_info"))
            if info.get("family") == "inet" and "local" in info and "prefixlen" in info
        )
        found[name] = Interface(name, str(entry.get("address", "")), networks, _under(name, entries))
    return found


def _under(name: str, entries: t.Mapping[str, t.Any]) -> t.Tuple[str, ...]:
    """A VLAN's parent, a bond's or bridge's members, and so on down."""
    chain = [name]
    for one in chain:
        link = entries.get(one, {}).get("link")
        below = [str(link)] if link else []
        below += [other for other, entry in entries.items() if entry.get("master") == one]
        chain += [other for other in below if other not in chain]
    return tuple(chain)


def neighbours(listing: Json, names: t.Container[str]) -> t.List[Neighbour]:
    """The entries of ``ip -j neighbour`` on some interfaces that have a MAC address."""
    found = []
    for entry in _dicts(listing):
        states = entry.get("state")
        states = set(states) if isinstance(states, list) else {str(states)}
        interface, address, mac = (entry.get(name) for name in ("dev", "dst", "lladdr"))
        if interface in names and address and mac and not states & _NO_EVIDENCE:
            found.append(Neighbour(str(interface), str(address), str(mac).lower(), "REACHABLE" in states))
    return found


def bridge_ports(listing: Json) -> t.List[BridgePort]:
    """What bridges learnt, of ``bridge -s -j fdb``: not their own addresses, and not what somebody wrote there."""
    found = []
    for entry in _dicts(listing):
        mac, port, master = (entry.get(name) for name in ("mac", "ifname", "master"))
        if mac and port and master and not entry.get("state"):
            age = entry.get("updated", 0)
            found.append(BridgePort(str(mac).lower(), str(port), str(master), age if isinstance(age, int) else 0))
    return found


def lldp(listing: Json) -> t.List[LldpNeighbour]:
    """The neighbours of ``lldpcli -f json0``, the format in which every level is a list."""
    found = []
    for top in _dicts(listing.get("lldp") if isinstance(listing, dict) else None):
        for entry in _dicts(top.get("interface")):
            chassis, port = _first(entry.get("chassis")), _first(entry.get("port"))
            ids = [_first(chassis.get("id")), _first(port.get("id"))]
            # A chassis with several interfaces is named after any of them: the port's own address comes first.
            mac = next((str(one.get("value")).lower() for one in reversed(ids) if one.get("type") == "mac"), None)
            able = {one.get("type") for one in _dicts(chassis.get("capability")) if one.get("enabled")}
            system = _first(chassis.get("name")).get("value") or ids[0].get("value")
            # A port's description is what people call it, its id often a number or a MAC address.
            plain = ids[1].get("value") if ids[1].get("type") != "mac" else None
            label = plain or _first(port.get("descr")).get("value") or ids[1].get("value")
            found.append(
                LldpNeighbour(str(entry.get("name")), _text(system), _text(label), mac, bool(able & {"Bridge"}))
            )
    return found


def _json(command: t.Sequence[str]) -> Json:
    output = run(command)
    if output.code != 0:
        raise GatewayError(f"{' '.join(command)} failed: {output.message}")
    try:
        return json.loads(output.stdout or "[]")
    except ValueError:
        raise GatewayError(f"{' '.join(command)} answered what can't be read: {output.stdout[:200]}") from None


def _soft(command: t.Sequence[str], problems: t.List[str]) -> Json:
    """What the rest can do without."""
    try:
        return _json(command)
    except GatewayError as error:
        problems.append(str(error))
        return []


def _text(value: object) -> t.Optional[str]:
    if value is None:
        return None
    return "".join(char if char.isprintable() else "\ufffd" for char in str(value)[:200]) or None


def _first(value: object) -> t.Dict[str, t.Any]:
    return next(iter(_dicts(value)), {})


def _dicts(value: object) -> t.List[t.Dict[str, t.Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
