"""The report's model: each site once, as it was assessed last; what is no assessment is refused with its place."""

from __future__ import annotations

import contextlib
import json
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._assess import READINESS
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._changes import over_time, with_since
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._verdict import VERDICTS
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report import _words as words
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._files import FORMATS
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._model import Report, ReportError, make_report
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._render_json import render as as_json
from support.assessments import assessed, documented, hostile_documents
from support.sites import Data

DAYS = ("2026-11-20T02:00:00Z", "2026-11-21T02:00:00Z")
_leaves = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3))
_anything = st.recursive(_leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner))


def _two_days() -> Data:
    before = with_since(None, assessed(when=DAYS[0], tsi_mqtt="rejected"))
    after = with_since(before, assessed(when=DAYS[1], kisi_firmware="dropped"))
    return {**after, "changes": over_time(before, after)}


def _report(*sites: Data) -> Report:
    return make_report({"report.json": documented(*sites)}, "Readiness")


def test_every_known_word_is_told_and_only_what_was_seen_working_passes() -> None:
    for name in VERDICTS:
        assert words.verdict(name).means, f"{name} needs its words in _report/_words.py"
    for name in READINESS:
        assert words.readiness(name).means
    assert [name for name in VERDICTS if words.verdict(name).junit == "passed"] == ["met", "degraded"]
    assert [name for name in VERDICTS if words.verdict(name).tone == "good"] == ["met"]


def test_a_word_of_another_version_is_shown_as_it_is_and_never_as_proven() -> None:
    word = words.verdict("half_proven")
    assert (word.label, word.tone, word.junit) == ("half proven", "unknown", "skipped")
    assert words.verdict_rank("half_proven") > words.verdict_rank("degraded")


def test_what_holds_a_site_up_stands_first_and_the_worst_of_it() -> None:
    (site,) = _report(assessed(tsi_mqtt="rejected", kisi_cloud_session_primary="dropped", kisi_dns_tcp="closed")).sites
    required = [row for row in site.rows if row.level == "required"]
    ranks = [words.verdict_rank(row.verdict) for row in required]
    assert ranks == sorted(ranks, reverse=True)
    assert [row.name for row in site.rows[:3]] == ["iot/tsi/mqtt", "iot/kisi/cloud-session", "iot/kisi/dns-tcp"]
    assert site.rows[-1].verdict == "met"


def test_a_site_of_several_documents_is_as_it_was_assessed_last() -> None:
    old, new = assessed(when=DAYS[0]), assessed(when=DAYS[1], tsi_mqtt="rejected")
    for order in ((old, new), (new, old)):
        documents = {f"slice-{number}": documented(one) for number, one in enumerate(order)}
        (site,) = make_report({**documents, "other": documented(assessed("oslo"))}, "T").sites[:1]
        assert (site.site, site.assessed, site.readiness) == ("berlin", DAYS[1], "not_ready")


def test_rows_say_what_became_of_them() -> None:
    (site,) = _report(_two_days()).sites
    changed = {row.name: (row.change, row.was, row.since) for row in site.rows if row.change}
    assert changed["iot/tsi/mqtt"] == ("better", "unmet", DAYS[1])
    assert changed["iot/kisi/firmware"] == ("worse", "met", DAYS[1])
    assert site.compared == DAYS[0]
    assert {row.since for row in site.rows if not row.change} == {DAYS[0]}


def test_the_json_format_makes_the_same_report_again() -> None:
    report = _report(_two_days(), assessed("oslo"))
    again = make_report({"report.json": json.loads(as_json(report))}, "Readiness")
    assert again == report
    assert report.advice


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ([], "x: is no assessment (it has no list of sites): give what fieldnet.iot.assess wrote"),
        ({"schema": 2, "sites": []}, "x: schema: 2 is not 1: assess again with this version"),
        ({"schema": 1, "sites": [3]}, "x: sites[0]: is not a mapping"),
        ({"schema": 1, "sites": [{}]}, "x: sites[0].requirements: is missing"),
        (
            {"schema": 1, "sites": [{"requirements": [{}]}]},
            "x: sites[0].requirements[0].verdict: is missing, or no text",
        ),
        ({"schema": 1, "sites": [{"changes": {"worse": 3}}]}, "x: sites[0].changes.worse: is not a list"),
        ({"schema": 1, "sites": [], "advice": {}}, "x: advice: is not a list"),
    ],
)
def test_what_is_no_assessment_is_refused_with_its_place(document: t.Any, expected: str) -> None:
    with pytest.raises(ReportError) as caught:
        make_report({"x": document}, "T")
    assert expected in caught.value.errors


@given(_anything)
def test_whatever_is_given_is_refused_or_reported(document: t.Any) -> None:
    sites = document if isinstance(document, list) else [document]
    for given_document in (document, {"schema": 1, "sites": sites}, {"schema": 1, "sites": [{"requirements": sites}]}):
        with contextlib.suppress(ReportError):
            report = make_report({"x": given_document}, "T")
            for found in FORMATS.values():
                found.render(report)


@given(hostile_documents())
def test_the_same_assessments_make_the_same_bytes_and_every_format_can_be_written(document: Data) -> None:
    once, again = (make_report({"x": document}, "T") for _time in range(2))
    for name, found in FORMATS.items():
        assert found.render(once).encode("utf-8") == found.render(again).encode("utf-8"), name
