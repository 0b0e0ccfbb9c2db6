# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A condition that becomes true soon."""

from __future__ import annotations

import time
import typing as t

HEALTHY_WITHIN = 10.0  # seconds for a daemon to serve again


def wait(condition: t.Callable[[], bool], possible: t.Callable[[], bool], within: float = HEALTHY_WITHIN) -> bool:
    """Whether it becomes true, while it is possible; asks again after 20 ms, then less and less often."""
    deadline = time.monotonic() + within
    pause = 0.02
    while not condition():
        if time.monotonic() > deadline or not possible():
            return False
        time.sleep(pause)
        pause = min(pause * 2, 0.5)
    return True
