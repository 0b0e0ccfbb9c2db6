# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a silence was: after a run, what else this host knows of it.

A packet may never have left. Linux gives up on a neighbour that does not answer ARP (or neighbour discovery) after
three seconds, when most checks have given up already, so the errno that would tell comes too late. The neighbour table
tells at any time.
"""

from __future__ import annotations

import socket
import sys
from typing import Set, Tuple

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _netlink
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._judge import summarise
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Entry, Result

_SILENT = frozenset({"dropped", "unproven"})


def explain(results: list[Result]) -> None:
    """Amend the results of one attempt whose packets never left, or may have met a device that rejects."""
    quiet = [result for result in results if result["observation"] in _SILENT and result["addresses"]]
    if quiet and sys.platform == "linux":
        _find_dead_neighbours(quiet)
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


def _find_dead_neighbours(results: list[Result]) -> None:
    try:
        dead = {
            (known.interface, known.address)
            for family in (socket.AF_INET, socket.AF_INET6)
            for known in _netlink.neighbours(family)
            if known.state in ("incomplete", "failed")
        }
    except OSError:  # no netlink in this sandbox: the silence stays unexplained
        return
    for result in results if dead else []:
        for entry in result["addresses"]:
            if entry["observation"] in _SILENT and _next_is_dead(entry, result, dead):
                asked = "neighbour discovery" if ":" in entry["address"] else "ARP"
                reason = f"the next device towards {entry['address']} does not answer {asked}"
                entry.update(observation="no_route", reason=reason)
        observation, reason = summarise(result["addresses"])
        if observation == "no_route":
            result.update(observation=observation, reason=reason)


def _next_is_dead(entry: Entry, result: Result, dead: Set[Tuple[int, str]]) -> bool:
    try:
        return _netlink.next_hop(entry["address"], result["bound"]["interface"], result["bound"]["source"]) in dead
    except OSError:
        return False


def _mention_rejecters(results: list[Result]) -> None:
    """Say beside a silence that a device rejects: it sends ICMP at a limited rate (Linux: 6 at once, then 1/s)."""
    rejecters = {
        entry["icmp"]["from"]
        for result in results
        for entry in result["addresses"]
        if entry["observation"] == "rejected" and entry["icmp"] and entry["icmp"]["from"] != entry["address"]
    }
    if not rejecters:
        return
    who = ", ".join(sorted(rejecters)[:3])
    for result in results:
        if result["observation"] in _SILENT and result["addresses"]:
            result["reason"] += (
                f"; {who} rejected other checks of this run, and as devices limit how often they say so, "
                "it may have rejected this one too"
            )
