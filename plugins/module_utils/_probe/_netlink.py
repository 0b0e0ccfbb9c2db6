# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the kernel knows of an interface's addresses and neighbours, asked over netlink: no root, no program to run."""

from __future__ import annotations

import os
import socket
import struct
from typing import Any, Iterator, NamedTuple

# <linux/rtnetlink.h>, <linux/if_addr.h>, <linux/neighbour.h>
_RTM_NEWADDR, _RTM_GETADDR = 20, 22
_RTM_NEWNEIGH, _RTM_GETNEIGH = 28, 30
_NLM_F_REQUEST, _NLM_F_DUMP = 0x1, 0x300
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_IFA_ADDRESS, _IFA_LOCAL = 1, 2
_NDA_DST, _NDA_LLADDR = 1, 2
_HEADER = struct.Struct("=IHHII")
_ADDRESS = struct.Struct("=BBBBI")
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


class Neighbour(NamedTuple):
    """An entry of the neighbour table (ip-neighbour(8))."""

    state: str
    mac: str | None


def ipv4_addresses(interface: int) -> list[str]:
    """The IPv4 addresses of an interface, by its index."""
    found = []
    for fixed, attributes in _dump(_RTM_GETADDR, _RTM_NEWADDR, _ADDRESS):
        _family, _length, _flags, _scope, index = fixed
        data = attributes.get(_IFA_LOCAL, attributes.get(_IFA_ADDRESS, b""))
        if index == interface and len(data) == 4:
            found.append(socket.inet_ntoa(data))
    return found


def neighbour(interface: int, address: str) -> Neighbour | None:
    """What an interface's neighbour table says of an IPv4 address."""
    wanted = socket.inet_aton(address)
    for fixed, attributes in _dump(_RTM_GETNEIGH, _RTM_NEWNEIGH, _NEIGHBOUR):
        _family, _pad, _pad2, index, state, _flags, _type = fixed
        if index == interface and attributes.get(_NDA_DST) == wanted:
            hardware = attributes.get(_NDA_LLADDR)
            return Neighbour(_STATES.get(state, f"{state:#x}"), hardware.hex(":") if hardware else None)
    return None


def _dump(request: int, answer: int, fixed: struct.Struct) -> Iterator[tuple[tuple[Any, ...], dict[int, bytes]]]:
    """Each object of a kind: its fixed part and its attributes."""
    body = struct.pack("=B", socket.AF_INET).ljust(fixed.size, b"\0")
    message = _HEADER.pack(_HEADER.size + len(body), request, _NLM_F_REQUEST | _NLM_F_DUMP, 1, 0) + body
    for kind, data in _messages(message):
        if kind == answer and len(data) >= fixed.size:
            yield fixed.unpack_from(data), _attributes(data[fixed.size :])


def _messages(request: bytes) -> Iterator[tuple[int, bytes]]:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as sock:
        sock.settimeout(1.0)
        sock.send(request)
        while True:
            data = sock.recv(1 << 16)
            while len(data) >= _HEADER.size:
                length, kind, _flags, _sequence, _pid = _HEADER.unpack_from(data)
                if kind == _NLMSG_ERROR:
                    number = -struct.unpack_from("=i", data, _HEADER.size)[0]
                    raise OSError(number, os.strerror(number))
                if kind == _NLMSG_DONE or length < _HEADER.size:
                    return
                yield kind, data[_HEADER.size : length]
                data = data[_align(length) :]


def _attributes(data: bytes) -> dict[int, bytes]:
    found = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        if length < 4:
            break
        found[kind] = data[4:length]
        data = data[_align(length) :]
    return found


def _align(length: int) -> int:
    return (length + 3) & ~3
