# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Other programs' rules, read and judged; what can't be read must never look like an acceptance or a drop."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway import _routes
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._foreign import _firewalld, _iptables, _nft
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._foreign._forwarding import Packet, Rule, judge

FIRST = Packet("iot0", "wan0", "10.40.0.0/24", None, "tcp", 443)
ANSWER = Packet("wan0", "iot0", None, "10.40.0.0/24", "tcp", 0, reply=True)
NAMES = st.sampled_from(["match", "xt", "vmap", "accept", "drop", "jump", "queue", "limit", "counter", "fib"])
WORDS = st.sampled_from(["op", "left", "right", "meta", "key", "iifname", "set", "payload", "field", "target", "=="])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("rules", "verdict", "doubt"),
    [
        ("", "drop", False),
        ("-A FORWARD -i iot0 -j ACCEPT", "accept", False),
        ("-A FORWARD ! -i iot0 -j ACCEPT", "drop", False),
        ("-A FORWARD -i iot+ ! -o lan0 -j ACCEPT", "accept", False),
        ("-A FORWARD -p tcp -m tcp --dport 400:500 -j ACCEPT", "accept", False),
        ("-A FORWARD -p udp -j ACCEPT", "drop", False),
        ("-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", "drop", False),
        ("-A FORWARD -s 10.0.0.0/8 -d 0.0.0.0/0 -j ACCEPT", "drop", True),
        ("-A FORWARD -m set --match-set devices src -j ACCEPT", "drop", True),
        ('-A FORWARD -m comment --comment "a -j ACCEPT \' b" -j LOG --log-prefix ACCEPT', "drop", False),
        ("-A FORWARD -j ours\n-A ours -i iot0 -j RETURN\n-A ours -j ACCEPT", "drop", False),
        ("-A FORWARD -g ours\n-A FORWARD -j ACCEPT", "drop", False),
        ("-A FORWARD -j nowhere\n-A FORWARD -j ACCEPT", "accept", False),
        ("-A FORWARD -j FORWARD", "drop", True),
        ('-A FORWARD -m comment --comment "unfinished', "drop", False),
    ],
)
def test_a_first_packet_in_iptables_that_drop_by_default(rules: str, verdict: str, doubt: bool) -> None:
    listing = _iptables.parse(f"-P FORWARD DROP\n{rules}\n")
    fate = judge(listing.chains, "FORWARD", listing.policies["FORWARD"], FIRST)
    assert (fate.verdict, fate.doubt) == (verdict, doubt)


def test_an_answer_is_judged_by_the_state_of_its_connection() -> None:
    listing = _iptables.parse("-A FORWARD -m state --state ESTABLISHED -j ACCEPT\n-A FORWARD -j REJECT")
    assert judge(listing.chains, "FORWARD", "accept", ANSWER).verdict == "accept"
    assert judge(listing.chains, "FORWARD", "accept", FIRST).verdict == "drop"


@given(st.lists(st.dictionaries(NAMES, JSON, min_size=1, max_size=1), max_size=4))
def test_whatever_nft_may_show_is_read_without_a_word(expressions: list[dict[str, t.Any]]) -> None:
    found = _nft.rules(expressions)
    assert all(isinstance(rule, Rule) for rule in found)
    judge({"forward": found}, "forward", "drop", FIRST)


def test_routes_are_chosen_by_length_then_metric_and_ties_by_nobody() -> None:
    table = """\
wan0 00000000 010071CB 0003 0 0 100 00000000 0 0 0
wan1 00000000 010072CB 0003 0 0 200 00000000 0 0 0
lan0 0007A8C0 00000000 0001 0 0 0 00FFFFFF 0 0 0
lan1 0007A8C0 00000000 0001 0 0 0 00FFFFFF 0 0 0
vpn0 0000000A 00000000 0001 0 0 0 000000FF 0 0 0
down 0000100A 00000000 0000 0 0 0 0000FFFF 0 0 0
"""
    routes = _routes.parse(table.splitlines())
    assert _routes.leaves(routes, None) == "wan0"
    assert _routes.leaves(routes, "10.16.0.1") == "vpn0"
    assert _routes.leaves(routes, "192.168.7.10") is None
    assert _routes.leaves(routes, "192.168.0.0/16") is None
    assert _routes.leaves(routes, "2001:db8::1") is None
    assert _routes.leaves([], None) is None


def test_a_policy_of_firewalld_is_for_the_zones_of_the_interfaces_or_for_any() -> None:
    assert _firewalld.ingress({"iot0": "dmz", "iot1": "iot"}, ["iot1", "iot0"]) == ["dmz", "iot"]
    assert _firewalld.ingress({"iot0": "dmz"}, ["iot1", "iot0"]) == ["ANY"]


def test_settings_of_firewalld_are_told_from_its_state() -> None:
    now = _firewalld.parse_blocks(
        "dmz (active)\n  target: default\n  rich rules: \n\trule one\n\trule two\n\nx\n  a: b\n"
    )
    saved = _firewalld.parse_blocks("dmz\n  target: default\n  rich rules: \n\trule one\n\trule two\n\nx\n  a: b\n")
    assert now == saved == {"dmz": {"target": "default", "rich rules": "\nrule one\nrule two"}, "x": {"a": "b"}}
