# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Which address can be reserved for a device, and by which MAC address: one verdict, on the controller and on gateways.

An address inside a pool is refused whatever the server: dnsmasq leaves it out of the pool by itself, Kea does unless it
was told that reservations lie outside, ISC dhcpd gives it to the next one who asks.
"""

from __future__ import annotations

import ipaddress
import typing as t
from functools import lru_cache


# A fleet has thousands of devices in few subnets, and each address is looked at several times.
@lru_cache(maxsize=1024)
def _address(text: str) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(text)


@lru_cache(maxsize=64)
def _network(text: str) -> ipaddress.IPv4Network:
    return ipaddress.IPv4Network(text)


class Range(t.NamedTuple):
    """Addresses that a server gives to anybody, the first and the last one, and where that is said."""

    first: str
    last: str
    place: str = ""

    def __contains__(self, address: object) -> bool:
        return _address(self.first) <= _address(str(address)) <= _address(self.last)

    def __str__(self) -> str:
        return f"{self.first}-{self.last}" + (f" ({self.place})" if self.place else "")


def unassignable(
    address: str, subnet: str, router: t.Optional[str] = None, ranges: t.Iterable[Range] = (), name: str = ""
) -> t.Optional[str]:
    """Why a device can't have this address in this subnet, or None; ``name`` is that of the subnet, if it has one."""
    parsed, net = _address(address), _network(subnet)
    if parsed not in net:
        return f"is outside the subnet {net}{_of(name)}"
    if net.prefixlen < 31 and parsed in (net.network_address, net.broadcast_address):
        kind = "network" if parsed == net.network_address else "broadcast"
        return f"is the {kind} address of {name or net}"
    if address == router:
        return f"is the router's address in {name or net}"
    if parsed.is_multicast or parsed.is_loopback or parsed.is_unspecified or parsed.is_link_local:
        return "is no address that a host can be given"
    return in_pool(address, ranges, name)


def in_pool(address: str, ranges: t.Iterable[Range], name: str = "") -> t.Optional[str]:
    """Why an address that a server also gives to anybody can't be reserved, or None."""
    found = next((pool for pool in ranges if address in pool), None)
    if found is None:
        return None
    return f"is inside the pool {found}{_of(name)}, where another device may get it; choose one outside the pool"


def _of(name: str) -> str:
    return f" of {name}" if name else ""


def locally_administered(mac: str) -> bool:
    """Whether a MAC address was given by software, not by the device's maker."""
    return bool(int(mac[:2], 16) & 2)


def random_macs(devices: t.Iterable[t.Tuple[str, str]]) -> t.List[str]:
    """One warning for the devices, by name and MAC address, whose address is no maker's; none: nothing to say."""
    named = [f"{name} ({mac})" for name, mac in sorted(devices) if locally_administered(mac)]
    if not named:
        return []
    shown = ", ".join(named[:5]) + (f" and {len(named) - 5} more" if len(named) > 5 else "")
    return [
        f"locally administered MAC addresses: {shown}. Software chose them and may choose others, as phones do"
        " for their privacy; then the device loses its address. Take the one printed on the device, if there is one"
    ]
