# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs checks for tests/support/path.py: imports as root, gives up every privilege, then probes."""

from __future__ import annotations

import ctypes
import json
import os
import re
import sys
import time
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _icmp, _model, _run
from support.preload import preload

NOBODY = 65534


def drop_privileges() -> None:
    """Become nobody; in a user namespace that knows only root, give up root's capabilities."""
    try:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    except OSError:
        header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
        ctypes.CDLL(None).capset(header, (ctypes.c_uint32 * 6)())
    left = re.findall(r"^Cap(?:Eff|Prm):\t(\w+)", Path("/proc/self/status").read_text(), re.MULTILINE)
    if left != ["0" * 16] * 2:
        raise RuntimeError(f"the probe kept capabilities: {left}")


def peak_mb() -> float:
    """The most memory that this program had: ru_maxrss would count what forked it, too, which is all of pytest."""
    found = re.search(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    if found is None:
        raise RuntimeError("the kernel tells no VmHWM")
    return int(found.group(1)) / 1024


def main() -> None:
    """Probe as asked on standard input."""
    request = json.load(sys.stdin)
    if request.get("blind"):  # a kernel that queues no ICMP errors: before 5.8, or not Linux
        _icmp.TCP_QUEUE = False
        _icmp.UDP_QUEUE = request["blind"] == "tcp"
    checks = _model.parse_checks(request["checks"])
    preload()
    drop_privileges()
    started = time.monotonic()
    results = _run.run_checks(checks, request.get("limit", 120.0))
    ended = time.monotonic()  # a clock that all processes share
    told = {"results": results, "wall": ended - started, "ended": ended, "peak_mb": peak_mb()}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
