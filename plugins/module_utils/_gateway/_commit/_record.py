# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""One subsystem's part of a journal: what its undo and its commit need, saved before anything is touched."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import stat
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from .._commands import run
from .._errors import GatewayError
from .._files import OwnFile, load, sync_folder, write, write_new


@dataclass(frozen=True)
class Record:
    """What undo and commit need, as data.

    The sh texts run with ``set -eu``; ``$SAVED`` is the folder of ``saved``. For ``undo``, ``$AT_BOOT`` is 1 while the
    host boots: the daemons are not up yet, so that nothing may wait for them and files are what counts. ``$RESCUED`` is
    1 where the module process lives and calls ``rescue`` afterwards.
    """

    runtime_files: t.Sequence[OwnFile] = ()  # apply writes these; undo puts the saved ones back
    boot_files: t.Sequence[OwnFile] = ()  # written only at commit; undo puts the saved ones back
    keep: t.Sequence[str] = ()  # further paths that apply or commit change: files, or links such as those of units
    saved: t.Mapping[str, str] = field(default_factory=dict)  # further files kept in the journal
    undo: str = ""  # run after the files of all subsystems are back; must bear to run twice
    commit: t.Sequence[t.Sequence[str]] = ()  # run after the boot files are there
    check: str = ""  # exit 0 while the live state is still what was applied

    @property
    def touches_files(self) -> bool:
        """Whether anything of it outlives a reboot."""
        return bool(self.runtime_files or self.boot_files or self.keep or self.commit)


class Part:
    """A record, written into a folder of the journal."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._about: dict[str, t.Any] = json.loads(Path(folder, "part.json").read_text(encoding="utf-8"))
        self.name = str(self._about["name"])

    @property
    def touches_files(self) -> bool:
        """Whether anything of it outlives a reboot."""
        return bool(self._about["touches_files"])

    @property
    def units(self) -> set[str]:
        """The services whose units it writes, which must not start before the old ones are back."""
        paths = [*self._about["runtime"], *(path for path, _mode in self._about["boot"])]
        return {os.path.basename(path) for path in paths if path.endswith(".service")}

    @property
    def question(self) -> str:
        """What it asks the live state: parts on the same subject ask the same, and expect different answers."""
        return Path(self.folder, "check").read_text(encoding="utf-8")

    @property
    def paths(self) -> set[str]:
        """The files that apply has written."""
        return set(self._about["runtime"])

    def check(self, but: t.Container[str]) -> None:
        """Refuse a live state that is no longer the one that was applied, but where a later part had its say."""
        wanted = {path: digest for path, digest in self._about["runtime"].items() if path not in but}
        changed = [path for path, digest in wanted.items() if _digest(path) != digest]
        if changed:
            raise GatewayError(f"{', '.join(changed)}: changed by somebody else since it was applied")
        if self.question in but:
            return
        environment = {"SAVED": f"{self.folder}/saved"}
        output = run(["/bin/sh", "-eu", f"{self.folder}/check"], environment=environment, timeout=60)
        if output.code != 0:
            raise GatewayError(f"the live state of {self.name} is not what was applied: {output.message}")

    def commit(self) -> None:
        """Make it survive a reboot."""
        for number, (path, mode) in enumerate(self._about["boot"]):
            source = Path(self.folder, "boot", str(number))
            write(OwnFile(path, source.read_text(encoding="utf-8") if mode is not None else None, mode or 0))
        for argv in self._about["commit"]:
            output = run(argv, timeout=120)
            if output.code != 0:
                raise GatewayError(f"{' '.join(argv)} failed: {output.message}")


def save(folder: str, name: str, record: Record) -> None:
    """Write all of a part, and wait until it is on the disk."""
    for inner in ("", "files", "boot", "saved"):
        os.mkdir(os.path.join(folder, inner), 0o700)
    paths = [file.path for file in (*record.runtime_files, *record.boot_files)] + list(record.keep)
    write_new(f"{folder}/restore", "".join(_restore_lines(folder, list(dict.fromkeys(paths)))).encode())
    write_new(f"{folder}/undo", record.undo.encode())
    write_new(f"{folder}/check", record.check.encode())
    for key, text in record.saved.items():
        write_new(f"{folder}/saved/{key}", text.encode())
    for number, file in enumerate(record.boot_files):
        if file.text is not None:
            write_new(f"{folder}/boot/{number}", file.text.encode())
    about = {
        "name": name,
        "runtime": {file.path: _digest_of(file.text) for file in record.runtime_files},
        "boot": [(file.path, None if file.text is None else file.mode) for file in record.boot_files],
        "commit": [list(argv) for argv in record.commit],
        "touches_files": record.touches_files,
    }
    write_new(f"{folder}/part.json", json.dumps(about).encode())
    for inner in ("files", "boot", "saved", ""):
        sync_folder(os.path.join(folder, inner))


def _restore_lines(folder: str, paths: t.Sequence[str]) -> t.Iterator[str]:
    """One line of sh a path, and one for each folder that is not there yet, the innermost first."""
    missing: dict[str, None] = {}
    for number, path in enumerate(paths):
        quoted = shlex.quote(path)
        try:
            status = os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            yield f"drop {quoted}\n"
            missing.update(dict.fromkeys(_missing_folders(path)))
            continue
        if stat.S_ISLNK(status.st_mode):
            yield f"link {shlex.quote(os.readlink(path))} {quoted}\n"
        elif stat.S_ISREG(status.st_mode):
            # Mode and owner are kept on the saved file itself.
            write_new(f"{folder}/files/{number}", load(path), stat.S_IMODE(status.st_mode), status)
            yield f"put {number} {quoted}\n"
        else:
            raise GatewayError(f"{path} is neither a file nor a link, so that it can't be saved and put back")
    for name in sorted(missing, key=len, reverse=True):
        yield f"leave {shlex.quote(name)}\n"


def _missing_folders(path: str) -> t.Iterator[str]:
    parent = os.path.dirname(path)
    while parent not in ("", "/") and not os.path.isdir(parent):
        yield parent
        parent = os.path.dirname(parent)


def _digest(path: str) -> str | None:
    try:
        return hashlib.sha256(load(path)).hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return None


def _digest_of(text: str | None) -> str | None:
    return None if text is None else hashlib.sha256(text.encode()).hexdigest()
