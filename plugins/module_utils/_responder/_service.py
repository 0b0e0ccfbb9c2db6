# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The responder: proves to a prober that its packets reached this very host. See docs/responder.md for the protocol.

This one file is the protocol of both sides, the listener of a paired check, and the service that the role
egress_responder installs as it is: so it needs nothing but Python's standard library.
"""

from __future__ import annotations

import contextlib
import errno
import hmac
import ipaddress
import json
import os
import selectors
import socket
import struct
import sys
from collections import OrderedDict
from pathlib import Path
from time import monotonic
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

SIZE = 96  # bytes of a request and of a reply: an answer is never longer than the question
NONCE = 32
ANY = ("0.0.0.0", "::")  # every address of a host

_FORM = struct.Struct(f"!8sBBHHxx{NONCE}s16s")  # magic, version, type, own port, peer's port, nonce, peer's address
_MAGIC = b"fieldnet"
_VERSION = 1
_REQUEST, _REPLY = 1, 2

_MOST_CONNECTIONS = 256
_MOST_SOURCES = 4096  # that a limiter remembers
_PATIENCE = 5.0  # seconds that a connection may take to send its request
_BATCH = 64  # datagrams or connections of one port taken before the others have their turn
_BURST = 4.0  # seconds' worth of answers that may come at once
_PKTINFO = {  # family: level, what to switch on, what comes along (Linux: ip(7), ipv6(7); Python names half of them)
    socket.AF_INET: (socket.IPPROTO_IP, 8, 8),
    socket.AF_INET6: (socket.IPPROTO_IPV6, 49, 50),
}

Port = Tuple[str, int]
"""``tcp`` or ``udp``, and the number."""


class Seen(NamedTuple):
    """What a responder saw of a prober."""

    address: str
    port: int
    own_port: int


class Unavailable(Exception):
    """Ports that can't be listened on; ``refused`` says of each why."""

    def __init__(self, refused: Dict[Port, str]) -> None:
        super().__init__(", ".join(f"{protocol} {port}: {why}" for (protocol, port), why in refused.items()))
        self.refused = refused


def make_request(key: bytes, nonce: bytes) -> bytes:
    """A question, which only those who know the key can ask."""
    return _sign(key, _FORM.pack(_MAGIC, _VERSION, _REQUEST, 0, 0, nonce, b""))


def read_request(key: bytes, data: bytes) -> Optional[bytes]:
    """The nonce of a question; None if it is none."""
    nonce = data[_FORM.size - 16 - NONCE : _FORM.size - 16]
    if len(data) != SIZE or not hmac.compare_digest(data, make_request(key, nonce)):
        return None
    return nonce


def make_reply(key: bytes, nonce: bytes, seen: Seen) -> bytes:
    """The answer to a question: who asked, as seen from here."""
    return _sign(key, _FORM.pack(_MAGIC, _VERSION, _REPLY, seen.own_port, seen.port, nonce, _pack(seen.address)))


def read_reply(key: bytes, nonce: bytes, data: bytes) -> Optional[Seen]:
    """What an answer says; None if it is not the answer to this nonce, or not by one who knows the key."""
    if len(data) != SIZE or not hmac.compare_digest(data, _sign(key, data[: _FORM.size])):
        return None
    magic, version, kind, own_port, port, answered, address = _FORM.unpack(data[: _FORM.size])
    if (magic, version, kind) != (_MAGIC, _VERSION, _REPLY) or not hmac.compare_digest(answered, nonce):
        return None
    return Seen(plain(str(ipaddress.IPv6Address(address))), port, own_port)


