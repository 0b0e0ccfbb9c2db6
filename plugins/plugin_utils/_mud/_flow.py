# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the entries of a MUD file ask for, as flows that a vendor spec can have; all else is a loss, with its path.

A gateway keeps track of connections, so that answers need no entry: of the to-device policy only what has no
counterpart is told. What is not understood whole is not opened.
"""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import Problem, Problems
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._destination import Destination, Refusal, destination
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._model import TRANSPORTS, Ace, Mud, Side

_MOST_PORTS = 16  # of a range that is written out port by port
_MOST_LOSSES = 2000


class Flow(t.NamedTuple):
    """Ports that the device opens towards one destination."""

    to: Destination
    protocol: str
    ports: t.Tuple[int, ...]
    ace: Ace


def flows(mud: Mud) -> t.Tuple[t.List[Flow], Problems]:
    """The flows in the file's order, and what is lost."""
    found: t.List[Flow] = []
    losses: Problems = []
    inbound: t.List[Ace] = []
    for entries in mud.from_device:
        barred: t.List[t.Dict[str, t.Any]] = []
        for ace in entries:
            if ace.forwarding != "accept":
                barred.append(ace.fields())
                losses.append(_told(ace, f"{ace.forwarding}: what no entry asks for is denied anyway{_later(ace)}"))
            elif _covered(ace, barred):
                losses.append(_told(ace, "an earlier entry of the list denies the same; not opened"))
            elif _opened_by_others(ace):
                inbound.append(ace)
            else:
                _add(ace, mud, found, losses)
    losses += _inbound(inbound, found) + _unanswered(mud, found) + _one_family(found)
    return found, losses[:_MOST_LOSSES]


def _told(ace: Ace, message: str) -> Problem:
    return Problem(ace.path, f"{ace.name}: {message}")


def _later(ace: Ace) -> str:
    return "" if not ace.fields() else "; of what later entries accept, only the very same is left out"


def _covered(ace: Ace, barred: t.Sequence[t.Mapping[str, t.Any]]) -> bool:
    """Whether an entry further up, with no match that this one lacks, has decided already."""
    wanted = ace.fields()
    return any(len(other) <= len(wanted) and other.items() <= wanted.items() for other in barred)


def _opened_by_others(ace: Ace) -> bool:
    """Whether it is the device's part in what others open to it: answers from one of its own ports."""
    if ace.initiated:
        return ace.initiated == "to-device"
    return ace.transport in ("tcp", "udp") and ace.source.ports is not None and ace.destination.ports is None


def _add(ace: Ace, mud: Mud, found: t.List[Flow], losses: Problems) -> None:
    try:
        protocol, ports = _transport(ace)
        to = destination(ace, mud, protocol, ports)
    except Refusal as exc:
        losses.append(_told(ace, f"{exc}; not carried"))
        return
    notes = [*to.notes, *_wider(ace)]
    if protocol == "udp" and to.kind in ("outbound", "local"):
        notes.append("UDP has no direction in MUD; taken for what the device opens")
    elif protocol == "tcp" and not ace.initiated:
        notes.append("does not say who opens it; taken for what the device opens")
    losses += [_told(ace, note) for note in notes]
    if not ports:
        ports = to.ports
    found.append(Flow(to, protocol, ports, ace))


