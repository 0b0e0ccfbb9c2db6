# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The firewall policy of a gateway's IoT interfaces, whatever enforces it."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from ._checker import Checker

DEFAULT_TABLE = "fieldnet_iot"
# RFC 1918, RFC 6598, link-local
LOCAL_NETWORKS = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16")
# What a gateway can answer in place of the server that a device asked: the port, and the protocols it is asked by.
REDIRECTS: t.Mapping[str, t.Tuple[int, t.Tuple[str, ...]]] = {"dns": (53, ("tcp", "udp")), "ntp": (123, ("udp",))}
# The prefix keeps a table of this name ours: no host has such a one by itself, and none is a keyword.
_TABLE = re.compile(r"fieldnet_[a-z0-9_]{1,40}")


@dataclass(frozen=True)
class Interface:
    """A network interface of the gateway with IoT devices behind it."""

    name: str
    subnet: str
    router: str = ""
    redirect: tuple[str, ...] = ()  # keys of REDIRECTS
    redirect_exempt: tuple[str, ...] = ()  # MAC addresses


@dataclass(frozen=True)
class Flow:
    """Connections that devices may open: to named addresses, to domains, or to anywhere outside the local networks."""

    id: str
    interface: str
    protocol: str
    port: int
    to: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()  # only where egress is by domain: elsewhere they narrow nothing

    @property
    def anywhere(self) -> bool:
        """Whether any address outside the local networks will do."""
        return not self.to and not self.domains


@dataclass(frozen=True)
class Profile:
    """Some flows that belong together: those of one vendor's devices in one VLAN."""

    name: str
    interface: str
    title: str = ""
    flows: tuple[str, ...] = ()
    ipv6: bool = False
    probe: bool = False  # probe hosts do what devices do, and are counted apart from them


@dataclass(frozen=True)
class Device:
    """A device by its MAC address; without an address of its own it may have any that is nobody else's."""

    name: str
    interface: str
    mac: str
    profile: str
    ip: str = ""


@dataclass(frozen=True)
class Policy:
    """All that is to be enforced, validated and in a canonical order."""

    table: str
    interfaces: tuple[Interface, ...]
    flows: tuple[Flow, ...]
    profiles: tuple[Profile, ...] = ()
    devices: tuple[Device, ...] = ()
    binding: str = "mac-ip"  # or mac: a known MAC address may use any address of its VLAN that is nobody else's
    unknown_devices: str = "reject"
    refuse_with: str = "reject"  # what known devices get for what no flow allows
    local_networks: tuple[str, ...] = LOCAL_NETWORKS
    log_limit: str = "5/minute"  # a device; empty: nothing is logged
    learn_until: int = 0  # seconds since 1970; 0: what no flow allows is refused

    @property
    def names(self) -> tuple[str, ...]:
        """Of the interfaces."""
        return tuple(interface.name for interface in self.interfaces)

    @property
    def has_ipv6(self) -> bool:
        """Whether any device may use IPv6."""
        return any(profile.ipv6 for profile in self.profiles)

    @property
    def by_domain(self) -> bool:
        """Whether there are sets that a resolver has to fill."""
        return any(flow.domains for flow in self.flows)

    @property
    def roaming(self) -> tuple[Device, ...]:
        """Devices that may have any address of their VLAN that is nobody else's."""
        return tuple(device for device in self.devices if not device.ip or self.binding == "mac")

    @property
    def redirected(self) -> tuple[Device, ...]:
        """Devices whose requests the gateway answers in place of whom they asked."""
        exempt = {i.name: i.redirect_exempt for i in self.interfaces if i.redirect}
        return tuple(d for d in self.devices if d.interface in exempt and d.mac not in exempt[d.interface])


def parse_table(value: str) -> str:
    """The table's name alone, which is all that removing it needs."""
    check = Checker()
    name = check("table", own_table, value)
    check.finish()
    return name


def own_table(value: object) -> str:
    """A name that no table but one of ours has, or ValueError."""
    text = str(value)
    if not _TABLE.fullmatch(text):
        raise ValueError(f"is not a name of a table of ours (write it as {DEFAULT_TABLE}: fieldnet_, then a-z, 0-9, _)")
    return text
