# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server of tests/support/path.py, which says `ready` when it listens, on IPv4 and IPv6.

tcp_open: accepts. tcp_reset: accepts, and resets at once. udp_echo: sends back what it gets. udp_peer: sends back the
address it was asked from. udp_silent: reads. udp_second: answers every second datagram.
"""

from __future__ import annotations

import json
import selectors
import socket
import struct
import sys
from typing import Callable

Handler = Callable[[socket.socket], None]

_asked: dict[int, int] = {}


def main() -> None:
    """Listen, and serve until killed."""
    selector = selectors.DefaultSelector()
    for what, ports in json.loads(sys.argv[1]).items():
        for port in ports:
            selector.register(_listen(what, port), selectors.EVENT_READ, _HANDLERS[what])
    print("ready", flush=True)
    while True:
        for key, _events in selector.select():
            try:
                key.data(key.fileobj)
            except OSError:  # the peer is gone
                continue


def _listen(what: str, port: int) -> socket.socket:
    stream = what.startswith("tcp")
    sock = socket.socket(socket.AF_INET6, socket.SOCK_STREAM if stream else socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.bind(("::", port))
    if stream:
        sock.listen(1024)
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    return sock


def _accept(sock: socket.socket) -> None:
    sock.accept()[0].close()


def _reset(sock: socket.socket) -> None:
    connection = sock.accept()[0]
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _echo(sock: socket.socket) -> None:
    data, to, peer = _receive(sock)
    _answer(sock, data, to, peer)


def _peer(sock: socket.socket) -> None:
    _data, to, peer = _receive(sock)
    _answer(sock, peer[0].replace("::ffff:", "").encode(), to, peer)


def _silent(sock: socket.socket) -> None:
    _receive(sock)


def _second(sock: socket.socket) -> None:
    data, to, peer = _receive(sock)
    _asked[sock.fileno()] = _asked.get(sock.fileno(), 0) + 1
    if _asked[sock.fileno()] % 2 == 0:
        _answer(sock, data, to, peer)


def _receive(sock: socket.socket) -> tuple[bytes, list[tuple[int, int, bytes]], tuple[str, int]]:
    """A datagram, the address it came to, and the one it came from."""
    data, to, _flags, peer = sock.recvmsg(65535, 128)
    return data, to, peer


def _answer(sock: socket.socket, data: bytes, to: list[tuple[int, int, bytes]], peer: tuple[str, int]) -> None:
    """Answer from the address that was asked: the server has several."""
    sock.sendmsg([data], to, 0, peer)


_HANDLERS: dict[str, Handler] = {
    "tcp_open": _accept,
    "tcp_reset": _reset,
    "udp_echo": _echo,
    "udp_peer": _peer,
    "udp_silent": _silent,
    "udp_second": _second,
}

if __name__ == "__main__":
    main()
