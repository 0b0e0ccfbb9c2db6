# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Read a JSON file that somebody else wrote, whatever it is: bounded in size and depth, and no key given twice.

What comes out has only texts that are Unicode, whole numbers that fit 64 bits, and finite other ones.
"""

from __future__ import annotations

import json
import math
import re
import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import Problem, Problems, show

LARGEST_FILE = 1024 * 1024  # bytes; published files have up to 100 kB
DEEPEST = 32  # a MUD file has 11 levels
_LONGEST_NUMBER = 24  # characters
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{]|[\]}]', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


class _BadJsonError(ValueError):
    """The message is the rest of a sentence about the file."""


def load(path: Path) -> t.Tuple[object, Problems]:
    """The data of a file, and what is wrong with the file itself (then the data is None)."""
    try:
        if path.exists() and not path.is_file():
            return None, [Problem("", "is not a file")]
        with path.open("rb") as stream:
            raw = stream.read(LARGEST_FILE + 1)
    except OSError as exc:
        return None, [Problem("", f"can't be read: {exc.strerror}")]
    except ValueError:
        return None, [Problem("", "is not the name of a file")]
    return parse(raw)


def parse(raw: bytes) -> t.Tuple[object, Problems]:
    """The data of a file's bytes."""
    if len(raw) > LARGEST_FILE:
        return None, [Problem("", f"is larger than {LARGEST_FILE // 1024 // 1024} MiB")]
    try:
        text = raw.decode("utf-8-sig")
        _check_depth(text)
        return (
            json.loads(
                text, object_pairs_hook=_object, parse_int=_integer, parse_float=_real, parse_constant=_constant
            ),
            [],
        )
    except UnicodeDecodeError:
        return None, [Problem("", "is not UTF-8 text")]
    except json.JSONDecodeError as exc:
        return None, [Problem("", f"line {exc.lineno}: is not JSON: {exc.msg}")]
    except _BadJsonError as exc:
        return None, [Problem("", str(exc))]


def _check_depth(text: str) -> None:
    """Python's parser calls itself for each level."""
    depth = 0
    for token in _TOKEN.finditer(text):
        first = token.group()[0]
        depth += 1 if first in "[{" else -1 if first in "]}" else 0
        if first == '"' and (_SURROGATE.search(token.group()) or _lone_escape(token.group())):
            raise _BadJsonError("has a text that is not Unicode (half a surrogate pair)")
        if depth > DEEPEST:
            raise _BadJsonError(f"is nested too deeply (more than {DEEPEST} levels)")


def _lone_escape(token: str) -> bool:
    if "\\ud" not in token.lower():
        return False
    try:
        return bool(_SURROGATE.search(json.loads(token, strict=False)))
    except ValueError:
        return False  # the parser itself says what is wrong there


def _object(pairs: t.List[t.Tuple[str, t.Any]]) -> t.Dict[str, t.Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _BadJsonError(f"has the key {show(_twice(pairs))} twice in one object")
    return found


def _twice(pairs: t.Iterable[t.Tuple[str, t.Any]]) -> str:
    """The first key that is there again."""
    seen: t.Set[str] = set()
    for key, _value in pairs:
        if key in seen:
            return key
        seen.add(key)
    return ""


def _integer(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise _BadJsonError(f"has a number of {len(text)} digits")
    return int(text)


def _real(text: str) -> float:
    found = float(text)
    if not math.isfinite(found):
        raise _BadJsonError(f"has the number {show(text)}, which is too large")
    return found


def _constant(text: str) -> t.NoReturn:
    raise _BadJsonError(f"has {text}, which is no JSON number")
