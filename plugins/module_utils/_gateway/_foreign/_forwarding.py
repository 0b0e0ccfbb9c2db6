# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What becomes of a packet in somebody else's chains, as far as a reader of rules can tell.

A condition that can't be judged (a set's elements, a rate, the hour) is neither true nor false. Such a rule that would
drop is what its author wants; one that would accept leaves a doubt, and a doubt is told instead of an alarm.
"""

from __future__ import annotations

import fnmatch
import ipaddress
import typing as t
from dataclasses import dataclass

Range = t.Tuple[int, int]
Value = t.Union[str, Range]
_MAX_DEPTH = 32  # nftables itself goes 16 chains deep


@dataclass(frozen=True)
class Packet:
    """The first packet of a flow, or with ``reply`` one that answers."""

    arrives: str | None
    leaves: str | None
    source: str | None
    destination: str | None
    protocol: str
    port: int
    reply: bool = False
    version: int = 4


@dataclass(frozen=True)
class Condition:
    """One match of a rule; ``kind`` is a key of ``_TESTS``, anything else can't be judged."""

    kind: str
    values: tuple[Value, ...] = ()
    negated: bool = False


@dataclass(frozen=True)
class Rule:
    """A verdict (accept, drop, return, jump, goto, or empty) under conditions."""

    conditions: tuple[Condition, ...]
    verdict: str
    target: str = ""


@dataclass(frozen=True)
class Fate:
    """How a packet leaves a chain: accepted, dropped, or (empty) not decided; in doubt if it may have been accepted."""

    verdict: str = ""
    doubt: bool = False


Chains = t.Mapping[str, t.Sequence[Rule]]


def judge(chains: Chains, base: str, policy: str, packet: Packet) -> Fate:
    """The fate of a packet in a base chain."""
    fate = _walk(chains, base, packet, 0)
    return fate if fate.verdict else Fate("drop" if policy == "drop" else "accept", fate.doubt)


def _walk(chains: Chains, name: str, packet: Packet, depth: int) -> Fate:
    doubt = False
    if depth > _MAX_DEPTH:
        return Fate(doubt=True)
    for rule in chains.get(name, ()):
        matches = _all(rule.conditions, packet)
        if matches is False or not rule.verdict:
            continue
        if rule.verdict == "return":
            if matches:
                break
            doubt = True  # whoever called may accept what comes back
            continue
        jumps = rule.verdict in ("jump", "goto")
        fate = _walk(chains, rule.target, packet, depth + 1) if jumps else Fate(rule.verdict)
        if matches and (fate.verdict or rule.verdict == "goto"):
            return Fate(fate.verdict, doubt or fate.doubt)
        # Not entered for sure, or entered and left again: only what it might have accepted is of interest.
        doubt = doubt or fate.doubt or fate.verdict == "accept"
    return Fate(doubt=doubt)


def _all(conditions: t.Sequence[Condition], packet: Packet) -> bool | None:
    found: bool | None = True
    for condition in conditions:
        holds = _holds(condition, packet)
        if holds is False:
            return False
        found = found and holds
    return found


def _holds(condition: Condition, packet: Packet) -> bool | None:
    test = _TESTS.get(condition.kind)
    holds = test(packet, condition.values) if test else None
    return holds if holds is None or not condition.negated else not holds


def _name(known: str | None, other: str | None, values: t.Sequence[Value]) -> bool | None:
    """``other`` is the interface at the other end."""
    if known is None:
        # Neither the host itself, nor back to where it came from.
        return False if {*values} <= {"lo", other} else None
    # Most rules name an interface, and most interfaces have a plain name.
    return known in values or any("*" in value and fnmatch.fnmatchcase(known, value) for value in map(str, values))


def _network(known: str | None, values: t.Sequence[Value]) -> bool | None:
    if known is None:
        return None
    first, last = span(known)
    ranges = [value for value in values if not isinstance(value, str)]
    if any(low <= first and last <= high for low, high in ranges):
        return True
    if len(ranges) == len(values) and all(last < low or high < first for low, high in ranges):
        return False
    return None


def _port(packet: Packet, values: t.Sequence[Value]) -> bool | None:
    if packet.reply or any(isinstance(value, str) for value in values):
        return None
    return any(not isinstance(value, str) and value[0] <= packet.port <= value[1] for value in values)


def _state(packet: Packet, values: t.Sequence[Value]) -> bool:
    return ("established" if packet.reply else "new") in values


def span(network: str) -> Range:
    """A network as its first and last address."""
    parsed = ipaddress.ip_network(network, strict=False)
    return int(parsed.network_address), int(parsed.broadcast_address)


_TESTS: dict[str, t.Callable[[Packet, t.Sequence[Value]], t.Optional[bool]]] = {
    "arrives": lambda packet, values: _name(packet.arrives, packet.leaves, values),
    "leaves": lambda packet, values: _name(packet.leaves, packet.arrives, values),
    "source": lambda packet, values: _network(packet.source, values),
    "destination": lambda packet, values: _network(packet.destination, values),
    "version": lambda packet, values: f"ipv{packet.version}" in values,
    "protocol": lambda packet, values: packet.protocol in values,
    "port": _port,
    "state": _state,
    # What devices open to the outside has no destination that the host translates.
    "translated": lambda packet, values: False,
}
