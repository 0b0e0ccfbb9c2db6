"""Assessments kept from run to run: what became of a site, whole files, so many and no more, damage passed over."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._files import read
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._history import all_last, keep_all, last
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._model import ReportError, make_report
from ansible_collections.fieldnet.iot.plugins.plugin_utils._save import replace
from support.assessments import assessed
from support.sites import Data

FIRST = datetime(2026, 11, 1, 2, tzinfo=timezone.utc)


def _night(
    folder: Path, number: int, *, keep: int = 30, site: str = "berlin", **seen: str
) -> t.Tuple[Data, t.List[str]]:
    """One night's run, and what it warned of."""
    when = FIRST + timedelta(days=number)
    told: t.Dict[str, t.List[str]] = {"warnings": [], "errors": []}
    (found,) = keep_all(folder, [assessed(site, when.strftime("%Y-%m-%dT%H:%M:%SZ"), **seen)], when, keep, told)
    assert told["errors"] == []
    return dict(found), told["warnings"]


def _named(entries: t.Sequence[Data]) -> t.List[str]:
    return [f"{one['vendor']}/{one['id']}" for one in entries]


def test_nights_in_a_row_say_what_got_worse_stays_broken_and_got_better(tmp_path: Path) -> None:
    first, _warnings = _night(tmp_path, 0)
    assert "changes" not in first
    worse, _warnings = _night(tmp_path, 1, tsi_mqtt="rejected")
    assert _named(worse["changes"]["worse"]) == ["tsi/mqtt"]
    assert worse["changes"]["since"] == "2026-11-01T02:00:00Z"
    broken, _warnings = _night(tmp_path, 2, tsi_mqtt="dropped")
    assert _named(broken["changes"]["broken"]) == ["tsi/mqtt"]
    assert broken["changes"]["worse"] == []
    since = {one["id"]: one["since"] for one in broken["requirements"] if one["vendor"] == "tsi"}
    assert (since["mqtt"], since["https"]) == ("2026-11-02T02:00:00Z", "2026-11-01T02:00:00Z")
    better, _warnings = _night(tmp_path, 3)
    assert _named(better["changes"]["better"]) == ["tsi/mqtt"]


def test_so_many_are_kept_and_no_more_and_sites_do_not_count_for_each_other(tmp_path: Path) -> None:
    for number in range(5):
        _night(tmp_path, number, keep=3)
    _night(tmp_path, 5, keep=3, site="oslo")
    assert [path.name for path in sorted((tmp_path / "berlin").iterdir())] == [
        "20261103T020000.000000Z.json",
        "20261104T020000.000000Z.json",
        "20261105T020000.000000Z.json",
    ]
    assert len(list((tmp_path / "oslo").iterdir())) == 1


def test_check_mode_compares_and_keeps_nothing(tmp_path: Path) -> None:
    _night(tmp_path, 0)
    found, _warnings = _night(tmp_path, 1, keep=0, tsi_mqtt="rejected")
    assert _named(found["changes"]["worse"]) == ["tsi/mqtt"]
    assert len(list((tmp_path / "berlin").iterdir())) == 1


@pytest.mark.parametrize(
    "damage",
    ["", "{", '{"schema": 1, "sites": []}', '{"schema": 1, "sites": [{"site": "berlin"}]}', "[" * 100_000, "oslo"],
    ids=["empty", "cut", "no-site", "no-requirements", "deep", "of-another-site"],
)
def test_a_damaged_file_is_named_and_the_one_before_it_counts(tmp_path: Path, damage: str) -> None:
    _night(tmp_path, 0, tsi_mqtt="rejected")
    bad = tmp_path / "berlin" / "20261102T020000.000000Z.json"
    other = json.dumps({"schema": 1, "sites": [assessed("oslo")]})
    bad.write_text(other if damage == "oslo" else damage, encoding="utf-8")
    found, warnings = _night(tmp_path, 2)
    assert _named(found["changes"]["better"]) == ["tsi/mqtt"]
    (warning,) = warnings
    assert str(bad) in warning
    assert "remove the file" in warning


