"""What a change of the gateway broke and mended: by table, over every pair of verdicts, and as the task says it."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._assess import assess
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._changes import (
    Changes,
    compare,
    over_time,
    with_since,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._verdict import VERDICTS
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from support.results import saw
from support.sites import Data, berlin, site, specs, write

COLLECTIONS = Path(__file__).resolve().parents[4] / "build" / "src"
PLAN = make_plan(site(berlin()), specs())
UP, DOWN, NOT_RUN = (
    [{"kind": "link", "observation": observation}] for observation in ("reachable", "unreachable", "not_run")
)


def _assessment(verdict: str, observations: t.Sequence[Data] = UP, vlan: str = "iot") -> Data:
    one = {"vendor": "kisi", "id": "cloud-session", "vlan": vlan, "title": "Session", "level": "required"}
    seen = {"verdict": verdict, "reason": "TCP 31314: it was so", "remedy": "mend it", "observations": observations}
    return {"requirements": [{**one, **seen}]}


def _list(found: Changes) -> str:
    (name,) = [name for name, entries in found._asdict().items() if entries]
    return str(name)


@pytest.mark.parametrize(
    ("was", "now", "observations", "expected"),
    [
        ("met", "unmet", UP, "worse"),
        ("degraded", "unmet", UP, "worse"),
        ("unproven", "unmet", UP, "other"),
        ("inconclusive", "unmet", UP, "other"),
        ("met", "inconclusive", DOWN, "worse"),
        ("degraded", "inconclusive", NOT_RUN, "worse"),
        ("met", "inconclusive", [], "worse"),
        ("met", "inconclusive", UP, "other"),
        ("met", "inconclusive", [{"kind": "wifi_scan", "observation": "not_run"}], "other"),
        ("unmet", "inconclusive", DOWN, "other"),
        ("unproven", "inconclusive", DOWN, "other"),
        ("met", "unproven", UP, "other"),
        ("met", "degraded", UP, "other"),
        ("degraded", "met", UP, "other"),
        ("unmet", "met", UP, "better"),
        ("unmet", "degraded", UP, "better"),
        ("inconclusive", "met", UP, "better"),
        ("unmet", "unproven", UP, "other"),
        *((verdict, verdict, DOWN, "same") for verdict in VERDICTS),
    ],
)
def test_what_each_change_of_a_verdict_is(was: str, now: str, observations: t.Sequence[Data], expected: str) -> None:
    assert _list(compare(_assessment(was), _assessment(now, observations))) == expected


def test_every_pair_of_verdicts_is_in_one_list_and_worse_is_never_what_did_not_work_before() -> None:
    for was, now, seen in itertools.product(VERDICTS, VERDICTS, (UP, DOWN, NOT_RUN, [])):
        where = _list(compare(_assessment(was), _assessment(now, seen)))
        assert (where == "same") == (was == now)
        assert where != "worse" or (was in ("met", "degraded") and now in ("unmet", "inconclusive"))
        assert where != "better" or now in ("met", "degraded")


def test_a_sentence_says_what_became_of_it() -> None:
    (entry,) = compare(_assessment("met"), _assessment("unmet")).worse
    assert entry == {
        "vendor": "kisi",
        "id": "cloud-session",
        "vlan": "iot",
        "title": "Session",
        "level": "required",
        "before": "met",
        "after": "unmet",
        "sentence": "iot/kisi/cloud-session was met and is unmet: TCP 31314: it was so",
        "remedy": "mend it",
    }
    (same,) = compare(_assessment("unmet"), _assessment("unmet")).same
    assert same["sentence"] == "iot/kisi/cloud-session is still unmet: TCP 31314: it was so"


def test_what_only_one_of_the_two_has_is_left_out() -> None:
    assert compare(_assessment("met"), _assessment("unmet", vlan="doors")) == ([], [], [], [])


@pytest.mark.parametrize(
    ("before", "after", "worse"),
    [
        ({}, {}, set()),
        ({}, {"tsi_mqtt": "rejected"}, {"tsi/mqtt"}),
        ({"tsi_mqtt": "rejected"}, {"tsi_mqtt": "dropped"}, set()),
        ({}, {"kisi_cloud_session_primary": "dropped"}, set()),
        ({}, {"kisi_cloud_session": "dropped"}, {"kisi/cloud-session"}),
        ({}, {"dhcp_front_door": "no_offer"}, {"kisi/dhcp", "kisi/reservation"}),
    ],
)
def test_of_what_probe_hosts_saw(before: Data, after: Data, worse: t.Set[str]) -> None:
    found = compare(assess(PLAN, saw(PLAN, **before)), assess(PLAN, saw(PLAN, **after)))
    assert {f"{one['vendor']}/{one['id']}" for one in found.worse} == worse


def test_a_probe_host_that_was_cut_off_makes_all_it_saw_worse() -> None:
    probed = {(one["vendor"], one["id"]) for one in PLAN["requirements"] if one["groups"]}
    for after in ([], saw(PLAN, iot_link="unreachable")):
        found = compare(assess(PLAN, saw(PLAN)), assess(PLAN, after))
        assert {(one["vendor"], one["id"]) for one in found.worse} == probed


def _task(folder: Path, **arguments: t.Any) -> t.Tuple[int, Data, str]:
    """The task as a play runs it, on no host but the controller."""
    task = {"name": "Compare", "fieldnet.iot.changes": arguments, "register": "found"}
    show = {"name": "Show", "ansible.builtin.copy": {"content": "{{ found | to_json }}", "dest": f"{folder}/out.json"}}
    play = {"hosts": "localhost", "gather_facts": False, "tasks": [task, show]}
    (folder / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    python = f"ansible_python_interpreter={sys.executable}"
    options = ["-c", "local", "-i", "localhost,", "-e", python]
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", *options, str(folder / "play.yml")],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    out = folder / "out.json"
    return done.returncode, json.loads(out.read_text()) if out.exists() else {}, done.stdout + done.stderr


def test_the_task_tells_and_never_fails_for_it(tmp_path: Path) -> None:
    path = write(tmp_path, "berlin.yml", berlin())
    options = {"path": [str(path)], "site": "berlin", "before": saw(PLAN), "after": saw(PLAN, tsi_mqtt="rejected")}
    code, found, out = _task(tmp_path, **options)
    assert code == 0, out
    assert [one["sentence"].partition(":")[0] for one in found["worse"]] == ["iot/tsi/mqtt was met and is unmet"]
    assert (found["better"], found["other"], found["changed"]) == ([], [], False)
    assert (found["readiness_before"], found["readiness_after"]) == ("ready", "not_ready")
    assert found["same"] == len(PLAN["requirements"]) - 1


def test_the_task_refuses_what_it_can_not_compare(tmp_path: Path) -> None:
    path = write(tmp_path, "berlin.yml", berlin())
    options: Data = {"path": [str(path)], "site": "berlin", "before": [{"id": "it"}], "after": []}
    code, _found, out = _task(tmp_path, **options)
    assert code != 0
    assert "before[0]: has no kind, observation, reason: give the results of the module fieldnet.iot.probe" in out
    code, _found, out = _task(tmp_path, **{**options, "before": [], "site": "oslo"})
    assert code != 0
    assert "site: oslo is no site here (known: berlin)" in out
    assert "Traceback" not in out


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        ("met", "unmet", "worse"),
        ("met", "degraded", "worse"),
        ("unproven", "unmet", "worse"),
        ("inconclusive", "unmet", "worse"),
        ("attested", "unmet", "worse"),
        ("unmet", "unmet", "broken"),
        ("unmet", "inconclusive", "broken"),
        ("inconclusive", "inconclusive", "broken"),
        ("degraded", "met", "better"),
        ("unproven", "met", "better"),
        ("unmet", "degraded", "better"),
        ("inconclusive", "met", "better"),
        ("met", "unproven", "other"),
        ("met", "attested", "other"),
        ("unmet", "unproven", "other"),
        ("met", "met", ""),
        ("degraded", "degraded", ""),
        ("unproven", "unproven", ""),
    ],
)
def test_what_each_change_is_from_one_night_to_the_next(was: str, now: str, expected: str) -> None:
    told = over_time(_assessment(was), _assessment(now))
    assert [name for name in ("worse", "better", "broken", "other") if told[name]] == ([expected] if expected else [])


def test_over_time_agrees_with_compare_and_tells_each_requirement_once() -> None:
    for was, now, seen in itertools.product(VERDICTS, VERDICTS, (UP, DOWN)):
        before, after = _assessment(was), _assessment(now, seen)
        told, found = over_time(before, after), compare(before, after)
        assert sum(len(told[name]) for name in ("worse", "better", "broken", "other")) <= 1
        assert told["worse"] or not found.worse
        assert bool(told["better"]) >= bool(found.better)


def test_what_is_asked_for_anew_or_no_longer_is_named() -> None:
    told = over_time(_assessment("met"), _assessment("unmet", vlan="doors"))
    assert [one["vlan"] for one in told["added"]] == ["doors"]
    assert [one["vlan"] for one in told["gone"]] == ["iot"]


def test_a_requirement_says_since_when_it_is_so() -> None:
    found: t.Optional[Data] = None
    for day, verdict in enumerate(("met", "unmet", "unmet", "met")):
        found = with_since(found, {**_assessment(verdict), "assessed": f"day {day}"})
        expected = {0: "day 0", 1: "day 1", 2: "day 1", 3: "day 3"}[day]
        assert found["requirements"][0]["since"] == expected
