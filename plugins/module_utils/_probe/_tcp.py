# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Kind ``tcp``: any number of connects in one epoll loop, so that dropped ports cost one timeout together."""

from __future__ import annotations

import heapq
import select
import socket
import struct
from collections import deque
from time import monotonic
from typing import Any, Deque, Dict, List, NamedTuple, Optional, Tuple, Union

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _names, _silence
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._judge import judge_connect, summarise
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._model import target_of
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._path import start_connect
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import (
    Check,
    Entry,
    NameFailure,
    NotRun,
    Result,
)

Outcome = Union[Result, Exception]

_EPOLL = hasattr(select, "epoll")
_BURST = 64  # connects begun before the loop looks at those under way, so that their times are right
# Nothing was said over the connection, so nothing is lost by a reset (nmap -sT does the same). A proper close would
# leave the probe host a TIME_WAIT for each, and the gateway's connection table an entry for minutes.
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class _Job:
    """A check under way."""

    __slots__ = ("check", "entries", "left", "missing", "place", "started")

    def __init__(self, place: int, check: Check) -> None:
        self.place = place
        self.check = check
        self.started = monotonic()
        self.left: float = check["timeout"]  # seconds for connects, once the name is known
        self.entries: List[Optional[Entry]] = []
        self.missing = 0


class _Flight(NamedTuple):
    """A connect under way."""

    job: _Job
    place: int
    address: str
    sock: socket.socket
    started: float


