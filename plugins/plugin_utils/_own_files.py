# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Files that a task makes, written only over what such a task wrote before: anything else is its owner's."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._save import replace

Data = t.Dict[str, t.Any]
_LARGEST = 16 * 1024 * 1024  # bytes; what is larger was not made here


def write_own(
    wanted: t.Mapping[Path, str],
    is_own: t.Callable[[Path, str], bool],
    check_mode: bool,
    foreign: str = "was not made here",
) -> Data:
    """What a task's result says of its files. Nothing is written where one of them is somebody else's (``foreign``)."""
    before: t.Dict[Path, str] = {}
    errors: t.List[str] = []
    for path in wanted:
        try:
            before[path] = _read(path)
        except (OSError, ValueError) as exc:
            errors.append(f"{path}: can't be read: {getattr(exc, 'strerror', None) or exc}")
            continue
        if before[path] and not is_own(path, before[path]):
            errors.append(f"{path}: is there, and {foreign}: give another dest, or remove it")
    changed = [path for path in wanted if path in before and before[path] != wanted[path]]
    if not errors and not check_mode:
        for path in changed:
            try:
                replace(path, wanted[path])
            except OSError as exc:
                errors.append(f"{path}: can't be written: {exc.strerror}")
    if errors:
        return {"failed": True, "msg": "\n".join(errors), "errors": errors}
    return {
        "changed": bool(changed),
        "files": sorted(str(path) for path in wanted),
        "diff": [
            {"before": before[path], "after": wanted[path], "before_header": str(path), "after_header": str(path)}
            for path in changed
        ],
    }


def _read(path: Path) -> str:
    """A file's text; nothing where there is none."""
    if not path.exists():
        return ""
    if not path.is_file() or path.stat().st_size > _LARGEST:
        raise ValueError("it is no file that was made here")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8 text") from None
