# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Sockets bound to where a check wants to be seen from: an interface or VRF, a source address."""

from __future__ import annotations

import errno
import os
import socket

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check, NotRun

_BINDTODEVICE = getattr(socket, "SO_BINDTODEVICE", None)
_NONBLOCK = getattr(socket, "SOCK_NONBLOCK", 0)


class NoFamily(NotRun):
    """A kernel without IPv6, or without IPv4."""


def family_of(address: str) -> int:
    """The socket family of an IP address."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def errno_name(number: int) -> str:
    """The name of an errno, as ``EHOSTUNREACH``."""
    return errno.errorcode.get(number, f"errno {number}")


def open_socket(check: Check, address: str, kind: int = socket.SOCK_STREAM) -> socket.socket:
    """A non-blocking socket of the address's family, bound as the check says.

    Raises NotRun when that can't be, and NoFamily on a host that does not speak the address's family: that is a
    finding about this address, and the others of its name may work.
    """
    try:
        sock = socket.socket(family_of(address), kind | _NONBLOCK)
    except OSError as error:
        if error.errno == errno.EAFNOSUPPORT:
            raise NoFamily(f"this host does not speak the address family of {address}") from None
        raise NotRun(f"this host gave no socket for {address}: {_text(error)}") from None
    try:
        if not _NONBLOCK:
            sock.setblocking(False)
        if check["interface"]:
            bind_interface(sock, check["interface"])
        if check["source"]:
            _bind_source(sock, check["source"])
    except NotRun:
        sock.close()
        raise
    return sock


def bind_interface(sock: socket.socket, interface: str) -> None:
    """Let a socket send and receive through one interface (or VRF device) only."""
    if _BINDTODEVICE is None:
        raise NotRun("binding to an interface needs Linux: leave interface out, or give source")
    try:
        sock.setsockopt(socket.SOL_SOCKET, _BINDTODEVICE, interface.encode() + b"\0")
    except OSError as error:
        if error.errno == errno.ENODEV:
            raise NotRun(f"this host has no interface {interface}") from None
        if error.errno == errno.EPERM:
            raise NotRun(
                f"this host lets only root bind to interface {interface} (Linux before 5.7): run the task with become"
            ) from None
        raise NotRun(f"can't bind to interface {interface}: {_text(error)}") from None


def _bind_source(sock: socket.socket, source: str) -> None:
    try:
        sock.bind((source, 0))
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise NotRun(f"source {source} is not an address of this host") from None
        raise NotRun(f"can't bind to source {source}: {_text(error)}") from None


def _text(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno else str(error)
