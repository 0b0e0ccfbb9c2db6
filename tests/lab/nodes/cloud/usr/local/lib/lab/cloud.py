# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendors' cloud: TLS listeners with a self-signed certificate, plain HTTP, a UDP echo."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from typing import cast

ADDRESS = "203.0.113.10"
SESSION_PORTS = (31314, 993)
HTTPS_PORT = 443
HTTP_PORT = 80
ECHO_PORT = 7
REQUEST_LIMIT = 8192


async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Hold a device's session: echo what it says, until it leaves."""
    try:
        while data := await reader.read(4096):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request: 204 to the connectivity check, 404 to all else."""
    try:
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), timeout=10)
        found = head.split(b" ")[:2] == [b"GET", b"/generate_204"]
        reply = "204 No Content" if found else "404 Not Found\r\nContent-Length: 0"
        writer.write(f"HTTP/1.1 {reply}\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.TimeoutError):
        pass
    finally:
        writer.close()


class Echo(asyncio.DatagramProtocol):
    """Send every datagram back."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport to answer on."""
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer to where it came from."""
        self.transport.sendto(data, addr)


def tell_systemd() -> None:
    """Say that every port listens."""
    path = os.environ.get("NOTIFY_SOCKET")
    if path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.sendto(b"READY=1", path.replace("@", "\0", 1) if path.startswith("@") else path)


async def main() -> None:
    """Listen on all ports, for ever."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain("/etc/lab/tls/cert.pem", "/etc/lab/tls/key.pem")
    for port in SESSION_PORTS:
        await asyncio.start_server(session, ADDRESS, port, ssl=tls)
    await asyncio.start_server(http, ADDRESS, HTTPS_PORT, ssl=tls, limit=REQUEST_LIMIT)
    await asyncio.start_server(http, ADDRESS, HTTP_PORT, limit=REQUEST_LIMIT)
    await asyncio.get_running_loop().create_datagram_endpoint(Echo, local_addr=(ADDRESS, ECHO_PORT))
    tell_systemd()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
