# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A packet's addresses and ports, of the headers that come with an event."""

from __future__ import annotations

import socket
import typing as t

_PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmp"}
_FIN, _RST = 0x01, 0x04


class Header(t.NamedTuple):
    """From where to where."""

    protocol: str
    source: str
    sport: int
    destination: str
    dport: int
    ttl: int = 0
    closing: bool = False  # it ends a TCP connection, or says that there is none
    reset: bool = False

    @property
    def ends(self) -> tuple[str, str, int, str, int]:
        """What tells a connection from others."""
        return self.protocol, self.source, self.sport, self.destination, self.dport

    @property
    def reverse(self) -> tuple[str, str, int, str, int]:
        """The same of an answer to it."""
        return self.protocol, self.destination, self.dport, self.source, self.sport


def parse(network: bytes, transport: bytes) -> Header | None:
    """The headers; None of anything but whole IPv4 and IPv6 headers."""
    if len(network) >= 20 and network[0] >> 4 == 4:
        family, number, ttl, ends = socket.AF_INET, network[9], network[8], (network[12:16], network[16:20])
    elif len(network) >= 40 and network[0] >> 4 == 6:
        family, number, ttl, ends = socket.AF_INET6, network[6], network[7], (network[8:24], network[24:40])
    else:
        return None
    protocol = _PROTOCOLS.get(number, str(number))
    source, destination = (socket.inet_ntop(family, end) for end in ends)
    if protocol not in ("tcp", "udp") or len(transport) < 4:
        return Header(protocol, source, 0, destination, 0, ttl)
    flags = transport[13] if protocol == "tcp" and len(transport) > 13 else 0
    return Header(
        protocol,
        source,
        int.from_bytes(transport[:2], "big"),
        destination,
        int.from_bytes(transport[2:4], "big"),
        ttl,
        bool(flags & (_FIN | _RST)),
        bool(flags & _RST),
    )