def plain(address: str) -> str:
    """An address without zone, and without the disguise that IPv6 gives to IPv4."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def _sign(key: bytes, data: bytes) -> bytes:
    return data + hmac.new(key, data, "sha256").digest()


def _pack(address: str) -> bytes:
    parsed = ipaddress.ip_address(plain(address))
    return (b"\0" * 10 + b"\xff" * 2 if parsed.version == 4 else b"") + parsed.packed


class Limiter:
    """How many answers a second go out, to one source and in total (token buckets)."""

    def __init__(self, per_source: float, total: float) -> None:
        self._rate = per_source
        self._all = _Bucket(total)
        self._sources: OrderedDict[str, _Bucket] = OrderedDict()

    def allow(self, address: str, now: float) -> bool:
        """Whether another answer may go there now."""
        # Nobody owns less of IPv6 than a /64, or has to share it.
        source = address if ":" not in address else str(ipaddress.ip_network(f"{address}/64", strict=False))
        bucket = self._sources.setdefault(source, _Bucket(self._rate))
        self._sources.move_to_end(source)
        if len(self._sources) > _MOST_SOURCES:
            self._sources.popitem(last=False)
        return bucket.take(now) and self._all.take(now)


class _Bucket:
    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._tokens = self._most = max(1.0, rate * _BURST)
        self._filled: Optional[float] = None

    def take(self, now: float) -> bool:
        since = 0.0 if self._filled is None else now - self._filled
        self._tokens = min(self._most, self._tokens + since * self._rate)
        self._filled = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True


def listen(ports: Sequence[Port], addresses: Sequence[str] = ANY) -> List[socket.socket]:
    """A socket for each port and address; raises Unavailable with all that can't be had, and then has none."""
    found: List[socket.socket] = []
    refused: Dict[Port, str] = {}
    for protocol, port in ports:
        for address in addresses:
            try:
                found.append(_listen(protocol, port, address))
            except OSError as error:
                absent = error.errno in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL)
                if not (absent and address == "::"):  # a host without IPv6
                    where = "" if address in ANY else f" ({address})"
                    refused[protocol, port] = f"{os.strerror(error.errno or 0)}{where}"
    if refused:
        for sock in found:
            sock.close()
        raise Unavailable(refused)
    return found


