# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Small repairs on data of unknown shape: each changes its object in place, and says so. Other shapes stay."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import Problem, Problems, show

Dict = t.Dict[str, t.Any]
_LONGEST_NUMBER = 10


def child(parent: Dict, key: str) -> Dict:
    """The object under a key; an empty one, of no document, where there is none."""
    found = parent.get(key)
    return found if isinstance(found, dict) else {}


def entries(parent: Dict, key: str) -> t.Iterator[t.Tuple[str, t.Any]]:
    """The elements of a list, each with its place."""
    found = parent.get(key)
    for index, element in enumerate(found if isinstance(found, list) else []):
        yield f"{key}[{index}]", element


def under(path: str, key: str) -> str:
    """The path of a key."""
    return f"{path}.{key}" if path else key


def rename(found: Dict, old: t.Iterable[str], new: str, path: str, repairs: Problems) -> None:
    """Give a member the RFC's name, unless that is there too; the order of the members stays."""
    for name in old:
        if name in found and new not in found:
            items = [(new if key == name else key, value) for key, value in found.items()]
            found.clear()
            found.update(items)
            repairs.append(Problem(under(path, name), f"is called {new} in RFC 8520"))


def whole_number(found: Dict, key: str, path: str, repairs: Problems) -> None:
    """A number that is written as a text, decimal or (0x) hexadecimal."""
    text = found.get(key)
    if not isinstance(text, str) or not text.isascii() or len(text) > _LONGEST_NUMBER:
        return
    try:
        found[key] = int(text, 16 if text.lower().startswith("0x") else 10)
    except ValueError:
        return
    repairs.append(Problem(under(path, key), f"the text {show(text)} becomes the number {found[key]}"))


def truth(found: Dict, key: str, path: str, repairs: Problems) -> None:
    """A truth value that is written as a text."""
    if found.get(key) in ("true", "false"):
        text, found[key] = found[key], found[key] == "true"
        repairs.append(Problem(under(path, key), f"the text {text} becomes the value {text}"))
