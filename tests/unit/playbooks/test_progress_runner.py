# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The progress callback under ansible-runner, as in a job of AWX: on a terminal that nobody looks at, beside a callback
that writes its events between the lines."""

from __future__ import annotations

import collections
import json
import os
import subprocess
import sys
import threading
import typing as t
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.callback.progress import CallbackModule
from support.fleet_play import FLEET, RESULT, write_fleet

COLLECTIONS = Path(__file__).resolve().parents[3] / "build" / "src"
Event = t.Dict[str, t.Any]
# What AWX has of a run: each of these is an event of its own, whoever else shows something.
EVENTS = {"playbook_on_start": 1, "playbook_on_play_start": 2, "playbook_on_stats": 1, "runner_on_unreachable": 1}


def _job(folder: Path, **environment: str) -> t.Tuple[t.List[Event], str]:
    """The events and the output of a job, in a folder laid out as AWX does."""
    (folder / "project").mkdir(parents=True)
    (folder / "env").mkdir()
    write_fleet(folder / "project")
    mine = {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "FIELDNET_IOT_PROGRESS_INTERVAL": "1"}
    (folder / "env" / "envvars").write_text(
        json.dumps({**mine, "ANSIBLE_SSH_RETRIES": "0", **environment}), encoding="utf-8"
    )
    inventory = f" -i {folder / 'project' / FLEET[1]} -i {folder / 'project' / FLEET[3]}"
    done = subprocess.run(
        [sys.executable, "-m", "ansible_runner", "run", str(folder), "--playbook", FLEET[4], f"--cmdline={inventory}"],
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    found = [json.loads(one.read_text(encoding="utf-8")) for one in folder.glob("artifacts/*/job_events/*.json")]
    assert found, done.stdout + done.stderr
    return sorted(found, key=lambda one: int(one["counter"])), done.stdout


@pytest.mark.parametrize("setting", ["ANSIBLE_CALLBACKS_ENABLED", "ANSIBLE_STDOUT_CALLBACK"])
def test_its_lines_are_plain_and_hurt_no_event(tmp_path: Path, setting: str) -> None:
    """Where it is to be the only one, ansible-runner makes its own callback of it, and the events stay."""
    events, out = _job(tmp_path / "job", **{setting: "fieldnet.iot.progress"})
    assert "shows nothing more" not in out
    lines = out.splitlines()
    at = lines.index(RESULT[0])
    assert lines[at : at + 4] == RESULT
    assert lines[at + 4].startswith("rome    unreachable  -          gw.rome.example: ")
    assert lines.count("failed: oslo (gw.oslo.example): Loud: it broke") == 1
    ours = [line for line in lines if " of 5 sites done | " in line]
    assert len(ours) > 1
    assert not [line for line in ours if "\x1b" in line]
    assert ("NEVER SHOWN" in out) is (setting == "ANSIBLE_CALLBACKS_ENABLED")  # by the other callback
    count = collections.Counter(one["event"] for one in events)
    assert {name: count[name] for name in EVENTS} == EVENTS
    stats = next(one for one in events if one["event"] == "playbook_on_stats")["event_data"]
    assert (sorted(stats["failures"]), list(stats["dark"])) == (
        ["gw.berlin.example", "gw.oslo.example"],
        ["gw.rome.example"],
    )


def test_the_ticker_waits_for_no_event_with_its_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """ansible-runner's display waits while another thread is in an event. Where its callback is made of ours, that
    event waits for our lock: if the ticker waited with it, the job would hang for ever."""
    callback = CallbackModule()
    event, waiting = threading.Lock(), threading.Event()

    def display(*_args: object, **_options: object) -> None:
        waiting.set()
        with event:
            pass

    monkeypatch.setattr(callback._display, "display", display)
    monkeypatch.setattr(callback, "get_option", {"interval": 1.0, "rows": 40}.__getitem__)

    def tell() -> None:
        with event:
            assert waiting.wait(30)
            with callback.lock:
                told.set()

    told = threading.Event()
    callback._watch()
    callback._update()
    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    assert told.wait(30)
    callback._over.set()
    teller.join(30)
