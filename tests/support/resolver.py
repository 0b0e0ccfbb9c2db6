#!/usr/bin/env python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A DNS server for the fault tests: an address for the vendor's names, NXDOMAIN for all others.

Says `ready` when it listens, on port 53 of every address, UDP and TCP; port 853 takes connections and closes them.
Arguments: the address to answer with, or `blocked` for NXDOMAIN with extended error 15, or an rcode for everything.
Names may start with what is to happen to them: `servfail`, `refused`, `empty`, `long` (too long for UDP), `garbage`,
`stranger` (a reply to another question), `silent`.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
import sys
import typing as t

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import dns.rrset

VENDOR = "electricimp.com."
_RCODES = {"servfail": dns.rcode.SERVFAIL, "refused": dns.rcode.REFUSED, "empty": dns.rcode.NOERROR}


def main() -> None:
    """Answer until killed."""
    selector = selectors.DefaultSelector()
    for kind, port, handler in (
        (socket.SOCK_DGRAM, 53, _datagram),
        (socket.SOCK_STREAM, 53, _connection),
        (socket.SOCK_STREAM, 853, _hang_up),
    ):
        selector.register(_listen(kind, port), selectors.EVENT_READ, handler)
    print("ready", flush=True)
    while True:
        for key, _events in selector.select():
            with contextlib.suppress(OSError):  # the peer is gone
                key.data(key.fileobj)


def _listen(kind: int, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET6, kind)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("::", port))
    if kind == socket.SOCK_STREAM:
        sock.listen(64)
    return sock


def _datagram(sock: socket.socket) -> None:
    data, peer = sock.recvfrom(65535)
    for reply in _replies(data, udp=True):
        sock.sendto(reply, peer)


def _connection(sock: socket.socket) -> None:
    connection = sock.accept()[0]
    with connection:
        connection.settimeout(2)
        for reply in _replies(connection.recv(65535)[2:], udp=False):
            connection.sendall(struct.pack("!H", len(reply)) + reply)


def _hang_up(sock: socket.socket) -> None:
    sock.accept()[0].close()


def _replies(data: bytes, udp: bool) -> t.Iterator[bytes]:
    query = dns.message.from_wire(data)
    what = str(query.question[0].name).split(".", maxsplit=1)[0]
    if what == "garbage":
        yield b"\xff" * 40
    elif what == "stranger":
        other = dns.message.make_query("other.example.", "A")
        other.id = query.id
        yield dns.message.make_response(other).to_wire()
    elif what != "silent":
        yield _answer(query, what, sys.argv[1], udp)


def _answer(query: dns.message.Message, what: str, how: str, udp: bool) -> bytes:
    reply = dns.message.make_response(query)
    name = reply.question[0].name
    ours = str(name).endswith(VENDOR)
    if how.isupper():
        reply.set_rcode(dns.rcode.from_text(how))
    elif what in _RCODES:
        reply.set_rcode(_RCODES[what])
    elif not ours or how == "blocked":
        reply.set_rcode(dns.rcode.NXDOMAIN)
    elif what == "long":
        reply.answer.append(dns.rrset.from_text(name, 300, "IN", "A", *[f"198.51.100.{n}" for n in range(150)]))
    else:
        reply.answer.append(dns.rrset.from_text(name, 300, "IN", "A", how))
    if ours and how == "blocked":
        why = dns.edns.GenericOption(dns.edns.OptionType.make(15), struct.pack("!H", 15))
        reply.use_edns(0, options=[why])
    if udp and what == "long":
        reply.answer.clear()
        reply.flags |= dns.flags.TC
    return reply.to_wire(max_size=65535)


if __name__ == "__main__":
    main()
