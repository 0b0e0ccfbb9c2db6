# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The order of the steps in which anything on a gateway is changed.

Each subsystem is a ``Steps``; ``converge`` is the only one that calls them. Whatever goes wrong after the snapshot, an
exception of ours or the end of the process's patience, leads to ``undo``.
"""

from __future__ import annotations

import abc
import typing as t
from dataclasses import dataclass, field

from ._errors import GatewayError


@dataclass(frozen=True)
class Change:
    """What separates the gateway from what it shall be; no differences: nothing is to be done."""

    differences: t.Sequence[str] = ()
    diff: t.Sequence[dict[str, str]] = ()
    warnings: t.Sequence[str] = field(default=())


class Steps(abc.ABC):
    """One subsystem's way from the old state to the new; every step is one short call."""

    @abc.abstractmethod
    def stage(self) -> Change:
        """Refuse what must not be applied, render, and compare with the gateway; changes nothing."""

    @abc.abstractmethod
    def validate(self) -> None:
        """Let the daemon's own checker judge the staged state; changes nothing."""

    @abc.abstractmethod
    def snapshot(self) -> None:
        """Remember all that is ours, so that undo can put it back."""

    @abc.abstractmethod
    def apply(self) -> None:
        """Make it take effect now."""

    @abc.abstractmethod
    def verify(self) -> None:
        """Look whether it did."""

    @abc.abstractmethod
    def persist(self) -> None:
        """Make it survive a reboot; this is what a confirmed commit ends with."""

    @abc.abstractmethod
    def undo(self) -> None:
        """Put the snapshot back, at run time and on disk."""


def converge(steps: Steps, check_mode: bool) -> Change:
    """Bring a subsystem into its wished state, or leave it as it was."""
    change = steps.stage()
    if not change.differences:
        return change
    steps.validate()
    if check_mode:
        return change
    steps.snapshot()
    try:
        steps.apply()
        steps.verify()
        steps.persist()
    except (GatewayError, OSError) as error:
        _undo(steps, error)
        raise GatewayError(f"{error}; the old state was put back") from error
    except BaseException as error:
        _undo(steps, error)
        raise
    return change


def _undo(steps: Steps, reason: BaseException) -> None:
    try:
        steps.undo()
    except (GatewayError, OSError) as error:
        raise GatewayError(f"{reason}; and the old state could not be put back: {error}") from reason
