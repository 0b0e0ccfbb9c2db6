# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rollback script by itself: without Python, without systemd, killed anywhere and run again."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import threading
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit import _rollback, _timer
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._journal import Journal
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._manage import Others, confirm, start
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._record import Record
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._store import Store
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import GatewayError
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._files import OwnFile, write

LONG = 600
# What the script calls: each counts itself, and one of them kills the script, before or after it did its work.
COMMANDS = ("cat", "cp", "date", "flock", "ln", "ls", "mkdir", "mv", "readlink", "rm", "rmdir", "sync", "timeout")
SHIM = """#!/bin/sh
read n <{folder}/count
n=$((n + 1))
echo $n >{folder}/count
[ $n = {before} ] || [ $n = {after} ] || exec /bin/{name} "$@"
script() {{
    # Its subshells are processes of the same command line; the outermost goes first, for it waits for the others.
    p=$PPID all=
    while [ $p -gt 1 ]; do
        if /bin/tr '\\0' ' ' </proc/$p/cmdline | /bin/grep -q '^/bin/sh .*/rollback'; then all="$p $all"; fi
        p=$(/bin/sed 's/.*) . \\([0-9]*\\).*/\\1/' /proc/$p/stat)
    done
    /bin/kill -9 $all
}}
[ $n != {before} ] || {{ script; exit 1; }}
/bin/{name} "$@"
code=$?
[ $n != {after} ] || script
exit $code
"""


