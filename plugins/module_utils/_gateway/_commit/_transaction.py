# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The order of the steps in which anything on a gateway is changed.

Each subsystem is a ``Steps``; ``converge`` is the only one that calls them. Before anything is touched, a journal lies
on the host's disk with a script that puts it back, and a timer that runs it. Whatever goes wrong afterwards, a failure,
a killed process, a power cut, leads to that one script.
"""

from __future__ import annotations

import abc
import secrets
import typing as t
from dataclasses import dataclass, field, replace

from .._errors import GatewayError
from ._journal import Journal
from ._record import Record
from ._store import RolledBack, Store

ROLLBACK_AFTER = 120  # seconds


@dataclass(frozen=True)
class Change:
    """What separates the gateway from what it shall be; no differences: nothing is to be done."""

    differences: t.Sequence[str] = ()
    diff: t.Sequence[dict[str, str]] = ()
    warnings: t.Sequence[str] = field(default=())
    drift: t.Sequence[dict[str, str]] = ()  # the differences by object, see _drift.py
    obstacles: t.Sequence[dict[str, t.Any]] = ()  # what else keeps the policy from its effect, see _foreign/_coexist.py


class Steps(abc.ABC):
    """One subsystem's way from the old state to the new; every step is one short call."""

    name: str = "gateway"  # a-z: names its part of the journal

    @abc.abstractmethod
    def stage(self) -> Change:
        """Refuse what must not be applied, render, and compare with the gateway; changes nothing."""

    @abc.abstractmethod
    def validate(self) -> None:
        """Let the daemon's own checker judge the staged state; changes nothing."""

    @abc.abstractmethod
    def record(self) -> Record:
        """What undo and commit need, as data; changes nothing."""

    @abc.abstractmethod
    def apply(self) -> None:
        """Make it take effect now; what only a boot reads is left to the commit."""

    @abc.abstractmethod
    def verify(self) -> None:
        """Look whether it did."""

    def rescue(self) -> None:  # noqa: B027  (most have nothing to add)
        """After the rollback: what only a process that knows the old state can still do."""


@dataclass(frozen=True)
class Membership:
    """How a change belongs to a transaction; without an id it is one by itself."""

    id: str = ""
    rollback_after: int = 0  # none: that of the transaction


ALONE = Membership()
HOST = Store()


def converge(
    build: t.Callable[[], Steps],
    check_mode: bool,
    member: Membership = ALONE,
    store: Store = HOST,
) -> Change:
    """Bring a subsystem into its wished state, or leave it as it was; as part of a transaction, until that ends."""
    if not store.exists():
        # Where nothing is to be changed, nothing is written, not even a folder to lock.
        steps = build()
        change = steps.stage()
        if check_mode and change.differences:
            steps.validate()
        if check_mode or not change.differences:
            return change
        store.make()
    with store.locked() as lock:
        journal = settle(store, lock, member.id, check_mode)
        steps = build()
        change = steps.stage()
        if journal and check_mode and journal.id != member.id:
            warning = f"{journal.describe()} is open: what is compared here may be put back"
            change = replace(change, warnings=[*change.warnings, warning])
        if change.differences:
            steps.validate()
            if not check_mode:
                _change(store, lock, journal, steps, member)
    return change


def settle(store: Store, lock: int, identity: str, check_mode: bool = False) -> Journal | None:
    """The open transaction that an id may go on with; refuses another's, ends one that should have ended by itself."""
    journal = Journal.find(store, lock)
    if journal and not check_mode and (journal.expired or journal.alone):
        # Alone it holds the lock as long as it lives.
        reason = "its module process was killed" if journal.alone else "its time was over and its timer did not run"
        done = journal.roll_back(reason)
        if not done.complete:
            raise GatewayError(
                f"{done.describe()}: repair it ({store.records}/{done.id} has what was saved), run again"
            )
        journal = None
    if journal is None and not check_mode and store.untidy():
        store.tidy()
    gone = store.rolled_back(identity)
    if gone:
        raise GatewayError(f"{gone.describe()}: begin again with a new id")
    if journal and journal.id != identity and not check_mode:
        raise GatewayError(
            f"{journal.describe()} is open on this host: wait for its end, or end it with the module"
            f" fieldnet.iot.transaction (id: {journal.id}, state: rolled_back)"
        )
    return journal


def _change(store: Store, lock: int, journal: Journal | None, steps: Steps, member: Membership) -> None:
    try:
        opened = _prepare(store, lock, journal, steps, member)
    except OSError as error:
        raise GatewayError(f"the way back can't be prepared, so that nothing was changed: {error}") from error
    try:
        steps.apply()
        steps.verify()
        opened.still_open()
        if not member.id:
            opened.commit()
    except (GatewayError, OSError) as error:
        raise GatewayError(f"{error}; {_undo(opened, steps, error)}") from error
    except BaseException as error:
        _undo(opened, steps, error)
        raise


def _prepare(store: Store, lock: int, journal: Journal | None, steps: Steps, member: Membership) -> Journal:
    """Journal on the disk, then the timer; nothing is touched before both are there."""
    record = steps.record()
    before = len(journal.parts()) if journal else 0
    seconds = member.rollback_after or (journal.seconds if journal else ROLLBACK_AFTER)
    opened = journal or Journal.open(store, lock, _identity(steps, member), seconds, not member.id)
    try:
        opened.add(steps.name, record)
        opened.arm(seconds)
    except BaseException:
        # Nothing is applied yet; what others have applied stays under its timer.
        if journal is None:
            opened.forget()
        else:
            opened.forget_after(before)
        raise
    return opened


def _identity(steps: Steps, member: Membership) -> str:
    return member.id or f"{steps.name}-{secrets.token_hex(4)}"


def _undo(journal: Journal, steps: Steps, reason: BaseException) -> str:
    """Put everything back; in words, what came of it."""
    try:
        done = journal.roll_back(str(reason) or type(reason).__name__, rescued=True)
        steps.rescue()
    except (GatewayError, OSError) as error:
        return f"and the old state could not be put back: {error}"
    return outcome(done, journal.alone)


def outcome(done: RolledBack, alone: bool) -> str:
    """What a rollback achieved, for the end of an error message."""
    if not done.complete:
        return f"and the old state could not be put back: {done.output.strip()}"
    return "the old state was put back" if alone else f"the old state was put back (transaction {done.id})"
