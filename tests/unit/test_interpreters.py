# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine on every Python that a managed host may have, with its standard library only."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from support.interpreters import FOUND

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tests" / "support" / "loopback_checks.py"


@pytest.mark.parametrize("version", FOUND)
def test_the_engine_runs_on(version: str) -> None:
    # -I -S: nothing installed beside the standard library, so that dnspython is missing.
    code = "import runpy, sys; sys.path.insert(0, sys.argv[1]); runpy.run_path(sys.argv[2], run_name='__main__')"
    command = [FOUND[version], "-I", "-S", "-W", "error", "-c", code, str(ROOT / "build" / "src"), str(SCRIPT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout.endswith("good\n"), done.stdout + done.stderr
    assert done.stderr == ""
