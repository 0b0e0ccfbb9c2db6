# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a silence was: what else this host knows of it.

A packet may never have left. Linux gives up on a neighbour that does not answer ARP (or neighbour discovery) after
three seconds, when most checks have given up already, so the errno that would tell comes too late. The neighbour table
tells at any time, but forgets soon: so it is asked at the moment of each silence.
"""

from __future__ import annotations

import socket
import sys
from time import monotonic
from typing import FrozenSet, List, NamedTuple, Tuple

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _again, _netlink
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._judge import summarise
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check, Result

_SILENT = frozenset({"dropped", "unproven"})
_MOMENT = 0.1  # seconds


class _Look(NamedTuple):
    """The neighbours that did not answer, by interface, at a moment."""

    when: float
    dead: FrozenSet[Tuple[int, str]]


_last: List[_Look] = []


def amend(result: Result, check: Check) -> None:
    """Correct a result that has just come in: what a dead neighbour keeps silent never left this host."""
    silent = [entry for entry in result["addresses"] if entry["observation"] in _SILENT]
    dead = _dead_neighbours() if silent and sys.platform == "linux" else frozenset()
    if not dead:
        return
    for entry in silent:
        if _next_hop(entry["address"], check) in dead:
            asked = "neighbour discovery" if ":" in entry["address"] else "ARP"
            reason = f"the next device towards {entry['address']} does not answer {asked}"
            entry.update(observation="no_route", reason=reason)
    observation, reason = summarise(result["addresses"])
    if observation == "no_route" and result["observation"] in _SILENT:
        result.update(observation=observation, reason=reason)


def explain(results: list[Result]) -> None:
    """Correct the results of one attempt by what each says of the others."""
    _find_lost_questions(results)
    _mention_rejecters(results)


def _find_lost_questions(results: list[Result]) -> None:
    """A responder answers whatever reaches it: where one answers on one port, another port's silence is a loss."""
    asked = [result for result in results if result["kind"] == "nonce"]
    alive = {entry["address"] for result in asked for entry in result["addresses"] if entry["observation"] == "open"}
    for result in asked:
        lost = [entry for entry in result["addresses"] if entry["observation"] == "unproven"]
        for entry in lost:
            if entry["address"] in alive:
                reason = (
                    f"the responder {entry['address']} answers on another port, but not on this one: "
                    "question or answer was dropped on the way"
                )
                entry.update(observation="dropped", reason=reason)
        if lost and result["observation"] == "unproven":
            observation, reason = summarise(result["addresses"])
            result.update(observation=observation, reason=reason)


def _dead_neighbours() -> FrozenSet[Tuple[int, str]]:
    """The neighbours that do not answer; what was found a moment ago will do for many silences."""
    if _last and monotonic() - _last[0].when < _MOMENT:
        return _last[0].dead
    try:
        dead = frozenset(
            (known.interface, known.address)
            for family in (socket.AF_INET, socket.AF_INET6)
            for known in _netlink.neighbours(family)
            if known.state in ("incomplete", "failed")
        )
    except OSError:  # no netlink in this sandbox: the silence stays unexplained
        dead = frozenset()
    _last[:] = [_Look(monotonic(), dead)]
    return dead


def _next_hop(address: str, check: Check) -> Tuple[int, str] | None:
    try:
        return _netlink.next_hop(address, check["interface"], check["source"])
    except OSError:
        return None


def _mention_rejecters(results: list[Result]) -> None:
    """Say beside a silence that a device rejects, where the question was not asked again by itself."""
    rejecters = _again.rejecters(results)
    who = ", ".join(sorted(rejecters)[:3])
    for result in results if rejecters else []:
        if result["observation"] in _SILENT and result["addresses"] and _again.ALONE not in result["reason"]:
            result["reason"] += (
                f"; {who} rejected other checks of this run, and as devices limit how often they say so, "
                "it may have rejected this one too"
            )
