"""The playbook validate as a user runs it: it contacts no host, and its output is as long as a person reads."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.plugin_utils._parallel import processors
from support.many_sites import name_of, text, write_fleet
from support.sites import berlin, write

COLLECTIONS = Path(__file__).resolve().parents[3] / "build" / "src"
COMMAND = [sys.executable, "-m", "ansible", "playbook", "fieldnet.iot.validate"]
ENVIRONMENT = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_NOCOLOR": "1"}


def play(*options: str) -> t.Tuple[int, str]:
    """The exit code, and all that was printed."""
    done = subprocess.run([*COMMAND, *options], env=ENVIRONMENT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("how", ["inventory", "variable"])
def test_a_fleet_in_whole(how: str, tmp_path: Path) -> None:
    folder, report = write_fleet(tmp_path / "sites", 70, devices=5), tmp_path / "report.json"
    given = ["-i", str(folder)] if how == "inventory" else ["-e", f"iot_sites={folder}"]
    code, out = play(*given, "-e", f"iot_report={report}")
    assert code == 0, out
    assert "UNREACHABLE" not in out
    assert "70 sites, 350 devices: 0 errors, " in out
    assert "70 sites (branch_00000, branch_00001, branch_00002 and 67 more) unproven whatever a" in out
    assert len(out.splitlines()) < 100
    found = json.loads(report.read_text(encoding="utf-8"))
    assert found["summary"]["vendors"]["kisi"] == {"sites": 70, "devices": 280}
    assert [site["site"] for site in found["sites"]] == [name_of(number) for number in range(70)]


def test_every_error_of_a_fleet(tmp_path: Path) -> None:
    """All are in the document, no more are shown than somebody reads, and the run fails."""
    folder, report = write_fleet(tmp_path / "sites", 150, devices=5), tmp_path / "report.json"
    for number in range(130):
        (folder / f"{name_of(number)}.yml").write_text(
            text(number, devices=5).replace("vendor: kisi, type", "vendor: kissi, type", 1), encoding="utf-8"
        )
    code, out = play("-e", f"iot_sites={folder}", "-e", f"iot_report={report}")
    assert code != 0
    assert "branch_00000.yml: devices[0].vendor: kissi is no known vendor; did you mean kisi?" in out
    assert "and 30 more; the document that is written with dest (iot_report) has all" in out
    assert "20 sites (130 files refused), 100 devices: 130 errors, " in out
    assert "branch_00120.yml" not in out
    assert "branch_00149" not in out
    assert len(json.loads(report.read_text(encoding="utf-8"))["errors"]) == 130
    assert "Traceback" not in out


def test_warnings_fail_where_they_are_to(tmp_path: Path) -> None:
    data = berlin()
    data["devices"] = [row for row in data["devices"] if row["vendor"] == "tsi"]
    data["endpoints"] = []
    write(tmp_path, "berlin.yml", data)
    assert play("-e", f"iot_sites={tmp_path}")[0] == 0
    for kind, fails in (("warnings", True), ("unproven", True), ("shared", False)):
        code, out = play("-e", f"iot_sites={tmp_path}", "-e", f'{{"iot_fail_on": ["{kind}"]}}')
        assert (code != 0) is fails, out
    code, out = play("-e", f"iot_sites={tmp_path}", "-e", '{"iot_fail_on": ["notes"]}')
    assert "value of fail_on must be one or more of: warnings, unmet, unproven, shared, data" in out


def test_ctrl_c_leaves_nothing_running(tmp_path: Path) -> None:
    folder = write_fleet(tmp_path / "sites", 1500)
    command = [*COMMAND, "-e", f"iot_sites={folder}"]
    with subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            ours = processors() if processors() > 1 else 0
            assert until(lambda: len(of_fleet(folder)) >= 2 + min(ours, 2))  # Ansible, its worker, ours
            process.send_signal(signal.SIGINT)
            out = process.communicate(timeout=60)[0].decode()
            assert until(lambda: not of_fleet(folder))
        finally:
            for pid in of_fleet(folder):
                os.kill(pid, signal.SIGKILL)
    assert process.returncode != 0
    assert "Traceback" not in out


def of_fleet(folder: Path) -> t.List[int]:
    """The processes of a run over this folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        found += [int(path.name)] if f"iot_sites={folder}".encode() in words else []
    return found


def until(condition: t.Callable[[], bool], seconds: float = 60) -> bool:
    """Whether it came true in time."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()
