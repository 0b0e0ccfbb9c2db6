# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small parts: finding the SSH session, running programs, reading systemd, watching files."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway import _systemd
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commands import find, run
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit import _guard
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._watch import ReadWatch
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import GatewayError


@pytest.mark.parametrize(
    ("text", "session"),
    [
        ("192.0.2.7 50000 192.0.2.1 22", _guard.Session("192.0.2.7", "192.0.2.1", "22")),
        ("::ffff:192.0.2.7 50000 ::ffff:192.0.2.1 22", _guard.Session("192.0.2.7", "192.0.2.1", "22")),
        ("fe80::7%vlan40 50000 fe80::1%vlan40 22", _guard.Session("fe80::7", "fe80::1", "22", "vlan40")),
        ("UNKNOWN", None),
    ],
)
def test_the_session_of_the_environment(
    text: str, session: _guard.Session | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", text)
    assert _guard.find_session() == session


def test_a_link_local_session_names_its_interface(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "fe80::7%vlan40 50000 fe80::1%vlan40 22")
    with pytest.raises(GatewayError, match="arrives on vlan40, an IoT interface"):
        _guard.check_management(["vlan40"])


def test_an_ancestors_session_is_found(tmp_path: Path) -> None:
    script = tmp_path / "child.py"
    script.write_text(
        f"import sys\nsys.path[:0] = {sys.path!r}\nfrom {_guard.__name__} import *\nprint(find_session())\n"
    )
    shell = f'env -i "{sys.executable}" "{script}"; true'
    environment = {**os.environ, "SSH_CONNECTION": "192.0.2.7 50000 192.0.2.1 22"}
    done = subprocess.run(["sh", "-c", shell], env=environment, capture_output=True, text=True, check=True)
    assert "client='192.0.2.7'" in done.stdout


def test_a_program_that_hangs_or_is_missing_is_an_error_with_its_name() -> None:
    with pytest.raises(GatewayError, match=r"sleep did not end within 0.1 s"):
        run(["sleep", "5"], timeout=0.1)
    with pytest.raises(GatewayError, match="no-such-program can't be run: No such file or directory"):
        run(["no-such-program"])
    assert find("no-such-program") is None


def test_a_programs_complaint_is_never_empty_and_never_endless() -> None:
    assert run(["false"]).message == "exit code 1 without a word"
    assert len(run(["sh", "-c", "head -c 100000 /dev/zero | tr '\\0' x >&2; false"]).message) < 2100


def test_a_unit_that_systemd_does_not_know() -> None:
    block = "Id=x.service\nLoadState=not-found\nActiveState=inactive\nMainPID=0\nUser=\nNeedDaemonReload=no"
    state = _systemd._parse("x.service", block)
    assert state == _systemd.UnitState("x.service", False, False, False, 0, "root", False)


def test_a_unit_that_runs() -> None:
    block = "LoadState=loaded\nActiveState=active\nUnitFileState=enabled\nMainPID=42\nUser=_kea\nNeedDaemonReload=yes"
    state = _systemd._parse("x.service", block)
    assert state == _systemd.UnitState("x.service", True, True, True, 42, "_kea", True)


def test_reading_is_noticed_and_writing_is_not_reading(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    with ReadWatch(str(file)) as watch:
        assert not watch.was_read(0.05)
        file.write_text("y")
        assert not watch.was_read(0.05)
        threading.Timer(0.1, file.read_text).start()
        assert watch.was_read(5)
    with pytest.raises(GatewayError, match="can't be watched: No such file or directory"):
        ReadWatch(str(tmp_path / "none"))


def test_a_limit_of_the_host_is_named(tmp_path: Path) -> None:
    """In a process of its own, which may open nothing more."""
    script = (
        "import resource, sys\n"
        f"from {ReadWatch.__module__} import ReadWatch\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))\n"
        "try:\n    ReadWatch(sys.argv[1])\n"
        "except Exception as error:\n    print(type(error).__name__, error)\n"
    )
    (tmp_path / "file").write_text("x")
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "file")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("GatewayError ")
    assert "fs.inotify.max_user_instances" in done.stdout
