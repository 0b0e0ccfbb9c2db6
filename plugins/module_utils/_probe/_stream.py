# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Bytes over a connected TCP socket, until a deadline."""

from __future__ import annotations

import os
import socket
from time import monotonic


class Silent(Exception):
    """The peer said nothing more until the deadline."""


class Ended(Exception):
    """The peer, or something in the path, ended the connection. The text is the rest of a sentence."""


class Stream:
    """A connected socket, as something to talk over."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def send(self, data: bytes, deadline: float) -> None:
        """Send all of it; raises Silent or Ended."""
        send(self._sock, data, deadline)

    def receive(self, deadline: float, size: int = 16 * 1024) -> bytes:
        """The next bytes, at least one; raises Silent or Ended."""
        return receive(self._sock, deadline, size)


def send(sock: socket.socket, data: bytes, deadline: float) -> None:
    """Send all of it; raises Silent or Ended."""
    if not data:
        return
    _give_time(sock, deadline)
    try:
        sock.sendall(data)
    except socket.timeout:
        raise Silent from None
    except OSError as error:
        raise _ended(error) from None


def receive(sock: socket.socket, deadline: float, size: int = 16 * 1024) -> bytes:
    """The next bytes, at least one; raises Silent or Ended."""
    _give_time(sock, deadline)
    try:
        data = sock.recv(size)
    except socket.timeout:
        raise Silent from None
    except OSError as error:
        raise _ended(error) from None
    if not data:
        raise Ended("closed the connection")
    return data


def _give_time(sock: socket.socket, deadline: float) -> None:
    left = deadline - monotonic()
    if left <= 0:
        raise Silent
    sock.settimeout(left)


def _ended(error: OSError) -> Ended:
    if isinstance(error, (ConnectionResetError, BrokenPipeError)):
        return Ended("reset the connection")
    return Ended(f"ended the connection ({os.strerror(error.errno) if error.errno else error})")
