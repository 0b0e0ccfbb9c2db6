# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Documents of a run, written where the user asked for them."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import typing as t
from datetime import datetime
from pathlib import Path


def as_json(found: t.Mapping[str, t.Any]) -> str:
    """A document as text: the same document, the same bytes."""
    return json.dumps(found, indent=2, sort_keys=True) + "\n"


def stamp(when: datetime) -> str:
    """A time (in UTC) as documents have it."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def save(dest: Path, text: str) -> t.Dict[str, t.Any]:
    """Write a file and the folders above it. A failure is told; the document is still in the task's result."""
    try:
        if dest.exists() and not dest.is_file():  # a pipe or a terminal, of which there is no half; a folder refuses
            dest.write_text(text, encoding="utf-8")
        else:
            replace(dest, text)
    except OSError as exc:
        return {"failed": True, "msg": f"{dest}: cannot be written: {exc.strerror}"}
    return {"dest": str(dest)}


def replace(dest: Path, text: str) -> None:
    """Write a regular file as a whole or not at all: who reads it meanwhile sees the old one, or the new. May raise
    OSError."""
    dest = dest.resolve()
    dest.parent.mkdir(parents=True, exist_ok=True)
    if dest.exists() and not dest.is_file():
        raise FileExistsError(None, "is there and no file", str(dest))
    # Not the ending of the file: programs that read all *.prom of a folder shall not see half of one.
    handle, name = tempfile.mkstemp(prefix=f".{dest.name}.", suffix=".new", dir=dest.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(dest.stat().st_mode & 0o777 if dest.exists() else 0o666 & ~_umask())
        Path(name).replace(dest)
        _settle(dest.parent)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _settle(folder: Path) -> None:
    """That the file has another name now stands in its folder, which is written later than the file."""
    with contextlib.suppress(OSError):  # of a file system that knows no such thing
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _umask() -> int:
    """There is no way to ask but to set it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
