# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Take typed values out of JSON of unknown shape; collect what is wrong with it, and what is lost."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import Problem, Problems, show

Dict = t.Dict[str, t.Any]
_MOST_PROBLEMS = 100
_LONGEST_TEXT = 2000


class Fields:
    """Each method returns a value of its type, an empty one where the file has none or another's."""

    def __init__(self) -> None:
        self.problems: Problems = []
        self.losses: Problems = []

    def wrong(self, path: str, message: str) -> None:
        """One more problem; where there are very many, the first ones do."""
        if len(self.problems) < _MOST_PROBLEMS:
            self.problems.append(Problem(path, message))
        elif len(self.problems) == _MOST_PROBLEMS:
            self.problems.append(Problem("", "has more problems than these"))

    def lost(self, path: str, message: str) -> None:
        """One more thing that a spec will not have."""
        self.losses.append(Problem(path, message))

    def needed(self, parent: Dict, key: str, path: str) -> t.Any:
        """A member that must be there."""
        if key not in parent:
            self.wrong(path, f"has no {key}")
            return {}
        return parent[key]

    def mapping(self, value: object, path: str, *known: str) -> Dict:
        """An object."""
        if not isinstance(value, dict):
            self.wrong(path, f"{show(value)} is not an object with {', '.join(known)}")
            return {}
        return value

    def listing(self, parent: Dict, key: str, path: str) -> t.List[t.Any]:
        """A list under a key; none where the key is not there."""
        value = parent.get(key, [])
        if not isinstance(value, list):
            self.wrong(f"{path}.{key}", f"{show(value)} is not a list")
            return []
        return value

    def text(self, parent: Dict, key: str, path: str, needed: bool = False) -> str:
        """A text of printable characters."""
        value = parent.get(key)
        if key not in parent:
            if needed:
                self.wrong(path, f"has no {key}")
            return ""
        if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST_TEXT:
            self.wrong(f"{path}.{key}", f"{show(value)} is not a text of 1 to {_LONGEST_TEXT} characters")
            return ""
        return "".join(char if char.isprintable() else " " for char in value).strip() or "?"

    def number(self, parent: Dict, key: str, path: str, low: int, high: int) -> t.Optional[int]:
        """A whole number in its range."""
        value = parent.get(key)
        if key not in parent:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.wrong(f"{path}.{key}", f"{show(value)} is not a whole number from {low} to {high}")
            return None
        return value

    def truth(self, parent: Dict, key: str, path: str) -> t.Optional[bool]:
        """True or false."""
        value = parent.get(key)
        if key in parent and not isinstance(value, bool):
            self.wrong(f"{path}.{key}", f"{show(value)} is not true or false")
        return value if isinstance(value, bool) else None
