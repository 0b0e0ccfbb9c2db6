# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the routing decision makes of a packet, asked of the kernel again: no rule speaks there."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway import _kernel
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commands import run

from ._headers import Header

_DEAD = ("FAILED", "INCOMPLETE")


class Loss(t.NamedTuple):
    """Where, in one word; how it came, and the remedy."""

    place: str
    reason: str
    remedy: str


def why(header: Header, arrived: str, mark: int) -> Loss:
    """Why a packet that came in by an interface went neither further nor to the host itself."""
    answer, error = _route(header, arrived, mark)
    if answer.get("type") != "local":
        off = _not_forwarding(header, arrived)
        if off:
            return off
    wanted = f"to {header.destination}"
    if "unreachable" in error or "No route" in error or "Permission denied" in error:
        said = "" if "unreachable" in error else ", or a route that refuses it"
        return Loss("no_route", f"the gateway has no route {wanted}{said}", f"add a route {wanted}, or a default route")
    if error:
        return _reverse_path(header, arrived) or _refusing(header, error)
    if header.ttl <= 1:
        return Loss("lost_in_routing", "its time to live (TTL) ran out here", "have the sender send with a greater one")
    return Loss(
        "lost_in_routing",
        f"between prerouting and forward, though there is a route {wanted} now",
        "repeat it: the routes may have changed meanwhile; else look at `nstat -az | grep -i -e Discard -e Error`",
    )


def dead_neighbour(header: Header, arrived: str, mark: int) -> t.Optional[Loss]:
    """Whether the next device on the way does not answer ARP or neighbour discovery."""
    answer, _error = _route(header, arrived, mark)
    hop, device = str(answer.get("gateway") or header.destination), str(answer.get("dev", ""))
    if not device or answer.get("type") == "local":
        return None
    states = [
        state for known in _asked("neigh", "show", "to", hop, "dev", device)[0] for state in known.get("state", [])
    ]
    if not any(state in _DEAD for state in states):
        return None
    asked = "neighbour discovery" if ":" in hop else "ARP"
    return Loss(
        "no_neighbour",
        f"the next device, {hop} on {device}, does not answer {asked}",
        f"look at {hop}: its cable, its address, its VLAN",
    )


def _not_forwarding(header: Header, arrived: str) -> t.Optional[Loss]:
    name = _kernel.forwarding_off(6 if ":" in header.destination else 4, [arrived])
    if not name:
        return None
    return Loss("forwarding_off", f"forwarding is switched off ({name} is 0)", f"sysctl -w {name}=1")


def _reverse_path(header: Header, arrived: str) -> t.Optional[Loss]:
    """IPv4 alone has such a filter outside the firewall."""
    if ":" in header.source:
        return None
    mode = max(_kernel.setting(_kernel.conf(interface, "rp_filter")) for interface in ("all", arrived))
    if mode not in ("1", "2"):
        return None
    found, _error = _asked("route", "get", header.source)
    device = str(found[0].get("dev", "")) if found else ""
    if device == arrived or (mode == "2" and device):
        return None
    leads = f"leads through {device}" if device else "is missing"
    return Loss(
        "reverse_path",
        f"the reverse path filter of {arrived} (rp_filter {mode}): the route back to {header.source} {leads}",
        f"route {header.source} through {arrived}, or loosen net.ipv4.conf.{arrived}.rp_filter",
    )


def _refusing(header: Header, error: str) -> Loss:
    _found, plain = _asked("route", "get", header.destination)
    if plain:
        return Loss(
            "no_route",
            f"a route swallows what goes to {header.destination} (blackhole)",
            "remove it, or add a better one",
        )
    return Loss(
        "lost_in_routing",
        f"the kernel refuses to route it from {header.source} ({error})",
        "look whether the gateway itself, or nobody, may have this source address",
    )


def _route(header: Header, arrived: str, mark: int) -> t.Tuple[t.Dict[str, t.Any], str]:
    words = ["route", "get", header.destination, "from", header.source, *(["iif", arrived] if arrived else [])]
    found, error = _asked(*words, *(["mark", str(mark)] if mark else []))
    return (found[0] if found else {}), error


def _asked(*words: str) -> t.Tuple[t.List[t.Dict[str, t.Any]], str]:
    output = run(["ip", "-j", *words])
    if output.code != 0:
        return [], output.message.replace("RTNETLINK answers: ", "")
    try:
        found = json.loads(output.stdout or "[]")
    except ValueError:
        return [], f"ip answered what can't be read: {output.stdout[:100]}"
    return [entry for entry in found if isinstance(entry, dict)], ""
