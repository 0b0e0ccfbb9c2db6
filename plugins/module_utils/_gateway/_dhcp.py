# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""DHCP reservations, whatever server holds them, and what is wrong with them by themselves.

Each server lets something else through: dnsmasq a MAC address twice or an address outside its subnet, Kea a name twice
or a broadcast address, ISC dhcpd all of it. So all of it is checked here; _dhcp_lint.py adds what only the server's own
configuration and leases can say.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t
from dataclasses import dataclass
from pathlib import Path

from .. import _reservable, _values
from ._checker import Checker
from ._errors import InvalidPolicy

# RFC 8910 section 2: there is no captive portal, nobody needs to look for one.
UNRESTRICTED = "urn:ietf:params:capport:unrestricted"
_LOCAL = re.compile(r"\|-- (\S+)\n\s+/32 host LOCAL")
_MOST_SERVERS = 8  # of a kind: what every DHCP server's and client's limits leave room for


@dataclass(frozen=True)
class Told:
    """What the devices with a reservation in a subnet are told beside their address; nothing: the server's own."""

    router: str = ""
    dns_servers: tuple[str, ...] = ()
    ntp_servers: tuple[str, ...] = ()
    unrestricted: bool = False  # no captive portal


@dataclass(frozen=True)
class Reservation:
    """One device's address."""

    name: str
    mac: str
    ip: str
    subnet: str
    told: Told = Told()


@dataclass(frozen=True)
class Wanted:
    """What a server shall hold, what is wrong with it, and what is only unwise."""

    reservations: tuple[Reservation, ...] = ()
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def finish(self, *more: str) -> None:
        """Refuse it if there is any problem."""
        if self.problems or more:
            raise InvalidPolicy([*self.problems, *more])


def read(entries: t.Sequence[t.Mapping[str, t.Any]], subnets: t.Sequence[t.Mapping[str, t.Any]] = ()) -> Wanted:
    """Reservations from a module's options, ordered by address; every problem is noted, with its path."""
    check = Checker()
    told = _told(subnets, check)
    own = own_addresses()
    seen: dict[str, dict[object, str]] = {"name": {}, "mac": {}, "ip": {}}
    reservations = []
    for index, entry in enumerate(entries):
        path, before = f"reservations[{index}]", len(check.problems)
        reservation = Reservation(
            name=check(f"{path}.name", _values.host_label, entry["name"]),
            mac=check(f"{path}.mac", _values.mac, entry["mac"]),
            ip=check(f"{path}.ip", _values.ipv4, entry["ip"]),
            subnet=check(f"{path}.subnet", _values.subnet, entry["subnet"]),
        )
        reservation = Reservation(*_fields(reservation), told.get(reservation.subnet, Told()))
        if len(check.problems) == before:
            check(f"{path}.ip", _Assignable(reservation, own), reservation.ip)
            reservations.append(reservation)
        for field, values in seen.items():
            check.unique(f"{path}.{field}", getattr(reservation, field), values)
    return Wanted(
        tuple(sorted(reservations, key=lambda reservation: ipaddress.IPv4Address(reservation.ip))),
        tuple(check.problems),
        tuple(_reservable.random_macs((reservation.name, reservation.mac) for reservation in reservations)),
    )


def by_subnet(reservations: t.Iterable[Reservation]) -> dict[str, list[Reservation]]:
    """The reservations of each subnet, in their order."""
    groups: dict[str, list[Reservation]] = {}
    for reservation in reservations:
        groups.setdefault(reservation.subnet, []).append(reservation)
    return groups


def own_addresses() -> set[str]:
    """The IPv4 addresses of this host, which no device may get."""
    try:
        return set(_LOCAL.findall(Path("/proc/net/fib_trie").read_text(encoding="ascii", errors="replace")))
    except OSError:
        return set()


def _fields(reservation: Reservation) -> tuple[str, str, str, str]:
    return reservation.name, reservation.mac, reservation.ip, reservation.subnet


def _told(subnets: t.Sequence[t.Mapping[str, t.Any]], check: Checker) -> dict[str, Told]:
    found: dict[str, Told] = {}
    seen: dict[object, str] = {}
    for index, entry in enumerate(subnets):
        path, before = f"subnets[{index}]", len(check.problems)
        subnet = check(f"{path}.subnet", _values.subnet, entry["subnet"])
        check.unique(f"{path}.subnet", subnet, seen)
        router = entry.get("router") or ""
        if router:
            router = check(f"{path}.router", _values.ipv4, router)
            if len(check.problems) == before:
                check(f"{path}.router", _InSubnet(subnet), router)
        servers = {
            kind: tuple(
                check(f"{path}.{kind}[{place}]", _values.ipv4, server)
                for place, server in enumerate(entry.get(kind) or ())
            )
            for kind in ("dns_servers", "ntp_servers")
        }
        check.problems += [
            f"{path}.{kind}: at most {_MOST_SERVERS} fit" for kind in servers if len(servers[kind]) > _MOST_SERVERS
        ]
        found[subnet] = Told(router, unrestricted=entry.get("captive_portal") == "unrestricted", **servers)
    return found


class _InSubnet:
    """Whether a router can be reached from a subnet."""

    def __init__(self, subnet: str) -> None:
        self.subnet = subnet

    def __call__(self, value: object) -> str:
        why = _reservable.unassignable(str(value), self.subnet)
        if why:
            raise ValueError(why)
        return str(value)


class _Assignable:
    """Whether a reservation's address can be a device's."""

    def __init__(self, reservation: Reservation, own: t.Container[str]) -> None:
        self.reservation = reservation
        self.own = own

    def __call__(self, value: object) -> str:
        why = _reservable.unassignable(str(value), self.reservation.subnet, self.reservation.told.router)
        if why is None and value in self.own:
            why = "is an address of the gateway itself"
        if why:
            raise ValueError(why)
        return str(value)
