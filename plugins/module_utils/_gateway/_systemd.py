# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The host's services, as systemd runs them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ._commands import run
from ._errors import GatewayError

_PROPERTIES = "Id,LoadState,ActiveState,UnitFileState,MainPID,User,NeedDaemonReload"


@dataclass(frozen=True)
class UnitState:
    """A unit, as systemd sees it."""

    name: str
    exists: bool
    active: bool
    enabled: bool
    pid: int
    user: str
    stale: bool  # systemd has not yet read the unit's file as it is on disk


def running() -> bool:
    """Whether systemd is what runs this host (sd_booted(3))."""
    return Path("/run/systemd/system").is_dir()


def show(*units: str) -> list[UnitState]:
    """The states of some units, in their order, by one call."""
    if not running():
        raise GatewayError(f"systemd does not run this host, so that {units[0]} can't be managed")
    output = run(["systemctl", "show", "--no-pager", "-p", _PROPERTIES, *units])
    if output.code != 0:
        raise GatewayError(f"systemctl show {' '.join(units)} failed: {output.message}")
    return [_parse(unit, block) for unit, block in zip(units, output.stdout.split("\n\n"))]


def control(*arguments: str) -> None:
    """One systemctl command; a failure is reported with what the unit last logged."""
    output = run(["systemctl", "--no-pager", *arguments], timeout=120)
    if output.code != 0:
        unit = arguments[-1]
        raise GatewayError(f"systemctl {' '.join(arguments)} failed: {output.message}{last_words(unit)}")


def last_words(unit: str) -> str:
    """The end of a unit's journal, to be appended to an error message."""
    journal = run(["journalctl", "--no-pager", "-q", "-o", "cat", "-n", "5", "-u", unit])
    lines = [line for line in journal.stdout.splitlines() if line.strip()]
    return f" (journal: {' | '.join(lines)})" if journal.code == 0 and lines else ""


def _parse(unit: str, block: str) -> UnitState:
    found: dict[str, str] = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
    return UnitState(
        name=unit,
        exists=found.get("LoadState") not in (None, "not-found"),
        active=found.get("ActiveState") in ("active", "reloading"),
        enabled=found.get("UnitFileState") in ("enabled", "enabled-runtime"),
        pid=int(found.get("MainPID") or 0),
        user=found.get("User") or "root",
        stale=found.get("NeedDaemonReload") == "yes",
    )