class Sweep:
    """The TCP checks of a run."""

    def __init__(self, checks: List[Check], window: int, cutoff: float) -> None:
        self._checks = checks
        self._window = window
        self._cutoff = cutoff
        self._outcomes: List[Optional[Outcome]] = [None] * len(checks)
        self._open = len(checks)
        self._ready: Deque[Tuple[_Job, int, str]] = deque()
        self._flights: Dict[int, _Flight] = {}
        self._alarms: List[Tuple[float, int, Union[_Flight, _Job]]] = []
        self._alarm_number = 0
        self._naming: Dict[_names.Lookup, List[_Job]] = {}
        self._named: Deque[_names.Lookup] = deque()  # filled by the threads that look names up
        self._poller: Any = select.epoll() if _EPOLL else select.poll()
        self._wake, self._waker = socket.socketpair()

    def run(self) -> List[Outcome]:
        """Make the checks; the outcomes in their order."""
        self._wake.setblocking(False)
        self._waker.setblocking(False)
        self._poller.register(self._wake.fileno(), select.POLLIN)
        try:
            for place, check in enumerate(self._checks):
                self._admit(_Job(place, check))
            while self._open and monotonic() < self._cutoff:
                self._begin()
                self._turn()
                self._expire()
        finally:
            self._clear()
        late = NotRun("the time limit of the whole run came first")
        return [outcome or late for outcome in self._outcomes]

    def _admit(self, job: _Job) -> None:
        host = job.check["host"]
        if not _names.is_address(host):
            self._set_alarm(job.started + job.left, job)
            lookup = _names.look_up(host, job.check)
            waiting = self._naming.setdefault(lookup, [])
            waiting.append(job)
            if len(waiting) == 1:
                lookup.tell(lambda: self._tell(lookup))
            return
        try:
            self._enqueue(job, _names.resolve(host, job.check, 0.0))
        except NameFailure as error:
            self._finish(job, error)

    def _tell(self, lookup: _names.Lookup) -> None:
        """From another thread: a lookup has ended."""
        self._named.append(lookup)
        try:
            self._waker.send(b"\0")
        except OSError:  # full, so the loop will wake; or closed, so nobody waits any more
            return

    def _enqueue(self, job: _Job, addresses: List[str]) -> None:
        job.entries = [None] * len(addresses)
        job.missing = len(addresses)
        self._ready.extend((job, place, address) for place, address in enumerate(addresses))

    def _begin(self) -> None:
        for _number in range(min(_BURST, len(self._ready), self._window - len(self._flights))):
            job, place, address = self._ready.popleft()
            if self._outcomes[job.place] is not None:
                continue
            started = monotonic()
            try:
                sock, number = start_connect(address, job.check["port"], job.check)
            except NotRun as error:
                self._finish(job, error)
                continue
            if sock is None or number:
                self._note(job, place, judge_connect(sock, (address, job.check["port"]), started, number, 0))
                if sock is not None:
                    sock.close()
                continue
            flight = _Flight(job, place, address, sock, started)
            self._flights[sock.fileno()] = flight
            self._poller.register(sock.fileno(), select.POLLOUT)
            self._set_alarm(started + job.left, flight)

    def _turn(self) -> None:
        """Wait for what happens next, and take it in."""
        wait = 0.0
        if not self._open:
            return
        if not self._ready or len(self._flights) >= self._window:
            next_alarm = self._alarms[0][0] if self._alarms else self._cutoff
            wait = max(0.0, min(next_alarm, self._cutoff) - monotonic())
        for number, events in self._poller.poll(wait if _EPOLL else wait * 1000):
            flight = self._flights.get(number)
            if flight is None:
                self._take_names()
            else:
                self._settle(flight, events)

    def _take_names(self) -> None:
        try:
            self._wake.recv(4096)
        except BlockingIOError:
            return
        while self._named:
            lookup = self._named.popleft()
            for job in self._naming.pop(lookup):
                job.left -= monotonic() - job.started
                if lookup.error is not None:
                    self._finish(job, lookup.error)
                else:
                    self._enqueue(job, lookup.result())

    def _settle(self, flight: _Flight, events: int) -> None:
        target = (flight.address, flight.job.check["port"])
        seen = judge_connect(flight.sock, target, flight.started, 0, events)
        if seen is None:
            return
        del self._flights[flight.sock.fileno()]
        self._shut(flight.sock)
        self._note(flight.job, flight.place, seen)

    def _shut(self, sock: socket.socket) -> None:
        if not _EPOLL:  # epoll forgets a socket that is closed
            self._poller.unregister(sock.fileno())
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        sock.close()

    def _expire(self) -> None:
        now = monotonic()
        while self._alarms and self._alarms[0][0] <= now:
            _when, _number, due = heapq.heappop(self._alarms)
            if isinstance(due, _Job):
                if not due.entries and self._outcomes[due.place] is None:
                    self._finish(due, _names.late(due.check["host"]))
            elif self._flights.get(due.sock.fileno()) is due:
                self._settle(due, 0)

    def _set_alarm(self, when: float, due: Union[_Flight, _Job]) -> None:
        self._alarm_number += 1  # so that equal times never compare what is due
        heapq.heappush(self._alarms, (when, self._alarm_number, due))

    def _note(self, job: _Job, place: int, seen: Optional[Entry]) -> None:
        job.entries[place] = seen
        job.missing -= 1
        if not job.missing:
            self._finish(job, _result(job.check, [entry for entry in job.entries if entry]))

    def _finish(self, job: _Job, outcome: Outcome) -> None:
        if self._outcomes[job.place] is None:
            self._open -= 1
            if isinstance(outcome, dict):
                outcome["elapsed"] = round(monotonic() - job.started, 6)
            self._outcomes[job.place] = outcome

    def _clear(self) -> None:
        for flight in self._flights.values():
            flight.sock.close()
        self._flights.clear()
        self._wake.close()
        self._waker.close()
        if _EPOLL:
            self._poller.close()


def run_all(checks: List[Check], window: int, cutoff: float) -> List[Outcome]:
    """Make TCP checks together; each outcome is a result, or the exception that says why there is none."""
    return Sweep(checks, window, cutoff).run()


def run(check: Check, deadline: float) -> Result:
    """Connect to every address of one host."""
    left = max(0.001, deadline - monotonic())
    outcome = run_all([{**check, "timeout": left}], 64, deadline + 1.0)[0]
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _result(check: Check, entries: List[Entry]) -> Result:
    observation, reason = summarise(entries)
    result = {
        "observation": observation,
        "reason": reason,
        "target": target_of(check["host"], check["port"]),
        "addresses": entries,
    }
    _silence.amend(result, check)
    return result
