# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Our own files: compared, and written atomically. What puts them back is the journal."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
import typing as t
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class OwnFile:
    """A file as it shall be; no text: it shall not exist."""

    path: str
    text: str | None
    mode: int = 0o644


@dataclass(frozen=True)
class _Saved:
    content: bytes | None
    mode: int


def read(path: str) -> str | None:
    """A file's text, or None if there is none."""
    content = _load(path).content
    return None if content is None else content.decode(errors="replace")


def write(file: OwnFile) -> None:
    """Put a file into the wished state; a reader sees the old content or the new, never a part."""
    _store(file.path, None if file.text is None else file.text.encode(), file.mode)


def load(path: str) -> bytes:
    """All of a file."""
    return Path(path).read_bytes()


def link(target: str, path: str) -> None:
    """A symbolic link, made in one step and there for good."""
    _make_directory(Path(path).parent)
    staged = f"{path}.fieldnet-iot~"
    _unlink(staged)
    os.symlink(target, staged)
    os.replace(staged, path)
    sync_folder(os.path.dirname(path))


def unlink(path: str) -> None:
    """Whatever there is, or nothing."""
    _unlink(path)


def write_new(path: str, content: bytes, mode: int = 0o600, owner: os.stat_result | None = None) -> None:
    """A file that nobody reads yet, on the disk when this returns; its folder is for the caller to sync."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(content)
        stream.flush()
        if owner is not None:
            os.fchown(stream.fileno(), owner.st_uid, owner.st_gid)
        os.fchmod(stream.fileno(), mode)
        os.fsync(stream.fileno())


def sync_folder(path: str) -> None:
    """Wait until a folder's entries are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def diff(file: OwnFile) -> dict[str, str]:
    """What writing a file would change, as Ansible shows differences."""
    return {
        "before_header": file.path,
        "after_header": file.path,
        "before": read(file.path) or "",
        "after": file.text or "",
    }


def state_diff(name: str, before: str, after: str) -> dict[str, str]:
    """The same for what is no file."""
    return {"before_header": name, "after_header": name, "before": f"{before}\n", "after": f"{after}\n"}


@dataclass(frozen=True)
class OwnFiles:
    """Some files that belong together."""

    wanted: t.Sequence[OwnFile]

    def stale(self) -> list[OwnFile]:
        """Those that are not yet as they shall be."""
        return [file for file in self.wanted if _differs(file)]

    def write(self) -> None:
        """Make all of them as they shall be; what already is stays untouched."""
        for file in self.stale():
            write(file)


def _differs(file: OwnFile) -> bool:
    now = _load(file.path)
    if file.text is None or now.content is None:
        return (file.text is None) != (now.content is None)
    return now.content != file.text.encode() or now.mode != file.mode


def _load(path: str) -> _Saved:
    try:
        with Path(path).open("rb") as stream:
            return _Saved(stream.read(), stat.S_IMODE(os.fstat(stream.fileno()).st_mode))
    except (FileNotFoundError, NotADirectoryError):
        return _Saved(None, 0)


def _store(path: str, content: bytes | None, mode: int) -> None:
    if content is None:
        _unlink(path)
        _forget_directory(Path(path).parent)
        return
    directory = Path(path).parent
    _make_directory(directory)
    # The leading dot and the suffix keep daemons that read whole directories away from it.
    descriptor, staged = tempfile.mkstemp(prefix=".fieldnet-iot-", suffix="~", dir=directory)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        Path(staged).replace(path)
    except BaseException:
        _unlink(staged)
        raise
    sync_folder(str(directory))


def _unlink(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        Path(path).unlink()


def _make_directory(directory: Path) -> None:
    if not directory.is_dir():
        directory.mkdir(parents=True)
        directory.chmod(0o755)  # whatever the umask: daemons without root's rights read here


def _forget_directory(directory: Path) -> None:
    """Leave no empty folder of ours behind; others' folders are theirs, empty or not."""
    if directory.name == "fieldnet-iot":
        with contextlib.suppress(OSError):
            directory.rmdir()
