"""What a job hands on to the jobs after it: names that never meet, contents that lose nothing, and a bounded size."""

from __future__ import annotations

import base64
import json
import random
import typing as t
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.plugin_utils._playbooks._options import PLAYBOOKS, misspelt
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report import _artifact
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._artifact import (
    LIMIT,
    PREFIX,
    ArtifactError,
    publish,
    published,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._files import FORMATS
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._model import make_report
from support.assessments import HOSTILE, assessed, documented, fleet
from support.sites import Data

TWELVE = fleet(12)["sites"]


def _size(variables: t.Mapping[str, t.Any]) -> int:
    return len(json.dumps(variables))


def test_the_report_of_what_is_handed_on_is_that_of_what_was_judged() -> None:
    found = fleet(9)
    variables = publish(found["sites"]).variables
    here, there = (make_report(one, "x") for one in ({"assessment": found}, published(variables)))
    for one in FORMATS.values():
        assert one.render(there) == one.render(here)


def test_people_see_the_sites_states() -> None:
    (value,) = publish([assessed(), assessed("oslo", tsi_mqtt="rejected")]).variables.values()
    assert value["sites"] == {"berlin": "ready", "oslo": "not_ready"}


@settings(max_examples=25)
@given(st.integers(1, 6), st.randoms(use_true_random=False))
def test_slices_laid_over_each_other_in_any_order_lose_nothing(count: int, chance: random.Random) -> None:
    """As AWX does it: one dictionary, updated by each job in the order in which they ended."""
    sites = TWELVE
    slices = [publish(sites[number::count]).variables for number in range(count)]
    slices.append(slices[0])
    chance.shuffle(slices)
    merged: t.Dict[str, t.Any] = {}
    for one in slices:
        merged.update(one)
    assert len(merged) == count
    assert make_report(published(merged), "x") == make_report({"all": documented(*sites)}, "x")


def test_a_site_judged_again_is_told_as_it_was_judged_last() -> None:
    runs = [assessed(when=f"2026-11-2{day}T02:00:00Z", tsi_mqtt=seen) for day, seen in ((1, "rejected"), (2, "open"))]
    for order in (runs, runs[::-1]):
        merged: t.Dict[str, t.Any] = {}
        for one in order:
            merged.update(publish([one]).variables)
        (found,) = make_report(published(merged), "x").sites
        assert (found.assessed, found.readiness) == ("2026-11-22T02:00:00Z", "ready")


def test_a_run_that_judged_nothing_hands_nothing_on() -> None:
    assert publish([]) == ({}, [])
    assert published({"iot_report": "x", "fieldnet_iot_other": 1}) == {}


def test_no_variable_of_a_playbook_is_or_looks_like_one() -> None:
    (name,) = publish([assessed()]).variables
    assert misspelt([name]) == []
    assert not [one.name for options in PLAYBOOKS.values() for one in options if one.name.startswith(PREFIX[:8])]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_of_a_site_is_no_template_and_no_markup_on_its_way(text: str) -> None:
    site = assessed()
    site["requirements"][0]["reason"] = text
    variables = publish([site]).variables
    (value,) = variables.values()
    assert set(value["packed"]) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")
    (document,) = published(variables).values()
    assert document["sites"][0]["requirements"][0]["reason"] == text


def test_no_observation_is_handed_on() -> None:
    variables = publish([assessed(tsi_mqtt="rejected")]).variables
    (document,) = published(variables).values()
    assert not [one for one in document["sites"][0]["requirements"] if "observations" in one]


def _noisy(count: int) -> t.List[Data]:
    """Sites that have nothing in common, whose texts hardly shrink."""
    chance = random.Random(1)
    sites = []
    for number in range(count):
        site = assessed(f"site_{number}", tsi_mqtt="rejected")
        for one in site["requirements"]:
            one["reason"] = " ".join(f"{chance.getrandbits(40):x}" for _word in range(40))
        sites.append(site)
    return sites


def test_above_the_limit_less_is_handed_on_and_a_warning_says_what() -> None:
    sites = _noisy(8)
    whole = _size(publish(sites, 10**9).variables)
    seen = []
    for limit in (whole, whole // 2, whole // 20, 1500, 100):
        found = publish(sites, limit)
        assert _size(found.variables) <= limit + 100
        seen.append(found.warnings)
        for document in published(found.variables).values():
            states = {site["site"]: site["readiness"] for site in document["sites"]}
            assert states == {site["site"]: site["readiness"] for site in sites}
            make_report({"slice": document}, "x")
    words = ["sentences are cut", "what is met is left out", "only the sites' states", "nothing was handed on"]
    assert seen[0] == []
    for word, warnings in zip(words, seen[1:]):
        assert word in warnings[0]
        assert "slices" in warnings[0]
    assert publish(sites, 100).variables == {}


def test_what_is_fuller_counts_where_two_are_as_new() -> None:
    """A history has the whole of what an artifact has in short."""
    sites = _noisy(1)
    short = next(iter(published(publish(sites, 6000).variables).values()))
    assert short["sites"][0]["shortened"] is True
    for documents in ({"a": short, "b": documented(*sites)}, {"a": documented(*sites), "b": short}):
        (found,) = make_report(documents, "x").sites
        assert sorted(row.reason for row in found.rows) == sorted(one["reason"] for one in sites[0]["requirements"])


def test_what_a_site_takes_and_how_many_go_into_one_job() -> None:
    """What docs/awx.md says: 9 kB for one, 500 characters each for many; 500 sites need no slices."""
    one, many = (_size(publish(fleet(count)["sites"]).variables) for count in (1, 500))
    assert one < 9000
    assert many < min(500 * 500, LIMIT)


_bomb = base64.b64encode(zlib.compress(b"[" + b" " * 10_000_000 + b"]", 9)).decode()


@pytest.mark.parametrize(
    "value",
    [
        "text",
        1,
        None,
        [],
        {},
        {"packed": 1},
        {"packed": "%"},
        {"packed": "AAAA"},
        {"packed": base64.b64encode(zlib.compress(b"{")).decode()},
        {"packed": base64.b64encode(zlib.compress(b"[]")[:-2]).decode()},
        {"packed": base64.b64encode(zlib.compress(b"[" * 200_000)).decode()},
        {"packed": _bomb},
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_artifact_is_refused_by_its_name(value: t.Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_artifact, "_MOST", 1_000_000)
    with pytest.raises(ArtifactError, match=f"{PREFIX}x: is not what fieldnet.iot.assess or drift_report hands on"):
        published({f"{PREFIX}x": value})
