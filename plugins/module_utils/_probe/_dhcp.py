# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""DHCP: what the servers of a segment would offer to a device. Nothing is ever requested, so no lease comes of it.

All checks of an interface share one socket: an offer is broadcast, and belongs to the device whose transaction it
names.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import typing as t
from time import monotonic

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _dhcp_packet as packet
from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _socket
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check, NotRun, Result

GRACE = 0.5  # seconds to wait for a second server after the first offer
_MAX_OFFERS = 16
_RECEIVE_BUFFER = 1024 * 1024


class _Client:
    """One device that looks for a server."""

    def __init__(self, check: Check, deadline: float) -> None:
        self.check = check
        self.xid = os.urandom(4)
        self.deadline = deadline
        self.offers: list[packet.Offer] = []
        self.ignored: str | None = None

    def take(self, data: bytes, sender: str) -> None:
        """A reply to our transaction."""
        try:
            offer = packet.parse_offer(data, self.check["mac"], self.xid, sender)
        except packet.DhcpError as error:
            self.ignored = f"{sender} answered, but {error}"
            return
        if not self.offers:
            self.deadline = min(self.deadline, monotonic() + GRACE)
        if offer not in self.offers and len(self.offers) < _MAX_OFFERS:
            self.offers.append(offer)


class _Segment:
    """One interface, and the devices that look for a server there."""

    def __init__(self, interface: str, clients: list[_Client]) -> None:
        self.interface = interface
        self.clients = clients
        self.socket = _open(interface)

    def ask(self) -> None:
        """Let every device that has no offer yet ask for one."""
        for client in self.clients:
            if not client.offers:
                self._send(packet.discover(client.check["mac"], client.xid))

    def _send(self, data: bytes) -> None:
        try:
            self.socket.sendto(data, ("255.255.255.255", packet.SERVER_PORT))
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.ENOBUFS):
                raise NotRun(f"can't send out of interface {self.interface}: {error.strerror}") from None

    def receive(self) -> None:
        """Hand the next packet to the device it is for."""
        try:
            data, (sender, _port) = self.socket.recvfrom(65535)
        except OSError:  # the interface went down: the deadline will tell
            return
        xid = packet.transaction(data)
        for client in self.clients:
            if client.xid == xid:
                client.take(data, sender)


def run(check: Check, deadline: float) -> Result:
    """Look for servers for one device."""
    return run_many([check], deadline)[0]


def run_many(checks: t.Sequence[Check], deadline: float) -> list[Result]:
    """Look for servers for many devices at once: fifty without an answer cost one timeout."""
    clients = [_Client(check, deadline) for check in checks]
    segments: list[_Segment] = []
    failures: dict[str, str] = {}
    try:
        for interface in sorted({check["interface"] for check in checks}):
            try:
                segments.append(_Segment(interface, [each for each in clients if each.check["interface"] == interface]))
                segments[-1].ask()
            except NotRun as error:
                failures[interface] = str(error)
        _listen([segment for segment in segments if segment.interface not in failures], deadline)
    finally:
        for segment in segments:
            segment.socket.close()
    return [_result(client, failures.get(client.check["interface"])) for client in clients]


def _listen(segments: list[_Segment], deadline: float) -> None:
    """Receive until nobody waits any more. Halfway, whoever has no offer asks once more: a broadcast may get lost."""
    ask_again = (monotonic() + deadline) / 2
    readable = select.poll()
    for segment in segments:
        readable.register(segment.socket, select.POLLIN)
    while True:
        now = monotonic()
        pending = [client.deadline for segment in segments for client in segment.clients if client.deadline > now]
        if not pending:
            return
        if ask_again <= now:
            ask_again = deadline
            _ask_again(segments)
        ready = {number for number, _events in readable.poll((min(*pending, ask_again) - now) * 1000 + 0.5)}
        for segment in segments:
            if segment.socket.fileno() in ready:
                segment.receive()


def _ask_again(segments: list[_Segment]) -> None:
    for segment in segments:
        try:
            segment.ask()
        except NotRun:  # it went out once: whether an answer comes is still open
            continue


def _open(interface: str) -> socket.socket:
    """A socket on the DHCP client's port, which a DHCP client of this host may use at the same time."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        _socket.bind_interface(sock, interface)
        sock.bind(("0.0.0.0", packet.CLIENT_PORT))
    except OSError as error:
        sock.close()
        raise NotRun(_why_no_port(error)) from None
    except NotRun:
        sock.close()
        raise
    return sock


def _why_no_port(error: OSError) -> str:
    if error.errno in (errno.EACCES, errno.EPERM):
        return "a DHCP check sends from UDP port 68, which this host gives to root only: run the task with become: true"
    if error.errno == errno.EADDRINUSE:
        return "another program holds UDP port 68 for itself: end it while the check runs, or probe from another host"
    return f"can't use UDP port 68: {error.strerror}"


def _result(client: _Client, failure: str | None) -> Result:
    observation, reason = ("not_run", failure) if failure else _judge(client)
    return {
        "observation": observation,
        "reason": reason,
        "target": f"{client.check['mac']} on {client.check['interface']}",
        "addresses": [],
        "offers": [offer._asdict() for offer in client.offers],
    }


def _judge(client: _Client) -> tuple[str, str]:
    expected = client.check["expect_ip"]
    if not client.offers:
        why = client.ignored or (
            "there is none, it ignores this device, it tests an address for longer than that before it offers it, "
            "or a packet filter on this host drops UDP port 68"
        )
        return "no_offer", f"no DHCP server offered an address in time: {why}"
    text = ", ".join(f"{offer.server} offers {offer.address}" for offer in client.offers[:4])
    several = len({offer.server for offer in client.offers}) > 1
    if expected and any(offer.address != expected for offer in client.offers):
        race = "; the device takes whichever comes first" if several else ""
        return "wrong_offer", f"{text}, not the expected {expected}{race}"
    return "offered", text + ("; more than one DHCP server is on this segment" if several else "")
