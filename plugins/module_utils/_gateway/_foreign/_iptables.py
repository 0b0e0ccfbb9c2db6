# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Rules as ``iptables -S`` lists them, read for ``_forwarding``."""

from __future__ import annotations

import shlex
import typing as t

from ._forwarding import Condition, Rule, Value, span

_VERDICTS = {"ACCEPT": "accept", "DROP": "drop", "REJECT": "drop", "RETURN": "return"}
# They do something to a packet and let the next rule see it.
_PASSING = {"LOG", "NFLOG", "MARK", "CONNMARK", "TCPMSS", "SET", "AUDIT", "TRACE", "DSCP", "TOS", "CLASSIFY"}
_NETWORKS = {"-s": "source", "-d": "destination"}
_INTERFACES = {"-i": "arrives", "-o": "leaves"}
_PORTS = ("--dport", "--dports", "--destination-port", "--destination-ports")


class Listing(t.NamedTuple):
    """The filter table."""

    policies: t.Mapping[str, str]
    chains: t.Mapping[str, t.Sequence[Rule]]


def parse(text: str) -> Listing:
    """The output of ``iptables -S``; what can't be read can't be judged either."""
    policies: dict[str, str] = {}
    chains: dict[str, list[Rule]] = {}
    for line in text.splitlines():
        words = _words(line)
        if len(words) >= 3 and words[0] == "-P":
            policies[words[1]] = words[2].lower()
        elif len(words) >= 2 and words[0] == "-A":
            chains.setdefault(words[1], []).append(_rule(words[2:]))
    return Listing(policies, chains)


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        return []


def _rule(words: t.Sequence[str]) -> Rule:
    conditions: list[Condition] = []
    rest, negated = list(words), False
    while rest:
        option = rest.pop(0)
        if option == "!":
            negated = True
            continue
        value = rest.pop(0) if rest and option.startswith("-") else ""
        if option in ("-j", "-g"):
            return _decided(conditions, value, "jump" if option == "-j" else "goto")
        # A module's name says nothing by itself; its options do.
        if option not in ("-m", "--comment"):
            conditions.append(_condition(option, value, negated))
        negated = False
    return Rule(tuple(conditions), "")


def _decided(conditions: t.Sequence[Condition], target: str, how: str) -> Rule:
    if target in _VERDICTS:
        return Rule(tuple(conditions), _VERDICTS[target])
    if target in _PASSING:
        return Rule(tuple(conditions), "")
    return Rule(tuple(conditions), how, target)


def _condition(option: str, value: str, negated: bool) -> Condition:
    if option in _INTERFACES:
        pattern = value[:-1] + "*" if value.endswith("+") else value
        return Condition(_INTERFACES[option], (pattern,), negated)
    if option in _NETWORKS:
        return Condition(_NETWORKS[option], _spans(value), negated)
    if option == "-p":
        return Condition("protocol", (value,), negated) if value != "all" else Condition("version", ("ipv4", "ipv6"))
    if option in ("--ctstate", "--state"):
        return Condition("state", tuple(value.lower().split(",")), negated)
    if option in _PORTS:
        return Condition("port", tuple(_ports(part) for part in value.split(",")), negated)
    return Condition("unknown")


def _spans(value: str) -> tuple[Value, ...]:
    try:
        return (span(value),)
    except ValueError:
        return (value,)


def _ports(part: str) -> Value:
    first, _colon, last = part.partition(":")
    try:
        return int(first), int(last or first)
    except ValueError:
        return part
