# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What else on this host keeps the planned flows from passing: our table can only restrict.

Other programs' chains are read, and each planned flow is followed through them: a host that accepts what was planned
raises no alarm. Nothing is changed here. A finding names the place and the commands that were seen to help.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .. import _kernel, _routes
from .._dhcp import own_addresses
from ._chains import Place, Source, sources
from ._forwarding import Packet, judge
from ._remedies import Blocked, Sender, Service, remedy

_PER_FINDING = 3  # flows that are named


@dataclass(frozen=True)
class Flow:
    """What devices behind an interface may open; no destination: anywhere outside."""

    interface: str
    subnet: str
    protocol: str
    port: int
    to: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """One place that drops what was planned to pass."""

    place: str
    problem: str
    certain: bool
    remedy: tuple[str, ...] = ()  # commands, to be run as they are
    advice: str = ""  # what commands can't do, or what must be done as well

    def sentence(self) -> str:
        """The finding, for a person."""
        doubt = "" if self.certain else ", unless a rule that can't be judged from outside accepts it"
        remedy = [f"run: {'; '.join(self.remedy)}"] if self.remedy else []
        return f"{self.place} {self.problem}{doubt}: {'. '.join([*remedy, *([self.advice] if self.advice else [])])}"

    def data(self) -> dict[str, t.Any]:
        """The finding, for a program."""
        return {
            "place": self.place,
            "problem": self.problem,
            "certain": self.certain,
            "remedy": list(self.remedy),
            "advice": self.advice,
        }


def foreign_drops(own_table: str, flows: t.Sequence[Flow]) -> list[Finding]:
    """Everything on this host that keeps these flows from being forwarded; reads, and changes nothing."""
    if not flows:
        return []
    versions = {6 if ":" in target else 4 for flow in flows for target in flow.to or ("",)}
    found = [finding for version in sorted(versions) for finding in _not_forwarding(version, flows)]
    packets = _packets(flows)
    for source in sources(own_table, versions):
        for place in source.places:
            seen = [packet for packet in packets if packet.version in place.versions]
            found += _in_place(source, place, seen, {flow.interface: flow.subnet for flow in flows})
    return found


def _not_forwarding(version: int, flows: t.Sequence[Flow]) -> t.Iterator[Finding]:
    switch = _kernel.forwarding_off(version, [flow.interface for flow in flows])
    if switch:
        yield Finding(
            f"the kernel ({switch} = 0)",
            "forwards nothing",
            True,
            (f"sysctl -w {switch}=1",),
            "Write it into a file in /etc/sysctl.d as well, so that it lasts",
        )


def _packets(flows: t.Sequence[Flow]) -> list[Packet]:
    """The packets to follow: each flow's first, and an answer for each interface."""
    routes = _routes.read()
    own = own_addresses()
    found: dict[Packet, None] = {}
    for flow in flows:
        for target in flow.to or (None,):
            if target in own:
                continue  # a service of this host is not forwarded
            version = 6 if target and ":" in target else 4
            source = flow.subnet if version == 4 else None
            leaves = _routes.leaves(routes, target)
            found[Packet(flow.interface, leaves, source, target, flow.protocol, flow.port, version=version)] = None
            back = Packet(leaves, flow.interface, target, source, flow.protocol, 0, reply=True, version=version)
            found[back] = None
    return list(found)


def _in_place(source: Source, place: Place, packets: t.Sequence[Packet], subnets: t.Mapping[str, str]) -> list[Finding]:
    lost: dict[str, list[Packet]] = {}
    passing: set[str] = set()
    certain = False
    for packet in packets:
        fate = judge(source.chains, place.chain, place.policy, packet)
        interface = str(packet.leaves if packet.reply else packet.arrives)
        if fate.verdict == "drop":
            certain = certain or not fate.doubt
            lost.setdefault(interface, []).append(packet)
        elif not packet.reply:
            passing.add(interface)
    if not lost:
        return []
    senders = [
        Sender(name, _services(some) if name in passing else ()) for name, some in lost.items() if _services(some)
    ]
    receivers = [name for name, some in lost.items() if any(packet.reply for packet in some)]
    cure = remedy(source, place, Blocked(senders, receivers, subnets))
    return [Finding(place.describe(), _problem(lost), certain, tuple(cure.commands), cure.advice)]


def _services(packets: t.Iterable[Packet]) -> tuple[Service, ...]:
    return tuple(sorted({(packet.protocol, packet.port) for packet in packets if not packet.reply}))


def _problem(lost: t.Mapping[str, t.Sequence[Packet]]) -> str:
    parts = []
    for interface, packets in lost.items():
        services = [f"{protocol} {port}" for protocol, port in _services(packets)]
        more = [f"{len(services) - _PER_FINDING} more"] if len(services) > _PER_FINDING else []
        named = ", ".join([*services[:_PER_FINDING], *more])
        parts.append(f"what devices behind {interface} send ({named})" if named else f"answers to {interface}")
    return f"drops {' and '.join(parts)}"
