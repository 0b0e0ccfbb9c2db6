"""The progress callback, as people and machines see it: on a terminal, in a pipe, beside another callback."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.callback.progress import CallbackModule
from support.fleet_play import FLEET, PLAY, RESULT, write_fleet
from support.sites import write

COLLECTIONS = Path(__file__).resolve().parents[3] / "build" / "src"
ALONE = {"ANSIBLE_STDOUT_CALLBACK": "fieldnet.iot.progress"}
BESIDE = {"ANSIBLE_CALLBACKS_ENABLED": "fieldnet.iot.progress"}


def _environment(more: t.Mapping[str, str]) -> t.Dict[str, str]:
    mine = {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "FIELDNET_IOT_PROGRESS_INTERVAL": "1", "COLUMNS": "70"}
    kept = {name: value for name, value in os.environ.items() if not name.endswith(("NOCOLOR", "NO_COLOR"))}
    return {**kept, **mine, "TERM": "xterm", "ANSIBLE_SSH_RETRIES": "0", **more}


def _command(*options: str) -> t.List[str]:
    return [sys.executable, "-m", "ansible", "playbook", *options]


def _play(command: t.Sequence[str], folder: Path, more: t.Mapping[str, str]) -> t.List[str]:
    done = subprocess.run(
        command, cwd=folder, env=_environment(more), capture_output=True, text=True, check=False, timeout=120
    )
    assert "Traceback" not in done.stdout + done.stderr
    assert "shows nothing more" not in done.stdout + done.stderr
    return done.stdout.splitlines()


def _on_terminal(
    command: t.Sequence[str], folder: Path, more: t.Mapping[str, str], stop: t.Optional[t.Dict[str, t.Any]] = None
) -> str:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command, cwd=folder, env=_environment(more), stdin=theirs, stdout=theirs, stderr=theirs
    ) as run:
        os.close(theirs)
        out = b""
        try:
            while data := os.read(ours, 65536):
                out += data
                if stop and stop["at"] in out and stop["ready"]():
                    run.send_signal(stop["signal"])
                    stop = None
        except OSError:  # nobody has the other end any more
            pass
        finally:
            os.close(ours)
            run.wait(timeout=60)
    return out.decode("utf-8")


@pytest.fixture(name="fleet")
def _fleet(tmp_path: Path) -> Path:
    return write_fleet(tmp_path)


@pytest.mark.parametrize("how", ["ansible.builtin.linear", "ansible.builtin.free", "ansible.builtin.host_pinned"])
def test_in_a_pipe_there_are_plain_lines_and_a_table(fleet: Path, how: str) -> None:
    lines = _play(_command(*FLEET, "-e", f"how={how}"), fleet, ALONE)
    text = "\n".join(lines)
    assert "NEVER SHOWN" not in text
    assert "\x1b" not in text
    assert "\r" not in text
    at = lines.index(RESULT[0])
    assert lines[at : at + 4] == RESULT
    assert lines[at + 4].startswith("rome    unreachable  -          gw.rome.example: ")
    assert len(lines) == at + 5
    assert lines.count("failed: oslo (gw.oslo.example): Loud: it broke") == 1
    assert [line for line in lines if line.startswith("unreachable: rome (gw.rome.example): ")]
    assert [line for line in lines if " of 5 sites done | " in line]


def test_on_a_terminal_one_line_is_drawn_again_and_left_clean(fleet: Path) -> None:
    out = _on_terminal(_command(*FLEET), fleet, {**ALONE, "NO_COLOR": "1"})
    assert "NEVER SHOWN" not in out
    assert "\x1b" not in out.replace("\x1b[K", "")
    drawn = [part.split("\x1b[K")[0] for part in out.split("\r") if " sites done" in part]
    assert len(drawn) > 3
    assert all(len(line) < 70 and "\n" not in line for line in drawn)
    assert "\r\x1b[K5 sites: 1 ok, 1 changed, 2 failed, 1 unreachable\r\n" in out
    assert " sites done" not in out[out.index("5 sites:") :]


def test_colour_is_for_failures_on_a_terminal_that_wants_it(fleet: Path) -> None:
    out = _on_terminal(_command(*FLEET, "--limit", "gw.oslo.example"), fleet, ALONE)
    assert "\x1b[0;31mfailed: oslo (gw.oslo.example): Loud: it broke\x1b[0m" in out
    assert "1 site: 1 failed" in out


def test_who_stops_a_run_gets_a_clean_terminal(fleet: Path) -> None:
    busy = "- name: More\n  ansible.builtin.shell: {cmd: touch busy.$$; sleep 60, chdir: '{{ playbook_dir }}'}\n"
    write(fleet, "more.yml", busy)

    def ready() -> bool:
        """All that run it have long begun: Ansible hangs where it kills a process of its own that is about to talk."""
        begun = [path.stat().st_mtime for path in fleet.glob("busy.*")]
        return bool(begun) and time.time() - max(begun) > 2

    stop = {"at": b"| More, ", "ready": ready, "signal": signal.SIGINT}
    out = _on_terminal(_command(*FLEET), fleet, ALONE, stop)
    assert " sites done" in out
    assert " sites done" not in out[out.rindex("\r\x1b[K") :]


def test_beside_another_callback_it_draws_nothing(fleet: Path) -> None:
    out = _on_terminal(_command(*FLEET, "--limit", "gw.oslo.example"), fleet, {**BESIDE, "NO_COLOR": "1"})
    assert "PLAY RECAP" in out
    assert "\x1b[K" not in out
    assert "1 site: 1 failed\r\nSITE  RUN     READINESS  WHY\r\noslo  failed  -          gw.oslo.example: Loud" in out


def test_where_a_batch_fails_the_rest_was_not_reached(fleet: Path) -> None:
    lines = _play(_command(*FLEET, "-e", "batch=1"), fleet, ALONE)
    assert "5 sites: 1 failed, 4 not reached" in lines


def test_an_assessment_gives_readiness_also_where_the_run_is_to_fail_for_it(fleet: Path) -> None:
    options = ("-i", "sites/berlin.yml", "fieldnet.iot.assess")
    lines = _play(_command(*options), fleet, ALONE)
    end = [
        "1 site: 1 ok",
        "readiness: 1 inconclusive",
        "SITE    RUN  READINESS     WHY",
        "berlin  ok   inconclusive  -",
    ]
    assert lines[-4:] == end
    lines = _play(_command(*options, "-e", '{"iot_fail_on": ["inconclusive"]}'), fleet, ALONE)
    assert "failed: gw.berlin.example: Fail for what was seen: berlin is inconclusive" in lines
    assert lines[-4:] == end


def test_what_fails_once_for_all_stops_all(fleet: Path) -> None:
    lines = _play(_command("-i", "sites", "fieldnet.iot.assess"), fleet, ALONE)
    assert "5 sites: 1 failed, 4 stopped" in lines  # the sites' data contradict each other


def test_an_option_that_is_wrong_costs_the_progress_and_not_the_run(fleet: Path) -> None:
    done = subprocess.run(
        _command(*FLEET),
        cwd=fleet,
        env=_environment({**BESIDE, "FIELDNET_IOT_PROGRESS_ROWS": "many"}),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "Traceback" not in done.stdout + done.stderr
    assert "PLAY RECAP" in done.stdout


@pytest.mark.parametrize("fatal", ["any_errors_fatal: true", "max_fail_percentage: 10"])
def test_what_is_fatal_for_all_stops_who_had_more_to_do(fleet: Path, fatal: str) -> None:
    lines = _play(_command(*FLEET, "--limit", "!gw.rome.example,!gw.lima.example"), fleet, ALONE)
    assert "3 sites: 1 changed, 2 failed" in lines
    write(fleet, "play.yml", PLAY.replace("  gather_facts", f"  {fatal}\n  gather_facts"))
    lines = _play(_command(*FLEET, "--limit", "!gw.rome.example,!gw.lima.example"), fleet, ALONE)
    assert "3 sites: 1 failed, 2 stopped" in lines


def test_what_goes_wrong_in_it_is_told_once_and_hurts_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    callback = CallbackModule()
    callback.v2_runner_on_ok(None)
    callback.v2_playbook_on_stats(None)
    assert callback.disabled
    assert capsys.readouterr().err.count("shows nothing more") == 1
