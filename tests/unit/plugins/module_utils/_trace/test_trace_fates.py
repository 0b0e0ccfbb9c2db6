# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Of all packets of a flow, which one tells how it fared."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.module_utils._trace._flows import Flow, parse_flows
from ansible_collections.fieldnet.iot.plugins.module_utils._trace._headers import Header
from ansible_collections.fieldnet.iot.plugins.module_utils._trace._journey import Decision, Journey
from ansible_collections.fieldnet.iot.plugins.module_utils._trace._judge import fates
from ansible_collections.fieldnet.iot.plugins.module_utils._trace._table import render
from ansible_collections.fieldnet.iot.plugins.module_utils._trace._words import PLACES

FLOW = Flow("f", "tcp", "10.40.0.0/24", "203.0.113.10", 443)
CHAINS = ["at_prerouting", "past_prerouting", "at_forward", "past_forward", "past_postrouting"]
RULE = Decision("inet", "corp", "main", 7, "drop")


def packet(passed: int, back: bool = False, sport: int = 40000, **more: t.Any) -> Journey:
    there = Header("tcp", "10.40.0.10", sport, "203.0.113.10", 443, 64, more.pop("closing", False))
    head = Header(*there.reverse, 64, there.closing) if back else there
    return Journey(back, head, head, chains=CHAINS[:passed], **more)


def fate(*journeys: Journey) -> tuple[str, bool]:
    (found,) = fates([FLOW], journeys)
    return found.place, found.back


@pytest.mark.parametrize(
    ("journeys", "expected"),
    [
        ([], ("never_arrived", False)),
        ([packet(0)], ("at_interface", False)),
        ([packet(1)], ("vanished_in_prerouting", False)),
        ([packet(2)], ("routing", False)),
        ([packet(3)], ("vanished_in_forward", False)),
        ([packet(4)], ("vanished_in_postrouting", False)),
        ([packet(5)], ("unanswered", False)),
        ([packet(3, end=RULE)], ("dropped", False)),
        ([packet(3, end=RULE._replace(verdict="queue"))], ("held", False)),
        ([packet(5), packet(3, back=True, end=RULE)], ("dropped", True)),
        ([packet(5), packet(2, back=True)], ("routing", True)),
        ([packet(5), packet(5, back=True)], ("delivered", True)),
        # A first packet that was lost, and a second that came through.
        ([packet(3, end=RULE), packet(5)], ("unanswered", False)),
        # What comes after the handshake is cut off; what comes after the end is not missed.
        ([packet(5), packet(5, back=True), packet(3, end=RULE)], ("dropped", False)),
        ([packet(5), packet(5, back=True), packet(3, end=RULE, closing=True)], ("delivered", True)),
        # Several connections: what most of them met.
        ([packet(5, sport=1), packet(3, sport=2, end=RULE), packet(3, sport=3, end=RULE)], ("dropped", False)),
    ],
)
def test_the_place(journeys: list[Journey], expected: tuple[str, bool]) -> None:
    assert fate(*journeys) == expected


def test_an_answer_of_another_connection_is_none() -> None:
    assert fate(packet(5), packet(5, back=True, sport=1)) == ("unanswered", False)


def test_an_answer_to_an_address_that_nat_gave_is_one() -> None:
    asked = packet(5)
    asked.now = asked.header._replace(source="198.51.100.1", sport=1024)
    answer = packet(5, back=True)
    answer.header = Header(*asked.now.reverse)
    assert fate(asked, answer) == ("delivered", True)


@pytest.mark.parametrize("place", PLACES)
def test_each_place_is_documented(place: str) -> None:
    root = Path(__file__).resolve().parents[5]
    assert f"`{place}`" in (root / "docs" / "explain.md").read_text(encoding="utf-8")
    assert f"V({place})" in (root / "plugins" / "modules" / "path_trace.py").read_text(encoding="utf-8")


words = st.one_of(st.text(max_size=20), st.integers(), st.none(), st.booleans())
raw = st.dictionaries(
    st.sampled_from(["id", "protocol", "source", "destination", "port", "mac", "interface"]),
    st.one_of(words, st.sampled_from(["tcp", "10.0.0.1", "::1", 'x" drop', "10.0.0.1; flush ruleset", "a\nb", 80])),
)


@given(st.lists(raw, max_size=4))
def test_nothing_unchecked_reaches_a_rule(entries: list[dict[str, t.Any]]) -> None:
    errors: list[str] = []
    flows = parse_flows(entries, errors)
    assert len(flows) == len(entries) or errors
    for line in render(flows, ["vlan40"], True, "flags owner;").splitlines():
        assert not {"flush", "drop", "delete"} & set(line.replace(";", " ").split())
