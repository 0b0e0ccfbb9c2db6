# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Idle sessions: for how long may a TCP session keep silent before the path forgets it?

One session for each time span, all held at the same time, so that the longest span is what a check takes. After its
span a session sends a byte, and the peer's TCP acknowledges it, or something in the path has dropped the session.
"""

from __future__ import annotations

import select
import socket
import struct
import typing as t
from time import monotonic

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _options, _outcome
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._model import target_of
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._path import connect_tcp, each_address, entry, resolve
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check, Entry, NotRun, Result

_SETTLING = 2.0  # seconds in which a peer may greet, or answer the opening bytes, before the silence begins
_TICK = 0.05  # seconds between two looks at what was acknowledged: no event tells of that
_TCP_INFO = getattr(socket, "TCP_INFO", None)
_BYTES_ACKED = struct.Struct("120xQ")  # struct tcp_info, Linux 4.1


def run(check: Check, deadline: float) -> Result:
    """Hold sessions with every address of the host."""
    if _TCP_INFO is None:
        raise NotRun("idle sessions need Linux, which tells what the peer acknowledged")
    needed = _options.time_of_idle(check)
    if deadline - monotonic() < needed - 0.5:
        raise NotRun(f"it takes up to {needed:g} s, more than the whole run may: give a longer time_limit")
    addresses = resolve(check["host"], check, monotonic() + check["timeout"])
    outcomes = each_address(addresses, lambda address: _hold(address, check))
    return _outcome.result(target_of(check["host"], check["port"]), outcomes)


class _Session:
    """A session: its silence, its byte, its end."""

    def __init__(self, sock: socket.socket, span: float, check: Check) -> None:
        self.sock = sock
        self.span = span
        self.outcome: str | None = None
        self.silent_for = 0.0
        self._payload = bytes.fromhex(check["payload_hex"])
        self._timeout: float = check["timeout"]
        self._opened = self._heard = monotonic()
        self._sent: float | None = None
        self._acked = 0
        sock.setblocking(False)
        if check["opening_hex"]:
            self._send(bytes.fromhex(check["opening_hex"]))

    def step(self, events: int) -> None:
        """Go on: take what came, break the silence when it has lasted long enough, look for the acknowledgement."""
        if events:
            self._receive()
        if self.outcome:
            return
        now = monotonic()
        if self._sent is None and now >= self._heard + self.span:
            self.silent_for = now - self._heard
            self._acked = _acked(self.sock)
            self._sent = now
            self._send(self._payload)
        elif self._sent is not None and _acked(self.sock) > self._acked:
            self._end("survived")
        elif self._sent is not None and now >= self._sent + self._timeout:
            self._end("dropped")

    def next_step(self) -> float:
        """When to look again, if nothing comes before."""
        return self._heard + self.span if self._sent is None else monotonic() + _TICK

    def _send(self, data: bytes) -> None:
        try:
            self.sock.send(data)
        except OSError as error:
            self._fail(error)

    def _receive(self) -> None:
        try:
            data = self.sock.recv(64 * 1024)
        except BlockingIOError:
            return
        except OSError as error:
            self._fail(error)
            return
        if self._sent is not None:
            self._end("survived" if data or _acked(self.sock) > self._acked else "closed")
        elif not data:
            self._end("closed")
        elif monotonic() - self._opened > _SETTLING:
            self._end("spoke")
        else:
            self._heard = monotonic()

    def _fail(self, error: OSError) -> None:
        if self._sent is not None and _acked(self.sock) > self._acked:
            self._end("survived")  # the byte arrived, and the peer did not like it
        else:
            self._end("reset" if isinstance(error, ConnectionError) else "dropped")

    def _end(self, outcome: str) -> None:
        self.outcome = outcome
        if self._sent is None:
            self.silent_for = monotonic() - self._heard
        self.sock.close()


def _hold(address: str, check: Check) -> _outcome.Outcome:
    started = monotonic()
    sessions: list[_Session] = []
    try:
        for span in check["idle_times"]:
            sock, seen = connect_tcp(address, check["port"], check, started + check["timeout"])
            if sock is None:
                return _unconnected(seen, sessions), {}
            sessions.append(_Session(sock, span, check))
        _wait(sessions)
    finally:
        for session in sessions:
            session.sock.close()
    return _judge(address, sessions, started)


def _unconnected(seen: Entry, sessions: list[_Session]) -> Entry:
    if not sessions:
        return seen
    reason = f"{seen['reason']} (of the session after {len(sessions)} that opened: the peer may limit them)"
    return {**seen, "reason": reason}


def _wait(sessions: list[_Session]) -> None:
    """Until every session has come to an end, which each does."""
    poll = select.poll()
    living = {session.sock.fileno(): session for session in sessions if not session.outcome}
    for number in living:
        poll.register(number, select.POLLIN)
    while living:
        due = min(session.next_step() for session in living.values())
        events = dict(poll.poll(max(0.0, due - monotonic()) * 1000 + 1))
        for number, session in list(living.items()):
            session.step(events.get(number, 0))
            if session.outcome:
                poll.unregister(number)
                del living[number]


def _judge(address: str, sessions: list[_Session], started: float) -> _outcome.Outcome:
    lasted = [session.span for session in sessions if session.outcome == "survived"]
    lost = {session.span: session for session in reversed(sessions) if session.outcome in ("dropped", "reset")}
    longest, shortest = max(lasted, default=None), min(lost, default=None)
    details: dict[str, t.Any] = {
        "longest_survived": longest,
        "shortest_lost": shortest,
        "sessions": [
            {"idle": session.span, "outcome": session.outcome, "silent_for": round(session.silent_for, 3)}
            for session in sessions
        ],
    }
    if longest is not None:
        reason = f"still carries a session after {longest:g} s of silence"
        if shortest is not None:
            reason += f", but lost one after {shortest:g} s" + (": the two contradict" if shortest < longest else "")
        return entry(address, "open", f"the path to {address} {reason}", started), details
    if shortest is not None:
        silent = lost[shortest].outcome == "dropped"
        how = "nothing acknowledged the next byte" if silent else "a reset answered the next byte, or came before it"
        reason = f"the path to {address} lost every session, the shortest after {shortest:g} s of silence: {how}"
        return entry(address, "dropped" if silent else "closed_or_reset", reason, started), details
    least = min(session.silent_for for session in sessions)
    reason = f"{address} itself does not keep silent sessions: it ended them, or spoke, after {least:.1f} s or more"
    return entry(address, "unproven", reason, started), details


def _acked(sock: socket.socket) -> int:
    """How many bytes the peer's TCP has acknowledged so far."""
    info = sock.getsockopt(socket.IPPROTO_TCP, _TCP_INFO or 0, _BYTES_ACKED.size)
    if len(info) < _BYTES_ACKED.size:
        raise NotRun("idle sessions need Linux 4.1, which tells what the peer acknowledged")
    return int(_BYTES_ACKED.unpack(info)[0])