def test_what_is_not_ours_in_the_folder_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "berlin" / "notes.json"
    mine.parent.mkdir()
    mine.write_text("mine", encoding="utf-8")
    (tmp_path / "README").write_text("mine", encoding="utf-8")
    for number in range(4):
        _found, warnings = _night(tmp_path, number, keep=2)
        assert warnings == []
    assert mine.read_text(encoding="utf-8") == "mine"
    assert [site["site"] for site in all_last(tmp_path, [])] == ["berlin"]


def test_no_name_leads_out_of_the_folder(tmp_path: Path) -> None:
    told: t.Dict[str, t.List[str]] = {"warnings": [], "errors": []}
    keep_all(tmp_path / "history", [{**assessed(), "site": "../harm"}], FIRST, 30, told)
    assert told["errors"]
    assert not (tmp_path / "harm").exists()
    assert last(tmp_path / "history", "../harm", []) is None


def test_a_history_is_a_source_of_a_report(tmp_path: Path) -> None:
    _night(tmp_path, 0)
    _night(tmp_path, 1, tsi_mqtt="rejected")
    _night(tmp_path, 0, site="oslo")
    berlin, oslo = make_report(read([tmp_path], []), "T").sites
    assert (berlin.site, berlin.readiness, oslo.site, oslo.readiness) == ("berlin", "not_ready", "oslo", "ready")
    assert [row.name for row in berlin.changed("worse")] == ["iot/tsi/mqtt"]
    assert "observations" not in (tmp_path / "berlin" / "20261102T020000.000000Z.json").read_text(encoding="utf-8")


def test_an_empty_history_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="no assessment is kept there"):
        read([tmp_path], [])


def test_a_folder_that_can_not_be_written_is_told_and_the_assessment_is_there(tmp_path: Path) -> None:
    (tmp_path / "history").write_text("a file", encoding="utf-8")
    told: t.Dict[str, t.List[str]] = {"warnings": [], "errors": []}
    (found,) = keep_all(tmp_path / "history", [assessed()], FIRST, 30, told)
    assert found["readiness"] == "ready"
    (error,) = told["errors"]
    assert error.startswith("history: ")
    assert "cannot be written" in error


def test_a_writer_that_is_killed_leaves_the_old_file(tmp_path: Path) -> None:
    """Killed between writing and renaming, as a power cut would: what was there is there, whole."""
    target = tmp_path / "report.prom"
    replace(target, "old\n")
    script = (
        "import os, signal, sys; from pathlib import Path\n"
        "from ansible_collections.fieldnet.iot.plugins.plugin_utils import _save\n"
        "os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)\n"
        "_save.replace(Path(sys.argv[1]), 'new')\n"
    )
    collections = Path(__file__).resolve().parents[4] / "build" / "src"
    done = subprocess.run(
        [sys.executable, "-c", script, str(target)], env={**os.environ, "PYTHONPATH": str(collections)}, check=False
    )
    assert done.returncode == -9
    assert target.read_text(encoding="utf-8") == "old\n"
    assert [path.name for path in tmp_path.glob("*.prom")] == ["report.prom"]  # a collector reads no half of one


def test_a_file_keeps_its_mode_and_a_link_its_target_and_no_device_is_replaced(tmp_path: Path) -> None:
    target, link = tmp_path / "report.html", tmp_path / "latest.html"
    target.write_text("old", encoding="utf-8")
    target.chmod(0o640)
    link.symlink_to(target)
    replace(link, "new")
    assert link.is_symlink()
    assert (target.read_text(encoding="utf-8"), target.stat().st_mode & 0o777) == ("new", 0o640)
    with pytest.raises(OSError, match="no file"):
        replace(tmp_path, "new")
    with pytest.raises(OSError, match="no file"):
        replace(Path("/dev/null"), "new")
