# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services of tests/faults/test_service_matrix.py, on IPv4 and IPv6: `service_server.py server|router FOLDER`.

The server's are what a device wants to reach; the router's stand in the way. Both have certificates of an authority
in FOLDER. Says in one line of JSON what is to be known of the certificates when all listen, and serves until killed.
"""

from __future__ import annotations

import json
import socket
import ssl
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Dict

from service_peers import TcpAnswer, UdpAnswer, hang_up, saying, silence, streaming, tcp_peer, udp_peer, with_tls
from test_ntp import server as clock
from tls_certificates import Certificate, issue

NAME = "device.example"
NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
PORTAL = b"HTTP/1.1 302 Found\r\nLocation: http://portal.example/login\r\n\r\n"
ADS = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nads"
CAPTIVE = b'{"captive": true, "user-portal-url": "https://portal.example/"}'
CONNECTED, NOT_AUTHORISED = b"\x20\2\0\0", b"\x20\2\0\5"


def over_tls(context: ssl.SSLContext, then: TcpAnswer) -> TcpAnswer:
    """A connection handler behind TLS."""

    def answer(conn: socket.socket) -> None:
        with context.wrap_socket(conn, server_side=True) as tls:
            then(tls)

    return answer


def mutual(folder: Path, certificate: Certificate, version: ssl.TLSVersion) -> ssl.SSLContext:
    """Wants a client's certificate."""
    context = certificate.context(folder)
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = version
    return context


def of_server(folder: Path) -> tuple[Dict[int, TcpAnswer], Dict[int, UdpAnswer], Dict[str, str]]:
    authority = issue("Authority", authority=True)
    own = issue("own", host=NAME)
    known, expired = issue("known", authority, NAME), issue("expired", authority, NAME, days=-1)
    (folder / "authority.pem").write_bytes(authority.pem)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/captive+json\r\nContent-Length: %d\r\n\r\n" % len(CAPTIVE)
    streams: Dict[int, TcpAnswer] = {
        2001: with_tls(own.context(folder)),
        2002: with_tls(own.context(folder)),  # behind the router's proxy
        2003: with_tls(own.context(folder)),  # its ClientHello is reset by the router
        2004: with_tls(known.context(folder)),
        2005: with_tls(expired.context(folder)),
        2006: hang_up,
        2007: silence,
        2008: saying(b"220 mail.example ESMTP\r\n"),
        2010: saying(NO_CONTENT),
        2011: saying(NO_CONTENT),  # behind the router's portal
        2012: saying(NO_CONTENT),  # behind the router's advertisements
        2013: silence,
        2014: saying(b"SSH-2.0-OpenSSH_9.2p1\r\n"),
        2015: streaming(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 4096),
        2016: over_tls(known.context(folder), saying(head + CAPTIVE)),
        2030: saying(CONNECTED),
        2031: saying(NOT_AUTHORISED),
        2032: over_tls(own.context(folder), saying(CONNECTED)),
        2033: over_tls(mutual(folder, own, ssl.TLSVersion.TLSv1_3), silence),
        2034: over_tls(mutual(folder, own, ssl.TLSVersion.TLSv1_2), silence),
        2035: over_tls(own.context(folder), saying(CONNECTED)),  # its ClientHello is reset by the router
        2036: over_tls(own.context(folder), saying(CONNECTED)),  # its ClientHello is dropped by the router
        2037: saying(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        2038: silence,
    }
    datagrams: Dict[int, UdpAnswer] = {
        2020: clock(),
        2021: clock(origin=b"somebody"),
        2022: clock(stratum=16),
        2023: clock(stratum=0, refid=b"RATE"),
        2024: lambda _request: [b"garbage"],
        2025: lambda _request: [],
        2026: clock(),  # dropped by the router
        2027: clock(ahead=90),
        2028: clock(leap=3),
    }
    return streams, datagrams, {"own": own.pin, "known": known.pin}


def of_router(folder: Path) -> tuple[Dict[int, TcpAnswer], Dict[int, UdpAnswer], Dict[str, str]]:
    resigned = issue("own", issue("Corporate Proxy", authority=True), NAME)
    streams = {3002: with_tls(resigned.context(folder)), 3011: saying(PORTAL), 3012: saying(ADS)}
    return streams, {}, {"resigned": resigned.pin}


def main() -> None:
    """Serve until killed."""
    role, folder = sys.argv[1], Path(sys.argv[2])
    streams, datagrams, pins = {"server": of_server, "router": of_router}[role](folder)
    with ExitStack() as stack:
        for port, stream in streams.items():
            stack.enter_context(tcp_peer(stream, "::", port))
        for port, datagram in datagrams.items():
            stack.enter_context(udp_peer(datagram, "::", port))
        print(json.dumps(pins), flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
