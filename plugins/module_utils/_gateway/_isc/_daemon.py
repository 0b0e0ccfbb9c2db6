# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""ISC dhcpd as the distribution runs it.

Debian's is a script of old: systemd knows no process of it, calls it active when the script has ended well, whether it
has started anything or not, and thinks it is not enabled. So the process counts.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

from ..._devices._processes import running
from .. import _systemd
from .._commands import run
from .._daemon import SystemdDaemon

_SLACK = 0.05  # seconds: the clock of processes ticks a hundred times a second


class IscDaemon(SystemdDaemon):
    """Its unit, and its process."""

    def __init__(self) -> None:
        super().__init__("isc-dhcp-server.service", "dhcpd.service")

    def state(self) -> _systemd.UnitState:
        """Active is what has a process."""
        state = super().state()
        found = [process.pid for process in running({"dhcpd"}) if "-6" not in process.command]
        enabled = state.enabled or (state.exists and run(["systemctl", "is-enabled", "-q", state.name]).code == 0)
        return replace(state, active=bool(found), pid=found[0] if found else 0, enabled=enabled)

    def start(self) -> None:
        """A unit that is active without a process would not be started; one that was never started can't be reset."""
        name = super().state().name
        run(["systemctl", "reset-failed", name])
        _systemd.control("restart", name)

    def sh_pid(self) -> str:
        """Not known to systemd; undo restarts it in any case."""
        return "echo 0"


def started_before(pid: int, path: str) -> bool:
    """Whether a process is older than what a file contains now."""
    try:
        ticks = int(Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19])
        written = os.stat(path).st_mtime
    except (OSError, ValueError, IndexError):
        return False
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    # A file from the future says that the clock was wrong, not that the process is old.
    return time.time() - age + _SLACK < written <= time.time()
