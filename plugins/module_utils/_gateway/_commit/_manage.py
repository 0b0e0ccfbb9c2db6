# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the module transaction does: begin, confirm, put back, and say how it is."""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass

from .._checker import Checker
from .._commands import require_root, run
from .._errors import GatewayError
from .._membership import identity as identity_of
from .._membership import seconds as seconds_of
from . import _guard, _timer
from ._journal import Journal
from ._record import Record
from ._runner import answered
from ._store import RolledBack, Store
from ._transaction import HOST, outcome, settle

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule


@dataclass(frozen=True)
class Outcome:
    """What was done, and what is open now."""

    changed: bool
    facts: t.Mapping[str, t.Any]
    warnings: t.Sequence[str] = ()


@dataclass(frozen=True)
class Others:
    """What other roles want put back: files as they are now, and commands run after that."""

    files: t.Sequence[str] = ()
    undo: t.Sequence[str] = ()

    def record(self) -> Record:
        """Each command by itself, so that one that fails keeps no other from running; at boot none."""
        saved = {f"undo-{number}": f"{command}\n" for number, command in enumerate(self.undo)}
        lines = "".join(f'sh "$SAVED/{name}" || failed=1\n' for name in saved)
        undo = f'[ "$AT_BOOT" = 0 ] || exit 0\nfailed=0\n{lines}exit "$failed"\n'
        return Record(keep=self.files, saved=saved, undo=undo)


def parse(options: t.Mapping[str, t.Any]) -> Others:
    """What others want put back, from the module's options; every problem at once."""
    check = Checker()
    files = [check(f"files[{number}]", _path, path) for number, path in enumerate(options["files"])]
    undo = [check(f"undo[{number}]", _command, command) for number, command in enumerate(options["undo"])]
    if options["id"]:
        check("id", identity_of, options["id"])
    elif options["state"] != "status":
        check.problems.append("id: is missing")
    check("timeout", seconds_of, options["timeout"])
    if (files or undo) and options["state"] != "started":
        check.problems.append("files, undo: belong to state=started")
    check.finish()
    return Others(files, undo)


def start(identity: str, seconds: int, others: Others, check_mode: bool, store: Store = HOST) -> Outcome:
    """Open a transaction, or wind up the timer of the one that is open; files and commands join it."""
    if check_mode:
        if store.exists():
            with store.locked() as lock:
                _refuse_others(Journal.find(store, lock), identity)
        return Outcome(True, {})
    store.make()
    with store.locked() as lock:
        journal = settle(store, lock, identity)
        opened = journal or Journal.open(store, lock, identity, seconds, alone=False)
        before = len(opened.parts())
        try:
            if others.files or others.undo:
                opened.add("others", others.record())
            opened.arm(seconds)
        except BaseException:
            if journal is None:
                opened.forget()
            else:
                opened.forget_after(before)
            raise
        warnings = []
        if others.files and not _timer.outlives_power_cuts():
            warnings.append("systemd does not run this host: a power cut before the end is not put back by itself")
        return Outcome(True, _facts(store, opened), warnings)


def confirm(identity: str, check_mode: bool, store: Store = HOST) -> Outcome:
    """Make all of it last, over a connection that was made after it took effect."""
    if not store.exists():
        return Outcome(False, _facts(store, None))
    with store.locked() as lock:
        journal = Journal.find(store, lock)
        if journal and journal.id == identity and journal.falling:
            journal.roll_back("")  # its own reason is written already
            journal = None
        gone = store.rolled_back(identity)
        if gone:
            raise GatewayError(f"{gone.describe()}: it can't be confirmed any more")
        _refuse_others(journal, identity)
        if journal is None:
            return Outcome(False, _facts(store, None))
        connection = _prove(journal)
        if not check_mode:
            _commit(journal)
        return Outcome(True, {**_facts(store, journal if check_mode else None), "connection": connection})


def roll_back(identity: str, reason: str, check_mode: bool, store: Store = HOST) -> Outcome:
    """Put back all that belongs to it; one that was put back already stays so."""
    if not store.exists():
        return Outcome(False, _facts(store, None))
    with store.locked() as lock:
        journal = Journal.find(store, lock)
        _refuse_others(journal, identity)
        if journal is None or check_mode:
            return Outcome(journal is not None, _facts(store, journal))
        done = journal.roll_back(reason)
        if not done.complete:
            raise GatewayError(f"{done.describe()}; what it had saved lies in {store.records}/{done.id}")
        return Outcome(True, _facts(store, None))


def status(store: Store = HOST) -> Outcome:
    """What is open, and what was put back last."""
    if not os.path.isdir(store.journal):
        return Outcome(False, _facts(store, None))
    with store.locked() as lock:
        return Outcome(False, _facts(store, Journal.find(store, lock)))


def _path(value: object) -> str:
    text = str(value)
    if not os.path.isabs(text) or os.path.normpath(text) != text or not text.isprintable():
        raise ValueError("is not the absolute path of a file")
    if os.path.isdir(text) and not os.path.islink(text):
        raise ValueError("is a folder: name the files in it")
    return text


def _command(value: object) -> str:
    text = str(value)
    judged = run(["/bin/sh", "-n"], stdin=text)
    if judged.code != 0:
        raise ValueError(f"is not a command of sh: {judged.message}")
    return text


def _prove(journal: Journal) -> str:
    """How this connection differs from those over which the host was changed."""
    session = _guard.connection()
    if not session or not journal.connections:
        return "not_ssh"
    if session in journal.connections:
        raise GatewayError(
            f"this is the SSH connection over which the host was changed ({' '.join(session.split()[:2])}): it proves"
            " nothing about new ones. Use the module as an action of Ansible, which makes a new one, or put"
            " 'meta: reset_connection' before it"
        )
    return "new"


def _commit(journal: Journal) -> None:
    try:
        journal.commit()
    except (GatewayError, OSError) as error:
        done = journal.roll_back(str(error))
        raise GatewayError(f"{error}; {outcome(done, journal.alone)}") from error
    except BaseException as error:
        journal.roll_back(str(error) or type(error).__name__)
        raise


def run_transaction(module: AnsibleModule) -> None:
    """Do what the options say, end the module."""
    options = module.params
    acts: dict[str, t.Callable[[Others], Outcome]] = {
        "started": lambda others: start(options["id"], options["timeout"], others, module.check_mode),
        "confirmed": lambda _others: confirm(options["id"], module.check_mode),
        "rolled_back": lambda _others: roll_back(options["id"], options["reason"], module.check_mode),
        "status": lambda _others: status(),
    }
    with answered(module):
        require_root()
        done = acts[options["state"]](parse(options))
        for warning in done.warnings:
            module.warn(warning)
        module.exit_json(changed=done.changed, **done.facts)


def _refuse_others(journal: Journal | None, identity: str) -> None:
    if journal and journal.id != identity:
        raise GatewayError(f"another one is open on this host: {journal.describe()}")


def _facts(store: Store, journal: Journal | None) -> dict[str, t.Any]:
    last = store.last_rolled_back()
    return {"open": _shown(journal), "last_rolled_back": _gone(last)}


def _shown(journal: Journal | None) -> dict[str, t.Any] | None:
    if journal is None:
        return None
    parts = [part.name for part in journal.parts()]
    return {"id": journal.id, "since": journal.since, "ends": journal.ends, "parts": parts}


def _gone(last: RolledBack | None) -> dict[str, t.Any] | None:
    if last is None:
        return None
    return {"id": last.id, "time": last.time, "reason": last.reason, "complete": last.complete, "output": last.output}
