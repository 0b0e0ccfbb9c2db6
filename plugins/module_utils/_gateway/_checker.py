# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Validation that goes on after the first problem, so that a user sees all of them at once."""

from __future__ import annotations

import typing as t

from ._errors import InvalidPolicy

_T = t.TypeVar("_T")


class Checker:
    """Applies validators, and notes each complaint together with its place."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def __call__(self, path: str, validate: t.Callable[[object], _T], value: _T) -> _T:
        """The canonical form of a value; a refused one comes back as it is."""
        try:
            return validate(value)
        except ValueError as error:
            self.problems.append(f"{path}: {value} {error}")
            return value

    def unique(self, path: str, value: object, seen: dict[object, str]) -> None:
        """Note a value that another entry has already; ``seen`` belongs to one field of one list."""
        if value in seen:
            self.problems.append(f"{path}: {value} is already that of {seen[value]}")
        seen.setdefault(value, path.rsplit(".", 1)[0])

    def finish(self) -> None:
        """Refuse the input if there was any problem."""
        if self.problems:
            raise InvalidPolicy(self.problems)