def _listen(protocol: str, port: int, address: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if protocol == "tcp":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((address, port))
            sock.listen(128)
        else:
            level, switch, _comes = _PKTINFO[family]
            sock.setsockopt(level, switch, 1)
            sock.bind((address, port))
    except OSError:
        sock.close()
        raise
    return sock


class _Connection:
    """A prober that has not yet sent all of its question."""

    __slots__ = ("data", "ends", "peer", "sock")

    def __init__(self, sock: socket.socket, peer: Tuple[Any, ...], ends: float) -> None:
        self.sock = sock
        self.peer = peer
        self.ends = ends
        self.data = b""


class Server:
    """Answers on sockets of ``listen``; takes what anyone sends, in bounded memory, and says nothing to strangers."""

    def __init__(self, key: bytes, sockets: Sequence[socket.socket], limiter: Limiter) -> None:
        self._key = key
        self._limiter = limiter
        self._selector = selectors.DefaultSelector()
        self._connections: OrderedDict[int, _Connection] = OrderedDict()  # oldest first
        self.stopping = False
        for sock in sockets:
            tcp = sock.type == socket.SOCK_STREAM
            self.watch(sock, self._accept if tcp else self._answer_datagrams)

    def watch(self, sock: socket.socket, call: Callable[[socket.socket], None]) -> None:
        """Call a function whenever a socket has something to read."""
        self._selector.register(sock, selectors.EVENT_READ, call)

    def run(self, until: float = float("inf")) -> None:
        """Serve until a time of the monotonic clock, or until ``stopping`` is set."""
        while not self.stopping and monotonic() < until:
            ends = min(until, next(iter(self._connections.values())).ends if self._connections else until)
            for selected, _events in self._selector.select(None if ends == float("inf") else ends - monotonic()):
                sock = selected.fileobj
                if isinstance(sock, socket.socket) and sock.fileno() >= 0:  # closed in this very turn
                    selected.data(sock)
            while self._connections and next(iter(self._connections.values())).ends <= monotonic():
                self._drop_oldest()

    def _accept(self, listener: socket.socket) -> None:
        for _number in range(_BATCH):
            try:
                sock, peer = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError:  # out of files: those who keep silent longest make room
                self._drop_oldest()
                return
            sock.setblocking(False)
            if len(self._connections) >= _MOST_CONNECTIONS:
                self._drop_oldest()
            self._connections[sock.fileno()] = _Connection(sock, peer, monotonic() + _PATIENCE)
            self.watch(sock, self._read)

    def _read(self, sock: socket.socket) -> None:
        connection = self._connections[sock.fileno()]
        try:
            data = sock.recv(SIZE - len(connection.data))
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        connection.data += data
        start = connection.data[: len(_MAGIC)]
        if data and _MAGIC.startswith(start) and len(connection.data) < SIZE:
            return
        reply = self._reply(connection.data, connection.peer, sock)
        if reply:
            with contextlib.suppress(OSError):  # the prober left
                sock.send(reply)
        self._drop(connection)

    def _drop_oldest(self) -> None:
        if self._connections:
            self._drop(next(iter(self._connections.values())))

    def _drop(self, connection: _Connection) -> None:
        del self._connections[connection.sock.fileno()]
        self._selector.unregister(connection.sock)
        connection.sock.close()

    def _answer_datagrams(self, sock: socket.socket) -> None:
        level, _switch, comes = _PKTINFO[sock.family]
        for _number in range(_BATCH):
            try:
                data, notes, _flags, peer = sock.recvmsg(SIZE + 1, 128)
            except OSError:  # nothing more, or an error that an earlier answer met
                return
            reply = self._reply(data, peer, sock)
            if reply:
                # From the address that was asked, or the prober takes the answer for a stranger's.
                local = [_origin(value) for at, kind, value in notes if (at, kind) == (level, comes)]
                with contextlib.suppress(OSError):  # no way back to it
                    sock.sendmsg([reply], [(level, comes, value) for value in local], 0, peer)

    def _reply(self, data: bytes, peer: Tuple[Any, ...], sock: socket.socket) -> bytes:
        """The answer, empty for those who get none."""
        nonce = read_request(self._key, data)
        address = plain(peer[0])
        if nonce is None or not self._limiter.allow(address, monotonic()):
            return b""
        return make_reply(self._key, nonce, Seen(address, peer[1], sock.getsockname()[1]))


def _origin(pktinfo: bytes) -> bytes:
    """What to send along so that a datagram leaves from the address that the other one came to."""
    if len(pktinfo) == 20:  # struct in6_pktinfo: address, interface; the latter binds, which only link-local needs
        link_local = ipaddress.IPv6Address(pktinfo[:16]).is_link_local
        return pktinfo if link_local else pktinfo[:16] + bytes(4)
    return bytes(4) + pktinfo[4:8] + bytes(4)  # struct in_pktinfo: interface, local address, destination


def _tell_systemd(text: str) -> None:
    path = os.environ.get("NOTIFY_SOCKET", "")
    if path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.sendto(text.encode(), "\0" + path[1:] if path.startswith("@") else path)


def main(argv: Sequence[str]) -> int:
    """Serve as the configuration says; the key comes in by standard input, which is closed then."""
    try:
        config = json.loads(Path(argv[1]).read_text(encoding="utf-8"))
        key = sys.stdin.buffer.read(4096).strip()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sockets = listen([(port["protocol"], port["port"]) for port in config["ports"]], config["addresses"])
    except Unavailable as error:
        sys.stderr.write(f"can't listen on {error}\n")
        return 1
    except (OSError, ValueError, LookupError, TypeError) as error:
        sys.stderr.write(f"the configuration can't be used: {type(error).__name__}: {error}\n")
        return 2
    _tell_systemd("READY=1")
    Server(key, sockets, Limiter(config["per_source"], config["total"])).run()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv))
