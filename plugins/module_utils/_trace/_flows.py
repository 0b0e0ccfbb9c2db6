# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Which packets are to be followed: flows, checked before anything of them reaches a rule."""

from __future__ import annotations

import ipaddress
import typing as t
from collections import Counter

from ansible_collections.fieldnet.iot.plugins.module_utils import _values

MOST = 256
_PROTOCOLS = ("tcp", "udp")


class Flow(t.NamedTuple):
    """One flow, from inside a network through the gateway or to it."""

    id: str
    protocol: str
    source: str  # an address or a network
    destination: str
    port: int
    mac: str = ""  # of the sender, where the source alone says too little
    interface: str = ""  # where its packets ought to come in

    @property
    def version(self) -> int:
        """4 or 6."""
        return ipaddress.ip_address(self.destination).version

    @property
    def route(self) -> tuple[str, str, str, str, int]:
        """What a packet of it looks like: flows that are alike share their packets."""
        return self.protocol, self.source, self.mac, self.destination, self.port

    def matches(self, protocol: str, source: str, destination: str, port: int) -> bool:
        """Whether a packet with these belongs to it."""
        return (protocol, destination, port) == (self.protocol, self.destination, self.port) and (
            ipaddress.ip_address(source) in ipaddress.ip_network(self.source)
        )


def parse_flows(raw: t.Sequence[t.Mapping[str, t.Any]], errors: list[str]) -> list[Flow]:
    """The option in canonical form, and everything that is wrong with it."""
    if not 1 <= len(raw) <= MOST:
        errors.append(f"flows: are {len(raw)} (1 to {MOST} can be traced at once)")
    flows = [flow for index, entry in enumerate(raw) for flow in _parse(entry, f"flows[{index}]", errors)]
    counts = Counter(flow.id for flow in flows)
    errors += [f"flows: the id {name} is there {count} times" for name, count in counts.items() if count > 1]
    return flows


def _parse(entry: t.Mapping[str, t.Any], place: str, errors: list[str]) -> list[Flow]:
    found: dict[str, t.Any] = {}
    for name, read in _FIELDS.items():
        if entry.get(name) in (None, "") and name in ("mac", "interface"):
            continue
        try:
            found[name] = read(entry.get(name))
        except ValueError as error:
            errors.append(f"{place}.{name}: {error}")
    if not {"id", "protocol", "source", "destination", "port"} <= found.keys():
        return []
    flow = Flow(**found)
    if ipaddress.ip_network(flow.source).version != flow.version:
        errors.append(f"{place}.source: is not of the same IP version as the destination {flow.destination}")
        return []
    return [flow]


def _protocol(value: object) -> str:
    if value not in _PROTOCOLS:
        raise ValueError(f"is not one of {', '.join(_PROTOCOLS)}")
    return str(value)


_FIELDS: t.Mapping[str, t.Callable[[object], t.Any]] = {
    "id": _values.flow_id,
    "protocol": _protocol,
    "source": _values.network,
    "destination": _values.ip,
    "port": _values.port,
    "mac": _values.mac,
    "interface": _values.interface,
}
