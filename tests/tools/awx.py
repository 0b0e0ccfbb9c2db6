# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Put the collection awx.awx, which the tests of awx_setup run, into build/awx: python tests/tools/awx.py

Of a package of 54 MB only that collection is kept, with its licence. Where packages come from, pip's own configuration
says.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "build" / "awx"
PINNED = ROOT / "tests" / "requirements-awx.txt"
_TIMEOUT = 600
_WITHIN = "ansible_collections/awx/awx/"
_REMEDY = (
    "Run it again where pip reaches an index, or lay the wheel that tests/requirements-awx.txt pins into a folder and "
    "name that in PIP_FIND_LINKS."
)


def fetch(folder: Path) -> Path:
    """The pinned wheel; pip refuses one with another digest."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
    only = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--requirement", str(PINNED), "--dest", str(folder)]
    try:
        done = subprocess.run([*command, *only], check=False, timeout=_TIMEOUT, capture_output=True, text=True)
    except subprocess.TimeoutExpired:
        sys.exit(f"tests/tools/awx.py: pip was still busy after {_TIMEOUT} seconds. {_REMEDY}")
    if done.returncode:
        sys.exit(f"{done.stderr}tests/tools/awx.py: pip could not fetch the package with awx.awx. {_REMEDY}")
    return next(folder.glob("*.whl"))


def unpack(wheel: Path, folder: Path) -> None:
    """The one collection of many."""
    with zipfile.ZipFile(wheel) as archive:
        wanted = [name for name in archive.namelist() if name.startswith(_WITHIN)]
        if f"{_WITHIN}MANIFEST.json" not in wanted:
            sys.exit(f"tests/tools/awx.py: {wheel.name} has no awx.awx any more; pin one that has.")
        archive.extractall(folder, wanted)


def main() -> None:
    """Fetch and unpack beside the old one, which only what is whole replaces."""
    OUT.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="awx-", dir=OUT.parent) as name:
        new = Path(name) / "new"
        unpack(fetch(Path(name)), new)
        shutil.rmtree(OUT, ignore_errors=True)
        new.rename(OUT)


if __name__ == "__main__":
    main()
