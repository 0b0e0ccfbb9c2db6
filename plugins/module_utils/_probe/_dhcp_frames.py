# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""DHCP as it goes over the wire of one interface: raw frames, sent and heard beneath the host's own network.

A raw socket hears what a device would, whatever this host's packet filter drops and whichever program has port 68 for
itself, and it knows the hardware address that an offer came from, which a rogue server can't borrow as easily as an
IP address. The frames come from this host's own hardware address: a switch must not learn that the device is here.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
from pathlib import Path
from typing import NamedTuple, Optional

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _dhcp_packet as packet
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import NotRun

_ETH_P_ALL, _ETH_P_IP = 0x0003, 0x0800
_EVERYONE = b"\xff" * 6
_UDP = 17
_TTL = 64
_RECEIVE_BUFFER = 4 * 1024 * 1024
_SO_ATTACH_FILTER = 26  # <asm-generic/socket.h>
_IP = struct.Struct("!BBHHHBBH4s4s")
_UDP_HEADER = struct.Struct("!HHHH")
_FILTER = (  # of packets to UDP port 68, in the code of <linux/filter.h>: code, jump if true, jump if false, operand
    (0x30, 0, 0, 9), (0x15, 0, 6, _UDP),  # the protocol
    (0x28, 0, 0, 6), (0x45, 4, 0, 0x1FFF),  # not the first fragment
    (0xB1, 0, 0, 0), (0x48, 0, 0, 2), (0x15, 0, 1, packet.CLIENT_PORT),  # the port, behind a header of any length
    (0x06, 0, 0, 0xFFFF), (0x06, 0, 0, 0),
)  # fmt: skip


class Heard(NamedTuple):
    """A datagram for DHCP clients."""

    data: bytes
    sender: str
    mac: Optional[str]


class Wire:
    """An interface's frames of DHCP."""

    def __init__(self, interface: str) -> None:
        self.interface = interface
        self._socket = _open(interface)
        self._inward = _open_inward(interface)

    def close(self) -> None:
        """Hear no more."""
        self._socket.close()
        if self._inward:
            self._inward.close()

    def fileno(self) -> int:
        """To wait for something to hear."""
        return self._socket.fileno()

    def send(self, data: bytes) -> None:
        """To every DHCP server."""
        try:
            self._socket.sendto(datagram(data), (self.interface, _ETH_P_IP, 0, 0, _EVERYONE))
            if self._inward:
                self._inward.sendto(data, ("255.255.255.255", packet.SERVER_PORT))
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.ENOBUFS):
                raise NotRun(f"can't send out of interface {self.interface}: {error.strerror}") from None

    def receive(self) -> Heard | None:
        """The next datagram; None when it is none for us, or the interface has gone."""
        try:
            data, address = self._socket.recvfrom(65535)
        except OSError:
            return None
        return parse(data, address[4].hex(":") or None)


def datagram(payload: bytes) -> bytes:
    """A packet of a client that has no address yet, to everybody (RFC 2131 section 4.1)."""
    length = _UDP_HEADER.size + len(payload)
    source, target = bytes(4), _EVERYONE[:4]
    udp = _UDP_HEADER.pack(packet.CLIENT_PORT, packet.SERVER_PORT, length, 0)
    pseudo = source + target + struct.pack("!BBH", 0, _UDP, length)
    # A checksum of zero would say that there is none (RFC 768).
    checksum = _checksum(pseudo + udp + payload) or 0xFFFF
    udp = _UDP_HEADER.pack(packet.CLIENT_PORT, packet.SERVER_PORT, length, checksum)
    head = (0x45, 0x10, _IP.size + length, 0, 0, _TTL, _UDP)
    return _IP.pack(*head, _checksum(_IP.pack(*head, 0, source, target)), source, target) + udp + payload


def parse(data: bytes, mac: str | None) -> Heard | None:
    """The payload of an IPv4 packet to a DHCP client; None for any other. Checksums are the network card's business."""
    if len(data) < _IP.size or data[0] >> 4 != 4 or data[9] != _UDP or int.from_bytes(data[6:8], "big") & 0x1FFF:
        return None
    start = (data[0] & 0xF) * 4
    if start < _IP.size or len(data) < start + _UDP_HEADER.size:
        return None
    _source, port, length, _sum = _UDP_HEADER.unpack_from(data, start)
    if port != packet.CLIENT_PORT or length < _UDP_HEADER.size:
        return None
    return Heard(data[start + _UDP_HEADER.size : start + length], socket.inet_ntoa(data[12:16]), mac)


def _open(interface: str) -> socket.socket:
    if not hasattr(socket, "AF_PACKET"):
        raise NotRun("a DHCP check sends and hears raw frames, which needs Linux")
    try:
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)  # no protocol: hears nothing before the filter
    except OSError as error:
        raise NotRun(_why_no_socket(error)) from None
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        _attach_filter(sock)
        sock.bind((interface, _ETH_P_ALL))  # of all protocols one hears what this host itself sends, too
    except OSError as error:
        sock.close()
        if error.errno == errno.ENODEV:
            raise NotRun(f"this host has no interface {interface}") from None
        raise NotRun(f"can't hear frames on interface {interface}: {error.strerror}") from None
    return sock


def _open_inward(interface: str) -> socket.socket | None:
    """Where a DHCP server of this very host is to be reached, which hears no frame of its own host; None without one.

    A broadcast of an ordinary socket comes to the host's own sockets as well (dnsmasq has such; ISC dhcpd and Kea hear
    what goes out). Where a DHCP client holds port 68 for itself, that server is not asked.
    """
    try:
        listing = Path("/proc/thread-self/net/udp").read_text(encoding="ascii", errors="replace")
        if not any(line.split()[1].endswith(f":{packet.SERVER_PORT:04X}") for line in listing.splitlines()[1:]):
            return None
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    except OSError:
        return None
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
        sock.bind(("0.0.0.0", packet.CLIENT_PORT))
    except OSError:
        sock.close()
        return None
    return sock


def _attach_filter(sock: socket.socket) -> None:
    code = b"".join(struct.pack("=HBBI", *step) for step in _FILTER)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("@HP", len(_FILTER), ctypes.addressof(buffer))
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)


def _why_no_socket(error: OSError) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            "a DHCP check sends and hears raw frames, which takes root (or CAP_NET_RAW): run the task with become: true"
        )
    return f"a DHCP check needs a raw socket, and this host gives none: {os.strerror(error.errno or 0)}"


def _checksum(data: bytes) -> int:
    """RFC 1071."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF
