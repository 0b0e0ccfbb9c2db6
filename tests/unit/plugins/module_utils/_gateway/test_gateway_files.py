# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our own files: written whole, compared, put back byte for byte."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._files import OwnFile, OwnFiles, diff, read, write


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_made_with_its_folder_whatever_the_umask(tmp_path: Path) -> None:
    path = tmp_path / "etc/new/file"
    old = os.umask(0o077)
    try:
        write(OwnFile(str(path), "text\n", 0o644))
    finally:
        os.umask(old)
    assert (path.read_text(), mode(path), mode(path.parent)) == ("text\n", 0o644, 0o755)
    assert list(path.parent.iterdir()) == [path]


def test_only_what_differs_is_written(tmp_path: Path) -> None:
    same, other = tmp_path / "same", tmp_path / "other"
    wanted = OwnFiles([OwnFile(str(same), "a"), OwnFile(str(other), "b", 0o600)])
    wanted.write()
    inode = same.stat().st_ino
    other.chmod(0o644)
    assert [file.path for file in wanted.stale()] == [str(other)]
    wanted.write()
    assert (same.stat().st_ino, mode(other)) == (inode, 0o600)
    assert not wanted.stale()


def test_only_our_own_folder_goes_when_it_is_empty(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "fieldnet-iot/file", tmp_path / "theirs/file"
    for path in (ours, theirs):
        write(OwnFile(str(path), "x"))
        write(OwnFile(str(path), None))
    assert list(tmp_path.iterdir()) == [theirs.parent]


def test_a_write_that_fails_leaves_the_old_file_and_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_text("old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write(OwnFile(str(path), "new"))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_not_there_reads_as_nothing(tmp_path: Path) -> None:
    assert read(str(tmp_path / "no/file")) is None
    assert diff(OwnFile(str(tmp_path / "file"), "new\n")) == {
        "before_header": f"{tmp_path}/file",
        "after_header": f"{tmp_path}/file",
        "before": "",
        "after": "new\n",
    }