class Host:
    """Some files, and a transaction that has changed them all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store(f"{folder}/state", f"{folder}/units")
        self.etc = folder / "etc"
        self.etc.mkdir()
        (self.etc / "changed").write_bytes(b"\xff\x00 old")
        (self.etc / "changed").chmod(0o640)
        os.chown(self.etc / "changed", 12, 34)
        (self.etc / "removed").write_text("still needed")
        (self.etc / "it's $(a) name").write_text("old")
        (self.etc / "link").symlink_to("changed")
        (self.etc / "same").write_text("same")
        self.old = self.state()
        self.store.make()

    def state(self) -> t.Dict[str, object]:
        found: t.Dict[str, object] = {}
        for path in sorted(self.etc.rglob("*")):
            status = path.lstat()
            content: object = os.readlink(path) if path.is_symlink() else path.is_file() and path.read_bytes()
            found[str(path)] = (status.st_mode, status.st_uid, status.st_gid, content)
        return found

    def open(self, seconds: int = LONG) -> None:
        """Two parts that have both changed the first file."""
        paths = ["changed", "removed", "it's $(a) name", "link", "new", "new-folder/deep/new"]
        files = [OwnFile(f"{self.etc}/{name}", None if name == "removed" else "one") for name in paths]
        again = [OwnFile(f"{self.etc}/changed", "two"), OwnFile(f"{self.etc}/new", None)]
        with self.store.locked() as lock:
            journal = Journal.open(self.store, lock, "run", seconds, alone=False)
            for name, wanted in (("first", files), ("second", again)):
                journal.add(name, Record(runtime_files=wanted, undo=f"echo {name} >>{self.folder}/undone\n"))
                journal.arm(seconds)
                for file in wanted:
                    write(file)
        assert self.state() != self.old

    def script(self, *arguments: str, before: int = 0, after: int = 0) -> int:
        """Run it, killed at a call; how many calls it made."""
        shims = Path(tempfile.mkdtemp(dir=self.folder))
        (shims / "count").write_text("0")
        for name in COMMANDS:
            # No power cut is tried here, and a sync would wait for whatever the machine's disks are busy with.
            command = "true" if name == "sync" else name
            (shims / name).write_text(SHIM.format(folder=shims, name=command, before=before, after=after))
            (shims / name).chmod(0o755)
        inner = 'mount --bind "$1" /usr/local/sbin; shift; exec setsid -w /bin/sh "$@"'
        script = f"{self.store.journal}/rollback"
        subprocess.run(
            ["unshare", "-m", "sh", "-c", inner, "sh", str(shims), script, *arguments],
            capture_output=True,
            timeout=60,
            check=False,
        )
        return int((shims / "count").read_text())

    def assert_back(self, reason: str) -> None:
        assert self.state() == self.old
        assert names(self.store.folder) == ["rolled-back"]
        assert names(f"{self.store.records}/run") == sorted(
            ["failed", "id", "journal.json", "output", "reason", "time", "timer", "token"]
        )
        gone = self.store.rolled_back("run")
        assert gone is not None
        assert (gone.complete, gone.reason, gone.output) == (True, reason, "")


@pytest.fixture
def host(tmp_path: Path) -> t.Iterator[Host]:
    host = Host(tmp_path)
    yield host
    with host.store.locked() as lock:
        left = Journal.find(host.store, lock)
        if left:
            left.forget()
    _end_sleepers(tmp_path)


def _end_sleepers(folder: Path) -> None:
    """Timers in whose place a test ran the script: each is a session of its own."""
    found = subprocess.run(
        ["pgrep", "-f", f"^/bin/sh -c sleep .*{folder}"], capture_output=True, text=True, check=False
    )
    for process in found.stdout.split():
        with contextlib.suppress(ProcessLookupError):
            os.killpg(int(process), signal.SIGKILL)


def wait_until(condition: t.Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def test_everything_is_put_back_and_only_the_record_stays(host: Host) -> None:
    host.open()
    assert stat.S_IMODE(Path(host.store.folder).stat().st_mode) == 0o700  # what is saved may be secret
    host.script()
    host.assert_back("somebody ran its rollback by hand")
    assert (host.folder / "undone").read_text() == "second\nfirst\n"


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_at_any_command_and_run_again_it_still_ends_right(host: Host, moment: str) -> None:
    host.open()
    calls = host.script()
    assert calls > 30
    for number in range(1, calls + 1):
        shutil.rmtree(host.store.records)
        host.open()
        host.script(**{moment: number})
        if Path(host.store.journal).exists():
            subprocess.run(["/bin/sh", f"{host.store.journal}/rollback", "boot"], check=True, capture_output=True)
            reason = "somebody ran its rollback by hand"
            gone = host.store.rolled_back("run")
            if gone and gone.reason != reason:  # killed before it had said why
                reason = "the host went down before it was confirmed"
            host.assert_back(reason)
        # Else it was killed in the middle of clearing up: a record that is larger than it needs to be, and a timer.
        record = Path(host.store.records, "run")
        _timer.stop((record / "token").read_text(), int((record / "timer").read_text()))
        assert host.state() == host.old
        assert host.store.rolled_back("run") is not None


def test_a_run_that_comes_after_a_killed_rollback_finishes_it(host: Host) -> None:
    host.open()
    host.script(before=12)
    assert Path(host.store.journal, "reason").exists()
    with pytest.raises(GatewayError, match=r"transaction run was rolled back .* it can't be confirmed any more"):
        confirm("run", False, host.store)
    host.assert_back("somebody ran its rollback by hand")


def test_the_timer_needs_nobody(host: Host) -> None:
    host.open(seconds=1)
    assert wait_until(lambda: not Path(host.store.journal).exists(), 5)
    assert wait_until(lambda: host.state() == host.old, 1)
    assert wait_until(lambda: not Path(f"{host.store.records}/run/rollback").exists(), 1)
    host.assert_back("nobody confirmed it in time")


def test_a_timer_that_was_wound_up_anew_does_not_fire(host: Host) -> None:
    host.open()
    token = Path(host.store.journal, "token").read_text()
    start("run", LONG, Others(), False, host.store)
    host.script("timer", token)
    assert Path(host.store.journal).exists()
    host.script("timer", Path(host.store.journal, "token").read_text())
    host.assert_back("nobody confirmed it in time")


def test_no_timer_is_left_after_the_end(host: Host) -> None:
    host.open()
    token = Path(host.store.journal, "token").read_text()
    assert running(token)
    confirm("run", False, host.store)
    assert wait_until(lambda: not running(token), 2)
    assert (host.etc / "changed").read_text() == "two"
    assert list(Path(host.store.folder).iterdir()) == []


def test_a_timer_clears_up_after_one_killed_right_after_its_end(host: Host) -> None:
    host.open(seconds=1)
    (host.folder / "units/sysinit.target.wants").mkdir(parents=True)
    (host.folder / "units/fieldnet-iot-recovery.service").touch()
    Path(host.store.journal).rename(f"{host.store.folder}/.ended~")
    assert wait_until(lambda: not names(host.store.folder), 5)
    assert wait_until(lambda: names(host.store.units) == ["sysinit.target.wants"], 1)
    assert (host.etc / "changed").read_text() == "two"


def test_whoever_holds_the_lock_wins(host: Host) -> None:
    host.open()
    token = Path(host.store.journal, "token").read_text()
    script = Path(host.store.journal, "rollback").read_text()
    outside = host.folder / "rollback"
    outside.write_text(script)
    with OpenLock(host.store) as lock:
        waiting = subprocess.Popen(["/bin/sh", str(outside), "timer", token])
        journal = Journal.find(host.store, lock)
        assert journal is not None
        journal.commit()
        assert waiting.poll() is None
    assert waiting.wait(timeout=5) == 0
    assert (host.etc / "changed").read_text() == "two"


def test_the_timer_that_is_first_makes_the_confirmation_fail(host: Host) -> None:
    host.open()
    token = Path(host.store.journal, "token").read_text()
    slow = Path(host.store.journal, "parts/00-first/undo")
    slow.write_text(f"touch {host.folder}/begun; sleep 1\n{slow.read_text()}")
    thread = threading.Thread(target=host.script, args=("timer", token))
    thread.start()
    assert wait_until((host.folder / "begun").exists, 5)
    with pytest.raises(GatewayError, match=r"was rolled back at .* because nobody confirmed it in time"):
        confirm("run", False, host.store)
    thread.join()
    host.assert_back("nobody confirmed it in time")


def test_a_run_that_hangs_with_the_lock_does_not_keep_the_old_state_away(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_rollback, "LOCK_WITHIN", 1)
    host.open(seconds=1)
    with OpenLock(host.store):
        assert wait_until(lambda: not Path(host.store.journal).exists(), 5)
        assert host.state() == host.old
        assert not Path(host.store.journal).exists()


def test_what_can_not_be_put_back_keeps_nothing_else_from_it(host: Host) -> None:
    host.open()
    Path(host.store.journal, "parts/01-second/undo").write_text("echo stuck >&2\nfalse\ntrue\n")
    (host.etc / "new").mkdir()  # in whose place there was nothing
    host.script()
    (host.etc / "new").rmdir()
    assert host.state() == host.old
    assert (host.folder / "undone").read_text() == "first\n"
    gone = host.store.rolled_back("run")
    assert gone is not None
    assert not gone.complete
    assert "stuck\n01-second: its undo failed with code 1" in gone.output
    assert "00-first: not every file could be put back" in gone.output
    # For whoever repairs it.
    assert Path(f"{host.store.records}/run/parts/00-first/files/0").read_bytes() == b"\xff\x00 old"


def test_what_it_starts_does_not_inherit_the_lock(host: Host) -> None:
    host.open()
    Path(host.store.journal, "parts/00-first/undo").write_text(f"sleep 60 & echo $! >{host.folder}/pid\n")
    host.script()
    daemon = int((host.folder / "pid").read_text())
    try:
        with OpenLock(host.store):
            pass
    finally:
        os.kill(daemon, 9)


def test_others_commands_each_run_but_not_at_boot(host: Host) -> None:
    for how, expected in (("now", "one\ntwo\n"), ("boot", "")):
        shutil.rmtree(host.store.records, ignore_errors=True)
        notes = host.folder / f"notes-{how}"
        undo = [f"echo one >>{notes}; false", "exit 7 # ) }", f"echo two >>{notes}"]
        start("others", LONG, Others([f"{host.etc}/same", f"{host.etc}/none"], undo), False, host.store)
        (host.etc / "same").write_text("different")
        (host.etc / "none").write_text("here")
        host.script(how)
        assert (notes.read_text() if notes.exists() else "") == expected
        assert host.state() == host.old


class OpenLock:
    """The lock, without waiting."""

    def __init__(self, store: Store) -> None:
        self._descriptor = os.open(store.folder, os.O_RDONLY)

    def __enter__(self) -> int:
        fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return self._descriptor

    def __exit__(self, *_reason: t.Any) -> None:
        os.close(self._descriptor)


def names(folder: str) -> t.List[str]:
    """What lies in a folder."""
    return sorted(path.name for path in Path(folder).iterdir())


def running(token: str) -> bool:
    """Whether any process has a token among its arguments."""
    found = subprocess.run(["pgrep", "-f", token], capture_output=True, check=False)
    return found.returncode == 0
