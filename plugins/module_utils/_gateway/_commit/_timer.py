# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What fires the rollback when nobody confirms: a timer on the host, and a unit for the next boot."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import typing as t
from pathlib import Path

from .. import _systemd
from .._commands import find, run
from .._errors import GatewayError, MissingPackages
from .._files import OwnFile, link, unlink, write
from ._rollback import BOOT_UNIT

_PREFIX = "fieldnet-iot-rollback"
_DESCRIPTION = "Put back what a transaction has changed, unless it is confirmed in time (fieldnet.iot)"
# Without a journal there is nothing to put back; whoever opened or ended it was killed doing so.
_CLEAR_UP = "test -e {state}/transaction || rm -rf {state}/.opening~ {state}/.ended~"
_CLEAR_UP += " {units}/sysinit.target.wants/{unit} {units}/{unit}"
_FIRE = "test ! -e {state}/transaction/rollback || exec /bin/sh {state}/transaction/rollback timer {token};"
_FIRE += " exec 9<{state}; flock -w 30 9 || exit 0; " + _CLEAR_UP
_WANTS = "sysinit.target.wants"
_UNIT = """\
# Written by fieldnet.iot while a transaction is open, removed at its end.
[Unit]
Description=Put back what an unconfirmed transaction has changed (fieldnet.iot)
DefaultDependencies=no
RequiresMountsFor={state} {units}
After=local-fs.target
Wants=network-pre.target
# Ordinary services start after sysinit.target; firewalls do not wait for it.
Before=sysinit.target network-pre.target nftables.service firewalld.service {before}
Before=shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
StandardInput=null
ExecStart=-/bin/sh {state}/transaction/rollback boot
ExecStart=/bin/sh -c '{clear_up}'
TimeoutStartSec=300
"""


def start(state: str, units: str, token: str, seconds: int) -> int:
    """Run the script after some seconds, whatever becomes of us; returns a process, where there is no systemd."""
    fire = _FIRE.format(state=shlex.quote(state), units=shlex.quote(units), unit=BOOT_UNIT, token=token)
    command = ["/bin/sh", "-c", f"sleep {int(seconds)}; {fire}"]
    # A service that sleeps, not a timer of systemd's: one that elapses while systemd reads its units again, as a commit
    # lets it do, never fires (seen in 252).
    unit = ["systemd-run", "--quiet", "--collect", f"--unit={_PREFIX}-{token}", f"--description={_DESCRIPTION}"]
    alone = ["/bin/sh", "-c", 'setsid "$@" </dev/null >/dev/null 2>&1 & echo $!', "sh"]
    systemd = _systemd.running()
    missing = [program for program in ("flock", "setsid") if not find(program)]
    if missing:
        raise MissingPackages(["util-linux"], f"the rollback needs {' and '.join(missing)}")
    started = run([*(unit if systemd else alone), *command])
    if started.code != 0 or not (systemd or started.stdout.strip().isdigit()):
        raise GatewayError(f"the timer of the rollback can't be started, nothing was changed: {started.message}")
    return 0 if systemd else int(started.stdout)


def stop(token: str, process: int) -> None:
    """End the timer; one that can't be ended finds nothing to do."""
    if process:
        with contextlib.suppress(OSError):
            if token.encode() in Path(f"/proc/{process}/cmdline").read_bytes():
                os.killpg(process, signal.SIGTERM)
    elif _systemd.running():
        run(["systemctl", "stop", f"{_PREFIX}-{token}.service"])


def outlives_power_cuts() -> bool:
    """Whether the next boot can be told to put something back."""
    return _systemd.running()


def write_boot_unit(state: str, units: str, before: t.Iterable[str]) -> None:
    """Wanted by the next boot from now on, before some units; systemd reads its folders then: no reload is needed."""
    clear_up = _CLEAR_UP.format(state=state, units=units, unit=BOOT_UNIT)
    write(
        OwnFile(
            f"{units}/{BOOT_UNIT}",
            _UNIT.format(state=state, units=units, clear_up=clear_up, before=" ".join(sorted(before))),
        )
    )
    link(f"../{BOOT_UNIT}", f"{units}/{_WANTS}/{BOOT_UNIT}")


def remove_boot_unit(units: str) -> None:
    """No boot has anything to put back any more."""
    unlink(f"{units}/{_WANTS}/{BOOT_UNIT}")
    unlink(f"{units}/{BOOT_UNIT}")
