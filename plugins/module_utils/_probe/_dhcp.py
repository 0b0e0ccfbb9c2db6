# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""DHCP: what the servers of a segment would offer to a device. Nothing is ever requested, so no lease comes of it.

All checks of an interface share one raw socket: an offer is broadcast, and belongs to the device whose transaction it
names. Many devices ask one after the other, a few hundred a second, and each waits for its own time.
"""

from __future__ import annotations

import os
import select
import typing as t
from time import monotonic

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _dhcp_packet as packet
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._dhcp_frames import Heard, Wire
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._dhcp_judge import judge
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._dhcp_options import PER_SECOND
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check, NotRun, Result

_MAX_OFFERS = 16
_AT_ONCE = 64  # packets to take before the clock is looked at again
_TICK = 0.01  # seconds between two looks at all devices, so that thousands of them don't keep a small host busy


class Client:
    """One device that looks for a server: asks at a time of its own, once more halfway, and then gives up."""

    def __init__(self, check: Check, asks: float, deadline: float) -> None:
        self.check = check
        self.xid = os.urandom(4)
        self.asks: t.List[float] = [asks, (asks + deadline) / 2]  # a broadcast may get lost
        self.asked = False
        self.started = asks
        self.deadline = deadline
        self.offers: t.List[packet.Offer] = []
        self.ignored: t.Optional[str] = None
        self.failure: t.Optional[str] = None

    def question(self) -> bytes:
        """What it asks."""
        return packet.discover(self.check["mac"], self.xid, bytes.fromhex(self.check["client_id"] or ""))

    def due(self, now: float) -> bool:
        """Whether to ask now."""
        if self.offers or not self.asks or self.asks[0] > now:
            return False
        self.asks.pop(0)
        self.asked = True
        return True

    def next(self) -> float:
        """When to look at it again."""
        return min(self.deadline, *self.asks) if self.asks and not self.offers else self.deadline

    def take(self, heard: Heard) -> None:
        """A reply to our transaction."""
        try:
            offer = packet.parse_offer(heard.data, self.check["mac"], self.xid, heard.sender, heard.mac)
        except packet.DhcpError as error:
            self.ignored = f"{heard.sender} answered, but {error}"
            return
        if not self.offers:
            self.deadline = min(self.deadline, monotonic() + self.check["window"])
        if offer not in self.offers and len(self.offers) < _MAX_OFFERS:
            self.offers.append(offer)

    def result(self) -> Result:
        """What came of it."""
        found = judge(self.check, self.offers, self.ignored)
        failure = self.failure or (None if self.asked else "the time limit of the whole run came first")
        observation, reason = ("not_run", failure) if failure else found[:2]
        return {
            "observation": observation,
            "reason": reason,
            "target": f"{self.check['mac']} on {self.check['interface']}",
            "addresses": [],
            "elapsed": 0.0 if failure else max(0.0, min(monotonic(), self.deadline) - self.started),
            "offers": [offer._asdict() for offer in self.offers],
            "findings": [finding.as_dict() for finding in found.findings],
        }


class _Segment:
    """One interface, and the devices that look for a server there."""

    def __init__(self, interface: str, clients: t.Sequence[Client]) -> None:
        self.clients = list(clients)
        self.waiting = list(clients)
        self.by_xid = {client.xid: client for client in clients}
        self.wire: t.Optional[Wire] = None
        try:
            self.wire = Wire(interface)
        except NotRun as error:
            self._give_up(str(error))

    def work(self, now: float) -> None:
        """Let those ask whose time has come, and forget those whose time is over."""
        self.waiting = [client for client in self.waiting if client.deadline > now]
        for client in self.waiting:
            if self.wire and client.due(now):
                try:
                    self.wire.send(client.question())
                except NotRun as error:
                    self._give_up(str(error))
                    return

    def hear(self) -> None:
        """Hand what came to the devices it is for."""
        for _turn in range(_AT_ONCE):
            heard = self.wire.receive() if self.wire else None
            if heard is None:
                return
            client = self.by_xid.get(packet.transaction(heard.data))
            if client:
                client.take(heard)

    def _give_up(self, why: str) -> None:
        """Nothing can be sent here: what is known of those who did not ask yet is why."""
        for client in self.waiting:
            if not client.offers:
                client.failure = why
        self.waiting = []
        self.close()

    def close(self) -> None:
        """Hear no more."""
        if self.wire:
            self.wire.close()
        self.wire = None


def run(check: Check, deadline: float) -> Result:
    """Look for servers for one device."""
    return run_many([check], deadline)[0]


def run_many(checks: t.Sequence[Check], deadline: float) -> t.List[Result]:
    """Look for servers for many devices at once: fifty without an answer cost one timeout."""
    started = monotonic()
    asks = [started + place / PER_SECOND for place in range(len(checks))]
    clients = [Client(check, at, min(deadline, at + check["timeout"])) for check, at in zip(checks, asks)]
    segments: t.List[_Segment] = []
    try:
        for name in sorted({check["interface"] for check in checks}):
            segments.append(_Segment(name, [client for client in clients if client.check["interface"] == name]))
        _listen(segments)
    finally:
        for segment in segments:
            segment.close()
    return [client.result() for client in clients]


def _listen(segments: t.Sequence[_Segment]) -> None:
    """Ask and receive until nobody waits any more."""
    while True:
        now = monotonic()
        for segment in segments:
            segment.work(now)
        waiting = [client for segment in segments for client in segment.waiting]
        if not waiting:
            return
        _hear(segments, max(min(client.next() for client in waiting), now + _TICK))


def _hear(segments: t.Sequence[_Segment], until: float) -> None:
    """Receive until then; once something came, no longer than a tick, for it may have ended somebody's waiting."""
    readable = select.poll()
    by_number = {segment.wire.fileno(): segment for segment in segments if segment.wire}
    for number in by_number:
        readable.register(number, select.POLLIN)
    while monotonic() < until:
        for number, _events in readable.poll((until - monotonic()) * 1000 + 0.5):
            by_number[number].hear()
            until = min(until, monotonic() + _TICK)
