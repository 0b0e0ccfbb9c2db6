# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine on every Python that a managed host may have, with its standard library only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "tests" / "support" / "loopback_checks.py"
VERSIONS = [f"3.{minor}" for minor in range(8, 15)]


def interpreters() -> dict[str, str]:
    """By version, the first that runs: on PATH, of pyenv, and this one."""
    found = {f"{sys.version_info.major}.{sys.version_info.minor}": sys.executable}
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for version in VERSIONS:
        on_path = (Path(folder) / f"python{version}" for folder in os.get_exec_path())
        for candidate in (*on_path, *sorted(pyenv.glob(f"{version}.*/bin/python{version}"))):
            if version not in found and candidate.exists() and runs(candidate, version):
                found[version] = str(candidate)
    return found


def runs(python: Path, version: str) -> bool:
    """A version manager's shim exists, but need not run."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip() == version


FOUND = interpreters()


@pytest.mark.parametrize("version", [version for version in VERSIONS if version in FOUND])
def test_the_engine_runs_on(version: str) -> None:
    # -I -S: nothing installed beside the standard library, so that dnspython is missing.
    code = "import runpy, sys; sys.path.insert(0, sys.argv[1]); runpy.run_path(sys.argv[2], run_name='__main__')"
    command = [FOUND[version], "-I", "-S", "-W", "error", "-c", code, str(ROOT / "build" / "src"), str(SCRIPT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout.endswith("good\n"), done.stdout + done.stderr
    assert done.stderr == ""
