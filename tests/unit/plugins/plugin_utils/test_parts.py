"""A site whose probe hosts are in different runs: who judges what, and what all of them say together."""

from __future__ import annotations

import functools
import itertools
import json
import typing as t
from datetime import datetime, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._assess import assess
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._parts import in_part, join, key_of
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._history import all_last, keep_all
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._model import make_report
from support.assessments import documented
from support.results import saw
from support.sites import Data, site, specs
from support.split_sites import HERE, PEER, THERE, pair, two_vlans

FIRST, SECOND, THIRD = (f"2026-11-21T0{hour}:00:00Z" for hour in (1, 2, 3))


@functools.lru_cache(maxsize=None)
def _plan(data: str) -> Data:
    return make_plan(site(json.loads(data)), specs())


def _judged(data: Data, hosts: t.Set[str], when: str, **seen: str) -> Data:
    """The site as a run with these probe hosts judges it."""
    plan = _plan(json.dumps(data))
    probes = {check["id"]: check["probe"] for check in plan["checks"]}
    results = [one for one in saw(plan, **seen) if probes[one["id"]] in hosts]
    return {**in_part(assess(plan, results), plan, hosts), "assessed": when}


def _verdicts(assessed: t.Mapping[str, t.Any]) -> t.Dict[str, str]:
    return {"/".join(key_of(one)): one["verdict"] for one in assessed["requirements"]}


def _held(assessed: t.Mapping[str, t.Any]) -> t.Set[str]:
    return {"/".join(key_of(one)) for one in assessed["requirements"] if one.get("elsewhere")}


def test_a_run_with_all_probe_hosts_has_no_part() -> None:
    whole = _judged(two_vlans(), {HERE, THERE}, FIRST)
    assert "part" not in whole
    assert _held(whole) == set()


def test_what_needs_an_absent_probe_host_is_no_verdict_and_says_so() -> None:
    here = _judged(two_vlans(), {HERE}, FIRST)
    assert here["part"] == [HERE]
    assert here["readiness"] == "inconclusive"
    held = [one for one in here["requirements"] if one.get("elsewhere")]
    assert {one["vlan"] for one in held} == {"lab"}
    assert {(one["verdict"], one["elsewhere"]) for one in held} == {("inconclusive", THERE)}
    assert held[0]["reason"] == f"not looked at in this run, which is without the probe host {THERE}"
    assert "site_berlin" in held[0]["remedy"]
    # What nobody has to look at is judged in each part alike.
    there = _judged(two_vlans(), {THERE}, FIRST)
    both = {key for key in _verdicts(here) if key not in _held(here) | _held(there)}
    assert both
    assert {key: _verdicts(here)[key] for key in both} == {key: _verdicts(there)[key] for key in both}


def test_silence_of_an_absent_peer_is_never_told_as_a_blocked_path() -> None:
    """Its listener runs in another slice, under another key: that nothing answered says nothing."""
    for hosts in ({HERE}, {PEER}):
        found = _judged(pair(), hosts, FIRST, reader_controller_sync="dropped")
        sync = next(one for one in found["requirements"] if one["id"] == "reader-controller-sync")
        assert (sync["verdict"], sync["observations"]) == ("inconclusive", [])
    both = join([_judged(pair(), {HERE}, FIRST), _judged(pair(), {PEER}, SECOND)])
    assert _held(both) == {"iot/kisi/reader-controller-sync"}
    assert both["part"] == [PEER, HERE]


@pytest.mark.parametrize("seen", [{}, {"tsi_mqtt": "rejected"}, {"lab_link": "unreachable"}, {"lab_tsi_https": "open"}])
def test_parts_in_any_order_are_the_whole(seen: t.Dict[str, str]) -> None:
    whole = _judged(two_vlans(), {HERE, THERE}, FIRST, **seen)
    parts = [_judged(two_vlans(), hosts, when, **seen) for hosts, when in (({HERE}, FIRST), ({THERE}, SECOND))]
    for found in itertools.permutations([*parts, parts[0]]):
        assert join(found) == whole


def test_a_whole_run_later_counts_alone_and_an_earlier_one_fills_what_is_held() -> None:
    whole = _judged(two_vlans(), {HERE, THERE}, SECOND, lab_tsi_mqtt="rejected", iot_tsi_mqtt="rejected")
    before, after = (_judged(two_vlans(), {HERE}, when) for when in (FIRST, THIRD))
    assert join([before, whole]) == join([whole, before]) == whole
    filled = join([whole, after])
    assert filled == join([after, whole])
    assert (_verdicts(filled)["iot/tsi/mqtt"], _verdicts(filled)["lab/tsi/mqtt"]) == ("met", "unmet")
    # As old as the oldest of what it says.
    assert filled["assessed"] == SECOND
    assert "part" not in filled


_runs = st.lists(
    st.tuples(
        st.sampled_from([{HERE}, {THERE}, {HERE, THERE}]),
        st.sampled_from([FIRST, SECOND, THIRD]),
        st.sampled_from(["open", "rejected", "dropped"]),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=40)
@given(_runs, st.randoms(use_true_random=False))
def test_the_order_of_slices_and_files_changes_nothing(runs: t.Any, chance: t.Any) -> None:
    found = [_judged(two_vlans(), hosts, when, tsi_mqtt=seen) for hosts, when, seen in runs]
    documents = {f"slice-{number}": documented(one) for number, one in enumerate(found)}
    shuffled = list(documents.items())
    chance.shuffle(shuffled)
    report = make_report(documents, "x")
    assert make_report(dict(shuffled), "x") == report
    # A slice that was run twice is no more than one that was run once.
    assert make_report({**documents, "again": documents["slice-0"]}, "x") == report


def test_a_history_compares_each_part_with_its_like(tmp_path: Path) -> None:
    """The other slice's verdicts are not lost and found again in turn."""
    told: t.Dict[str, t.List[str]] = {"warnings": [], "errors": []}

    def night(number: int, hosts: t.Set[str], **seen: str) -> Data:
        when = datetime(2026, 11, number, 2, tzinfo=timezone.utc)
        judged = _judged(two_vlans(), hosts, when.strftime("%Y-%m-%dT%H:%M:%SZ"), **seen)
        return dict(keep_all(tmp_path, [judged], when, 5, told)[0])

    for hosts in ({HERE}, {THERE}):
        assert "changes" not in night(1, hosts)
    first = night(2, {HERE})
    second = night(2, {THERE}, lab_tsi_mqtt="rejected")
    assert not any(first["changes"][name] for name in ("worse", "better", "broken", "other", "added", "gone"))
    assert [key_of(one) for one in second["changes"]["worse"]] == [("lab", "tsi", "mqtt")]
    (found,) = make_report({"history": {"schema": 1, "sites": all_last(tmp_path, [])}}, "x").sites
    assert [row.name for row in found.changed("worse")] == ["lab/tsi/mqtt"]
    assert found.changed("broken") == []
    assert told == {"warnings": [], "errors": []}
