# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""NTP: one SNTP exchange (RFC 5905 section 14), believed only when every sanity check holds."""

from __future__ import annotations

import os
import struct
import time
import typing as t

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _outcome
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._model import target_of
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._path import each_address, resolve, udp_exchange
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check, Entry, Result

# leap, version and mode in one byte; stratum; poll; precision; root delay, root dispersion; reference id;
# reference, origin, receive and transmit timestamps
_PACKET = struct.Struct("!BBbbII4s8s8s8s8s")
_REQUEST = struct.pack("!B39x", 0x23)  # version 4, mode 3 (client); all the rest stays zero
_SERVER_MODE, _UNSYNCHRONISED, _MAX_STRATUM = 4, 3, 15
_MAX_DISTANCE = 16.0  # RFC 5905 appendix A.1.1, MAXDISP: beyond it a server counts as not synchronised
_UNIX_EPOCH = 2208988800  # 1970 in seconds since 1900
_ZERO = bytes(8)


class NtpError(ValueError):
    """The bytes are not an NTP server's reply to our request; the message says why ("it ...")."""


class Reply(t.NamedTuple):
    """What a server says of itself and its clock; the timestamps are 64-bit fixed point, seconds since 1900."""

    leap: int
    stratum: int
    reference_id: bytes
    distance: float
    receive: bytes
    transmit: bytes


def request(nonce: bytes) -> bytes:
    """A client's request. Its transmit timestamp is random, so that only who saw the request can answer it."""
    return _REQUEST + nonce


def parse(data: bytes, nonce: bytes) -> Reply:
    """The server's reply to the request with this nonce; NtpError for anything else."""
    if len(data) < _PACKET.size:
        raise NtpError("it is too short for an NTP packet")
    first, stratum, _poll, _precision, delay, dispersion, refid, _ref, origin, receive, sent = _PACKET.unpack_from(data)
    if first & 7 != _SERVER_MODE:
        raise NtpError(f"its mode is {first & 7}, a server's is {_SERVER_MODE}")
    if origin != nonce:
        raise NtpError("its origin timestamp is not the one sent")
    return Reply(first >> 6, stratum, refid, (delay / 2 + dispersion) / 65536, receive, sent)


def kiss_code(reply: Reply) -> str | None:
    """The code of a kiss-o'-death (RFC 5905 section 7.4): a stratum 0 reply carries it as its reference id."""
    if reply.stratum != 0:
        return None
    text = reply.reference_id.rstrip(b"\0")
    return text.decode("ascii") if text.isalnum() else "0x" + reply.reference_id.hex()


def fault(reply: Reply) -> str | None:
    """Why this server's time must not be used, or None."""
    if reply.leap == _UNSYNCHRONISED:
        return "says that its clock is not synchronised (leap indicator 3)"
    if reply.stratum > _MAX_STRATUM:
        return f"says that its clock is not synchronised (stratum {reply.stratum})"
    if _ZERO in (reply.receive, reply.transmit):
        return "sent no time (a zero timestamp)"
    if reply.distance >= _MAX_DISTANCE:
        return f"is {reply.distance:.1f} s away from a reference clock, too far to be synchronised"
    return None


def offset_and_delay(reply: Reply, sent: float, received: float) -> tuple[float, float]:
    """How far the server's clock is ahead of ours, and the round trip, in seconds (RFC 5905 section 8)."""
    ahead_on_arrival = _difference(reply.receive, sent)
    ahead_on_return = _difference(reply.transmit, received)
    # A clock with coarse ticks may claim to have held the request longer than the round trip took.
    delay = max(0.0, ahead_on_arrival - ahead_on_return)
    return (ahead_on_arrival + ahead_on_return) / 2, delay


def _difference(timestamp: bytes, unix_time: float) -> float:
    """Server time minus ours, modulo the era (2036), as RFC 5905 section 6 computes it."""
    ours = int((unix_time + _UNIX_EPOCH) * 2**32)
    wrapped = (int.from_bytes(timestamp, "big") - ours) % 2**64
    return (wrapped - 2**64 if wrapped >= 2**63 else wrapped) / 2**32


def run(check: Check, deadline: float) -> Result:
    """Ask every address of the host for the time."""
    addresses = resolve(check["host"], check, deadline)
    outcomes = each_address(addresses, lambda address: _ask(address, check, deadline))
    return _outcome.result(target_of(check["host"], check["port"]), outcomes)


def _ask(address: str, check: Check, deadline: float) -> _outcome.Outcome:
    nonce = os.urandom(8)
    accepted: list[tuple[Reply, float]] = []
    refused: list[str] = []

    def accept(data: bytes) -> bool:
        received = time.time()
        try:
            accepted.append((parse(data, nonce), received))
        except NtpError as error:
            refused[:] = refused or [str(error)]
        return bool(accepted)

    _data, seen = udp_exchange(address, check["port"], request(nonce), check, deadline, accept)
    if not accepted:
        if seen["observation"] == "wrong_answer":
            seen.update(
                observation="unproven", reason=f"{address} answered, but the reply is not believed: {refused[0]}"
            )
        return seen, {}
    reply, received = accepted[0]
    return _judge(reply, received, seen, check["max_offset"])


def _judge(reply: Reply, received: float, seen: Entry, max_offset: float | None) -> _outcome.Outcome:
    server = seen["address"]
    details: dict[str, t.Any] = {"stratum": reply.stratum, "kiss_code": kiss_code(reply), "offset": None, "delay": None}
    if details["kiss_code"]:
        reason = (
            f"{server} answered with the kiss-o'-death {details['kiss_code']}: the path is open, but it gives no time"
        )
        return {**seen, "reason": reason}, details
    wrong = fault(reply)
    if wrong:
        return {**seen, "observation": "wrong_answer", "reason": f"{server} {wrong}"}, details
    offset, delay = offset_and_delay(reply, received - seen["elapsed"], received)
    details.update(offset=round(offset, 6), delay=round(delay, 6))
    ahead = f"its clock is {abs(offset):.3f} s {'ahead of' if offset > 0 else 'behind'} this host's"
    if max_offset is not None and abs(offset) > max_offset:
        reason = f"{server} answered, but {ahead}, more than the {max_offset:g} s allowed: one of the two is wrong"
        return {**seen, "observation": "wrong_answer", "reason": reason}, details
    return {**seen, "reason": f"{server} answered (stratum {reply.stratum}): {ahead}"}, details
