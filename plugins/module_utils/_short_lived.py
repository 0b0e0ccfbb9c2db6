# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A process of our own that outlives the task that started it, for a short while, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import struct
import typing as t
from pathlib import Path

_CREDENTIALS = struct.Struct("3i")


def detach(keep: t.Sequence[int], lifetime: float, name: str) -> None:
    """Outlive the session that started it, until the kernel's timer rings, and hold nothing that others wait for."""
    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, lifetime)
    os.setsid()
    os.chdir("/")
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(null, descriptor)
    for descriptor in [int(opened.name) for opened in Path("/proc/self/fd").iterdir()]:
        if descriptor > 2 and descriptor not in keep:
            _close(descriptor)
    Path("/proc/self/comm").write_text(name, encoding="ascii")


def user_of(sock: socket.socket) -> int:
    """Who is at the other end of a Unix socket."""
    _pid, user, _group = _CREDENTIALS.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    return int(user)


def _close(descriptor: int) -> None:
    try:
        os.close(descriptor)
    except OSError:  # the one that the list itself was read from
        return
