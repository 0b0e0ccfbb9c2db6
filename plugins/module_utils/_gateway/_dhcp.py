# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""DHCP reservations, whatever server holds them, and the lint that no server does completely.

Each server lets something else through: dnsmasq a MAC address twice or an address outside its subnet, Kea a name twice
or a broadcast address. So all of it is checked here.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t
from dataclasses import dataclass
from pathlib import Path

from .. import _values
from ._checker import Checker

_LOCAL = re.compile(r"\|-- (\S+)\n\s+/32 host LOCAL")


@dataclass(frozen=True)
class Reservation:
    """One device's address."""

    name: str
    mac: str
    ip: str
    subnet: str


def parse(entries: t.Sequence[t.Mapping[str, t.Any]]) -> tuple[Reservation, ...]:
    """Reservations from a module's options, ordered by address; every problem is reported at once, with its path."""
    check = Checker()
    own = own_addresses()
    seen: dict[str, dict[object, str]] = {"name": {}, "mac": {}, "ip": {}}
    reservations = []
    for index, entry in enumerate(entries):
        path = f"reservations[{index}]"
        reservation = Reservation(
            name=check(f"{path}.name", _values.host_label, entry["name"]),
            mac=check(f"{path}.mac", _values.mac, entry["mac"]),
            ip=check(f"{path}.ip", _values.ipv4, entry["ip"]),
            subnet=check(f"{path}.subnet", _values.subnet, entry["subnet"]),
        )
        for field, values in seen.items():
            check.unique(f"{path}.{field}", getattr(reservation, field), values)
        check(f"{path}.ip", _Assignable(reservation.subnet, own), reservation.ip)
        reservations.append(reservation)
    check.finish()
    return tuple(sorted(reservations, key=lambda reservation: ipaddress.IPv4Address(reservation.ip)))


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


class _Assignable:
    """Whether an address can be a device's; says nothing where the address or the subnet is none by itself."""

    def __init__(self, subnet: str, own: t.Container[str]) -> None:
        self.subnet = subnet
        self.own = own

    def __call__(self, value: object) -> str:
        text = str(value)
        try:
            address = ipaddress.IPv4Address(text)
            network = ipaddress.IPv4Network(self.subnet)
        except ValueError:
            return text
        if address not in network:
            raise ValueError(f"is not in the subnet {network}")
        if network.prefixlen < 31 and address in (network.network_address, network.broadcast_address):
            raise ValueError(f"is the network or broadcast address of {network}")
        if text in self.own:
            raise ValueError("is an address of the gateway itself")
        return text
