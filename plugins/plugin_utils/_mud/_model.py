# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A MUD file (RFC 8520) as its checker hands it on: every value has its type, and each entry knows where it stood."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

MUD = "ietf-mud:mud"
ACLS = "ietf-access-control-list:acls"
DNS_CLASS = "urn:ietf:params:mud:dns"
NTP_CLASS = "urn:ietf:params:mud:ntp"
GATEWAY_CLASS = "urn:ietf:params:mud:gateway"  # not in IANA's registry, but in many files
TRANSPORTS = {6: "tcp", 17: "udp"}
NUMBERS = {name: number for number, name in TRANSPORTS.items()}


class Ports(t.NamedTuple):
    """The ports from ``low`` to ``high``, or (``negated``) all others."""

    low: int
    high: int
    negated: bool = False

    def __str__(self) -> str:
        return ("all but " if self.negated else "") + (
            f"{self.low}" if self.low == self.high else f"{self.low} to {self.high}"
        )


@dataclass(frozen=True)
class Side:
    """What an entry says of one end: a name, a network, ports; empty is any."""

    name: str = ""
    network: str = ""
    ports: t.Optional[Ports] = None


@dataclass(frozen=True)
class Ace:
    """One entry of an access list."""

    path: str
    name: str
    says: str  # as the file has it, to be quoted
    forwarding: str = "accept"
    family: str = ""  # ipv4, ipv6
    protocol: t.Optional[int] = None
    transport: str = ""  # tcp, udp, icmp: which header it looks at
    initiated: str = ""  # from-device, to-device
    source: Side = Side()
    destination: Side = Side()
    classes: t.Tuple[t.Tuple[str, str], ...] = ()  # of ietf-mud:mud, sorted
    ethernet: bool = False
    narrower: t.Tuple[str, ...] = ()  # matches that no spec can say; without them the entry is wider
    unknown: t.Tuple[str, ...] = ()  # matches that nobody knows
    impossible: str = ""  # why no packet can match it

    def fields(self) -> t.Dict[str, t.Any]:
        """All that it matches on: an entry covers another when its fields are among the other's."""
        found = {
            "family": self.family,
            "protocol": self.protocol,
            "transport": self.transport,
            "initiated": self.initiated,
            "source name": self.source.name,
            "source network": self.source.network,
            "source ports": self.source.ports,
            "destination name": self.destination.name,
            "destination network": self.destination.network,
            "destination ports": self.destination.ports,
            "ethernet": self.ethernet,
            **dict(self.classes),
            **dict.fromkeys((*self.narrower, *self.unknown), True),
        }
        return {
            name: value for name, value in found.items() if value not in ("", None, False) or name in dict(self.classes)
        }


@dataclass(frozen=True)
class Mud:
    """A checked document. Entries stand in the order in which they apply, one tuple an access list."""

    url: str
    authority: str
    last_update: str = ""
    systeminfo: str = ""
    manufacturer: str = ""
    model: str = ""
    documentation: str = ""
    from_device: t.Tuple[t.Tuple[Ace, ...], ...] = ()
    to_device: t.Tuple[t.Tuple[Ace, ...], ...] = ()
    losses: t.List[t.Any] = field(default_factory=list)  # what the checker itself saw that no spec carries
