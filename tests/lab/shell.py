# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running commands, with errors that name the command and what it said."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence


class LabError(Exception):
    """Something the user should read: what went wrong, and the remedy."""


def run(*argv: str, timeout: float = 60, stdin: str | None = None) -> str:
    """Run a command and return what it printed; a failure becomes a LabError."""
    try:
        done = subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=timeout, check=False)
    except FileNotFoundError as error:
        raise LabError(f"{argv[0]} is not installed; run tests/lab/packages") from error
    except subprocess.TimeoutExpired as error:
        raise LabError(f"`{' '.join(argv)}` took longer than {timeout:g} s") from error
    if done.returncode:
        raise LabError(f"`{' '.join(argv)}` failed ({done.returncode}): {(done.stderr or done.stdout).strip()}")
    return done.stdout


def passthrough(argv: Sequence[str]) -> int:
    """Run a command on our own terminal and return its exit code."""
    try:
        return subprocess.run(argv, check=False).returncode
    except FileNotFoundError as error:
        raise LabError(f"{argv[0]} is not installed; run tests/lab/packages") from error
