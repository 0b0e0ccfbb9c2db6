# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A daemon of the host: asked for its state, told to read its configuration again."""

from __future__ import annotations

import abc
import os
import signal
import time
from pathlib import Path

from . import _systemd
from ._watch import ReadWatch

READ_WITHIN = 10.0  # seconds; a host with many leases and slow storage takes one or two


class Daemon(abc.ABC):
    """What a DHCP server's steps need of whatever runs it."""

    @abc.abstractmethod
    def state(self) -> _systemd.UnitState:
        """How it is now."""

    @abc.abstractmethod
    def start(self) -> None:
        """Run it, now and after a reboot."""

    @abc.abstractmethod
    def stop(self, was: _systemd.UnitState) -> None:
        """The contrary of start: as it was before."""

    @abc.abstractmethod
    def restart(self) -> None:
        """End it and run it again."""

    def hang_up(self) -> None:
        """Send SIGHUP to its main process."""
        os.kill(self.state().pid, signal.SIGHUP)

    def command(self, state: _systemd.UnitState) -> list[str]:
        """The command line it runs with; empty if it doesn't."""
        return command_line(state.pid)

    def last_words(self) -> str:
        """What it logged last, to be appended to an error message."""
        return ""

    def reads(self, watch: ReadWatch) -> bool:
        """Whether it reads a watched file soon; it has no more time once it is dead."""
        deadline = time.monotonic() + READ_WITHIN
        while time.monotonic() < deadline:
            if watch.was_read(0.5):
                return True
            if not self.state().active:
                return False
        return False


class SystemdDaemon(Daemon):
    """A daemon as a systemd unit, under the first of some names that exists."""

    def __init__(self, *names: str) -> None:
        self._names = names

    def state(self) -> _systemd.UnitState:
        """How systemd sees it."""
        states = _systemd.show(*self._names)
        return next((state for state in states if state.exists), states[0])

    def start(self) -> None:
        """Start and enable the unit."""
        _systemd.control("enable", "--now", self.state().name)

    def stop(self, was: _systemd.UnitState) -> None:
        """Stop the unit, and disable it unless it was enabled before."""
        _systemd.control(*(["stop"] if was.enabled else ["disable", "--now"]), was.name)

    def restart(self) -> None:
        """Restart the unit, even when it has failed too often lately."""
        name = self.state().name
        _systemd.control("reset-failed", name)
        _systemd.control("restart", name)

    def last_words(self) -> str:
        """The end of its journal."""
        return _systemd.last_words(self.state().name)


def command_line(pid: int) -> list[str]:
    """The arguments of a running process; none if there is none."""
    try:
        return [os.fsdecode(argument) for argument in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]]
    except OSError:
        return []
