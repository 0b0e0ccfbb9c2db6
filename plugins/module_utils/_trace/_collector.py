# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The process that holds the table and writes down what the kernel says, while the probe host asks again.

It has no file. There is one on a host (in a network namespace), found at an abstract Unix socket that goes with it, and
that is the lock as well. Its end is set before it starts, by a timer of the kernel's.
"""

from __future__ import annotations

import errno
import json
import os
import select
import socket
import typing as t
from time import monotonic

from ansible_collections.fieldnet.iot.plugins.module_utils import _short_lived
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import GatewayError

from . import _events
from ._holder import Holder, Render
from ._journey import Journey, Recorder

LINGER = 120.0  # seconds that what was seen waits to be fetched, with no table any more
_NAME = b"\0fieldnet-iot-trace"
_GRACE = 2.0
_PATIENCE = 30.0  # seconds that it has to load its table, or to answer
_MOST_BYTES = 1 << 24
_SOL_NETLINK, _ADD_MEMBERSHIP, _SO_RCVBUFFORCE = 270, 1, 33
_BUFFER = 1 << 22
_NETFILTER = 12
_STOP, _TELL, _YIELD = b"stop", b"tell", b"yield"


class Seen(t.NamedTuple):
    """What a trace has seen."""

    journeys: t.List[Journey]
    lost: bool  # the kernel, or this process, has left something out
    seconds: float  # that it lasted


def start(render: Render, seconds: float, token: str) -> None:
    """Start one; returns when packets are traced. Raises GatewayError."""
    control = _take_turn(token)
    if os.fork() == 0:
        _live(control, render, seconds, token)
    control.close()
    answer = _call(_TELL, token)
    if answer.get("error"):
        raise GatewayError(str(answer["error"]))


def _take_turn(token: str) -> socket.socket:
    """The socket that there is one of; a trace that has ended, and whose findings nobody fetched, goes."""
    for last in (False, True):
        control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            control.bind(_NAME)
            control.listen(4)
        except OSError:
            control.close()
            if last or _call(_YIELD, token).get("error"):
                break
        else:
            return control
    raise GatewayError("another trace runs on this host: fetch it, or wait until it ends by itself")


def collect(token: str) -> Seen:
    """End the trace and return what it saw; the table is gone then. Raises GatewayError."""
    answer = _call(_STOP, token)
    if answer.get("error"):
        raise GatewayError(str(answer["error"]))
    return Seen([Journey.of(data) for data in answer["journeys"]], bool(answer["lost"]), answer["seconds"])


def _live(control: socket.socket, render: Render, seconds: float, token: str) -> t.NoReturn:
    """The process's whole life. Whatever happens, it ends here, and runs nothing that its parent left it."""
    holder = Holder()
    try:
        _short_lived.detach([control.fileno()], seconds + LINGER + _GRACE, "fieldnet-trace")
        Collector(control, holder, token).run(render, seconds)
    finally:
        try:
            holder.release()
        finally:
            os._exit(0)


class Collector:
    """Listens to the kernel, and to its master."""

    def __init__(self, control: socket.socket, holder: Holder, token: str) -> None:
        self._control = control
        self._holder = holder
        self._token = token
        self._recorder = Recorder()
        self._lost = False
        self._error = ""
        self._since = monotonic()
        self._until = 0.0

    def run(self, render: Render, seconds: float) -> None:
        """Trace for so long, then wait to be asked."""
        ends = self._since + seconds
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETFILTER) as trace:
            try:
                _listen(trace)
                self._holder.hold(render, seconds)
            except (OSError, GatewayError) as error:
                self._error = str(error)
            while not self._error and monotonic() < ends:
                ready, _write, _failed = select.select([trace, self._control], [], [], max(0.0, ends - monotonic()))
                if trace in ready:
                    self._read(trace)
                if self._control in ready:
                    self._obey(trace)
            self._release(trace)
        ends = monotonic() + LINGER
        while monotonic() < ends:
            ready, _write, _failed = select.select([self._control], [], [], max(0.0, ends - monotonic()))
            if ready:
                self._obey(None)
            if self._error:
                return

    def _read(self, trace: socket.socket) -> bool:
        try:
            data = trace.recv(1 << 16)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            self._lost = True
            return True
        for event in _events.read(data):
            self._recorder.take(event)
        return True

    def _release(self, trace: socket.socket) -> None:
        """No packet is traced any more; what the kernel has already said is read."""
        self._holder.release()
        self._until = monotonic()
        for _turn in range(10000):
            if not self._read(trace):
                return

    def _obey(self, trace: t.Optional[socket.socket]) -> None:
        caller, _address = self._control.accept()
        with caller:
            caller.settimeout(5.0)
            if _short_lived.user_of(caller) != os.geteuid():
                return
            try:
                word, _space, token = caller.recv(200).partition(b" ")
                answer, ends = self._heed(word, token.decode(), trace)
                caller.sendall(json.dumps(answer).encode())
            except (OSError, ValueError):
                return
            if ends:
                self._control.close()  # before the caller sees the end: it may start another at once
                os._exit(0)

    def _heed(self, word: bytes, token: str, trace: t.Optional[socket.socket]) -> t.Tuple[t.Dict[str, t.Any], bool]:
        """The answer to a word, and whether it is the last."""
        if word == _YIELD:
            return {"error": "" if trace is None else "it is not over"}, trace is None
        if token != self._token:
            return {"error": "the trace that runs on this host is another's"}, False
        if word != _STOP:
            return {"error": self._error}, False
        if trace is not None:
            self._release(trace)
        return self._answer(), True

    def _answer(self) -> t.Dict[str, t.Any]:
        lost = self._lost or self._recorder.dropped
        journeys = [journey.data() for journey in self._recorder.journeys]
        return {"error": self._error, "lost": lost, "seconds": self._until - self._since, "journeys": journeys}


def _listen(trace: socket.socket) -> None:
    trace.setblocking(False)
    trace.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
    trace.bind((0, 0))
    trace.setsockopt(_SOL_NETLINK, _ADD_MEMBERSHIP, _events.GROUP)


def _call(word: bytes, token: str) -> t.Dict[str, t.Any]:
    """Say something to the process; the end of its answer to stop comes with its end."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(_PATIENCE)
        answer = b""
        try:
            sock.connect(_NAME)
            if _short_lived.user_of(sock) != os.geteuid():
                raise GatewayError("a process of another user poses as the trace on this host: look at `ss -xlp`")
            sock.sendall(word + b" " + token.encode())
            while len(answer) < _MOST_BYTES:
                data = sock.recv(1 << 16)
                if not data:
                    break
                answer += data
            found: t.Dict[str, t.Any] = json.loads(answer)
        except ConnectionRefusedError:
            raise GatewayError("no trace runs on this host: it ended by itself, as nobody fetched it in time") from None
        except (OSError, ValueError) as error:
            raise GatewayError(f"the trace on this host does not answer ({error}): it ends by itself") from None
    return found
