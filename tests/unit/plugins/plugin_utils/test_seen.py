"""What was seen and not yet judged: taken only as a whole, as new as asked, and of the same checks; files are whole."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import typing as t
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._history import keep_all
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._seen import keep, recent, written
from support.assessments import assessed
from support.sites import Data

COLLECTIONS = Path(__file__).resolve().parents[4] / "build" / "src"
NOW = datetime.now(timezone.utc)
CHECKS: t.Dict[str, t.List[Data]] = {"probe.a": [{"id": "iot/link"}], "probe.b": [{"id": "lab/link"}]}
RESULTS = [{"id": "iot/link", "observation": "reachable"}]
HOUR = timedelta(hours=1)


def _keep(folder: Path, host: str, age: timedelta = timedelta(minutes=5), site: str = "berlin") -> None:
    keep(folder, site, host, CHECKS.get(host, []), RESULTS, written(NOW - age))


def _recent(folder: Path, checks: t.Optional[t.Mapping[str, t.Sequence[Data]]] = None) -> t.Optional[Data]:
    return recent(folder, "berlin", "probe.a", checks or CHECKS, NOW - HOUR)


def test_a_site_is_taken_when_all_its_probe_hosts_looked(tmp_path: Path) -> None:
    assert _recent(tmp_path) is None
    _keep(tmp_path, "probe.a")
    assert _recent(tmp_path) is None
    _keep(tmp_path, "probe.b")
    found = _recent(tmp_path)
    assert found is not None
    assert found["results"] == RESULTS
    assert found["seen"] == written(NOW - timedelta(minutes=5))


@pytest.mark.parametrize("age", [timedelta(hours=2), timedelta(hours=-2)], ids=["old", "from-the-future"])
def test_what_is_too_old_or_not_yet_is_not_taken(tmp_path: Path, age: timedelta) -> None:
    _keep(tmp_path, "probe.a")
    _keep(tmp_path, "probe.b", age)
    assert _recent(tmp_path) is None


def test_other_checks_than_now_are_not_taken(tmp_path: Path) -> None:
    _keep(tmp_path, "probe.a")
    _keep(tmp_path, "probe.b")
    assert _recent(tmp_path, {**CHECKS, "probe.b": [{"id": "lab/link", "timeout": 5}]}) is None
    assert _recent(tmp_path, {**CHECKS, "probe.c": []}) is None


@pytest.mark.parametrize("damage", ["", "{", "[]", "null", '{"schema": 1}', "[" * 100_000])
def test_damage_means_to_look_again(tmp_path: Path, damage: str) -> None:
    _keep(tmp_path, "probe.a")
    _keep(tmp_path, "probe.b")
    (tmp_path / "berlin" / "seen-probe.b.json").write_text(damage, encoding="utf-8")
    assert _recent(tmp_path) is None


@pytest.mark.parametrize("host", ["../../harm", "a/b", "", ".", "x" * 300, "h\u00fc", "fd00::1"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, host: str) -> None:
    folder = tmp_path / "history"
    keep(folder, "berlin", host, [], RESULTS, written(NOW))
    keep(folder, host, "probe", [], RESULTS, written(NOW))
    assert [path.name for path in tmp_path.iterdir()] == ["history"]
    for path in folder.rglob("*"):
        assert path.is_dir() or path.name.startswith("seen-")
    found = recent(folder, "berlin", host, {host: []}, NOW - HOUR)
    assert found is not None


def test_what_is_judged_again_takes_the_place_of_what_was_judged(tmp_path: Path) -> None:
    """And is compared with the assessment before it, not with itself."""
    told: t.Dict[str, t.List[str]] = {"warnings": [], "errors": []}
    keep_all(tmp_path, [assessed(tsi_mqtt="rejected")], NOW - 3 * HOUR, 30, told)
    for judged in (NOW - HOUR, NOW):
        (found,) = keep_all(tmp_path, [assessed()], judged, 30, told, {"berlin": NOW - 2 * HOUR})
        assert [one["id"] for one in found["changes"]["better"]] == ["mqtt"]
    assert len(list((tmp_path / "berlin").iterdir())) == 2
    assert told == {"warnings": [], "errors": []}


WRITER = """
import sys
from pathlib import Path
from ansible_collections.fieldnet.iot.plugins.plugin_utils._save import save
texts = ['{"text": "%s"}' % (letter * 300_000) for letter in "ab"]
print("up", flush=True)
number = 0
while True:
    number += 1
    assert not save(Path(sys.argv[1]), texts[number % 2]).get("failed")
"""


def test_a_document_is_whole_whenever_its_writer_is_killed(tmp_path: Path) -> None:
    dest = tmp_path / "report.json"
    for _attempt in range(8):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(dest)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(COLLECTIONS)},
        ) as run:
            assert run.stdout is not None
            run.stdout.readline()
            before = dest.stat().st_mtime_ns if dest.exists() else 0
            while not dest.exists() or dest.stat().st_mtime_ns == before:
                assert run.poll() is None
            run.send_signal(signal.SIGKILL)
        assert len(json.loads(dest.read_text(encoding="utf-8"))["text"]) == 300_000
