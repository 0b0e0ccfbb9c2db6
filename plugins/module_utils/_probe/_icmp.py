# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""ICMP errors, read from a socket's error queue: which device said what, without root.

An errno alone can't tell a closed port from a firewall's REJECT. Linux keeps the ICMP message in the error queue of a
socket that asked for it (ip(7), IP_RECVERR): for UDP always, for a connecting TCP socket since 5.8.
"""

from __future__ import annotations

import os
import socket
import struct
import sys
from typing import Any, NamedTuple

_IP_RECVERR = 11  # <linux/in.h>; the socket module lacks both
_IPV6_RECVERR = 25  # <linux/in6.h>
_WATCH4 = (socket.IPPROTO_IP, _IP_RECVERR)
_WATCH6 = (socket.IPPROTO_IPV6, _IPV6_RECVERR)
_ORIGIN_ICMP = 2  # <linux/errqueue.h>
_ORIGIN_ICMP6 = 3
_EXTENDED_ERR = struct.Struct("=IBBBBII")  # struct sock_extended_err; the offender's sockaddr follows
_MAX_ERRORS = 32  # of one socket at a time: a flood of ICMP must not hold the probe

_NAMES4 = {
    (3, 0): "net-unreachable",
    (3, 1): "host-unreachable",
    (3, 2): "protocol-unreachable",
    (3, 3): "port-unreachable",
    (3, 4): "fragmentation-needed",
    (3, 5): "source-route-failed",
    (3, 6): "net-unknown",
    (3, 7): "host-unknown",
    (3, 8): "source-host-isolated",
    (3, 9): "net-prohibited",
    (3, 10): "host-prohibited",
    (3, 11): "net-unreachable-for-tos",
    (3, 12): "host-unreachable-for-tos",
    (3, 13): "admin-prohibited",
    (3, 14): "host-precedence-violation",
    (3, 15): "precedence-cutoff",
    (11, 0): "ttl-exceeded",
    (11, 1): "reassembly-timeout",
}
_NAMES6 = {
    (1, 0): "no-route",
    (1, 1): "admin-prohibited",
    (1, 2): "beyond-scope",
    (1, 3): "address-unreachable",
    (1, 4): "port-unreachable",
    (1, 5): "policy-failed",
    (1, 6): "reject-route",
    (2, 0): "packet-too-big",
    (3, 0): "hop-limit-exceeded",
    (3, 1): "reassembly-timeout",
}
# What the kernel makes of a neighbour (ARP, ND) that does not answer, with this host's own address as the sender.
_NEIGHBOUR_FAILED = frozenset({(4, 3, 1), (6, 1, 3)})
_TOO_BIG = frozenset({(4, 3, 4), (6, 2, 0)})


def _tcp_queue() -> bool:
    """Whether the kernel queues ICMP errors of a connecting TCP socket (Linux 5.8, commit 45af29ca761c)."""
    if sys.platform != "linux":
        return False
    major, _dot, rest = os.uname().release.partition(".")
    minor = rest.partition(".")[0].partition("-")[0]
    return major.isdigit() and minor.isdigit() and (int(major), int(minor)) >= (5, 8)


UDP_QUEUE = sys.platform == "linux"
TCP_QUEUE = _tcp_queue()


class Icmp(NamedTuple):
    """An ICMP error that answered one of our packets."""

    errno: int
    version: int
    type: int
    code: int
    offender: str

    @property
    def name(self) -> str:
        """What the code is called, as ``admin-prohibited``."""
        names = _NAMES4 if self.version == 4 else _NAMES6
        return names.get((self.type, self.code), f"type {self.type} code {self.code}")

    @property
    def text(self) -> str:
        """For a sentence: ``ICMP admin-prohibited (3/13)``."""
        return f"{'ICMP' if self.version == 4 else 'ICMPv6'} {self.name} ({self.type}/{self.code})"

    def as_dict(self) -> dict[str, Any]:
        """As a result shows it."""
        return {"type": self.type, "code": self.code, "name": self.name, "from": self.offender}


def watch(sock: socket.socket, ipv6: bool, on: bool = True) -> None:
    """Ask the kernel to queue ICMP errors for a socket (or to stop)."""
    sock.setsockopt(*(_WATCH6 if ipv6 else _WATCH4), int(on))


def read(sock: socket.socket) -> Icmp | None:
    """The first ICMP error in a non-blocking socket's queue that says something about the path; empties the queue."""
    found = None
    for _turn in range(_MAX_ERRORS):
        try:
            _data, control, _flags, _peer = sock.recvmsg(1, 512, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT)
        except OSError:  # EAGAIN: the queue is empty
            break
        for level, kind, data in control:
            if (level, kind) in (_WATCH4, _WATCH6):
                icmp = _parse(data)
                if icmp and (icmp.version, icmp.type, icmp.code) not in _TOO_BIG:
                    found = found or icmp
    return found


def _parse(data: bytes) -> Icmp | None:
    if len(data) < _EXTENDED_ERR.size + 8:
        return None
    number, origin, kind, code, _pad, _info, _data = _EXTENDED_ERR.unpack_from(data)
    sockaddr = data[_EXTENDED_ERR.size :]
    if origin == _ORIGIN_ICMP:
        return Icmp(number, 4, kind, code, socket.inet_ntop(socket.AF_INET, sockaddr[4:8]))
    if origin == _ORIGIN_ICMP6 and len(sockaddr) >= 24:
        return Icmp(number, 6, kind, code, socket.inet_ntop(socket.AF_INET6, sockaddr[8:24]))
    return None


def judge(icmp: Icmp, target: str, own: str | None, udp: bool) -> tuple[str, str]:
    """The observation and the reason that an ICMP error stands for."""
    from_target = icmp.offender == target
    if from_target and udp and icmp.name == "port-unreachable":
        return "closed", f"{target} says that nothing listens there: {icmp.text}"
    if from_target:
        return "rejected", f"{target} itself rejected it with {icmp.text}: a firewall on it"
    if icmp.offender == own:
        if (icmp.version, icmp.type, icmp.code) in _NEIGHBOUR_FAILED:
            asked = "ARP" if icmp.version == 4 else "neighbour discovery"
            return "no_route", f"the next device towards {target} does not answer {asked}"
        return "rejected", f"this host's own firewall rejected it with {icmp.text}"
    return "rejected", f"{icmp.offender} rejected it with {icmp.text}"
