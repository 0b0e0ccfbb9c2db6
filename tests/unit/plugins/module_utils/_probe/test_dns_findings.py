# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What answers mean for a resolver's integrity, by property: no lie passes, and nothing unseen is called good."""

from __future__ import annotations

from typing import List

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _dns_findings as findings
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._dns_findings import Answer, Finding
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._dns_message import ExtendedError, Reply

NAME, SERVER = "imp01.electricimp.com", "192.0.2.1"
PATHS = ["unproven", "dropped", "closed", "closed_or_reset", "rejected", "no_route", "wrong_answer"]
WORST_FIRST = ["intercepted", "rewritten", "sinkholed", "wrong_answer", "unproven", "intact"]

addresses = st.one_of(
    st.ip_addresses(v=4).map(str), st.sampled_from(["0.0.0.0", "10.0.0.1", "::", "::1", "203.0.113.1", "nonsense", ""])
)
replies = st.builds(
    Reply,
    rcode=st.sampled_from(["NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED", "BADVERS", "15"]),
    flags=st.just([]),
    answers=st.lists(addresses, max_size=6),
    aliases=st.lists(st.just("a.example."), max_size=2),
    ttl=st.none(),
    extended_errors=st.lists(st.builds(ExtendedError, st.integers(0, 65535), st.just("x"), st.just("")), max_size=2),
)


def entry(observation: str, address: str = SERVER) -> dict[str, object]:
    return {"address": address, "observation": observation, "reason": f"{address} {observation}"}


answers = st.one_of(
    replies.map(lambda reply: Answer(entry("answered"), reply)),
    st.sampled_from(PATHS).map(lambda seen: Answer(entry(seen), None)),
)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        *((address, True) for address in ("8.8.8.8", "203.0.113.1", "192.0.2.1", "2001:db8::1", "2606:4700::1")),
        *((address, False) for address in ("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "127.9.9.9", "169.254.0.1")),
        *(
            (address, False)
            for address in ("172.16.0.1", "192.168.255.1", "198.19.0.1", "224.0.0.1", "255.255.255.255")
        ),
        *((address, False) for address in ("::", "::1", "::ffff:8.8.8.8", "fc00::1", "fe80::1", "ff02::1", "x", "")),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    assert findings.is_public(address) is public


@given(answer=answers, private_ok=st.booleans())
def test_a_name_is_only_good_by_a_public_answer(answer: Answer, private_ok: bool) -> None:
    found = findings.of_name(NAME, answer, [NAME] if private_ok else [])
    if answer.reply is None:
        assert found.result == answer.entry["observation"]
        assert found.unreached
        return
    good = bool(answer.reply.answers) and (private_ok or all(map(findings.is_public, answer.reply.answers)))
    assert (found.result == "intact") == (good and not answer.reply.filtered)


@given(answer=answers)
def test_a_name_that_does_not_exist_is_only_good_without_an_answer(answer: Answer) -> None:
    found = findings.of_absent(NAME, answer)
    if answer.reply is not None and (answer.reply.answers or answer.reply.aliases):
        assert found.result == "rewritten"
    if found.result == "intact":
        assert answer.reply is not None
        assert not answer.reply.answers


@given(answer=answers)
def test_any_reply_of_the_dark_address_is_interception(answer: Answer) -> None:
    assert (findings.of_dark(SERVER, answer, False).result == "intercepted") == (answer.reply is not None)


@given(answer=answers)
def test_no_reply_is_interception_where_dns_is_redirected_on_purpose(answer: Answer) -> None:
    assert findings.of_dark(SERVER, answer, True).result != "intercepted"


@given(here=answers, there=answers)
def test_a_comparison_is_only_good_with_two_answers(here: Answer, there: Answer) -> None:
    found = findings.compare(NAME, here, there, [])
    if found.result == "intact":
        assert here.reply is not None
        assert there.reply is not None
        assert here.reply.answers
        assert there.reply.answers


@given(results=st.lists(st.sampled_from([*WORST_FIRST, *PATHS]), min_size=1, max_size=8), unreached=st.booleans())
def test_the_worst_finding_decides(results: List[str], unreached: bool) -> None:
    found = [Finding("name", NAME, result, result, unreached and result in PATHS) for result in results]
    observation, reason = findings.decide(SERVER, found)
    assert reason
    if all(finding.unreached for finding in found):
        assert observation == results[0]
    elif set(results) <= set(WORST_FIRST):
        assert observation == min(results, key=WORST_FIRST.index)
    assert (observation == "intact") == (set(results) == {"intact"})
