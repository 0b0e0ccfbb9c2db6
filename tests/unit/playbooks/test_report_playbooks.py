"""Reports as a user asks for them: beside an assessment, of files, of a history; and what is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

from support.assessments import assessed, documented
from support.sites import berlin, write

COLLECTIONS = Path(__file__).resolve().parents[3] / "build" / "src"
NAMES = ["report.csv", "report.html", "report.json", "report.md", "report.prom", "report.xml"]


def _play(playbook: str, *options: str) -> t.Tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", f"fieldnet.iot.{playbook}", *options],
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
