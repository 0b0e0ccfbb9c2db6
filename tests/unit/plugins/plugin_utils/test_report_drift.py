"""How gateways differ from their plans, as jobs hand it on and the report notes it."""

from __future__ import annotations

import itertools
import json
import typing as t

import pytest

from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._drift_report import document, judge
from ansible_collections.fieldnet.iot.plugins.plugin_utils._playbooks._options import misspelt
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report import _artifact
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._artifact import ArtifactError, hand_on
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._drift import (
    PREFIX,
    drifts,
    headline,
    publish,
    with_drifts,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._files import FORMATS
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._model import make_report
from support.assessments import HOSTILE, assessed, documented
from support.sites import Data

NIGHT, MORNING = "2026-11-21T02:00:00Z", "2026-11-21T08:00:00Z"
AGREED: Data = {"firewall": {"changed": False}}
UNREACHABLE: Data = {"firewall": {"unreachable": True, "msg": "no route"}}


def _drifted(count: int = 1, text: str = "rule") -> Data:
    return {"firewall": {"changed": True, "differences": [f"{text} {number}" for number in range(count)]}}


def _found(**sites: Data) -> Data:
    return document([judge(name, f"gw.{name}.example", results) for name, results in sites.items()])


def test_slices_in_any_order_and_the_newest_counts() -> None:
    runs = [
        publish(_found(berlin=_drifted()), NIGHT),
        publish(_found(oslo=AGREED, rome=UNREACHABLE), NIGHT),
        publish(_found(berlin=AGREED), MORNING),
    ]
    for order in itertools.permutations([*runs, runs[0]]):
        merged: t.Dict[str, t.Any] = {}
        for one in order:
            merged.update(one)
        found = drifts(merged)
        assert {name: one["state"] for name, one in found.items()} == {
            "berlin": "agreed",
            "oslo": "agreed",
            "rome": "unreachable",
        }
        assert headline(found) == "gateways: 1 unreachable (rome); 2 as planned"


def test_a_site_has_a_note_where_its_gateway_is_not_as_planned() -> None:
    report = make_report({"x": documented(assessed(), assessed("oslo"))}, "x")
    found = drifts(publish(_found(berlin=_drifted(5), oslo=AGREED), NIGHT))
    berlin, oslo = with_drifts(report, found).sites
    assert oslo == report.sites[1]
    assert berlin.notes[:-1] == report.sites[0].notes
    assert berlin.notes[-1].startswith(f"its gateway differs from its plan ({NIGHT}): ")
    assert berlin.notes[-1].endswith("; and 2 more")
    assert berlin.rows == report.sites[0].rows
    assert "differs from its plan" in FORMATS["html"].render(with_drifts(report, found))


def test_it_is_small_and_named_like_no_variable_of_a_playbook() -> None:
    sites = {f"site_{number}": _drifted(40, "x" * 300) for number in range(50)}
    variables = publish(_found(**sites), NIGHT)
    assert len(json.dumps(variables)) < 50 * 500
    assert misspelt(variables) == []
    assert not [name for name in variables if name.startswith(_artifact.PREFIX)]
    assert publish(_found(), NIGHT) == {}


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_a_gateway_says_is_a_text(text: str) -> None:
    found = drifts(publish(_found(berlin=_drifted(1, text)), NIGHT))
    report = with_drifts(make_report({"x": documented(assessed())}, "x"), found)
    for one in FORMATS.values():
        one.render(report).encode("utf-8")


@pytest.mark.parametrize("document", [1, [], {}, {"sites": 1}, {"sites": [1]}, {"sites": [{"site": "a"}]}], ids=str)
def test_what_is_no_drift_is_refused_by_its_name(document: t.Any) -> None:
    (name,) = variables = hand_on(PREFIX, document, {})
    with pytest.raises(ArtifactError, match=f"{name}: is not what fieldnet.iot.drift_report hands on"):
        drifts(variables)
