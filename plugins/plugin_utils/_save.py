# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Documents of a run, written where the user asked for them."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path


def as_json(found: t.Mapping[str, t.Any]) -> str:
    """A document as text: the same document, the same bytes."""
    return json.dumps(found, indent=2, sort_keys=True) + "\n"


def save(dest: Path, text: str) -> t.Dict[str, t.Any]:
    """Write a file and the folders above it. A failure is told; the document is still in the task's result."""
    try:
        dest.parent.mkdir(parents=True, exist_ok=True)
        dest.write_text(text, encoding="utf-8")
    except OSError as exc:
        return {"failed": True, "msg": f"{dest}: cannot be written: {exc.strerror}"}
    return {"dest": str(dest)}
