# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no probe can see is attested or unproven, never met; and nobody's word stands for what a probe can see."""

from __future__ import annotations

import datetime
import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._assess import assess, document
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._changes import compare
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report import _render_prometheus
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._model import make_report
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._table import table
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._attested import lint_attested
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._site import parse_site
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Spec
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._vendors import parse_spec
from support.results import saw
from support.sites import ATTESTED, Data, berlin, specs

ITEM: Data = {
    "id": "ups",
    "title": "Power backup",
    "kind": "checklist",
    "level": "required",
    "basis": "stated",
    "text": "Put the thing on a UPS.",
    "sources": [{"ref": "manual", "says": "needs a UPS"}],
}


def acme(**changes: t.Any) -> t.Dict[str, Spec]:
    """The built-in vendors, and one whose devices want something that no probe can see."""
    found, problems = parse_spec(
        {
            "schema": 1,
            "vendor": "acme",
            "title": "Things",
            "sources": [{"id": "manual", "title": "Manual", "retrieved": "2026-11-20"}],
            "device_types": [{"type": "thing", "title": "Thing", "uplinks": [{"medium": "ethernet"}]}],
            "requirements": [{**ITEM, **changes}],
        }
    )
    assert found is not None, problems
    return {**specs(), "acme": found}


def assessed(
    level: str = "required",
    attested: t.Sequence[Data] = (),
    accepted: t.Sequence[Data] = (),
    others: t.Sequence[Data] = ATTESTED,
) -> Data:
    data = berlin()
    data["devices"].append(
        {"name": "thing", "vendor": "acme", "type": "thing", "mac": "02:00:00:00:00:99", "vlan": "iot"}
    )
    data["attested"] = [*others, *attested]
    data["accepted"] = list(accepted)
    known = acme(level=level)
    site, problems = parse_site(data, known)
    assert site is not None, problems
    plan = make_plan(site, known)
    return assess(plan, saw(plan))


def item(found: Data) -> Data:
    return next(one for one in found["requirements"] if one["id"] == "ups")


SAID: Data = {"vendor": "acme", "requirement": "ups", "by": "G. Hopper", "date": "2019-02-01", "note": "3 days"}


def test_what_is_attested_says_who_when_and_what_was_seen() -> None:
    found = assessed(attested=[SAID])
    one = item(found)
    assert (one["verdict"], one["remedy"], one["observations"]) == ("attested", "", [])
    assert one["reason"] == "G. Hopper looked on 2019-02-01: 3 days"
    assert one["source"] == 'Manual: "needs a UPS"'
    assert found["readiness"] == "ready"


def test_a_note_may_be_left_out() -> None:
    assert item(assessed(attested=[{**SAID, "note": "-"}]))["reason"] == "G. Hopper looked on 2019-02-01: -"
    without = {key: value for key, value in SAID.items() if key != "note"}
    assert item(assessed(attested=[without]))["reason"] == "G. Hopper looked on 2019-02-01"


def test_what_nobody_attests_is_unproven_and_holds_up_a_site_that_needs_it() -> None:
    found = assessed()
    one = item(found)
    assert one["verdict"] == "unproven"
    assert one["reason"] == "no probe can see it, and nobody has attested it for this site"
    assert one["remedy"] == (
        "look on the site: Put the thing on a UPS; then add to the site's file under attested:"
        " {vendor: acme, requirement: ups, by: who looked, date: the day, as 2026-11-20}"
    )
    assert found["readiness"] == "inconclusive"
    assert assessed(level="recommended")["readiness"] == "ready"


def test_what_nobody_attests_may_be_accepted_like_anything_unproven() -> None:
    found = assessed(accepted=[{"vendor": "acme", "requirement": "ups", "reason": "the mains never fail here"}])
    assert (item(found)["verdict"], item(found)["accepted"]) == ("unproven", "the mains never fail here")
    assert found["readiness"] == "ready"


def test_an_attestation_accepts_nothing() -> None:
    found = assessed(attested=[SAID], accepted=[{"vendor": "acme", "requirement": "ups", "reason": "x"}])
    assert (item(found)["verdict"], item(found)["accepted"]) == ("attested", "")


def test_the_report_shows_it_apart_with_its_date_and_source() -> None:
    text = table(document([assessed(attested=[SAID])]))
    assert "berlin: READY   (7 attested, " in text
    shown = " ".join(text.split())
    assert (
        'attested iot/acme/ups G. Hopper looked on 2019-02-01: 3 days asked by: Manual: "needs a UPS" attested' in shown
    )


def test_what_is_attested_is_no_problem_of_any_report() -> None:
    said = {**assessed(attested=[SAID], others=ATTESTED[1:]), "assessed": "2026-11-21T02:00:00Z"}
    found = make_report({"x": document([said])}, "Readiness")
    (site,) = found.sites
    order = [(row.id, row.verdict) for row in site.rows]
    # A required item that is attested stands below what is only recommended and unproven.
    assert order[0] == ("uplinks", "unproven")
    assert ("ups", "attested") in order
    assert 'requirement="ups"' not in _render_prometheus.render(found)


def test_neither_word_breaks_or_mends_a_site() -> None:
    silent, said = assessed(), assessed(attested=[SAID])
    for found in (compare(silent, said), compare(said, silent)):
        assert [one["id"] for one in found.other] == ["ups"]
        assert not found.worse
        assert not found.better


@settings(max_examples=40)
@given(st.lists(st.sampled_from(["cloud-session", "dhcp", "wifi-band", "tls-inspection", "nat"]), min_size=1))
def test_nobodys_word_stands_for_what_a_probe_can_see(names: t.List[str]) -> None:
    data = berlin()
    data["attested"] = [{"vendor": "kisi", "requirement": name, "by": "A", "date": "2026-11-01"} for name in names]
    site, problems = parse_site(data, specs())
    assert site is None
    assert {f"attested[{index}].requirement" for index in range(len(names))} <= {one.path for one in problems}


@pytest.mark.parametrize(("date", "refused"), [("2026-11-20", False), ("2026-11-21", False), ("2026-11-22", True)])
def test_a_day_that_has_not_begun_anywhere_is_refused(date: str, refused: bool) -> None:
    problems: t.List[t.Any] = []
    row = {"vendor": "acme", "requirement": "ups", "by": "A", "date": date, "note": ""}
    lint_attested({"attested": [row]}, acme(), problems, datetime.date(2026, 11, 21))
    assert bool(problems) == refused


def test_every_built_in_checklist_item_holds_up_nothing() -> None:
    data = berlin()
    site, _problems = parse_site(data, specs())
    assert site is not None
    plan = make_plan(site, specs())
    found = assess(plan, saw(plan))
    unproven = {f"{one['vendor']}/{one['id']}" for one in found["requirements"] if one["verdict"] == "unproven"}
    kisi = {f"kisi/{name}" for name in ("uplinks", "ethernet-preferred", "placement", "mac-records", "power-backup")}
    assert unproven == kisi | {"tsi/mac-filtering"}
    assert found["readiness"] == "ready"
