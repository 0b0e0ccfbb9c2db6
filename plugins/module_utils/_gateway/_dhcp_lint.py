# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a DHCP server's own configuration and leases say against reservations: the same verdict for every server."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._devices import _lease_sources
from .._devices._lease import ACTIVE
from .._reservable import Range, in_pool
from ._dhcp import Reservation


@dataclass(frozen=True)
class Survey:
    """What a server's configuration says, but for our part of it."""

    ranges: t.Sequence[Range]  # given to anybody
    reserved: t.Iterable[tuple[str, str]]  # by others: the place, and a MAC address, an address or a name


def contradictions(reservations: t.Sequence[Reservation], survey: Survey) -> list[str]:
    """Why the reservations don't go together with the rest of the configuration, each with the remedy."""
    ours: dict[str, Reservation] = {}
    for reservation in reservations:
        ours.update(dict.fromkeys((reservation.mac, reservation.ip, reservation.name), reservation))
    taken = {
        f"{ours[identity].name}: {identity} is already reserved in {place}; remove it there or in the site's data": None
        for place, identity in survey.reserved
        if identity in ours
    }
    pooled = ((r, in_pool(r.ip, survey.ranges)) for r in reservations)
    return [*taken, *(f"{r.name}: {r.ip} {why}, or take it out of the pool" for r, why in pooled if why)]


def leased_to_others(server: str, reservations: t.Sequence[Reservation]) -> list[str]:
    """A warning for each address that another device holds right now."""
    wished = {reservation.ip: reservation for reservation in reservations}
    sources, failures = _lease_sources.read_running([server])
    found = [f"the leases can't be compared with the reservations: {failure}" for failure in failures]
    for source in sources:
        for lease in source.leases.ordered():
            wish = wished.get(lease.address)
            if wish is None or lease.state != ACTIVE or lease.mac in (None, wish.mac):
                continue
            who = f"{lease.mac} ({lease.hostname})" if lease.hostname else lease.mac
            until = f" until {lease.as_dict()['expires']}" if lease.expires else ""
            found.append(
                f"{wish.name}: {wish.ip} is leased to {who}{until}: {wish.mac} gets it when that lease ends;"
                " reconnect the other device, or choose another address"
            )
    return found
