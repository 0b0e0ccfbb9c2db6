# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A chain as nft lists it, whatever is in it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.module_utils._trace._journey import Decision
from ansible_collections.fieldnet.iot.plugins.module_utils._trace._rules import Rules, read_listing

# nft 1.0.6 and 1.1.3 list it alike, but for the first line.
LISTING = """\
# Warning: table ip filter is managed by iptables-nft, do not touch!
table inet corp {
\tchain main { # handle 1
\t\ttype filter hook forward priority filter; policy accept;
\t\ttcp dport { 25, 465 } drop comment "no # handle 3" # handle 4
\t\tip saddr vmap { 10.9.0.1 : jump chain_a, 10.9.1.1 : drop } # handle 6
\t\tct state vmap { invalid : drop, established : accept } # handle 18446744073709551615
\t}
}
"""


def test_handles_and_rules_in_their_order() -> None:
    assert read_listing(LISTING) == [
        (4, 'tcp dport { 25, 465 } drop comment "no # handle 3"'),
        (6, "ip saddr vmap { 10.9.0.1 : jump chain_a, 10.9.1.1 : drop }"),
        (18446744073709551615, "ct state vmap { invalid : drop, established : accept }"),
    ]


@given(st.one_of(st.text(), st.lists(st.sampled_from(LISTING.split("\n"))).map("\n".join)))
def test_no_text_crashes_it(text: str) -> None:
    for handle, rule in read_listing(text):
        assert handle >= 0
        assert "\n" not in rule


@pytest.mark.parametrize("name", ["a; flush ruleset", "-f", "a b", "", "{ }", "x\ny", '"'])
def test_a_name_that_is_none_reaches_no_command(name: str) -> None:
    """Whoever made a chain may call it as he likes."""
    told = Rules().describe(Decision("inet", name, name, 7, "drop"))
    assert (told["text"], told["handle"]) == ("", 7)


def test_a_policy_needs_no_listing() -> None:
    assert re.fullmatch("policy drop", Rules().describe(Decision("ip", "filter", "FORWARD", 0, "drop"))["text"])
