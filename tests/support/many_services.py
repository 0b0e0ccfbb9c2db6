# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the devices of many_sites need, for all sites at once: `many_services.py FOLDER`. Serves until killed.

The DHCP server knows no table: of a fleet's MAC addresses each says where it belongs.
"""

from __future__ import annotations

import socket
import struct
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

from service_peers import saying, silence, tcp_peer, udp_peer
from test_ntp import server as clock
from tls_certificates import issue

from support.many_networks import CLOUD
from support.many_sites import address_of, net_of

_NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
_CONNECTED = b"\x20\2\0\0"
_COOKIE = b"\x63\x82\x53\x63"
_IP_PKTINFO = 8  # not in Python 3.8's socket


def offer(discover: bytes) -> tuple[str, bytes] | None:
    """The router that offers, and its offer; nothing for what is no DISCOVER of the fleet."""
    if len(discover) < 241 or discover[0] != 1 or discover[236:240] != _COOKIE or b"\x35\x01\x01" not in discover[240:]:
        return None
    number, address = address_of(":".join(f"{byte:02x}" for byte in discover[28:34]))
    router = socket.inet_aton(f"{net_of(number)}.1")
    head = bytes((2, 1, 6, 0)) + discover[4:12] + bytes(4) + socket.inet_aton(address) + router + bytes(4)
    lease, mask = struct.pack("!I", 3600), b"\xff\xff\xff\0"
    values = ((53, b"\2"), (54, router), (51, lease), (1, mask), (3, router), (6, router))
    options = b"".join(bytes((code, len(value))) + value for code, value in values)
    return socket.inet_ntoa(router), head + discover[28:44] + bytes(192) + _COOKIE + options + b"\xff"


def serve_dhcp() -> None:
    """Answer each DISCOVER where it came in."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        sock.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        sock.bind(("0.0.0.0", 67))
        while True:
            data, control, _flags, _sender = sock.recvmsg(2048, 128)
            made = offer(data)
            if made:
                interface = struct.unpack_from("=I", control[0][2])[0]
                info = struct.pack("=I4s4s", interface, socket.inet_aton(made[0]), bytes(4))
                sock.sendmsg([made[1]], [(socket.IPPROTO_IP, _IP_PKTINFO, info)], 0, ("255.255.255.255", 68))


def main() -> None:
    """Serve until killed."""
    context = issue("cloud").context(Path(sys.argv[1]))

    def broker(conn: socket.socket) -> None:
        with context.wrap_socket(conn, server_side=True) as tls:
            saying(_CONNECTED)(tls)

    streams = {**dict.fromkeys((31314, 993, 443), silence), 80: saying(_NO_CONTENT), 8883: broker}
    with ExitStack() as stack:
        for port, stream in streams.items():
            stack.enter_context(tcp_peer(stream, "0.0.0.0", port))
        stack.enter_context(udp_peer(clock(), CLOUD, 123))
        threading.Thread(target=serve_dhcp, daemon=True).start()
        print("ready", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
