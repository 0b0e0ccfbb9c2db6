# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A responder for the length of a paired check: a process of its own that ends by itself and leaves nothing behind.

It has no file, not even one to find it by: whoever knows the key finds it at an abstract Unix socket named after the
key, which goes with the process. Its end is set before it starts, by a timer of the kernel's.
"""

from __future__ import annotations

import hmac
import json
import os
import socket
import sys
from time import monotonic
from typing import Any, Dict, List, NoReturn, Optional, Sequence

from ansible_collections.fieldnet.iot.plugins.module_utils import _short_lived
from ansible_collections.fieldnet.iot.plugins.module_utils._responder import _service

_PER_SOURCE, _TOTAL = 50.0, 200.0  # answers a second
_NOBODY = 65534
_GRACE = 1.0  # seconds after which the kernel ends what has not ended by itself
_PATIENCE = 5.0  # seconds that a listener has to answer its owner, and to end
_STOP, _TELL = b"stop", b"tell"

State = Dict[str, Any]
"""What a listener says of itself: pid, ports, remaining."""


class ListenerError(Exception):
    """It can't be started or stopped; the text says why, and the remedy."""


def find(key: str) -> Optional[State]:
    """The listener that was started with a key, if it lives."""
    return _call(key, _TELL)


def stop(key: str) -> Optional[State]:
    """End the listener that was started with a key; returns when it is gone, None if there was none."""
    return _call(key, _STOP)


def start(key: str, ports: Sequence[_service.Port], lifetime: float, addresses: Sequence[str]) -> State:
    """Start a listener; returns when it listens on every port. Raises _service.Unavailable."""
    control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        control.bind(_name(key))
        control.listen(8)
    except OSError as error:
        control.close()
        raise ListenerError(f"another listener with this key is being started ({error.strerror}): try again") from None
    try:
        sockets = _service.listen(ports, addresses)
    except _service.Unavailable:
        control.close()
        raise
    if os.fork() == 0:
        _live(key, control, sockets, [f"{protocol}/{port}" for protocol, port in ports], lifetime)
    for sock in (control, *sockets):
        sock.close()
    state = find(key)
    if state is None:
        raise ListenerError("the listener ended at once: this host gives it no processes, files or timers")
    return state


def _live(
    key: str, control: socket.socket, sockets: List[socket.socket], ports: List[str], lifetime: float
) -> NoReturn:
    """The listener's whole life. Whatever happens, the process ends here, and runs nothing that its parent left it."""
    try:
        master = os.geteuid()
        own = [control, *sockets]
        _short_lived.detach([sock.fileno() for sock in own], lifetime + _GRACE, "fieldnet-listen")
        _give_up_root()
        ends = monotonic() + lifetime
        server = _service.Server(key.encode(), sockets, _service.Limiter(_PER_SOURCE, _TOTAL))
        state = {"pid": os.getpid(), "ports": ports}
        server.watch(
            control, lambda _sock: _obey(own, master, {**state, "remaining": round(max(0.0, ends - monotonic()), 1)})
        )
        server.run(ends)
    finally:
        os._exit(0)


def _give_up_root() -> None:
    if os.geteuid() != 0:
        return
    try:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
    except OSError:  # a user namespace that knows no other user: root there is nobody here
        return


def _obey(own: Sequence[socket.socket], master: int, state: State) -> None:
    """Tell the one who started it, or root, how things stand, and stop if told so. The first socket is the control."""
    caller, _address = own[0].accept()
    with caller:
        caller.settimeout(1.0)  # it sends its word at once
        if _short_lived.user_of(caller) not in (0, master):
            return
        try:
            word = caller.recv(4)
            caller.sendall(json.dumps(state).encode())
        except OSError:
            return
        if word == _STOP:
            for sock in own:  # before the caller sees the end of the answer, so that it may take the ports at once
                sock.close()
            os._exit(0)


def _call(key: str, word: bytes) -> Optional[State]:
    """Say something to a listener; the end of its answer comes with the end of the process, when told to stop."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(_PATIENCE)
        try:
            sock.connect(_name(key))
        except ConnectionRefusedError:
            return None
        if _short_lived.user_of(sock) not in (0, os.geteuid()):
            raise ListenerError("a process of another user poses as the listener with this key: take another key")
        answer = b""
        try:
            sock.sendall(word)
            while len(answer) < 65536:
                data = sock.recv(4096)
                if not data:
                    break
                answer += data
            state: State = json.loads(answer)
        except (OSError, ValueError) as error:
            raise ListenerError(
                f"the listener does not obey ({error}): another user started it, or it hangs;"
                " run the task as that user or as root, or wait until it ends by itself"
            ) from None
    return state


def _name(key: str) -> bytes:
    """An abstract address (unix(7)), which tells nothing of the key."""
    return b"\0fieldnet-iot-listener-" + hmac.new(key.encode(), b"control", "sha256").hexdigest()[:32].encode()


def supported() -> bool:
    """Whether this system has what a listener needs."""
    return sys.platform == "linux"
