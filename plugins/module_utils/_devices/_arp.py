# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""ARP: who answers for which address of a segment, now. One look costs the time limit, however many are asked."""

from __future__ import annotations

import errno
import ipaddress
import select
import socket
import struct
import typing as t
from time import monotonic

from .._gateway._errors import GatewayError

_ETH_P_ARP = 0x0806
_EVERYONE = b"\xff" * 6
_ARP = struct.Struct("!HHBBH6s4s6s4s")  # RFC 826, of Ethernet and IPv4
_ETHERNET, _IPV4, _REQUEST, _REPLY = 1, 0x0800, 1, 2
_PER_SECOND = 500.0
_TICK = 0.02  # seconds between two looks at who is to be asked
_RECEIVE_BUFFER = 4 * 1024 * 1024


class Answer(t.NamedTuple):
    """A machine that has an address."""

    interface: str
    address: str
    mac: str


class _Link:
    """One interface on which addresses are asked for."""

    def __init__(self, interface: str, source: str, addresses: t.Sequence[str]) -> None:
        self.interface, self.source = interface, socket.inet_aton(source)
        self.addresses = list(addresses)
        self.answers: t.Set[Answer] = set()
        try:
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
        except OSError as error:
            if error.errno == errno.EPERM:
                raise GatewayError("asking by ARP takes root (or CAP_NET_RAW): set become to true") from None
            raise GatewayError(f"this host gives no raw socket: {error.strerror}") from None
        try:
            self.socket.setblocking(False)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
            self.socket.bind((interface, _ETH_P_ARP))
            self.mac = self.socket.getsockname()[4]
        except OSError as error:
            self.socket.close()
            raise GatewayError(f"interface {interface} can't be used for ARP: {error.strerror}") from None

    def ask(self, address: str) -> None:
        """To everybody on the link."""
        data = request(self.mac, self.source, address)
        try:
            self.socket.sendto(data, (self.interface, _ETH_P_ARP, 0, 0, _EVERYONE))
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.ENOBUFS):
                raise GatewayError(f"interface {self.interface} can't send: {error.strerror}") from None

    def hear(self) -> None:
        """All that came meanwhile."""
        while True:
            try:
                data = self.socket.recv(2048)
            except OSError:
                return
            found = parse(data)
            if found:
                self.answers.add(Answer(self.interface, *found))


def ask(links: t.Mapping[str, t.Tuple[str, t.Sequence[str]]], patience: float) -> t.List[Answer]:
    """Who answers: ``links`` has each interface's own address and the addresses to ask for.

    Each address is asked for twice, half the patience apart, unless somebody answered.
    """
    open_links: t.List[_Link] = []
    try:
        for interface, (source, addresses) in links.items():
            open_links.append(_Link(interface, source, addresses))
        for _round in range(2):
            _once(open_links, patience / 2)
        return sorted({answer for link in open_links for answer in link.answers}, key=_by_address)
    finally:
        for link in open_links:
            link.socket.close()


def _once(links: t.Sequence[_Link], patience: float) -> None:
    queue: t.List[t.Tuple[_Link, str]] = []
    for link in links:
        answered = {answer.address for answer in link.answers}
        queue += [(link, address) for address in link.addresses if address not in answered]
    started, asked = monotonic(), 0
    deadline = started + patience
    while True:
        now = monotonic()
        while asked < len(queue) and asked <= (now - started) * _PER_SECOND:
            link, address = queue[asked]
            link.ask(address)
            asked += 1
            deadline = now + patience
        if now >= deadline and asked == len(queue):
            return
        _wait(links, _TICK if asked < len(queue) else deadline - now)


def _wait(links: t.Sequence[_Link], seconds: float) -> None:
    readable = select.poll()
    by_number = {link.socket.fileno(): link for link in links}
    for number in by_number:
        readable.register(number, select.POLLIN)
    for number, _events in readable.poll(max(0.0, seconds) * 1000 + 0.5):
        by_number[number].hear()


def request(mac: bytes, source: bytes, address: str) -> bytes:
    """The question who has an address."""
    return _ARP.pack(_ETHERNET, _IPV4, 6, 4, _REQUEST, mac, source, bytes(6), socket.inet_aton(address))


def parse(data: bytes) -> t.Optional[t.Tuple[str, str]]:
    """The address and the MAC address of the sender, as replies and requests of others have it; None for the rest."""
    if len(data) < _ARP.size:
        return None
    link, protocol, hardware_length, length, operation, mac, source, _mac, _target = _ARP.unpack_from(data)
    if (link, protocol, hardware_length, length) != (_ETHERNET, _IPV4, 6, 4) or operation not in (_REQUEST, _REPLY):
        return None
    if not any(source) or mac[0] & 1 or not any(mac):  # a probe before an address is taken (RFC 5227), or no device
        return None
    return socket.inet_ntoa(source), mac.hex(":")


def _by_address(answer: Answer) -> t.Tuple[int, str]:
    return int(ipaddress.IPv4Address(answer.address)), answer.mac
