# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Differences between what shall be and what is, by object: data for programs, a sentence for people. All of it pure.

An entry has ``object`` (table, chain, rule, flow, set, map, device, counter, file, reservation, unit, ...), ``name``,
``problem`` (missing, unexpected, changed) and ``detail``.
"""

from __future__ import annotations

import json
import typing as t
from collections import Counter

from . import _drift_words
from ._files import OwnFile, read

Entry = t.Dict[str, str]
Table = t.Mapping[str, t.Any]
_DETAIL = 300
_MOST = 200  # entries; a table that was replaced by another's is no list of thousands


def entry(kind: str, name: str, problem: str, detail: str = "") -> Entry:
    """One difference."""
    return {"object": kind, "name": name, "problem": problem, "detail": detail[:_DETAIL]}


def sentence(found: t.Mapping[str, str]) -> str:
    """The difference, for a person."""
    name = {"rule": f"the rule of {found['name']}", "flow": f"the rule of flow {found['name']}"}.get(
        found["object"], f"{found['object']} {found['name']}"
    )
    said = {
        "missing": "is missing",
        "unexpected": "is there and nobody planned it",
        "changed": "is not as planned",
    }[found["problem"]]
    return f"{name} {said}{': ' + found['detail'] if found['detail'] else ''}"


def table_drift(expected: Table | None, live: Table | None, name: str, devices: t.Mapping[str, str]) -> list[Entry]:
    """What differs between two canonical tables (``_nftables_table.canonical``); ``devices`` are names by MAC."""
    if expected is None or live is None:
        if expected == live:
            return []
        return [entry("table", name, "missing" if live is None else "unexpected")]
    found: list[Entry] = []
    for key in sorted({*expected, *live}):
        kind, _space, of = key.partition(" ")
        wanted, there = expected.get(key), live.get(key)
        if wanted == there:
            continue
        if kind == "rules":
            found += _rules(of, wanted or [], there or [])
        elif wanted is None or there is None:
            found.append(entry(kind, of, "missing" if there is None else "unexpected"))
        else:
            found += _object(kind, of, wanted, there, devices)
    # A chain that isn't there says enough: its rules can't be either.
    lost = {one["name"] for one in found if one["object"] == "chain" and one["problem"] != "changed"}
    return short([one for one in found if one["object"] not in ("rule", "flow") or _chain(one) not in lost])


def file_drift(stale: t.Iterable[OwnFile]) -> list[Entry]:
    """What differs about files of ours that are not as they shall be."""
    found = []
    for file in stale:
        now = read(file.path)
        if file.text is None:
            found.append(entry("file", file.path, "unexpected"))
        elif now is None:
            found.append(entry("file", file.path, "missing"))
        else:
            what = "its text" if now != file.text else f"its mode, which shall be {file.mode:o}"
            found.append(entry("file", file.path, "changed", what))
    return found


def mapping_drift(kind: str, expected: t.Mapping[str, object], live: t.Mapping[str, object]) -> list[Entry]:
    """What differs between named things, such as reservations by device."""
    found = []
    for name in sorted({*expected, *live}):
        if name not in live:
            found.append(entry(kind, name, "missing", str(expected[name])))
        elif name not in expected:
            found.append(entry(kind, name, "unexpected", str(live[name])))
        elif expected[name] != live[name]:
            found.append(entry(kind, name, "changed", f"{live[name]} instead of {expected[name]}"))
    return short(found)


def unit_drift(unit: str, faults: t.Iterable[str]) -> list[Entry]:
    """What is wrong about a unit, in words such as "not enabled"."""
    return [entry("unit", unit, "changed", fault) for fault in faults]


def short(found: list[Entry]) -> list[Entry]:
    """As many entries as somebody reads, and how many more there are."""
    if len(found) <= _MOST:
        return found
    return [*found[:_MOST], entry("difference", f"{len(found) - _MOST} more", "changed")]


def _rules(chain: str, expected: t.Sequence[t.Any], live: t.Sequence[t.Any]) -> list[Entry]:
    lost, added = _without(expected, live), _without(live, expected)
    if not lost and not added:
        return [entry("chain", chain, "changed", "its rules stand in another order")]
    found = []
    for rule in lost:
        same = next((other for other in added if _label(other) == _label(rule) != ""), None)
        if same is None:
            found.append(_rule(chain, rule, "missing"))
        else:
            added.remove(same)
            found.append(_rule(chain, rule, "changed", same))
    return found + [_rule(chain, rule, "unexpected") for rule in added]


def _without(some: t.Sequence[t.Any], others: t.Sequence[t.Any]) -> list[t.Any]:
    """What is in one list and not in the other, each as often as it is there more."""
    rest = Counter(_text(other) for other in others)
    found = []
    for one in some:
        text = _text(one)
        rest[text] -= 1
        if rest[text] < 0:
            found.append(one)
    return found


def _rule(chain: str, rule: t.Mapping[str, t.Any], problem: str, now: t.Mapping[str, t.Any] | None = None) -> Entry:
    label = _label(rule)
    said = _drift_words.rule((rule if now is None else now).get("expr", []))
    detail = f"in the chain {chain}: {said}"
    return entry("flow", label, problem, detail) if label else entry("rule", f"the chain {chain}", problem, said)


def _chain(found: t.Mapping[str, str]) -> str:
    if found["object"] == "rule":
        return found["name"].rpartition(" ")[2]
    return found["detail"].partition(": ")[0].rpartition(" ")[2]


def _label(rule: t.Mapping[str, t.Any]) -> str:
    return str(rule.get("comment") or "")


def _object(
    kind: str, name: str, expected: t.Mapping[str, t.Any], live: t.Mapping[str, t.Any], devices: t.Mapping[str, str]
) -> list[Entry]:
    """A chain, set, map or counter that is there on both sides."""
    heads = [{key: value for key, value in body.items() if key != "elem"} for body in (expected, live)]
    found = []
    if heads[0] != heads[1]:
        keys = sorted(key for key in {*heads[0], *heads[1]} if heads[0].get(key) != heads[1].get(key))
        said = ", ".join(f"{key} is {_text(heads[1].get(key))} instead of {_text(heads[0].get(key))}" for key in keys)
        found.append(entry(kind, name, "changed", said))
    wanted, there = (dict(_element(one) for one in body.get("elem") or ()) for body in (expected, live))
    for key in sorted({*wanted, *there}):
        if wanted.get(key) == there.get(key):
            continue
        kind_of, label = _named(kind, name, key, devices)
        problem = "missing" if key not in there else "unexpected" if key not in wanted else "changed"
        detail = f"in the {kind} {name}" + (f": {there[key]} instead of {wanted[key]}" if problem == "changed" else "")
        found.append(entry(kind_of, label, problem, detail))
    return found


def _element(one: t.Any) -> t.Tuple[str, str]:
    """An element as a key and what it leads to, both as text."""
    if isinstance(one, list) and len(one) == 2:
        return _key(one[0]), _drift_words.rule([one[1]])
    return _key(one), ""


def _key(value: t.Any) -> str:
    if isinstance(value, dict) and "elem" in value:
        value = value["elem"].get("val")
    if isinstance(value, dict) and "concat" in value:
        return " . ".join(_key(part) for part in value["concat"])
    if isinstance(value, dict) and "prefix" in value:
        return f"{value['prefix'].get('addr')}/{value['prefix'].get('len')}"
    return value if isinstance(value, str) else _text(value)


def _named(kind: str, name: str, key: str, devices: t.Mapping[str, str]) -> t.Tuple[str, str]:
    """A device by its name where the element holds its MAC address."""
    known = next((devices[part] for part in key.split(" . ") if part in devices), None)
    if known is not None:
        return "device", f"{known} ({key})"
    return (f"element of the {kind} {name}", key)


def _text(value: t.Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
