# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Check the shape of data and collect every problem, each with its path; and say what the shape is.

A checker takes a value, its path and the list of problems; it returns the canonical value, or None when it has added
a problem. It carries the same rule as JSON Schema (draft 2020-12), so that an editor refuses what a run would refuse:
what a checker takes, its schema takes. Checkers compose: ``mapping({"ip": Field(checked(values.ipv4, TEXT))})``.
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
Schema = t.Dict[str, t.Any]
Check = t.Callable[[object, str, Problems], t.Any]


class Checker(t.NamedTuple):
    """A rule, twice: as what refuses a value, and as JSON Schema."""

    run: Check
    schema: Schema


class Field(t.NamedTuple):
    """A key of a mapping; a missing one that is not required becomes its default. ``says`` is for the reference."""

    check: Checker
    required: bool = False
    default: t.Any = None
    says: str = ""


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


def hint(word: object, known: t.Iterable[t.Any]) -> str:
    """How an error message ends: with what was nearly written, else with all that could have been."""
    names = sorted({str(name) for name in known if name is not None and name != ""})
    near = difflib.get_close_matches(str(word).lower()[:_LONGEST_SHOWN], names, n=1)
    return f"; did you mean {near[0]}?" if near else f" (known: {', '.join(names) or 'none'})"


def checked(convert: t.Callable[[object], t.Any], schema: Schema) -> Checker:
    """A scalar that ``convert`` makes canonical, or refuses with ValueError("is not ...")."""

    def check(value: object, path: str, problems: Problems) -> t.Any:
        if value is None or isinstance(value, (dict, list)):
            problems.append(Problem(path, f"{show(value)} is not a single value"))
            return None
        try:
            found = convert(value)
        except ValueError as exc:
            problems.append(Problem(path, f"{show(value)} {exc}"))
            return None
        if isinstance(value, bool):
            problems.append(Problem(path, f"{show(value)} is a truth value; put it into quotes if it is a name"))
            return None
        return found

    return Checker(check, schema)


def one_of(*choices: t.Any) -> Checker:
    """One of the choices, of the same type."""

    def check(value: object, path: str, problems: Problems) -> t.Any:
        if any(value == choice and isinstance(value, bool) == isinstance(choice, bool) for choice in choices):
            return value
        words = [str(choice).lower() if isinstance(choice, bool) else str(choice) for choice in choices]
        near = difflib.get_close_matches(value[:_LONGEST_SHOWN], words, n=1) if isinstance(value, str) else []
        meant = f"; did you mean {near[0]}?" if near and near[0] != value else ""
        problems.append(Problem(path, f"{show(value)} is not one of: {', '.join(words)}{meant}"))
        return None

    return Checker(check, {"enum": list(choices)})


def _text(value: object, path: str, problems: Problems) -> t.Optional[str]:
    if not isinstance(value, str) or not value.strip():
        problems.append(Problem(path, f"{show(value)} is not a text"))
        return None
    if any(not (char.isprintable() or char == "\n") for char in value):
        problems.append(Problem(path, "has a control character"))
        return None
    return value.strip()


# A text of one line or more that says something; control characters are refused.
text = Checker(_text, {"type": "string", "pattern": "\\S"})
# Taken as it is: another rule looks at it.
anything = Checker(lambda value, _path, _problems: value, {})


def listing(item: Checker, at_least: int = 0, at_most: int = 0) -> Checker:
    """A list, every element checked; an element that fails is None, so that the others keep their index.

    Where ``at_most`` is 0, it may have any length.
    """
    run = item.run

    def check(value: object, path: str, problems: Problems) -> t.List[t.Any]:
        if not isinstance(value, list):
            problems.append(Problem(path, f"{show(value)} is not a list"))
            return []
        if len(value) < at_least:
            problems.append(Problem(path, f"is empty; it needs at least {at_least}"))
        if at_most and len(value) > at_most:
            problems.append(Problem(path, f"has {len(value)} entries; at most {at_most} fit"))
        return [run(element, f"{path}[{index}]", problems) for index, element in enumerate(value)]

    least = {"minItems": at_least} if at_least else {}
    most = {"maxItems": at_most} if at_most else {}
    return Checker(check, {"type": "array", "items": item.schema, **least, **most})


def one_or_many(item: Checker) -> Checker:
    """A single value, or a list of at least one: always a list afterwards."""
    many = listing(item, at_least=1)

    def check(value: object, path: str, problems: Problems) -> t.List[t.Any]:
        found: t.List[t.Any] = (
            many.run(value, path, problems) if isinstance(value, list) else [item.run(value, path, problems)]
        )
        return found

    return Checker(check, {"anyOf": [item.schema, many.schema]})


def mapping(fields: t.Mapping[str, Field], rules: t.Sequence[Schema] = ()) -> Checker:
    """A mapping with exactly these keys; an unknown key is a problem, with the nearest known one as a hint.

    What fails is None in the result, so that the rest can be checked further in the same run. ``rules`` say as JSON
    Schema what a later check demands of several keys together.
    """
    first = [name for name, field in fields.items() if field.required] or list(fields)

    def check(value: object, path: str, problems: Problems) -> t.Optional[t.Dict[str, t.Any]]:
        if not isinstance(value, dict):
            problems.append(Problem(path, f"{show(value)} is not a mapping of {', '.join(first)}"))
            return None
        for key in value:
            if key not in fields:
                problems.append(Problem(path, f"has an unknown key {show(key)}{_near_key(key, fields)}"))
        return {name: _field(value, name, field, path, problems) for name, field in fields.items()}

    return Checker(check, {**_object_schema(fields), **({"allOf": list(rules)} if rules else {})})


def _object_schema(fields: t.Mapping[str, Field]) -> Schema:
    properties = {}
    for name, field in fields.items():
        default = {} if field.required or field.default in (None, "", [], {}) else {"default": field.default}
        says = {"description": field.says} if field.says else {}
        properties[name] = {**field.check.schema, **says, **default}
    required = [name for name, field in fields.items() if field.required]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _field(value: t.Dict[t.Any, t.Any], name: str, field: Field, path: str, problems: Problems) -> t.Any:
    if name not in value:
        if field.required:
            problems.append(Problem(path, f"has no {name}"))
        return field.default
    return field.check.run(value[name], f"{path}.{name}" if path else name, problems)


def _near_key(key: object, fields: t.Mapping[str, Field]) -> str:
    near = difflib.get_close_matches(str(key), fields, n=1)
    return f"; did you mean {near[0]}?" if near else f"; known keys: {', '.join(fields)}"
