# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What differs about reservations, by device: in each server's words a reservation is a line with its MAC address."""

from __future__ import annotations

import re
import typing as t

from ._dhcp import Reservation
from ._drift import Entry, file_drift, mapping_drift, short, unit_drift
from ._files import OwnFile, read

_MAC = re.compile(r"\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b")


def dhcp_drift(
    stale: t.Sequence[OwnFile],
    holding: t.Collection[str],
    reservations: t.Iterable[Reservation],
    unit: str,
    *faults: str,
) -> list[Entry]:
    """The reservations in those stale files that hold some; of other files, the file; and what ails the server."""
    names = {reservation.mac: reservation.name for reservation in reservations}
    found: list[Entry] = []
    for file in stale:
        then, now = (_held(text or "", names) for text in (file.text, read(file.path)))
        inner = mapping_drift("reservation", then, now) if file.path in holding else []
        found += inner or file_drift([file])
    return short([*found, *unit_drift(unit, faults)])


def _held(text: str, names: t.Mapping[str, str]) -> dict[str, str]:
    """The line of each device, by its name where that is known."""
    lines = ((_MAC.search(line), line) for line in text.splitlines())
    return {names.get(mac.group(), mac.group()): line.strip().rstrip(",") for mac, line in lines if mac}
