# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""DHCP: what the servers of a segment would offer to a device. Nothing is ever requested, so no lease comes of it.

All checks of an interface share one socket: an offer is broadcast, and belongs to the device whose transaction it names.
"""

from __future__ import annotations

import errno
import os
import selectors
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

    def __init__(self, check: Check) -> None:
        self.check = check
        self.xid = os.urandom(4)
        self.offers: list[packet.Offer] = []
        self.ignored: str | None = None
        self.until: float | None = None

    def take(self, data: bytes, sender: str) -> None:
        """A reply to our transaction."""
        try:
            offer = packet.parse_offer(data, self.check["mac"], self.xid, sender)
        except packet.DhcpError as error:
            self.ignored = f"{sender} answered, but {error}"
            return
        self.until = self.until or monotonic() + GRACE
        if offer not in self.offers and len(self.offers) < _MAX_OFFERS:
            self.offers.append(offer)


def run(check: Check, deadline: float) -> Result:
    """Look for servers for one device."""
    return run_many([check], deadline)[0]


def run_many(checks: t.Sequence[Check], deadline: float) -> list[Result]:
    """Look for servers for many devices at once: fifty without an answer cost one timeout."""
    clients = [_Client(check) for check in checks]
    failures: dict[str, str] = {}
    with selectors.DefaultSelector() as selector:
        try:
            for interface in sorted({check["interface"] for check in checks}):
                try:
                    selector.register(_open(interface), selectors.EVENT_READ, _Segment(interface, clients))
                except NotRun as error:
                    failures[interface] = str(error)
            _collect(selector, deadline)
        finally:
            for key in list(selector.get_map().values()):
                key.fileobj.close()
    return [_result(client, failures.get(client.check["interface"])) for client in clients]
