# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module transaction on a host without systemd, and module processes that are killed."""

from __future__ import annotations

import os
import signal
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._journal import Journal
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._record import Record
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._store import Store
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._transaction import (
    ALONE,
    Change,
    Membership,
    Steps,
    converge,
)
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import GatewayError
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._files import OwnFile, write
from support.gateway import Result, run_module
from support.netns import Host

FIRST, SECOND = ({"SSH_CONNECTION": f"192.0.2.1 {port} 192.0.2.11 22"} for port in (50000, 50001))


@pytest.fixture
def host() -> t.Iterator[Host]:
    host = Host("tx")
    yield host
    store = Store(f"{host.state}/fieldnet-iot")
    if store.exists():
        with store.locked() as lock:
            left = Journal.find(store, lock)
            if left:
                left.forget()
    host.delete()


def ask(host: Host, env: t.Mapping[str, str] | None = None, **options: t.Any) -> Result:
    return run_module(host, "transaction", {"id": "run", **options}, env=env)


def test_only_a_new_connection_confirms(host: Host, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    opened = ask(host, FIRST, files=[str(path)])
    assert opened["open"]["parts"] == ["others"]
    assert "systemd does not run this host: a power cut before the end is not put back" in str(opened["warnings"])
    path.write_text("new")
    refused = ask(host, FIRST, state="confirmed")
    assert "this is the SSH connection over which the host was changed (192.0.2.1 50000)" in refused["msg"]
    assert ask(host, SECOND, state="status")["open"]["id"] == "run"  # a refusal leaves the timer to decide
    confirmed = ask(host, SECOND, state="confirmed")
    assert (confirmed["changed"], confirmed["connection"], confirmed["open"]) == (True, "new", None)
    assert path.read_text() == "new"


def test_each_connection_that_changed_the_host_is_known(host: Host) -> None:
    ask(host, FIRST)
    ask(host, SECOND)
    for env in (FIRST, SECOND):
        assert "proves nothing about new ones" in ask(host, env, state="confirmed")["msg"]


def test_without_ssh_nothing_is_proven_and_it_says_so(host: Host) -> None:
    ask(host)
    assert ask(host, state="confirmed")["connection"] == "not_ssh"


def test_check_mode_writes_nothing(host: Host) -> None:
    for state in ("started", "confirmed", "rolled_back", "status"):
        assert ask(host, state=state, _check=True)["changed"] is (state == "started")
    assert list(Path(host.state).iterdir()) == []


def test_everything_wrong_is_said_at_once(host: Host) -> None:
    wrong = run_module(host, "transaction", {"state": "confirmed", "files": ["a"], "undo": ["("], "timeout": 0})
    assert [problem.split(":")[0] for problem in wrong["problems"]] == [
        "files[0]",
        "undo[0]",
        "id",
        "timeout",
        "files, undo",
    ]
    assert list(Path(host.state).iterdir()) == []


class Killed(Steps):
    """Steps whose process dies at one of them."""

    name = "killed"

    def __init__(self, folder: Path, at: str) -> None:
        self.folder, self.at = folder, at
        self.file = OwnFile(f"{folder}/file", "new")

    def _run(self, step: str) -> None:
        if step == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def stage(self) -> Change:
        return Change(["a file"])

    def validate(self) -> None:
        self._run("validate")

    def record(self) -> Record:
        commit = [["sh", "-c", "kill -9 $PPID"]] if self.at == "commit" else []
        boot = [OwnFile(f"{self.folder}/boot", "new")]
        return Record(runtime_files=[self.file], boot_files=boot, commit=commit)

    def apply(self) -> None:
        write(self.file)
        self._run("apply")

    def verify(self) -> None:
        self._run("verify")


def killed(folder: Path, store: Store, at: str, member: Membership) -> None:
    child = os.fork()
    if child == 0:
        converge(lambda: Killed(folder, at), False, member, store)
        os._exit(0)
    _pid, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL


def state(folder: Path) -> t.Dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize(
    ("at", "member"),
    [
        ("apply", Membership("", 1)),
        ("verify", Membership("", 1)),
        ("commit", Membership("", 1)),
        ("apply", Membership("run", 1)),
        ("verify", Membership("run", 1)),
    ],
)
def test_a_killed_process_is_put_back_by_the_timer(tmp_path: Path, at: str, member: Membership) -> None:
    (tmp_path / "file").write_text("old")
    store = Store(f"{tmp_path}/state", f"{tmp_path}/units")
    killed(tmp_path, store, at, member)
    assert (tmp_path / "file").read_text() == "new"
    deadline = time.monotonic() + 5
    while Path(store.journal).exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert state(tmp_path) == {"file": "old"}
    last = store.last_rolled_back()
    assert last is not None
    assert last.reason == "nobody confirmed it in time"


def test_the_next_run_does_not_wait_for_the_timer_of_a_killed_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    store = Store(f"{tmp_path}/state", f"{tmp_path}/units")
    killed(tmp_path, store, "verify", Membership("", 600))
    with pytest.raises(GatewayError, match="stopped here"):
        converge(lambda: _Stopped(tmp_path, ""), False, ALONE, store)
    assert state(tmp_path) == {"file": "old"}
    last = store.last_rolled_back()
    assert last is not None
    assert last.reason == "its module process was killed"


class _Stopped(Killed):
    def validate(self) -> None:
        assert (self.folder / "file").read_text() == "old"
        raise GatewayError("stopped here")


def test_one_killed_before_it_touched_anything_leaves_nothing_to_do(tmp_path: Path) -> None:
    store = Store(f"{tmp_path}/state", f"{tmp_path}/units")
    killed(tmp_path, store, "validate", ALONE)
    assert list(Path(store.folder).iterdir()) == []
