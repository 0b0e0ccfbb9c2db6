# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Domains, their sets, and dnsmasq's lines for them, judged by the rule that dnsmasq was seen to follow.

tests/faults/test_gateway_domains.py sees it follow that rule.
"""

from __future__ import annotations

import re
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.module_utils import _values
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway import _domains
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dns import parse
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import InvalidPolicy

TABLE = "fieldnet_iot"
OPTIONS: t.Dict[str, t.Any] = {"domains": [], "ipv6": False, "table": TABLE, "routers": []}

# Few labels, so that names lie under one another often.
NAMES = st.lists(st.sampled_from(["a", "b", "ab", "x-1", "_srv"]), min_size=1, max_size=5).map(".".join)
DOMAINS = st.lists(NAMES, min_size=1, max_size=12)


def filled(lines: t.Sequence[str], name: str) -> t.Set[str]:
    """dnsmasq's rule: the line of the longest suffix alone, and of several for one domain the first."""
    best = ("", "")
    for line in lines:
        domain, targets = line[len("nftset=/") :].split("/", 1)
        if (name == domain or name.endswith("." + domain)) and len(domain) > len(best[0]):
            best = (domain, targets)
    return {target.rpartition("#")[2] for target in best[1].split(",") if target}


@given(domains=DOMAINS, name=NAMES, ipv6=st.booleans())
def test_every_set_of_a_suffix_is_filled_and_no_other(domains: t.List[str], name: str, ipv6: bool) -> None:
    labels = name.split(".")
    suffixes = {".".join(labels[start:]) for start in range(len(labels))}
    wanted = {_domains.set_name(d, v) for d in suffixes & set(domains) for v in ((4, 6) if ipv6 else (4,))}
    assert filled(_domains.lines(domains, TABLE, ipv6), name) == wanted


@given(domains=DOMAINS, ipv6=st.booleans())
def test_lines_are_one_a_domain_short_and_in_order(domains: t.List[str], ipv6: bool) -> None:
    lines = _domains.lines(domains, TABLE, ipv6)
    assert [line.split("/")[1] for line in lines] == sorted(set(domains))
    assert lines == _domains.lines(list(reversed(domains)), TABLE, ipv6)
    target = rf"[46]#inet#{TABLE}#d[46]_[0-9a-f]{{10}}"
    assert all(re.fullmatch(rf"nftset=/[a-z0-9._-]+/{target}(,{target})*", line) for line in lines)
    assert max(map(len, lines)) <= _domains.LINE_LIMIT


def test_a_name_depends_on_the_domain_alone() -> None:
    assert _domains.set_name("electricimp.com", 4) == "d4_04308f9df5"
    assert _domains.set_name("electricimp.com", 6).startswith("d6_")
    assert _domains.set_name("a.example", 4)[3:] == _domains.set_name("a.example", 6)[3:]
    assert len({_domains.set_name(f"{number}.example", 4) for number in range(5000)}) == 5000


def test_a_wildcard_and_its_apex_share_their_sets() -> None:
    assert _domains.domains_in(["*.b.example", "a.example", "b.example"]) == ["a.example", "b.example"]


def test_a_name_that_only_ends_alike_is_another() -> None:
    lines = _domains.lines(["vendor.example"], TABLE, False)
    assert filled(lines, "a.vendor.example")
    assert not filled(lines, "evilvendor.example")


def test_lines_that_dnsmasq_would_cut_are_refused_with_the_remedy() -> None:
    deep = [".".join("abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"[start:]) for start in range(52)]
    with pytest.raises(InvalidPolicy) as caught:
        _domains.lines(deep, TABLE, True)
    first = caught.value.problems[0]
    assert first.startswith(f"domains: {min(deep)} lies under so many other listed domains that the line for it has ")
    assert "and dnsmasq loses what is beyond 1000: remove some of " in first
    # Without the deepest ones it is fine.
    assert max(map(len, _domains.lines(deep[-14:], TABLE, True))) <= 1000


def test_the_longest_possible_domain_has_a_line() -> None:
    longest = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])
    assert _values.dns_name(longest) == longest
    lines = _domains.lines([longest, "fieldnet.example"], "fieldnet_" + "x" * 40, True)
    assert max(map(len, lines)) <= 1000


@pytest.mark.parametrize(
    ("patterns", "said"),
    [
        (["a.example", "*.a.example"], []),
        (["*.a.example"], ["beside *.a.example the names without *. are open"]),
        (["a.example"], ["beside a.example every name under them is open"]),
        (["*.b.example", "*.a.example"], ["beside *.a.example, *.b.example the names"]),
        (["*.a.example", "b.example"], ["beside *.a.example the", "beside b.example every"]),
    ],
)
def test_what_is_open_beyond_the_words_is_said(patterns: t.List[str], said: t.List[str]) -> None:
    found = _domains.over_match(patterns)
    assert len(found) == len(said)
    assert all(part in text for part, text in zip(said, found))


def test_options_are_made_canonical() -> None:
    policy = parse({**OPTIONS, "domains": ["B.example.", "*.a.example", "b.example"], "routers": ["10.40.0.1"] * 2})
    assert policy.patterns == ("*.a.example", "b.example")
    assert policy.domains == ["a.example", "b.example"]
    assert policy.routers == ("10.40.0.1",)


def test_every_problem_of_the_options_is_said_at_once() -> None:
    with pytest.raises(InvalidPolicy) as caught:
        parse(
            {
                **OPTIONS,
                "domains": ["a.example", "a.*.example", "a.example/4#inet#filter#x", "*", "10.0.0.1", "a b"],
                "table": "filter",
                "routers": ["gateway"],
            }
        )
    assert [problem.split(": ")[0] for problem in caught.value.problems] == [
        "domains[1]", "domains[2]", "domains[3]", "domains[4]", "domains[5]", "routers[0]", "table",
    ]  # fmt: skip


def test_no_domains_are_no_policy() -> None:
    with pytest.raises(InvalidPolicy, match="domains: there is none; to remove them all, set state to absent"):
        parse(OPTIONS)


@given(text=st.text(max_size=40))
def test_no_text_reaches_a_line_as_anything_but_a_domain(text: str) -> None:
    try:
        policy = parse({**OPTIONS, "domains": [text]})
    except InvalidPolicy:
        return
    (line,) = _domains.lines(policy.domains, TABLE, False)
    assert re.fullmatch(r"nftset=/[a-z0-9._-]+/4#inet#fieldnet_iot#d4_[0-9a-f]{10}", line)
