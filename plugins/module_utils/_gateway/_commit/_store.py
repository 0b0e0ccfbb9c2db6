# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Where a host keeps the journal of its one transaction, the lock, and what became of earlier ones."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import time
import typing as t
from dataclasses import dataclass
from pathlib import Path

from .._errors import GatewayError
from .._files import sync_folder
from . import _timer
from ._rollback import BOOT_UNIT

_LOCK_WITHIN = 60.0  # seconds; a run takes a few
_RECORDS = 8  # so many rolled back transactions are remembered


@dataclass(frozen=True)
class RolledBack:
    """What is remembered of a transaction that was put back."""

    id: str
    time: str
    reason: str
    complete: bool
    output: str

    def describe(self) -> str:
        """In one sentence."""
        rest = "" if self.complete else f"; not all of it could be put back: {self.output}"
        return f"transaction {self.id} was rolled back at {self.time} because {self.reason}{rest}"


@dataclass(frozen=True)
class Store:
    """Where a host keeps its journal."""

    folder: str = "/var/lib/fieldnet-iot"
    units: str = "/etc/systemd/system"

    @property
    def journal(self) -> str:
        """The open transaction."""
        return f"{self.folder}/transaction"

    @property
    def opening(self) -> str:
        """One that is not armed yet."""
        return f"{self.folder}/.opening~"

    @property
    def ended(self) -> str:
        """One that is confirmed, and is being removed."""
        return f"{self.folder}/.ended~"

    @property
    def records(self) -> str:
        """What became of others."""
        return f"{self.folder}/rolled-back"

    def exists(self) -> bool:
        """Whether there has ever been a transaction here."""
        return os.path.isdir(self.folder)

    def make(self) -> None:
        """For root alone: saved files may hold secrets."""
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        sync_folder(os.path.dirname(self.folder))

    @contextlib.contextmanager
    def locked(self) -> t.Iterator[int]:
        """No other process of ours changes anything on this host; gives the descriptor that holds the lock."""
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            _take(descriptor, self.folder)
            yield descriptor
        finally:
            os.close(descriptor)

    def rolled_back(self, identity: str) -> RolledBack | None:
        """What is remembered of one."""
        folder = Path(self.records, identity)
        if not identity or not folder.is_dir():
            return None
        return RolledBack(
            id=identity,
            time=line(folder / "time"),
            reason=line(folder / "reason"),
            complete=line(folder / "failed") == "0",
            output=text(folder / "output")[:2000],
        )

    def last_rolled_back(self) -> RolledBack | None:
        """The latest of all."""
        names = self._by_age()
        return self.rolled_back(names[-1]) if names else None

    def untidy(self) -> bool:
        """Whether a crash has left something behind."""
        return any(map(os.path.lexists, (self.opening, self.ended, f"{self.units}/{BOOT_UNIT}")))

    def tidy(self) -> None:
        """Remove what a crash after the end of a transaction has left; needs the lock."""
        for path in (self.opening, self.ended):
            shutil.rmtree(path, ignore_errors=True)
        _timer.remove_boot_unit(self.units)
        for name in self._by_age()[:-_RECORDS]:
            shutil.rmtree(f"{self.records}/{name}", ignore_errors=True)

    def _by_age(self) -> list[str]:
        try:
            names = os.listdir(self.records)
        except FileNotFoundError:
            return []
        return sorted(names, key=lambda name: os.lstat(f"{self.records}/{name}").st_mtime_ns)


def _take(descriptor: int, folder: str) -> None:
    deadline = time.monotonic() + _LOCK_WITHIN
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise GatewayError(
                    f"another run is changing this host for more than {_LOCK_WITHIN:g} s: wait for it, or see"
                    f" what holds the lock (fuser {folder})"
                ) from None
            time.sleep(0.05)
        else:
            return


def text(path: Path) -> str:
    """A file's text; of one that is not there, none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return ""


def line(path: Path) -> str:
    """A file that holds one line."""
    return text(path).strip()
