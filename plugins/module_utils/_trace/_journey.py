# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""How far each packet came: the events of a trace, put together by packet. Bounded, whatever is traced."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from . import _table
from ._events import Event
from ._headers import Header, parse

Ends = t.Tuple[str, str, int, str, int]

MOST = 2000
_MOST_OF_ONE = 24  # packets of one connection and direction: its beginning tells enough
_MOST_CHANGES = 8
_ENDINGS = ("drop", "queue", "stolen")
# How far a packet is that came to a chain of ours.
_RANKS = {
    "at_ingress": 0,
    "at_prerouting": 1,
    "back_prerouting": 1,
    "back_output": 1,
    "nat_prerouting": 2,
    "nat_output": 2,
    "past_prerouting": 3,
    "at_input": 4,
    "at_forward": 4,
    "past_input": 5,
    "past_forward": 5,
    "past_postrouting": 6,
}


class Decision(t.NamedTuple):
    """What a rule or a chain's policy said."""

    family: str
    table: str
    chain: str
    handle: int  # 0: the policy
    verdict: str


class Change(t.NamedTuple):
    """An address or a port that became another, and by which rule if one said so."""

    before: Header
    after: Header
    by: t.Optional[Decision]


@dataclass
class Journey:
    """One packet."""

    back: bool
    header: Header  # as it came in
    now: Header  # as it was last seen
    arrived: int = 0  # interfaces, by index
    leaves: int = 0
    mark: int = 0
    end: t.Optional[Decision] = None
    chains: t.List[str] = field(default_factory=list)  # ours that it passed
    changes: t.List[Change] = field(default_factory=list)
    rank: int = -1
    by: t.Optional[Decision] = None

    def data(self) -> t.Dict[str, t.Any]:
        """For the one who asks, in another process."""
        return {
            "back": self.back,
            "header": list(self.header),
            "now": list(self.now),
            "arrived": self.arrived,
            "leaves": self.leaves,
            "mark": self.mark,
            "end": self.end and list(self.end),
            "chains": self.chains,
            "changes": [
                [list(change.before), list(change.after), change.by and list(change.by)] for change in self.changes
            ],
        }

    @classmethod
    def of(cls, data: t.Mapping[str, t.Any]) -> Journey:
        """The same, read again."""
        return cls(
            **{
                **data,
                "header": Header(*data["header"]),
                "now": Header(*data["now"]),
                "end": data["end"] and Decision(*data["end"]),
                "changes": [
                    Change(Header(*before), Header(*after), by and Decision(*by))
                    for before, after, by in data["changes"]
                ],
            }
        )


class Recorder:
    """Takes events as they come."""

    def __init__(self) -> None:
        self.journeys: t.List[Journey] = []
        self.dropped = False  # something was left out, since there was too much of it
        self._live: t.Dict[int, Journey] = {}
        self._counts: t.Dict[t.Tuple[bool, Ends], int] = {}

    def take(self, event: Event) -> None:
        """One event; those of packets that somebody else has traced are not ours to tell."""
        own = (event.family, event.table) == ("inet", _table.NAME)
        rank = _RANKS.get(event.chain, -1) if own else -1
        header = parse(event.network, event.transport)
        if own and event.kind == "rule" and event.handle and rank >= 0:
            self._begin(event, rank, header)
        journey = self._live.get(event.packet)
        if journey is None:
            return
        _see(journey, event, header)
        if not own:
            _decide(journey, event)
        elif event.kind == "policy" and rank >= 0:
            journey.rank = max(journey.rank, rank)
            journey.end = None  # it goes on: who held it has let it go
            if event.chain not in journey.chains:
                journey.chains.append(event.chain)

    def _begin(self, event: Event, rank: int, header: t.Optional[Header]) -> None:
        """The kernel numbers packets by where they lie in memory, so that a number comes again and again."""
        known = self._live.get(event.packet)
        if known is not None and known.rank < rank:
            return
        self._live.pop(event.packet, None)
        if header is None:
            return
        back = event.chain.startswith(("back_", "nat_"))
        count = self._counts.get((back, header.ends), 0)
        if len(self.journeys) >= MOST or count >= _MOST_OF_ONE:
            self.dropped = True
            return
        self._counts[back, header.ends] = count + 1
        journey = Journey(back, header, header, rank=rank)
        self._live[event.packet] = journey
        self.journeys.append(journey)


def _see(journey: Journey, event: Event, header: t.Optional[Header]) -> None:
    journey.arrived = event.arrived or journey.arrived
    journey.leaves = event.leaves or journey.leaves
    journey.mark = event.mark or journey.mark
    if header is None:
        return
    if header.ends != journey.now.ends and len(journey.changes) < _MOST_CHANGES:
        journey.changes.append(Change(journey.now, header, journey.by))
    journey.now = header


def _decide(journey: Journey, event: Event) -> None:
    if event.verdict not in (*_ENDINGS, "accept"):
        return
    decision = Decision(event.family, event.table, event.chain, event.handle, event.verdict)
    if event.verdict in _ENDINGS:
        journey.end = decision
    elif event.handle:
        journey.by = decision
