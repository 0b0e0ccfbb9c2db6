# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Through which interface a packet leaves this host, as its main table says (proc(5): no program is run)."""

from __future__ import annotations

import ipaddress
import socket
import struct
import typing as t
from pathlib import Path

_UP, _REJECT = 0x1, 0x200


class Route(t.NamedTuple):
    """One line of the table."""

    destination: ipaddress.IPv4Network
    metric: int
    interface: str


def read() -> list[Route]:
    """The usable IPv4 routes, the closest match first; none where the table can't be read."""
    try:
        lines = Path("/proc/self/net/route").read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return []
    return parse(lines)


def parse(lines: t.Iterable[str]) -> list[Route]:
    """The same from the lines below the table's head."""
    routes = []
    for line in lines:
        fields = line.split()
        if len(fields) < 8 or int(fields[3], 16) & (_UP | _REJECT) != _UP:
            continue
        network = f"{_address(fields[1])}/{_address(fields[7])}"
        routes.append(Route(ipaddress.IPv4Network(network, strict=False), int(fields[6]), fields[0]))
    return sorted(routes, key=lambda route: (-route.destination.prefixlen, route.metric))


def leaves(routes: t.Sequence[Route], destination: str | None) -> str | None:
    """The one interface towards a network, or (no destination) towards the internet; None where it can't be told."""
    wanted = ipaddress.ip_network(destination or "0.0.0.0/0", strict=False)
    if wanted.version != 4:
        return None
    for route in routes:
        if wanted.subnet_of(route.destination):
            ties = {
                other.interface
                for other in routes
                if (other.destination, other.metric) == (route.destination, route.metric)
            }
            return route.interface if len(ties) == 1 else None
        if destination and route.destination.subnet_of(wanted):
            return None  # parts of it lie behind other interfaces
    return None


def _address(text: str) -> str:
    return socket.inet_ntoa(struct.pack("=I", int(text, 16)))
