# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command takes with all its children: seconds, processor time, memory."""

from __future__ import annotations

import os
import subprocess
import time
import typing as t
from pathlib import Path

_PAUSE = 0.5  # seconds between two looks at the memory; a look takes some ms


class Taken(t.NamedTuple):
    """Figures of one run; memory in MiB."""

    wall: float
    cpu: float  # user and system, of it and of all that it waited for
    peak: float  # of the first process by itself
    tree: float  # of all processes at once, what they share counted once
    output: str


def measure(argv: t.Sequence[str], env: t.Mapping[str, str], log: Path) -> Taken:
    """Run a command to its end."""
    before = os.times()
    start = time.monotonic()
    with log.open("wb") as out, subprocess.Popen(argv, env=dict(env), stdout=out, stderr=subprocess.STDOUT) as process:
        peak, tree = 0.0, 0.0
        while True:
            found = [_rollup(pid) for pid in _tree(process.pid)]
            peak = max(peak, found[0][0] if found else 0)
            tree = max(tree, sum(pss for _rss, pss in found))
            try:
                process.wait(_PAUSE)
                break
            except subprocess.TimeoutExpired:
                continue
    wall, after = time.monotonic() - start, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    output = log.read_text(encoding="utf-8", errors="replace")
    if process.returncode:
        raise RuntimeError(f"{' '.join(argv)} failed\n{output[-4000:]}")
    return Taken(wall, cpu, peak / 1024, tree / 1024, output)


def _tree(root: int) -> t.List[int]:
    """The process, then all below it."""
    parents: t.Dict[int, t.List[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text(encoding="ascii", errors="replace")
            except OSError:
                continue
            parents.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry.name))
    found = [root]
    for pid in found:
        found += parents.get(pid, ())
    return found


def _rollup(pid: int) -> t.Tuple[int, int]:
    """Resident and proportional memory of a process in kB; nothing of one that has ended."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0, 0
    values = dict(line.split(":", 1) for line in text.splitlines()[1:])
    return tuple(int(values[name].split()[0]) for name in ("Rss", "Pss"))  # type: ignore[return-value]
