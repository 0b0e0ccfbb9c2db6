# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the kernel knows of an interface's addresses and neighbours, asked over netlink: no root, no program to run."""

from __future__ import annotations

import os
import socket
import struct
from typing import Dict, Iterator, NamedTuple, Tuple

# <linux/rtnetlink.h>, <linux/if_addr.h>, <linux/neighbour.h>
_RTM_GETADDR, _RTM_GETROUTE, _RTM_GETNEIGH = 22, 26, 30
_NLM_F_REQUEST, _NLM_F_DUMP = 0x1, 0x300
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_IFA_ADDRESS, _IFA_LOCAL = 1, 2
_NDA_DST, _NDA_LLADDR = 1, 2
_RTA_DST, _RTA_SRC, _RTA_OIF, _RTA_GATEWAY = 1, 2, 4, 5
_HEADER = struct.Struct("=IHHII")
_ADDRESS = struct.Struct("=BBBBI")
_ROUTE = struct.Struct("=BBBBBBBBI")
_NEIGHBOUR = struct.Struct("=BBHiHBB")
_STATES = {
    0x01: "incomplete",
    0x02: "reachable",
    0x04: "stale",
    0x08: "delay",
    0x10: "probe",
    0x20: "failed",
    0x40: "noarp",
    0x80: "permanent",
}

_Object = Tuple[Tuple[int, ...], Dict[int, bytes]]  # the fixed part, and the attributes


class Neighbour(NamedTuple):
    """An entry of the neighbour table (ip-neighbour(8))."""

    interface: int
    address: str
    state: str
    mac: str | None


def ipv4_addresses(interface: int) -> list[str]:
    """The IPv4 addresses of an interface, by its index."""
    found = []
    for fixed, attributes in _ask(_RTM_GETADDR, _ADDRESS, socket.AF_INET):
        _family, _length, _flags, _scope, index = fixed
        data = attributes.get(_IFA_LOCAL, attributes.get(_IFA_ADDRESS, b""))
        if index == interface and len(data) == 4:
            found.append(socket.inet_ntoa(data))
    return found


def neighbours(family: int) -> list[Neighbour]:
    """The neighbour table of an address family."""
    found = []
    for fixed, attributes in _ask(_RTM_GETNEIGH, _NEIGHBOUR, family):
        _family, _pad, _pad2, index, state, _flags, _type = fixed
        address, hardware = attributes.get(_NDA_DST, b""), attributes.get(_NDA_LLADDR)
        if len(address) in (4, 16):
            mac = hardware.hex(":") if hardware else None
            found.append(Neighbour(index, _text(address), _STATES.get(state, f"{state:#x}"), mac))
    return found


def neighbour(interface: int, address: str) -> Neighbour | None:
    """What an interface's neighbour table says of an IPv4 address."""
    for known in neighbours(socket.AF_INET):
        if (known.interface, known.address) == (interface, address):
            return known
    return None


def next_hop(address: str, interface: str | None, source: str | None) -> tuple[int, str] | None:
    """The interface (its index) and the neighbour that a packet to an address goes to; None without a route."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    data = socket.inet_pton(family, address)
    wanted = _attribute(_RTA_DST, data)
    if source:
        wanted += _attribute(_RTA_SRC, socket.inet_pton(family, source))
    if interface:
        wanted += _attribute(_RTA_OIF, struct.pack("=I", socket.if_nametoindex(interface)))
    fixed = _ROUTE.pack(family, len(data) * 8, len(data) * 8 if source else 0, 0, 0, 0, 0, 0, 0)
    for _fixed, attributes in _ask(_RTM_GETROUTE, _ROUTE, family, fixed + wanted):
        index = attributes.get(_RTA_OIF)
        if index:
            return struct.unpack("=I", index)[0], _text(attributes.get(_RTA_GATEWAY, data))
    return None


def _ask(request: int, shape: struct.Struct, family: int, body: bytes = b"") -> Iterator[_Object]:
    """The kernel's answer to one question, or without one all objects of a kind."""
    flags = _NLM_F_REQUEST if body else _NLM_F_REQUEST | _NLM_F_DUMP
    body = body or struct.pack("=B", family).ljust(shape.size, b"\0")
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as sock:
        sock.settimeout(1.0)
        sock.send(_HEADER.pack(_HEADER.size + len(body), request, flags, 1, 0) + body)
        while True:
            for kind, data in _messages(sock.recv(1 << 16)):
                if kind == _NLMSG_DONE:
                    return
                if kind == _NLMSG_ERROR:
                    number = -struct.unpack_from("=i", data)[0]
                    raise OSError(number, os.strerror(number))
                yield shape.unpack_from(data), _attributes(data[shape.size :])
            if not flags & _NLM_F_DUMP:
                return


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= _HEADER.size:
        length, kind, _flags, _sequence, _pid = _HEADER.unpack_from(data)
        yield kind, data[_HEADER.size : length]
        data = data[max(_HEADER.size, _align(length)) :]


def _attributes(data: bytes) -> dict[int, bytes]:
    found = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        found[kind] = data[4:length]
        data = data[max(4, _align(length)) :]
    return found


def _attribute(kind: int, data: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(data), kind) + data  # ours are all of multiples of four


def _align(length: int) -> int:
    return (length + 3) & ~3


def _text(address: bytes) -> str:
    return socket.inet_ntop(socket.AF_INET if len(address) == 4 else socket.AF_INET6, address)
