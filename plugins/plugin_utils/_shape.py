# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Check the shape of data and collect every problem, each with its path.

A checker takes a value, its path and the list of problems; it returns the canonical value, or None when it has added
a problem. Checkers compose: ``mapping({"ip": Field(checked(values.ipv4), required=True)})``.
"""

from __future__ import annotations

import difflib
import typing as t

_LONGEST_SHOWN = 60


class Problem(t.NamedTuple):
    """One thing that is wrong: where, and what to do about it."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


Problems = t.List[Problem]
Checker = t.Callable[[object, str, Problems], t.Any]


class Field(t.NamedTuple):
    """A key of a mapping; a missing one that is not required becomes its default."""

    check: Checker
    required: bool = False
    default: t.Any = None


def show(value: object) -> str:
    """A value as an error message may quote it: short, on one line, and never a whole tree."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    text = "".join(char if char.isprintable() else "?" for char in text)
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "..."


def checked(convert: t.Callable[[object], t.Any]) -> Checker:
    """A scalar that ``convert`` makes canonical, or refuses with ValueError("is not ...")."""

    def check(value: object, path: str, problems: Problems) -> t.Any:
        if value is None or isinstance(value, (dict, list)):
            problems.append(Problem(path, f"{show(value)} is not a single value"))
            return None
        try:
            return convert(value)
        except ValueError as exc:
            problems.append(Problem(path, f"{show(value)} {exc}"))
            return None

    return check


def one_of(*choices: t.Any) -> Checker:
    """One of the choices, of the same type."""

    def check(value: object, path: str, problems: Problems) -> t.Any:
        if any(value == choice and isinstance(value, bool) == isinstance(choice, bool) for choice in choices):
            return value
        known = ", ".join(str(choice) for choice in choices)
        problems.append(Problem(path, f"{show(value)} is not one of: {known}"))
        return None

    return check


def text(value: object, path: str, problems: Problems) -> t.Optional[str]:
    """A text of one line or more that says something; control characters are refused."""
    if not isinstance(value, str) or not value.strip():
        problems.append(Problem(path, f"{show(value)} is not a text"))
        return None
    if any(not (char.isprintable() or char == "\n") for char in value):
        problems.append(Problem(path, "has a control character"))
        return None
    return value.strip()


def listing(item: Checker, at_least: int = 0, at_most: int = 0) -> Checker:
    """A list, every element checked; an element that fails is None, so that the others keep their index.

    Where ``at_most`` is 0, it may have any length.
    """

    def check(value: object, path: str, problems: Problems) -> t.List[t.Any]:
        if not isinstance(value, list):
            problems.append(Problem(path, f"{show(value)} is not a list"))
            return []
        if len(value) < at_least:
            problems.append(Problem(path, f"is empty; it needs at least {at_least}"))
        if at_most and len(value) > at_most:
            problems.append(Problem(path, f"has {len(value)} entries; at most {at_most} fit"))
        return [item(element, f"{path}[{index}]", problems) for index, element in enumerate(value)]

    return check


def mapping(fields: t.Mapping[str, Field]) -> Checker:
    """A mapping with exactly these keys; an unknown key is a problem, with the nearest known one as a hint.

    What fails is None in the result, so that the rest can be checked further in the same run.
    """

    def check(value: object, path: str, problems: Problems) -> t.Optional[t.Dict[str, t.Any]]:
        if not isinstance(value, dict):
            problems.append(Problem(path, f"{show(value)} is not a mapping of {', '.join(fields)}"))
            return None
        for key in value:
            if key not in fields:
                problems.append(Problem(path, f"has an unknown key {show(key)}{_hint(key, fields)}"))
        return {name: _field(value, name, field, path, problems) for name, field in fields.items()}

    return check


def _field(value: t.Dict[t.Any, t.Any], name: str, field: Field, path: str, problems: Problems) -> t.Any:
    if name not in value:
        if field.required:
            problems.append(Problem(path, f"has no {name}"))
        return field.default
    return field.check(value[name], f"{path}.{name}" if path else name, problems)


def _hint(key: object, fields: t.Mapping[str, Field]) -> str:
    near = difflib.get_close_matches(str(key), fields, n=1)
    return f"; did you mean {near[0]}?" if near else f"; known keys: {', '.join(fields)}"
