# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A rule in its JSON form as somebody would write it: for the eye of a reader, never for nft."""

from __future__ import annotations

import json
import typing as t

_PLAIN = ("accept", "drop", "return", "continue", "notrack")
_PLAIN_META = ("iifname", "oifname", "iif", "oif")


def rule(expressions: t.Iterable[t.Any]) -> str:
    """The whole rule; what is not known stands as JSON."""
    return " ".join(_expression(one) for one in expressions)


def _expression(one: t.Any) -> str:
    if not isinstance(one, dict) or len(one) != 1:
        return _json(one)
    ((name, body),) = one.items()
    try:
        return _WORDS[name](body) if name in _WORDS else name if name in _PLAIN else _json(one)
    except (AttributeError, LookupError, TypeError, ValueError):
        return _json(one)


def _match(body: t.Mapping[str, t.Any]) -> str:
    operator = "" if body["op"] in ("==", "in") else f"{body['op']} "
    return f"{_value(body['left'])} {operator}{_value(body['right'])}"


def _counter(body: t.Any) -> str:
    return f'counter name "{body}"' if isinstance(body, str) else "counter"


def _reject(body: t.Any) -> str:
    known = isinstance(body, dict)
    return f"reject with {body.get('type')} {body.get('expr', '')}".strip() if known else "reject"


_WORDS: dict[str, t.Callable[[t.Any], str]] = {
    "match": _match,
    "counter": _counter,
    "reject": _reject,
    "jump": lambda body: f"jump {body['target']}",
    "goto": lambda body: f"goto {body['target']}",
    "vmap": lambda body: f"{_value(body['key'])} vmap {_value(body['data'])}",
    "log": lambda body: f'log prefix "{body["prefix"]}"' if isinstance(body, dict) and "prefix" in body else "log",
}


def _value(value: t.Any) -> str:
    if isinstance(value, list):
        return ",".join(_value(one) for one in value)
    if isinstance(value, dict) and len(value) == 1:
        ((name, body),) = value.items()
        return _VALUES[name](body) if name in _VALUES else _json(value)
    return str(value) if isinstance(value, (str, int)) else _json(value)


def _meta(body: t.Mapping[str, t.Any]) -> str:
    return str(body["key"]) if body["key"] in _PLAIN_META else f"meta {body['key']}"


def _set(body: t.Any) -> str:
    elements = body if isinstance(body, list) else [body]
    return f"{{ {', '.join(_element(one) for one in elements)} }}"


_VALUES: dict[str, t.Callable[[t.Any], str]] = {
    "payload": lambda body: f"{body['protocol']} {body['field']}",
    "meta": _meta,
    "ct": lambda body: f"ct {body['key']}",
    "concat": lambda body: " . ".join(_value(one) for one in body),
    "prefix": lambda body: f"{body['addr']}/{body['len']}",
    "range": lambda body: "-".join(_value(one) for one in body),
    "set": _set,
}


def _element(one: t.Any) -> str:
    if isinstance(one, list) and len(one) == 2:
        return f"{_value(one[0])} : {_expression(one[1])}"
    return _value(one)


def _json(value: t.Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
