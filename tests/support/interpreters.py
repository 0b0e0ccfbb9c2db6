# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Pythons of this machine that a managed host may have."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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
