"""The report's formats, as a Markdown reader, a spreadsheet, a test server and Prometheus see them."""

from __future__ import annotations

import csv
import io
import json
import re
import typing as t
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

from hypothesis import given
from markdown_it import MarkdownIt
from prometheus_client.parser import text_string_to_metric_families

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._changes import over_time, with_since
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report import _render_csv, _render_json, _render_junit
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report import _render_markdown as _markdown
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report import _render_prometheus as _prometheus
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._model import Report, make_report
from support.assessments import HOSTILE, assessed, documented, hostile_documents, texts
from support.sites import Data

DAYS = ("2026-11-20T02:00:00Z", "2026-11-21T02:00:00Z")
_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
# What our own pages are made of.
_OURS = {"h1", "h2", "p", "ul", "li", "strong", "table", "thead", "tbody", "tr", "th", "td"}


def _report(*sites: Data) -> Report:
    return make_report({"x": documented(*sites)}, "Readiness")


def _bad() -> Report:
    return _report(assessed(tsi_mqtt="rejected", dns_integrity="not_run"), assessed("oslo"))


def _later() -> Report:
    before = with_since(None, assessed(when=DAYS[0], tsi_mqtt="rejected"))
    after = with_since(before, assessed(when=DAYS[1], tsi_mqtt="rejected", kisi_firmware="dropped"))
    return _report({**after, "changes": over_time(before, after)})


class _Page(HTMLParser):
    """What a reader of rendered Markdown sees: its tags, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: t.Set[str] = set()
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: t.Any) -> None:
        self.tags.add(tag if not attrs else f"{tag} {attrs}")

    def handle_data(self, data: str) -> None:
        self.text += data


def test_markdown_tells_the_fleet_the_changes_and_what_to_change() -> None:
    page = _markdown.render(_later())
    assert page.startswith("# Readiness\n\n1 sites, assessed 2026-11-21T02:00:00Z: 1 not ready.\n")
    assert "**got worse: 1**\n\n* berlin: iot/kisi/firmware was met and is unmet: " in page
    assert "**stays broken: 1**\n\n* berlin: iot/tsi/mqtt is still unmet (since 2026-11-20T02:00:00Z): " in page
    assert "## berlin: not ready" in page
    assert "  * Change: the gateway 10.40.0.1 rejects it: allow " in page
    assert "  * Asked by: TSI IoT Devices" in page


@given(texts)
def test_markdown_shows_a_text_as_it_was_written(text: str) -> None:
    page = _Page(_MARKDOWN.render(f"# h\n\n* {_markdown.text(text)} end\n"))
    assert page.tags <= _OURS
    shown = re.sub(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffd]+", " ", page.text).strip()
    meant = re.sub(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffd]+", " ", f"h {text} end")
    assert shown.replace(" ", "") == meant.replace(" ", "")


@given(hostile_documents())
def test_markdown_of_hostile_data_has_no_link_picture_or_tag(document: Data) -> None:
    page = _markdown.render(make_report({"x": document}, HOSTILE[0]))
    assert _Page(_MARKDOWN.render(page)).tags <= _OURS
    assert not re.search(r"(?<!\\)://|(?<!\\)@", page)  # what other readers make a link of by itself


@given(hostile_documents())
def test_no_cell_is_a_formula_and_every_row_has_all_cells(document: Data) -> None:
    report = make_report({"x": document}, "T")
    head, *rows = csv.reader(io.StringIO(_render_csv.render(report), newline=""))
    assert tuple(head) == _render_csv.HEAD
    assert len(rows) == sum(len(site.rows) for site in report.sites)
    for row in rows:
        assert len(row) == len(head)
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d")) for cell in row)


def test_junit_passes_what_was_seen_working_and_nothing_else() -> None:
    suites = ET.fromstring(_render_junit.render(_bad()))
    berlin = suites[0]
    outcomes = {
        case.get("name"): [child.tag for child in case] for case in berlin if "tsi" in str(case.get("classname"))
    }
    assert outcomes["mqtt"] == ["failure"]
    assert outcomes["dns-integrity"] == ["skipped"]  # could not be looked at, and only recommended
    assert outcomes["https"] == []
    for key in ("tests", "failures", "errors", "skipped"):
        assert int(suites.get(key, "")) == sum(int(suite.get(key, "")) for suite in suites)
    assert (berlin.get("failures"), berlin.get("tests")) == ("1", str(len(berlin)))
    attested = _report({**assessed(), "requirements": [{**assessed()["requirements"][0], "verdict": "attested"}]})
    assert [child.tag for child in ET.fromstring(_render_junit.render(attested))[0][0]] == ["skipped"]


def test_junit_ids_stay_the_same_from_run_to_run() -> None:
    def ids(report: Report) -> t.List[t.Tuple[t.Optional[str], ...]]:
        cases = ET.fromstring(_render_junit.render(report)).iter("testcase")
        return [(case.get("classname"), case.get("name")) for case in cases]

    good = ids(_report(assessed(), assessed("oslo")))
    assert good == ids(_bad())
    assert len(set(good)) == len(good)
    assert ("fieldnet_iot.berlin.iot.tsi", "mqtt") in good


@given(hostile_documents())
def test_junit_of_hostile_data_is_xml_with_unique_ids(document: Data) -> None:
    report = make_report({"x": document}, HOSTILE[0])
    suites = ET.fromstring(_render_junit.render(report).encode())
    for suite, site in zip(suites, report.sites):
        found = [(case.get("classname"), case.get("name")) for case in suite.iter("testcase")]
        assert len(found) == len(site.rows)
        assert {tag for case in suite.iter("testcase") for tag in [child.tag for child in case]} <= {
            "failure",
            "error",
            "skipped",
            "system-out",
        }


def test_prometheus_metrics_say_what_is_wrong_and_since_when_nobody_looked() -> None:
    families = {one.name: one for one in text_string_to_metric_families(_prometheus.render(_bad()))}
    states = {
        (sample.labels["site"], sample.labels["readiness"]): sample.value
        for sample in families["fieldnet_iot_site_readiness"].samples
    }
    assert states[("berlin", "not_ready")] == 1
    assert sum(states.values()) == 2
    (when, _other) = families["fieldnet_iot_site_assessed_timestamp_seconds"].samples
    assert when.value == 1795226400
    problems = [sample.labels for sample in families["fieldnet_iot_requirement_problem"].samples]
    unmet = [
        (one["site"], one["vlan"], one["vendor"], one["requirement"]) for one in problems if one["verdict"] == "unmet"
    ]
    assert unmet == [("berlin", "iot", "tsi", "mqtt")]
    later = {one.name: one for one in text_string_to_metric_families(_prometheus.render(_later()))}
    changes = {sample.labels["change"]: sample.value for sample in later["fieldnet_iot_site_changes"].samples}
    assert changes == {"worse": 1, "broken": 1, "better": 0, "other": 0, "unseen": 0, "added": 0}


@given(hostile_documents())
def test_prometheus_reads_hostile_data_as_data_and_no_series_twice(document: Data) -> None:
    report = make_report({"x": document}, "T")
    seen = set()
    for family in text_string_to_metric_families(_prometheus.render(report)):
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in seen
            seen.add(key)
            assert sample.labels["site"] in {site.site for site in report.sites}


def test_the_summary_counts_what_occurs() -> None:
    found = json.loads(_render_json.render(_later()))["summary"]
    assert found["sites"] == 1
    assert found["readiness"] == {"not_ready": 1}
    assert found["verdicts"]["unmet"] == 2
    assert found["changes"] == {"worse": 1, "broken": 1}
