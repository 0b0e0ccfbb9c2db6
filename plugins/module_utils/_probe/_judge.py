# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""From errnos and ICMP errors to observations; from the entries of several addresses to one."""

from __future__ import annotations

import errno
import select
import socket
from time import monotonic

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _icmp
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._socket import errno_name
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import PASSING, Entry

# From what proves most to what proves least: the observation of a check is the best of its addresses'.
_ORDER = (
    *sorted(PASSING),
    "intercepted",
    "rewritten",
    "sinkholed",
    "portal",
    "tampered",
    "tls_error",
    "tls_cut",
    "wrong_offer",
    "wrong_answer",
    "rejected",
    "closed",
    "closed_or_reset",
    "dropped",
    "unproven",
    "nothing_heard",
    "no_route",
    "name_error",
    "not_run",
)
_RANK = {observation: place for place, observation in enumerate(_ORDER)}
_TROUBLE = select.POLLERR | select.POLLHUP
_LOCAL = {
    errno.ENETUNREACH: "this host has no route to {0}",
    errno.EHOSTUNREACH: "this host's routes call {0} unreachable",
    errno.EACCES: "this host's routes or rules forbid {0}",
    errno.EINVAL: "this host's routes throw away what is for {0}, or a link-local address was given without interface",
    errno.EADDRNOTAVAIL: "this host has no address or free port to reach {0} from",
    errno.EAFNOSUPPORT: "this host does not speak the address family of {0}",
}


def entry(
    address: str,
    observation: str,
    reason: str,
    started: float,
    number: int | None = None,
    icmp: _icmp.Icmp | None = None,
) -> Entry:
    """What was seen at one address."""
    return {
        "address": address,
        "observation": observation,
        "reason": reason,
        "elapsed": round(monotonic() - started, 6),
        "errno": errno_name(number) if number else None,
        "icmp": icmp.as_dict() if icmp else None,
    }


def judge_connect(
    sock: socket.socket | None, target: tuple[str, int], started: float, number: int, events: int
) -> Entry | None:
    """What became of a TCP connect; None when nothing yet.

    ``number`` is the errno that connect itself gave, ``events`` what poll said since (0: the deadline came).
    """
    address = target[0]
    if sock is None:
        return judge_local(address, started, number)
    if number or events & _TROUBLE:
        icmp = _icmp.read(sock) if _icmp.TCP_QUEUE else None
        if icmp:
            return judge_refusal(sock, address, started, icmp)
        if number and number != errno.ECONNREFUSED:
            return judge_local(address, started, number)
        number = number or sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            return _judge_remote(address, started, number)
        if events & select.POLLHUP:
            return dropped(address, started)  # closed, and nobody says why
    if events & select.POLLOUT:
        return _judge_established(sock, target, started)
    return None if events else dropped(address, started)


def judge_refusal(sock: socket.socket, address: str, started: float, icmp: _icmp.Icmp) -> Entry:
    """An ICMP error came back."""
    udp = sock.type == socket.SOCK_DGRAM
    observation, reason = _icmp.judge(icmp, address, _own_address(sock), udp)
    return entry(address, observation, reason, started, icmp.errno, icmp)


def judge_local(address: str, started: float, number: int) -> Entry:
    """This host itself refused to send."""
    if number == errno.EPERM:
        return entry(address, "rejected", f"this host's own firewall dropped what was for {address}", started, number)
    meaning = _LOCAL.get(number, "this host could not send to {0}").format(address)
    return entry(address, "no_route", f"{meaning} ({errno_name(number)})", started, number)


def _judge_remote(address: str, started: float, number: int) -> Entry:
    """An errno that came over the network, and nothing in the error queue."""
    blind = "" if _icmp.TCP_QUEUE else "; this system does not say whether ICMP did it, and from where"
    if number in (errno.ECONNRESET, errno.EPIPE):
        # A reset that answers a SYN is ECONNREFUSED; these two come only after the handshake.
        return entry(address, "open", f"{address} completed the handshake, and reset the connection at once", started)
    if number == errno.ECONNREFUSED:
        reason = f"a TCP reset came back: from {address}, or from a firewall in its name{blind}"
        return entry(address, "closed_or_reset", reason, started, number)
    if number == errno.ETIMEDOUT:
        return dropped(address, started)
    reason = f"something on the way rejected it ({errno_name(number)}){blind or '; no ICMP message was kept'}"
    return entry(address, "rejected", reason, started, number)


def _judge_established(sock: socket.socket, target: tuple[str, int], started: float) -> Entry:
    address = target[0]
    if sock.getsockname()[:2] == target:
        # A socket that picks its own target as source port meets itself: RFC 9293 section 3.5, simultaneous open.
        reason = f"nothing listens at {address}: the probe met its own socket"
        return entry(address, "closed_or_reset", reason, started, errno.ECONNREFUSED)
    return entry(address, "open", f"{address} completed the handshake", started)


def dropped(address: str, started: float) -> Entry:
    """Silence on TCP."""
    return entry(address, "dropped", f"{address} kept silent: dropped on the way, or the host is down", started)


def _own_address(sock: socket.socket) -> str | None:
    try:
        return str(sock.getsockname()[0])
    except OSError:
        return None


def best(entries: list[Entry]) -> Entry:
    """The entry that proves most; of equal ones the first."""
    return min(entries, key=lambda found: _RANK.get(found["observation"], len(_RANK)))


def summarise(entries: list[Entry]) -> tuple[str, str]:
    """The observation of a check and its reason: the best address's, and what the others saw."""
    if len(entries) == 1:
        return str(entries[0]["observation"]), str(entries[0]["reason"])
    chosen = best(entries)
    reason = str(chosen["reason"])
    others = [f"{found['address']} {found['observation']}" for found in entries if found is not chosen]
    if any(found["observation"] != chosen["observation"] for found in entries):
        shown = ", ".join(others[:4]) + (f" and {len(others) - 4} more" if len(others) > 4 else "")
        reason += f" (other addresses: {shown})"
    elif others:
        reason += f" (the same at {len(others)} more)"
    return str(chosen["observation"]), reason
