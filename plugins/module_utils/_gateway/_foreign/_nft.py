# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Rules as ``nft -j`` lists them (libnftables-json(5)), read for ``_forwarding``."""

from __future__ import annotations

import typing as t

from ._forwarding import Condition, Rule, Value, span

Json = t.Mapping[str, t.Any]
_META = {
    "iifname": "arrives",
    "iif": "arrives",
    "oifname": "leaves",
    "oif": "leaves",
    "nfproto": "version",
    "l4proto": "protocol",
}
_ADDRESSES = {"saddr": "source", "daddr": "destination"}
_VERSIONS = {"ip": "ipv4", "ip6": "ipv6"}
_TERMINAL = {"accept": "accept", "drop": "drop", "reject": "drop", "return": "return"}
# What neither matches nor decides.
_NEUTRAL = {"counter", "log", "mangle", "set", "map", "ct helper", "ct timeout", "flow", "notrack", "dup", "quota_ref"}
_UNKNOWN = Condition("unknown")


def rules(expressions: t.Sequence[Json]) -> list[Rule]:
    """One rule; where it looks up verdicts in an anonymous map, one rule for each of the map's elements."""
    try:
        return _read(expressions)
    except (AttributeError, LookupError, TypeError, ValueError):
        return [Rule((_UNKNOWN,), "accept")]  # a newer nft's words: nobody knows what the rule does


def _read(expressions: t.Sequence[Json]) -> list[Rule]:
    conditions: list[Condition] = []
    for name, body in [part for expression in expressions for part in expression.items()]:
        if name == "match":
            conditions += _match(body)
        elif name in _TERMINAL:
            return [Rule(tuple(conditions), _TERMINAL[name])]
        elif name in ("jump", "goto"):
            return [Rule(tuple(conditions), name, str(body["target"]))]
        elif name == "vmap":
            return _verdict_map(conditions, body)
        elif name == "xt":
            found = _compatible(body)
            if found:
                return [Rule(tuple(conditions), found)]
            conditions.append(_UNKNOWN)
        elif name == "queue":
            return [Rule((*conditions, _UNKNOWN), "accept")]
        elif name not in _NEUTRAL:
            conditions.append(_UNKNOWN)
    return [Rule(tuple(conditions), "")]


def _compatible(body: t.Any) -> str:
    """The verdict, where iptables' part is a target that decides."""
    if not isinstance(body, dict) or body.get("type") != "target":
        return ""
    return "drop" if body.get("name") in ("REJECT", "DROP") else ""


def _match(body: Json) -> list[Condition]:
    operator, right = body.get("op"), _values(body.get("right"))
    if operator not in ("==", "!=", "in") or right is None:
        return [_UNKNOWN]
    return _conditions(body.get("left"), right, operator == "!=")


def _conditions(left: t.Any, values: tuple[Value, ...], negated: bool) -> list[Condition]:
    if not isinstance(left, dict):
        return [_UNKNOWN]
    meta, tracked, field = left.get("meta") or {}, left.get("ct") or {}, left.get("payload") or {}
    kind, implied = "unknown", []
    if meta.get("key") in _META:
        kind = _META[meta["key"]]
    elif tracked.get("key") == "state":
        kind = "state"
    elif tracked.get("key") == "status" and values == ("dnat",):
        kind = "translated"
    elif field.get("protocol") in _VERSIONS:
        implied = [Condition("version", (_VERSIONS[field["protocol"]],))]
        kind = "protocol" if field.get("field") in ("protocol", "nexthdr") else _ADDRESSES.get(field["field"], kind)
    elif field.get("field") == "dport":
        kind = "port"
        implied = [] if field["protocol"] == "th" else [Condition("protocol", (str(field["protocol"]),))]
    elif field.get("protocol") in ("icmp", "icmpv6"):
        implied = [Condition("protocol", (str(field["protocol"]),))]
    return [*implied, Condition(kind, values, negated)]


def _verdict_map(conditions: t.Sequence[Condition], body: Json) -> list[Rule]:
    elements = body["data"].get("set") if isinstance(body.get("data"), dict) else None
    if elements is None:
        return [Rule((*conditions, _UNKNOWN), "accept")]  # a named map: nobody knows what is in it
    found = []
    for key, outcome in elements:
        values = _values(key)
        chosen = _conditions(body.get("key"), values, False) if values is not None else [_UNKNOWN]
        found += [
            Rule((*conditions, *chosen, *rule.conditions), rule.verdict, rule.target) for rule in rules([outcome])
        ]
    return found


def _values(right: t.Any) -> tuple[Value, ...] | None:
    """The values that match, or None where they can't be told."""
    entries = right if isinstance(right, list) else [right]
    if isinstance(right, dict) and "set" in right:
        entries = right["set"] if isinstance(right["set"], list) else [right["set"]]
    found = [_value(entry) for entry in entries]
    return None if None in found else tuple(value for value in found if value is not None)


def _value(entry: t.Any) -> Value | None:
    if isinstance(entry, dict) and "elem" in entry:
        return _value(entry["elem"].get("val"))
    if isinstance(entry, dict) and "prefix" in entry:
        return _span(f"{entry['prefix']['addr']}/{entry['prefix']['len']}")
    if isinstance(entry, dict) and "range" in entry:
        first, last = (_value(end) for end in entry["range"])
        return (first[0], last[1]) if isinstance(first, tuple) and isinstance(last, tuple) else None
    if isinstance(entry, (bool, dict)):
        return None
    if isinstance(entry, int):
        return entry, entry
    text = str(entry)
    if text.startswith("@"):
        return None
    return _span(text) or text


def _span(text: str) -> t.Tuple[int, int] | None:
    try:
        return span(text)
    except ValueError:
        return None
