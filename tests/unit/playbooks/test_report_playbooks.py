"""Reports as a user asks for them: beside an assessment, of files, of a history; and what is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._artifact import PREFIX, publish
from support.assessments import assessed, documented
from support.sites import berlin, write

COLLECTIONS = Path(__file__).resolve().parents[3] / "build" / "src"
NAMES = ["report.csv", "report.html", "report.json", "report.md", "report.prom", "report.xml"]


def _play(playbook: str, *options: str) -> t.Tuple[int, str]:
    return _run(f"fieldnet.iot.{playbook}", *options)


def _run(*words: str) -> t.Tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", *words],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    out = done.stdout + done.stderr
    assert "Traceback" not in out
    return done.returncode, out


def _site(folder: Path, channel: int) -> Path:
    """A site that nobody has to be reached for: all that is judged of it is its own data."""
    folder.mkdir(exist_ok=True)
    data = berlin()
    data["probes"] = []
    data["ssids"][0]["channel"] = channel
    return write(folder, "berlin.yml", data)


def _names(folder: Path) -> t.List[str]:
    return sorted(path.name for path in folder.iterdir())


def test_nights_with_a_history_and_a_report_also_where_the_run_is_to_fail(tmp_path: Path) -> None:
    history, reports = tmp_path / "history", tmp_path / "reports"
    options = ["-i", str(tmp_path / "sites"), "-e", f"iot_history={history}", "-e", f"iot_report_dir={reports}"]
    _site(tmp_path / "sites", 6)
    code, out = _play("assess", *options)
    assert code == 0, out
    assert _names(reports) == NAMES
    assert "changed=0" in out
    assert "changed=1" not in out
    _site(tmp_path / "sites", 13)
    code, out = _play("assess", *options, "-e", '{"iot_fail_on": ["not_ready"]}')
    assert code != 0
    assert "berlin is not_ready" in out
    assert "1 worse, 0 still broken, 0 better" in out
    assert "worse: iot/spiio/wifi-channel was met and is unmet: " in out
    assert "got worse: 1" in (reports / "report.md").read_text(encoding="utf-8")
    found = json.loads((reports / "report.json").read_text(encoding="utf-8"))
    assert [one["id"] for one in found["sites"][0]["changes"]["worse"]] == ["wifi-channel"]
    assert len(_names(history / "berlin")) == 2
    code, out = _play("assess", *options, "--check")
    assert code == 0, out
    assert len(_names(history / "berlin")) == 2


def test_a_report_of_a_history_is_written_once_and_not_in_check_mode(tmp_path: Path) -> None:
    _site(tmp_path / "sites", 6)
    _play("assess", "-i", str(tmp_path / "sites"), "-e", f"iot_history={tmp_path}/history")
    options = ["-e", f"iot_history={tmp_path}/history", "-e", f"iot_report_dir={tmp_path}/reports"]
    code, out = _play("report", *options, "--check")
    assert code == 0, out
    assert "changed=1" in out
    assert not (tmp_path / "reports").exists()
    for changed in ("changed=1", "changed=0"):
        code, out = _play("report", *options, "-e", '{"iot_report_formats": ["html", "prometheus"]}')
        assert code == 0, out
        assert changed in out
    assert _names(tmp_path / "reports") == ["report.html", "report.prom"]


def test_reports_of_slices_become_one(tmp_path: Path) -> None:
    for number, name in enumerate(("berlin", "oslo")):
        (tmp_path / f"slice-{number}.json").write_text(json.dumps(documented(assessed(name))), encoding="utf-8")
    sources = json.dumps({"iot_report_src": [f"{tmp_path}/slice-1.json", f"{tmp_path}/slice-0.json"]})
    code, out = _play("report", "-e", sources, "-e", f"iot_report_dir={tmp_path}/all")
    assert code == 0, out
    found = json.loads((tmp_path / "all" / "report.json").read_text(encoding="utf-8"))
    assert [site["site"] for site in found["sites"]] == ["berlin", "oslo"]


def test_what_jobs_hand_on_is_reported_also_where_the_folder_they_share_can_not_be_read(tmp_path: Path) -> None:
    given = publish([assessed(), assessed("oslo", tsi_mqtt="rejected")]).variables
    (tmp_path / "handed.json").write_text(json.dumps(given), encoding="utf-8")
    options = ["-e", f"@{tmp_path}/handed.json", "-e", f"iot_history={tmp_path}/none"]
    code, out = _play("report", *options)
    assert code == 0, out
    assert "none: can't be read: No such file or directory" in out
    assert "2 sites: 1 not ready, 1 ready" in out
    assert "oslo: not ready (2026-11-21T02:00:00Z)" in out
    assert "unmet: iot/tsi/mqtt: " in out
    assert _names(tmp_path) == ["handed.json"]


def test_a_variable_that_only_looks_handed_on_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "handed.json").write_text(json.dumps({f"{PREFIX}1": {"packed": "{{ 7 * 7 }}"}}), encoding="utf-8")
    code, out = _play("report", "-e", f"@{tmp_path}/handed.json", "-e", f"iot_report_dir={tmp_path}/all")
    assert code != 0
    assert f"{PREFIX}1: is not what fieldnet.iot.assess or drift_report hands on" in out
    assert not (tmp_path / "all").exists()


def test_a_result_is_short_unless_more_is_asked_for(tmp_path: Path) -> None:
    """What a play of somebody's own sees of an assessment."""
    site = _site(tmp_path / "sites", 13)
    wanted = ("sites", "requirements", "observations")
    tasks: t.List[t.Dict[str, t.Any]] = [
        {"fieldnet.iot.assess": {"path": [str(site)], "detail": detail}, "register": detail} for detail in wanted
    ]
    tasks += [
        {"ansible.builtin.copy": {"content": f"{{{{ {one} }}}}", "dest": f"{tmp_path}/{one}.json"}} for one in wanted
    ]
    play = {"hosts": "gw.berlin.example", "connection": "local", "gather_facts": False, "tasks": tasks}
    (tmp_path / "play.yml").write_text(json.dumps([play]), encoding="utf-8")
    code, out = _run(str(tmp_path / "play.yml"), "-i", str(site), "-e", f"ansible_python_interpreter={sys.executable}")
    assert code == 0, out
    short, longer, whole = (json.loads((tmp_path / f"{detail}.json").read_text(encoding="utf-8")) for detail in wanted)
    assert [one["readiness"] for one in short["sites"]] == ["not_ready"]
    assert short["sites"][0]["verdicts"]["unmet"] == 1
    assert short["failing"] == []
    assert "assessment" not in short
    assert len(json.dumps(short)) < 1000
    (requirements,), (all_of_it,) = (one["assessment"]["sites"] for one in (longer, whole))
    assert not [one for one in requirements["requirements"] if "observations" in one]
    assert all("observations" in one for one in all_of_it["requirements"])


def test_everything_that_is_wrong_is_told_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    sources = json.dumps({"iot_report_src": [f"{tmp_path}/{name}" for name in ("bad.json", "none.json", "empty")]})
    code, out = _play("report", "-e", sources, "-e", f"iot_report_dir={tmp_path}/all")
    assert code != 0
    assert "bad.json: is not JSON: give what fieldnet.iot.assess wrote" in out
    assert "none.json: can't be read: No such file or directory" in out
    assert "empty: no assessment is kept there" in out
    assert not (tmp_path / "all").exists()
    code, out = _play("report", "-e", f"iot_report_dir={tmp_path}/all")
    assert code != 0
    assert "nothing to report: give assessments, or src" in out


def test_a_folder_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text(json.dumps(documented(assessed())), encoding="utf-8")
    sources = json.dumps({"iot_report_src": [f"{tmp_path}/one.json"]})
    code, out = _play("report", "-e", sources, "-e", f"iot_report_dir={tmp_path}/one.json/reports")
    assert code != 0
    assert "cannot be written" in out
