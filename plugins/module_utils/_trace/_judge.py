# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""How a flow fared: of all its packets, the place where the connection that they were of came to its end."""

from __future__ import annotations

import typing as t
from collections import Counter

from ._flows import Flow
from ._journey import Ends, Journey

_HELD = {"drop": "dropped", "queue": "held", "stolen": "held"}
# Where a packet was last, by the last chain of ours that it passed.
_AFTER = (
    ("past_postrouting", "left"),
    ("past_input", "here"),
    ("past_forward", "vanished_in_postrouting"),
    ("at_forward", "vanished_in_forward"),
    ("at_input", "vanished_in_input"),
    ("past_prerouting", "routing"),
    ("back_output", "vanished_in_output"),
    ("at_prerouting", "vanished_in_prerouting"),
    ("back_prerouting", "vanished_in_prerouting"),
    ("nat_prerouting", "vanished_in_prerouting"),
)


class Fate(t.NamedTuple):
    """The end of a flow: where, which way, and the packet that tells it."""

    place: str
    back: bool = False
    journey: t.Optional[Journey] = None  # None: no packet of it was seen
    asked: t.Optional[Journey] = None  # a packet of the way there, of the same connection
    packets: int = 0  # there, in all connections
    answers: int = 0


def fates(flows: t.Sequence[Flow], journeys: t.Sequence[Journey]) -> t.List[Fate]:
    """The fate of each flow."""
    answers = _answers(journeys)
    return [_fate(flow, journeys, answers) for flow in flows]


def last_place(journey: Journey) -> str:
    """Where one packet was last."""
    if journey.end:
        return _HELD[journey.end.verdict]
    return next((place for chain, place in _AFTER if chain in journey.chains), "at_interface")


def _answers(journeys: t.Sequence[Journey]) -> t.Dict[Ends, t.List[Journey]]:
    """The answers by the connection that they belong to, NAT or not."""
    asked: t.Dict[Ends, Ends] = {}
    for journey in journeys:
        if not journey.back:
            for header in (journey.header, journey.now):
                asked[header.reverse] = journey.header.ends
    found: t.Dict[Ends, t.List[Journey]] = {}
    for journey in journeys:
        known = next((asked[header.ends] for header in (journey.header, journey.now) if header.ends in asked), None)
        if journey.back and known is not None:
            found.setdefault(known, []).append(journey)
    return found


def _fate(flow: Flow, journeys: t.Sequence[Journey], answers: t.Mapping[Ends, t.List[Journey]]) -> Fate:
    connections: t.Dict[Ends, t.List[Journey]] = {}
    for journey in journeys:
        head = journey.header
        if not journey.back and flow.matches(head.protocol, head.source, head.destination, head.dport):
            connections.setdefault(head.ends, []).append(journey)
    if not connections:
        return Fate("never_arrived")
    found = [_of_connection(there, answers.get(ends, [])) for ends, there in connections.items()]
    usual, _count = Counter((fate.place, fate.back) for fate in found).most_common(1)[0]
    chosen = next(fate for fate in found if (fate.place, fate.back) == usual)
    return chosen._replace(packets=sum(fate.packets for fate in found), answers=sum(fate.answers for fate in found))


def _of_connection(there: t.Sequence[Journey], back: t.Sequence[Journey]) -> Fate:
    counts = {"packets": len(there), "answers": len(back)}
    gone = [journey for journey in there if last_place(journey) in ("left", "here")]
    if not gone:
        return Fate(last_place(there[-1]), False, there[-1], there[-1], **counts)
    if not back:
        here = last_place(gone[-1]) == "here"
        return Fate("unanswered_here" if here else "unanswered", False, gone[-1], gone[0], **counts)
    returned = [journey for journey in back if last_place(journey) == "left"]
    if not returned:
        return Fate(last_place(back[-1]), True, back[-1], gone[0], **counts)
    # What is dropped after a connection has ended is no loss.
    for journey in (*there, *back):
        if journey.end and not journey.now.closing:
            return Fate(last_place(journey), journey.back, journey, gone[0], **counts)
    return Fate("delivered", True, returned[0], gone[0], **counts)
