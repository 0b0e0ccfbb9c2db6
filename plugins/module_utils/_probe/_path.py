# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What happens to packets on the way to an address: TCP connects and UDP exchanges, judged per address.

Every function takes a check (for where to bind) and a deadline (of the monotonic clock), and gives back an entry of
``addresses``: what was seen, the errno, and the ICMP error with the device that sent it.
"""

from __future__ import annotations

import errno
import select
import socket
from time import monotonic
from typing import Callable

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _icmp, _pace
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._judge import (
    best,
    entry,
    judge_connect,
    judge_local,
    judge_refusal,
    summarise,
)
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._names import resolve
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._socket import NoFamily, errno_name, open_socket
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check, Entry, NotRun
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._workers import each_address

__all__ = [
    "best",
    "connect_tcp",
    "each_address",
    "entry",
    "open_socket",
    "resolve",
    "start_connect",
    "summarise",
    "udp_exchange",
    "wait_for",
]

_SHOWN = 16  # bytes of an unexpected reply that a result shows
_IN_PROGRESS = frozenset({0, errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EINTR})


def start_connect(address: str, port: int, check: Check) -> tuple[socket.socket | None, int]:
    """A socket on its way to an address, and 0; any other errno is an answer of this host."""
    try:
        sock = open_socket(check, address)
    except NoFamily:
        return None, errno.EAFNOSUPPORT
    try:
        if _icmp.TCP_QUEUE:
            _icmp.watch(sock, ":" in address)
        number = sock.connect_ex((address, port))
    except OSError as error:
        number = error.errno or errno.EINVAL
    return sock, 0 if number in _IN_PROGRESS else number


def connect_tcp(address: str, port: int, check: Check, deadline: float) -> tuple[socket.socket | None, Entry]:
    """Connect; the socket comes back open, with the rest of the deadline as its timeout, or not at all."""
    started = monotonic()
    sock, number = start_connect(address, port, check)
    seen = None
    while seen is None:
        events = 0 if number or sock is None else wait_for(sock, select.POLLOUT, deadline)
        seen = judge_connect(sock, (address, port), started, number, events)
    if sock is None or seen["observation"] != "open":
        if sock is not None:
            sock.close()
        return None, seen
    if _icmp.TCP_QUEUE:
        # On an open connection every ICMP error would be fatal at once; without this, TCP rides out what passes.
        _icmp.watch(sock, ":" in address, on=False)
    sock.settimeout(max(0.001, deadline - monotonic()))
    return sock, seen


def udp_exchange(
    address: str,
    port: int,
    payload: bytes,
    check: Check,
    deadline: float,
    accept: Callable[[bytes], bool] | None = None,
) -> tuple[bytes | None, Entry]:
    """Send one datagram and wait for the reply that ``accept`` takes (any, without it).

    The wait for the target's pace (see _pace) comes on top of the deadline, or silence would mean nothing.
    """
    asked = monotonic()
    token = _pace.acquire(address, port, asked + _pace.LONGEST_WAIT)
    if token is None:
        raise NotRun(f"too many datagrams for {address} in one run: a target is asked once a second")
    started = monotonic()
    try:
        sock = open_socket(check, address, socket.SOCK_DGRAM)
    except NoFamily:
        return None, judge_local(address, started, errno.EAFNOSUPPORT)
    with sock:
        number = _send(sock, address, port, payload)
        if number:
            token.give_back()
            icmp = _icmp.read(sock) if _icmp.UDP_QUEUE else None  # of this host's own firewall
            return None, judge_refusal(sock, address, started, icmp) if icmp else judge_local(address, started, number)
        return _await_reply(sock, address, token, deadline + started - asked, accept or (lambda _data: True))


def _send(sock: socket.socket, address: str, port: int, payload: bytes) -> int:
    try:
        if _icmp.UDP_QUEUE:
            _icmp.watch(sock, ":" in address)
        sock.connect((address, port))
        sock.send(payload)
    except OSError as error:
        return error.errno or errno.EINVAL
    return 0


def _await_reply(
    sock: socket.socket, address: str, token: _pace.Token, deadline: float, accept: Callable[[bytes], bool]
) -> tuple[bytes | None, Entry]:
    started = monotonic()
    unwanted = b""
    quiet_at = started + _pace.SILENCE
    while monotonic() < deadline:
        if monotonic() >= quiet_at:
            token.silent()
            quiet_at = deadline
        if not wait_for(sock, select.POLLIN, min(deadline, quiet_at)):
            continue
        data, refusal = _receive(sock, address, token, started)
        if refusal:
            return None, refusal
        if data is None:
            continue
        token.answered()
        if accept(data):
            return data, entry(address, "open", f"{address} answered", started)
        unwanted = unwanted or data[:_SHOWN] or b"\0"
    if unwanted:
        reason = f"{address} answered, but not with what was asked for (its reply starts with {unwanted.hex()})"
        return None, entry(address, "wrong_answer", reason, started)
    return None, entry(address, "unproven", f"{address} kept silent: open and silent, or dropped on the way", started)


def _receive(
    sock: socket.socket, address: str, token: _pace.Token, started: float
) -> tuple[bytes | None, Entry | None]:
    """A datagram, or the refusal that came in its place; neither when it was nothing."""
    icmp = _icmp.read(sock) if _icmp.UDP_QUEUE else None
    if icmp:
        if icmp.offender == address:
            token.refused()
        else:
            token.give_back()
        return None, judge_refusal(sock, address, started, icmp)
    try:
        return sock.recv(65535), None
    except (BlockingIOError, InterruptedError):
        return None, None
    except OSError as error:
        if error.errno == errno.EMSGSIZE:
            return None, None  # a router's hint about the path's MTU, no verdict
        if error.errno == errno.ECONNREFUSED:
            reason = f"an ICMP port-unreachable came back: from {address}, or from a firewall (this system can't tell)"
            return None, entry(address, "closed_or_reset", reason, started, errno.ECONNREFUSED)
        reason = f"something on the way rejected it ({errno_name(error.errno or 0)}); this system can't tell what"
        return None, entry(address, "rejected", reason, started, error.errno)


def wait_for(sock: socket.socket, events: int, deadline: float) -> int:
    """What poll says of a socket, 0 when the deadline came first."""
    poll = select.poll()
    poll.register(sock, events)
    found = poll.poll(max(0.0, deadline - monotonic()) * 1000 + 0.5)
    return found[0][1] if found else 0
