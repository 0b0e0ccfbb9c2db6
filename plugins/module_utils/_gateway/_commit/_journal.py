# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The journal of the one transaction that may be open on a host.

``<state>/transaction`` appears complete, by a rename, before anything is touched, and disappears by a rename: moved to
``rolled-back/<id>`` by its own rollback script, or away by a commit, whose last effective step that is. The
journal keeps two runs apart, the lock of the store two processes.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import time
import typing as t
from datetime import datetime, timedelta, timezone
from pathlib import Path

from .._commands import PATH
from .._errors import GatewayError
from .._files import sync_folder, write_new
from . import _guard, _timer
from ._record import Part, Record, save
from ._rollback import script
from ._store import RolledBack, Store, line, text

_SCRIPT_WITHIN = 600.0
_BOOT_ID = "/proc/sys/kernel/random/boot_id"


class Journal:
    """The open transaction of a host; every method needs the lock."""

    def __init__(self, store: Store, lock: int, folder: str = "") -> None:
        self._store, self._lock = store, lock
        self.folder = folder or store.journal
        self._about: dict[str, t.Any] = json.loads(text(Path(self.folder, "journal.json")))
        self.id = str(self._about["id"])
        self.alone = bool(self._about["alone"])
        self.connections: list[str] = self._about["connections"]

    @classmethod
    def find(cls, store: Store, lock: int) -> Journal | None:
        """The open one, if there is one."""
        return cls(store, lock) if os.path.isdir(store.journal) else None

    @classmethod
    def open(cls, store: Store, lock: int, identity: str, seconds: int, alone: bool) -> Journal:
        """A new one beside the place where it counts, which it takes once it is armed."""
        store.tidy()
        staged = store.opening
        os.mkdir(staged, 0o700)
        os.mkdir(f"{staged}/parts", 0o700)
        write_new(f"{staged}/id", identity.encode())
        write_new(f"{staged}/token", secrets.token_hex(8).encode())
        write_new(f"{staged}/rollback", script(store.folder, store.units).encode())
        about = {"id": identity, "alone": alone, "connections": [], "timer": 0, **_ends(seconds)}
        write_new(f"{staged}/journal.json", json.dumps(about).encode())
        return cls(store, lock, staged)

    @property
    def falling(self) -> bool:
        """Whether its rollback began and did not end."""
        return os.path.exists(f"{self.folder}/reason")

    @property
    def expired(self) -> bool:
        """Whether its timer should have fired long ago."""
        same_boot = self._about["boot"] == line(Path(_BOOT_ID))
        late = not same_boot or time.clock_gettime(time.CLOCK_MONOTONIC) > self._about["deadline"]
        return late or self.falling

    @property
    def since(self) -> str:
        """When it was opened."""
        return str(self._about["since"])

    @property
    def ends(self) -> str:
        """When it ends by itself."""
        return str(self._about["ends"])

    @property
    def seconds(self) -> int:
        """What its timer was last set to."""
        return int(self._about["seconds"])

    def describe(self) -> str:
        """Whose it is, since when and until when."""
        client = f", from {self.connections[0].split()[0]}" if self.connections else ""
        return f"transaction {self.id} (since {self.since}{client}; it ends by itself at {self.ends})"

    def parts(self) -> list[Part]:
        """Those that have joined, in their order."""
        folder = f"{self.folder}/parts"
        return [Part(f"{folder}/{name}") for name in sorted(os.listdir(folder)) if not name.startswith(".")]

    def add(self, name: str, record: Record) -> None:
        """Save what undoes a part; it is not to be touched before."""
        folder = f"{self.folder}/parts"
        staged = f"{folder}/.joining"
        shutil.rmtree(staged, ignore_errors=True)
        save(staged, name, record)
        os.rename(staged, f"{folder}/{len(self.parts()):02}-{name}")
        sync_folder(folder)

    def forget_after(self, count: int) -> None:
        """Forget the parts beyond so many, of which nothing was applied."""
        for part in self.parts()[count:]:
            shutil.rmtree(part.folder)

    def arm(self, seconds: int) -> None:
        """Wind the timer up, or wind it up anew; where there is a journal, there is no moment without one."""
        old_token, old_timer = line(Path(self.folder, "token")), int(self._about["timer"])
        token = secrets.token_hex(8)
        process = _timer.start(self._store.folder, self._store.units, token, seconds)
        try:
            self._arm(seconds, token, process)
        except BaseException:
            _timer.stop(token, process)
            raise
        if self.folder == self._store.journal:
            _timer.stop(old_token, old_timer)
            return
        os.rename(self.folder, self._store.journal)
        sync_folder(self._store.folder)
        self.folder = self._store.journal

    def _arm(self, seconds: int, token: str, process: int) -> None:
        parts = self.parts()
        if any(part.touches_files for part in parts) and _timer.outlives_power_cuts():
            units = {unit for part in parts for unit in part.units}
            _timer.write_boot_unit(self._store.folder, self._store.units, units)
        self._about.update(timer=process, **_ends(seconds, self.since))
        # Over which sessions it was changed: none of them can prove that the host still takes new ones.
        session = _guard.connection()
        if session and session not in self.connections:
            self.connections.append(session)
        self._replace("journal.json", json.dumps(self._about))
        self._replace("timer", str(process))
        self._replace("token", token)

    def still_open(self) -> None:
        """Refuse to go on after a rollback that did not wait for the lock any longer."""
        if not os.path.isdir(self.folder):
            done = self._store.rolled_back(self.id)
            raise GatewayError(f"{done.describe() if done else self.describe()}: this run took longer than that")

    def commit(self) -> None:
        """Make all of it last. The rename is what ends the transaction: whatever happens before it is rolled back."""
        self.still_open()
        self._check()
        for part in self.parts():
            part.commit()
        self._check()
        self.forget()

    def _check(self) -> None:
        """The last word on a file or a subject counts, where several parts have one."""
        later: set[str] = set()
        for part in reversed(self.parts()):
            part.check(but=later)
            later |= {part.question, *part.paths}

    def forget(self) -> None:
        """End it without touching anything else."""
        token, process = line(Path(self.folder, "token")), int(self._about["timer"])
        ended = self._store.ended
        shutil.rmtree(ended, ignore_errors=True)
        os.rename(self.folder, ended)
        sync_folder(self._store.folder)
        _timer.remove_boot_unit(self._store.units)
        shutil.rmtree(ended, ignore_errors=True)
        _timer.stop(token, process)  # last: until then it clears up what we leave when we are killed

    def roll_back(self, reason: str, rescued: bool = False) -> RolledBack:
        """Run its script, as the timer would, and say what came of it."""
        token, process = line(Path(self.folder, "token")), int(self._about["timer"])
        environment = {"PATH": PATH, "LOCKED": "1", "REASON": reason, "RESCUED": "1" if rescued else "0"}
        with contextlib.suppress(subprocess.TimeoutExpired):
            # Its own session: a Ctrl-C that ends us does not end it. The lock is its standard input: it outlives us.
            # run_command of Ansible has neither a session nor a time-out.
            subprocess.run(  # pylint: disable=ansible-bad-function
                ["/bin/sh", f"{self.folder}/rollback"],
                stdin=self._lock,
                capture_output=True,
                env=environment,
                start_new_session=True,
                timeout=_SCRIPT_WITHIN,
                check=False,
            )
        record = self._store.rolled_back(self.id)
        if record is None or os.path.isdir(self.folder):
            raise GatewayError(f"transaction {self.id} can't be rolled back: see {self.folder}/output on the host")
        _timer.stop(token, process)
        return record

    def _replace(self, name: str, text: str) -> None:
        staged = f"{self.folder}/.{name}~"
        with contextlib.suppress(FileNotFoundError):
            os.unlink(staged)
        write_new(staged, text.encode())
        os.rename(staged, f"{self.folder}/{name}")
        sync_folder(self.folder)


def _ends(seconds: int, since: str = "") -> dict[str, t.Any]:
    """The deadline by a clock that nobody sets, and for people by the other one."""
    now = datetime.now(timezone.utc)
    return {
        "seconds": seconds,
        "since": since or _stamp(now),
        "ends": _stamp(now + timedelta(seconds=seconds)),
        "deadline": time.clock_gettime(time.CLOCK_MONOTONIC) + seconds,
        "boot": line(Path(_BOOT_ID)),
    }


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
