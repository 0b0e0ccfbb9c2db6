# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A spec that extends another: only what differs, merged into the data of the whole one. See docs/vendor-spec.md.

What comes out is a spec's data as any other, and passes the same checks. What they find is told with the path that it
has in the extension's own file, since that is the file that somebody can mend.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import Problem, Problems, hint
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._shape import EXTENSION

Data = t.Mapping[str, t.Any]
Changed = t.Dict[str, t.Tuple[str, ...]]

# The lists whose entries are found by a key of theirs.
_LISTS = {"sources": "id", "device_types": "type", "requirements": "id"}
_INSTEAD = {"any_of": "all_of", "all_of": "any_of"}
# Whoever changes one of these has settled what documents differ in.
_SETTLES = frozenset({"any_of", "all_of", "between", "wifi", "certificate", "level", "device_types"})
_PLACE = re.compile(r"(sources|device_types|requirements)\[(\d+)\]")


class Extended(t.NamedTuple):
    """The whole spec's data, and the keys in which a requirement differs from the base's, by its id."""

    data: t.Dict[str, t.Any]
    changed: Changed


def check(extension: object) -> Problems:
    """What is wrong with an extension, whatever it extends."""
    problems: Problems = []
    raw = EXTENSION.run(extension, "", problems)
    if raw is None:
        return problems
    for name, key in _LISTS.items():
        seen: t.Set[str] = set()
        for index, entry in enumerate(raw[name] or ()):
            if entry and entry[key] in seen:
                problems.append(Problem(f"{name}[{index}].{key}", f"{entry[key]} is there twice"))
            seen.add(entry[key] if entry else "")
    for index, gone in enumerate(raw["remove"]):
        if gone and gone in {entry["id"] for entry in raw["requirements"] or () if entry}:
            problems.append(Problem(f"remove[{index}]", f"{gone} is changed under requirements, too; do one of them"))
    return problems


def check_against(base: Data, extension: Data) -> Problems:
    """What of an extension doesn't fit the spec that it extends."""
    problems: Problems = []
    kinds = {entry["id"]: entry["kind"] for entry in base["requirements"]}
    for index, gone in enumerate(extension.get("remove", ())):
        if gone not in kinds:
            problems.append(
                Problem(f"remove[{index}]", f"{gone} is no requirement of {_name(base)}{hint(gone, kinds)}")
            )
    for index, entry in enumerate(extension.get("requirements", ())):
        kind = kinds.get(entry["id"])
        if kind and entry.get("kind", kind) != kind:
            why = f"{entry['id']} of {_name(base)} is of kind {kind}; remove it, and give what you add another id"
            problems.append(Problem(f"requirements[{index}].kind", why))
    return problems


def extend(base: Data, extension: Data) -> Extended:
    """Merge data that has passed both checks. The base's order stays; what is new comes behind."""
    gone = set(extension.get("remove", ()))
    given = {key: value for key, value in extension.items() if key not in ("extends", "remove")}
    data = {**base, **{key: value for key, value in given.items() if key not in _LISTS}}
    changed: Changed = {}
    for name, key in _LISTS.items():
        entries = {entry[key]: entry for entry in base[name] if name != "requirements" or entry[key] not in gone}
        for own in given.get(name, ()):
            before = entries.get(own[key])
            if name == "requirements" and before is not None:
                entries[own[key]], changed[own[key]] = _requirement(before, own)
            else:
                entries[own[key]] = {**(before or {}), **own}
        data[name] = list(entries.values())
    return Extended(data, {key: names for key, names in changed.items() if names})


def together(earlier: Changed, found: Extended) -> Changed:
    """What a requirement differs in, from the first spec of a chain to the last; what is gone differs in nothing."""
    here = {entry["id"] for entry in found.data["requirements"]}
    names = {key: (*earlier.get(key, ()), *found.changed.get(key, ())) for key in {**earlier, **found.changed}}
    return {key: tuple(dict.fromkeys(names[key])) for key in names if key in here}


def _requirement(before: Data, own: Data) -> t.Tuple[t.Dict[str, t.Any], t.Tuple[str, ...]]:
    """A requirement with what is given in it; the extension's sources come first, as it is them that it follows."""
    names = tuple(key for key in own if key not in ("id", "sources", "conflict") and own[key] != before.get(key))
    dropped = {_INSTEAD[key] for key in own if key in _INSTEAD} - set(own)
    if _SETTLES & set(names):
        dropped.add("conflict")
    kept = {key: value for key, value in before.items() if key not in dropped}
    found = {**kept, **own, "sources": _each_once([*own.get("sources", ()), *before["sources"]])}
    return found, names


def _each_once(sources: t.Iterable[Data]) -> t.List[Data]:
    found: t.List[Data] = []
    for source in sources:
        if source not in found:
            found.append(source)
    return found


def in_extension(problem: Problem, data: Data, extension: Data) -> Problem:
    """A problem of the merged data, as one of the extension's file."""
    place = _PLACE.match(problem.path)
    if problem.path == "requirements":
        return Problem("remove", f"leaves no requirement of {extension['extends']}")
    if place is None:
        return problem
    name, key = place.group(1), _LISTS[place.group(1)]
    wanted = data[name][int(place.group(2))][key]
    for index, entry in enumerate(extension.get(name, ())):
        if entry[key] == wanted:
            return problem._replace(path=f"{name}[{index}]{problem.path[place.end() :]}")
    return Problem("", f"{wanted} of {extension['extends']}: {problem.message}")


def _name(base: Data) -> str:
    return str(base["vendor"])
