# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Peers on loopback for the service checks: what they send is up to each test."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import threading
import time
from typing import Any, Callable, Iterable, Iterator, List, NamedTuple, Optional

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _model

ANY_V4, ANY_V6 = "127.0.0.1", "::1"

UdpAnswer = Callable[[bytes], Iterable[bytes]]
TcpAnswer = Callable[[socket.socket], None]


class Peer(NamedTuple):
    """A listening peer."""

    host: str
    port: int


def check(kind: str, **options: Any) -> _model.Check:
    """One check as the engine hands it to a runner."""
    return _model.parse_checks([{"kind": kind, "timeout": 2, **options}])[0]


def observe(kind: str, **options: Any) -> _model.Result:
    """Run one check to its end."""
    parsed = check(kind, **options)
    return _model.runner_of(kind)(parsed, time.monotonic() + parsed["timeout"])


@contextlib.contextmanager
def udp_peer(answer: UdpAnswer, host: str = ANY_V4, port: int = 0) -> Iterator[Peer]:
    """A UDP server that sends back what ``answer`` makes of each datagram."""
    with _socket(host, socket.SOCK_DGRAM, port) as sock, _serving(sock, lambda: _answer_datagram(sock, answer)):
        yield Peer(host, sock.getsockname()[1])


@contextlib.contextmanager
def tcp_peer(answer: TcpAnswer, host: str = ANY_V4, port: int = 0) -> Iterator[Peer]:
    """A TCP server that handles each connection in a thread of its own."""
    with _socket(host, socket.SOCK_STREAM, port) as sock:
        sock.listen(16)
        with _serving(sock, lambda: _answer_connection(sock, answer)):
            yield Peer(host, sock.getsockname()[1])


@contextlib.contextmanager
def both_peers(datagrams: UdpAnswer, connections: TcpAnswer) -> Iterator[Peer]:
    """UDP and TCP on the same port, as a DNS server has it."""
    for _attempt in range(20):
        with udp_peer(datagrams) as peer:
            try:
                with tcp_peer(connections, port=peer.port):
                    yield peer
                    return
            except OSError:  # another program has that TCP port
                continue
    raise RuntimeError("no port is free for both UDP and TCP")


def free_port(kind: int = socket.SOCK_STREAM, host: str = ANY_V4) -> int:
    """A port where nothing listens."""
    with _socket(host, kind, 0) as sock:
        return int(sock.getsockname()[1])


def saying(data: bytes) -> TcpAnswer:
    """A connection handler: read what comes first, say this, hang up."""

    def answer(conn: socket.socket) -> None:
        conn.recv(65536)
        conn.sendall(data)

    return answer


def silence(conn: socket.socket) -> None:
    """A connection handler that reads, and says nothing until the peer gives up."""
    while conn.recv(65536):
        pass


def hang_up(conn: socket.socket) -> None:
    """A connection handler that reads once and closes."""
    conn.recv(65536)


def streaming(start: bytes, chunk: bytes, sent: Optional[List[int]] = None) -> TcpAnswer:
    """A connection handler that never ends."""

    def answer(conn: socket.socket) -> None:
        conn.recv(65536)
        conn.sendall(start)
        while True:
            conn.sendall(chunk)
            if sent is not None:
                sent.append(len(chunk))

    return answer


def with_tls(context: ssl.SSLContext, names: Optional[List[Optional[str]]] = None) -> TcpAnswer:
    """A connection handler that shakes hands; ``names`` collects the server names asked for."""

    def sni(_conn: ssl.SSLObject, name: Optional[str], _context: ssl.SSLContext) -> None:
        if names is not None:
            names.append(name)

    context.sni_callback = sni

    def answer(conn: socket.socket) -> None:
        with context.wrap_socket(conn, server_side=True) as tls:
            tls.recv(1)

    return answer


def _socket(host: str, kind: int, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock


@contextlib.contextmanager
def _serving(sock: socket.socket, serve_one: Callable[[], None]) -> Iterator[None]:
    stop = threading.Event()

    def loop() -> None:
        while not stop.is_set():
            if select.select([sock], [], [], 0.02)[0]:
                serve_one()

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _answer_datagram(sock: socket.socket, answer: UdpAnswer) -> None:
    data, sender = sock.recvfrom(65536)
    for reply in answer(data):
        sock.sendto(reply, sender)


def _answer_connection(sock: socket.socket, answer: TcpAnswer) -> None:
    conn, _sender = sock.accept()

    def handle() -> None:
        conn.settimeout(10)
        # The probe hangs up whenever it has seen enough.
        with contextlib.suppress(OSError), conn:
            answer(conn)

    threading.Thread(target=handle, daemon=True).start()