def _transport(ace: Ace) -> t.Tuple[str, t.Tuple[int, ...]]:
    """The protocol, and each port by itself; no port where the destination's class says it."""
    if ace.unknown:
        raise Refusal(f"it matches on {', '.join(ace.unknown)}, which nobody here knows")
    if ace.ethernet:
        raise Refusal("it matches on Ethernet headers, and a spec knows IP alone")
    if ace.impossible:
        raise Refusal(f"no packet matches it: {ace.impossible}")
    if ace.protocol is None and any(name == "controller" for name, _value in ace.classes):
        return "udp", ()
    if ace.transport == "icmp" or ace.protocol in (1, 58):
        raise Refusal("ICMP is not among a spec's flows (a gateway lets through what belongs to a flow)")
    if ace.protocol not in TRANSPORTS:
        what = "every protocol" if ace.protocol is None else f"IP protocol {ace.protocol}"
        raise Refusal(f"it asks for {what}, and a spec has flows of TCP and UDP")
    wanted = ace.destination.ports
    if wanted is None:
        raise Refusal("it asks for every port, and a spec names each")
    low = max(wanted.low, 1)
    if wanted.negated or wanted.high - low >= _MOST_PORTS or wanted.high < low:
        raise Refusal(f"it asks for the ports {wanted}, and a spec names each (ranges of up to {_MOST_PORTS} are)")
    return TRANSPORTS[ace.protocol], tuple(range(low, wanted.high + 1))


def _wider(ace: Ace) -> t.Iterator[str]:
    """What it matches on beside its destination and port: the spec's flow goes without."""
    if ace.source.ports:
        yield f"the source port ({ace.source.ports}) is left out, so that the flow may come from any"
    if ace.source.name or ace.source.network:
        yield f"the source {ace.source.name or ace.source.network} is left out: the device itself is the source"
    if ace.narrower:
        yield f"{', '.join(ace.narrower)} is left out, so that the flow is wider"


def _inbound(entries: t.Sequence[Ace], found: t.Sequence[Flow]) -> Problems:
    """A local flow goes both ways; nobody else opens anything to a device here."""
    local = _local(found)
    return [
        _told(ace, "others open this to the device, and a spec has only what the device opens; not carried")
        for ace in entries
        if _halves(ace, ace.source, ace.destination) not in local
    ]


def _unanswered(mud: Mud, found: t.Sequence[Flow]) -> Problems:
    """The entries of the to-device policy that are not the other half of one of the from-device policy."""
    asked = {_halves(ace, ace.source, ace.destination) for entries in mud.from_device for ace in entries}
    asked |= _local(found)
    losses: Problems = []
    for entries in mud.to_device:
        for ace in entries:
            if ace.forwarding != "accept":
                losses.append(_told(ace, f"{ace.forwarding}: what no entry asks for is denied anyway"))
            elif _halves(ace, ace.destination, ace.source) in asked:
                continue
            elif ace.destination.ports or ace.initiated == "to-device":
                losses.append(_told(ace, "others open this to the device, and a spec has no such flow; not carried"))
            else:
                losses.append(_told(ace, "the from-device policy has no entry that asks for this; not carried"))
    return losses


def _one_family(found: t.Sequence[Flow]) -> Problems:
    """A spec's devices use IPv6 or don't: it has no flow that is by one family alone, where another is by IPv6."""
    if not any(flow.ace.family == "ipv6" for flow in found):
        return []
    asked: t.Dict[t.Tuple[t.Any, ...], t.Set[str]] = {}
    for flow in found:
        key = (flow.to.kind, flow.to.domain, flow.protocol, flow.ports)
        asked.setdefault(key, set()).update([flow.ace.family] if flow.ace.family else ["ipv4", "ipv6"])
    return [
        _told(flow.ace, f"is asked for by {flow.ace.family.replace('ip', 'IP')} alone; a spec opens it by both")
        for flow in found
        if not flow.to.literal and len(asked[flow.to.kind, flow.to.domain, flow.protocol, flow.ports]) < 2
    ]


def _local(found: t.Sequence[Flow]) -> t.Set[t.Tuple[t.Any, ...]]:
    """The local flows the other way round: the same port, of the device itself."""
    local = (flow.ace for flow in found if flow.to.kind == "local")
    return {_halves(ace, Side(ports=ace.destination.ports), Side()) for ace in local}


def _halves(ace: Ace, here: Side, there: Side) -> t.Tuple[t.Any, ...]:
    """What both halves of a dialogue have in common."""
    common = (ace.family, ace.protocol, ace.transport, ace.classes, ace.ethernet, ace.unknown)
    return (*common, here.ports, there.name, there.network, there.ports)
