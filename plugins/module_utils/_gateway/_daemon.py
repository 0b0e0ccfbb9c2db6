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
from ._commit._watch import ReadWatch

READ_WITHIN = 10.0  # seconds; a host with many leases and slow storage takes one or two


class Daemon(abc.ABC):
    """What a DHCP server's steps need of whatever runs it."""

    @abc.abstractmethod
    def state(self) -> _systemd.UnitState:
        """How it is now."""

    @abc.abstractmethod
    def start(self) -> None:
        """Run it now."""

    @abc.abstractmethod
    def restart(self) -> None:
        """End it and run it again."""

    @abc.abstractmethod
    def sh_pid(self) -> str:
        """A command of sh that prints its process, or 0."""

    @abc.abstractmethod
    def sh_restart(self) -> str:
        """Lines of sh that do what restart does."""

    @abc.abstractmethod
    def sh_stop(self, was: _systemd.UnitState) -> str:
        """Lines of sh that undo start and enable, also while the host boots."""

    def enable(self) -> list[list[str]]:
        """Commands that let it run after a reboot, too."""
        return []

    def sh_undo(self, was: _systemd.UnitState, read_again: str) -> str:
        """Lines of sh that bring it back to its old files: as it was before, or, where it ran, by some lines."""
        if not was.active:
            return self.sh_stop(was)
        return f"""\
[ "$AT_BOOT" = 0 ] || exit 0 # it reads them when it starts
pid=$({self.sh_pid()})
if [ "${{pid:-0}}" = 0 ]; then
{self.sh_restart()}exit 0
fi
{read_again}"""

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
        """Start the unit."""
        _systemd.control("start", self.state().name)

    def enable(self) -> list[list[str]]:
        """Enable the unit, if it isn't."""
        state = self.state()
        return [] if state.enabled else [["systemctl", "enable", state.name]]

    def sh_pid(self) -> str:
        """The unit's main process."""
        return f"systemctl show -p MainPID --value {self.state().name}"

    def sh_restart(self) -> str:
        """Restart the unit, even when it has failed too often lately."""
        name = self.state().name
        return f"systemctl reset-failed {name} || true\nsystemctl restart {name}\n"

    def sh_stop(self, was: _systemd.UnitState) -> str:
        """Stop the unit, and disable it unless it was enabled before."""
        disable = "" if was.enabled else f"systemctl disable {was.name} || true\n"
        # Whatever waits for a job while the host boots waits for itself.
        return f'{disable}block=\n[ "$AT_BOOT" = 0 ] || block=--no-block\nsystemctl $block stop {was.name}\n'

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
