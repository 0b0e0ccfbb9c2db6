# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Ask again, slowly, where a device rejects: its silence on the other checks may be a limit of its own.

Devices limit how often they send ICMP errors to one host (Linux: 6 at once, then one a second), so of many checks that
a firewall rejects at the same moment, most look dropped. Those are made again, one a second, until enough of them are
silent once more.
"""

from __future__ import annotations

import time
from time import monotonic
from typing import Callable, List, Set

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check, Result

MOST_AGAIN = 12  # checks; each costs up to a second
_APART = 1.05  # seconds between two questions, and for each answer
ALONE = "asked again by itself, it was silent too"
_SILENT_ENOUGH = 3  # in a row: then the silence is no limit


def rejecters(results: List[Result]) -> Set[str]:
    """The devices on the path that rejected something, other than the targets themselves."""
    return {
        entry["icmp"]["from"]
        for result in results
        for entry in result["addresses"]
        if entry["observation"] == "rejected" and entry["icmp"] and entry["icmp"]["from"] != entry["address"]
    }


def ask_again(checks: List[Check], results: List[Result], make: Callable[[Check], Result], cutoff: float) -> None:
    """Replace results of dropped checks by what a slower question shows; ``make`` makes one check."""
    if not rejecters(results):
        return
    dropped = [place for place, result in enumerate(results) if result["observation"] == "dropped"]
    silent = 0
    for place in dropped[:MOST_AGAIN]:
        started = monotonic()
        if silent == _SILENT_ENOUGH or started + 2 * _APART >= cutoff:
            return
        again = make({**checks[place], "timeout": _APART})
        if again["observation"] == "dropped":
            silent += 1
            results[place]["reason"] += f"; {ALONE}"
        else:
            silent = 0
            results[place] = {**again, "elapsed": round(results[place]["elapsed"] + again["elapsed"], 6)}
        time.sleep(max(0.0, started + _APART - monotonic()))
