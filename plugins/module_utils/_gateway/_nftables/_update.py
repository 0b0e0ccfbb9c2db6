# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""From the table that is there to the one that shall be, in one transaction and without forgetting anything.

Deleting the table and writing it anew would empty the sets of the domains, and the resolver does not fill them again
as long as it remembers its answers: every device would be cut off. So rules and the policy's own sets are replaced,
while counters and the sets that others fill stay where they are.

A packet that is on its way through the old rules when the kernel turns to the new ones looks into maps with new eyes:
it finds no element of a map that goes. So of a map, too, only those elements change that have to; and who lost a packet
to that gets a new chance with each update.
"""

from __future__ import annotations

import json
import re
import typing as t

from ._sets import PAUSED

Canonical = t.Mapping[str, t.Any]
_PART = re.compile(r"[A-Za-z0-9_.:-]+")
# What the text of nft can say: somebody may have given an object of our table a name that it can't.
_SPEAKABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")


def update(live: Canonical, wanted: Canonical, table: str, definition: str) -> str | None:
    """A file for ``nft -f``; None where nothing can be kept, so that the table has to be replaced as a whole.

    The tables are canonical; ``definition`` is the text of the wanted one.
    """
    objects = [(kind, name) for kind, name in map(_split, live.items()) if kind not in ("table", "rules")]
    if any(not _SPEAKABLE.fullmatch(name) for _kind, name in objects):
        return None
    where = f"inet {table}"
    # Rules first, for they refer to everything; then maps, for their verdicts refer to chains.
    lines = [f"flush chain {where} {name}" for kind, name in objects if kind == "chain"]
    staying = [(kind, name) for kind, name in objects if _stays(kind, name, live, wanted)]
    for name in (name for kind, name in staying if kind == "map"):
        keys = _keys(_elements(live[f"map {name}"], without=_elements(wanted[f"map {name}"])))
        lines += [f"delete element {where} {name} {{ {', '.join(keys)} }}"] if keys else []
    lines += [f"flush set {where} {name}" for _kind, name in staying if name == PAUSED]
    gone = [entry for entry in objects if entry not in staying]
    for group in (("map", "set"), ("chain",)):
        lines += [f"delete {kind} {where} {name}" for kind, name in gone if kind in group]
    lines += [f"delete {kind} {where} {name}" for kind, name in gone if kind not in ("map", "set", "chain")]
    return "\n".join([f"table {where}", *lines, definition])


def forgets(live: Canonical, wanted: Canonical) -> bool:
    """Whether an update empties a set that others fill: one that stays by name, but not by its kind."""
    filled = [name for kind, name in map(_split, live.items()) if kind == "set" and "timeout" in live[f"set {name}"]]
    return any(f"set {name}" in wanted and not _stays("set", name, live, wanted) for name in filled)


def _stays(kind: str, name: str, live: Canonical, wanted: Canonical) -> bool:
    """What may be written over what is there: the same counter, base chain, map or filled set."""
    key = f"{kind} {name}"
    if key not in wanted or _frame(live[key]) != _frame(wanted[key]):
        return False
    if kind == "map":
        return _keys(_elements(live[key])) is not None
    return kind in ("chain", "counter") or (kind == "set" and "timeout" in live[key])


def _frame(body: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {key: value for key, value in body.items() if key != "elem"}


def _elements(body: t.Mapping[str, t.Any], without: t.Sequence[t.Any] = ()) -> list[t.Any]:
    known = {json.dumps(element, sort_keys=True) for element in without}
    return [element for element in body.get("elem", ()) if json.dumps(element, sort_keys=True) not in known]


def _keys(elements: t.Sequence[t.Any]) -> list[str] | None:
    """The keys of a map's elements as text; None if one is not of ours: interface, MAC address, perhaps IP address."""
    keys = []
    for element in elements:
        parts = element[0].get("concat") if isinstance(element, list) and isinstance(element[0], dict) else None
        if not parts or not all(isinstance(part, str) and _PART.fullmatch(part) for part in parts):
            return None
        keys.append(" . ".join([f'"{parts[0]}"', *parts[1:]]))
    return keys


def _split(entry: tuple[str, t.Any]) -> tuple[str, str]:
    """An object's kind and name; the name may have spaces in it, and so may the kind (ct helper)."""
    key, body = entry
    if not isinstance(body, dict):
        return "rules", ""
    name = str(body.get("name"))
    return key[: -len(name) - 1], name
