# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a document's commands are typed: in an empty folder, in one with what it takes for granted, or in a checkout."""

from __future__ import annotations

import shutil
import subprocess
import typing as t
from pathlib import Path

from support.doc_runs import Sandbox
from support.documents import ROOT

COLLECTIONS = ROOT / "build/src"


def sandbox(document: Path, folder: Path) -> Sandbox:
    """A place for the commands of a document."""
    name = str(document.relative_to(ROOT))
    if name.startswith("docs/contributing/"):
        return _checkout(folder)
    place = Sandbox(folder, {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)})
    if name in PREPARED:
        PREPARED[name](place)
    return place


def _checkout(folder: Path) -> Sandbox:
    """A copy of this checkout, to be changed: what git knows of it, with the link that `make` lays."""
    top = folder / "ansible_collections/fieldnet/iot"
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in sorted(set(filter(None, listed.split("\0")))):
        if (ROOT / name).is_file():
            (top / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, top / name)
    link = top / "build/src/ansible_collections/fieldnet/iot"
    link.parent.mkdir(parents=True)
    link.symlink_to(top)
    return Sandbox(top, {"ANSIBLE_COLLECTIONS_PATH": str(top / "build/src")})


PREPARED: dict[str, t.Callable[[Sandbox], None]] = {}
