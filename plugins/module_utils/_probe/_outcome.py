# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""From what was seen at each address of a host to the result of a service check."""

from __future__ import annotations

from typing import Any, Collection, Dict, Tuple

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._judge import best, summarise
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Entry, Result

Outcome = Tuple[Entry, Dict[str, Any]]
"""An address's entry, and what the service at it said."""


def result(target: str, outcomes: list[Outcome], alarms: Collection[str] = ()) -> Result:
    """The result of a check, with the details of the address that decided it.

    That is the best one, as everywhere, except for ``alarms``: a device that meets somebody in the middle at one
    address is not helped by another.
    """
    entries = [entry for entry, _details in outcomes]
    alarmed = [entry for entry in entries if entry["observation"] in alarms]
    chosen = alarmed[0] if alarmed else best(entries)
    observation, reason = summarise(alarmed or entries)
    if alarmed and len(alarmed) < len(entries):
        reason += f" (at {len(alarmed)} of {len(entries)} addresses)"
    details = next(details for entry, details in outcomes if entry is chosen)
    return {"observation": observation, "reason": reason, "target": target, "addresses": entries, **details}


def printable(text: str, most: int) -> str:
    """What a stranger sent, made fit for a report: no control characters, not too long."""
    return "".join(char if char.isprintable() else "\ufffd" for char in text[:most])
