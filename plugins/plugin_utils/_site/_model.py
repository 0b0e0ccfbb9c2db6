# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The model of a site, as the plan reads it. Every value is canonical: _site.py made it so."""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True)
class Gateway:
    """The host that routes the IoT VLANs, and what it is to enforce; docs/site.md has the words."""

    host: str
    firewall: str
    dhcp: str
    dns: str
    egress: str  # ports, domains
    binding: str  # mac-ip, mac
    unknown_devices: str  # reject, drop
    log_limit: str  # empty: nothing is logged
    firewalld_policy: bool  # whether firewalld is told to forward what the firewall then restricts


@dataclass(frozen=True)
class Vlan:
    """An IoT VLAN, which is an interface of the gateway."""

    name: str
    interface: str
    subnet: str
    router: str
    pool: t.Optional[t.Tuple[str, str]]
    dns: t.Tuple[str, ...]
    ntp: t.Tuple[str, ...]
    redirect: t.Tuple[str, ...]  # dns, ntp: what the gateway answers itself, whomever a device asks
    redirect_exempt: t.Tuple[str, ...]  # devices by name
    dhcp_options: t.Tuple[str, ...]  # what devices with a reservation are told; _dhcp.py has the words
    dhcp_servers: t.Tuple[str, ...]  # who may offer addresses; empty: the router

    @property
    def network(self) -> ipaddress.IPv4Network:
        """The subnet as a network."""
        return ipaddress.IPv4Network(self.subnet)


@dataclass(frozen=True)
class Probe:
    """A managed host inside a VLAN, and its interface there."""

    host: str
    vlan: str
    interface: str
    mac: str
    ip: t.Optional[str]
    radio: str = ""  # its wireless interface


@dataclass(frozen=True)
class Device:
    """A device of a vendor. ``ip`` is the address it is to get; ``uplink`` is empty where the site does not say."""

    name: str
    vendor: str
    type: str
    mac: str
    ip: t.Optional[str]
    vlan: str
    uplink: str
    row: str = field(default="", compare=False)  # of a table, for messages: sites/devices.csv: row 4


@dataclass(frozen=True)
class Endpoints:
    """The hosts to probe for a requirement, where the vendor publishes a wildcard or nothing."""

    vendor: str
    requirement: str
    hosts: t.Tuple[str, ...]
    tls_pins: t.Tuple[str, ...]

    @cached_property
    def each_host(self) -> t.Tuple[str, ...]:
        """The hosts, sorted, each once: a plan asks for them many times."""
        return tuple(sorted(set(self.hosts)))


@dataclass(frozen=True)
class Ssid:
    """A wireless network that leads into a VLAN; what the site does not say is empty."""

    ssid: str
    vlan: str
    band_ghz: t.Tuple[float, ...]
    channel: t.Tuple[int, ...]
    security: str
    standards: t.Tuple[str, ...]
    hidden: t.Optional[bool] = None
    client_isolation: t.Optional[bool] = None
    captive_portal: t.Optional[bool] = None


@dataclass(frozen=True)
class PortalTest:
    """The plain HTTP request that shows a captive portal, and the answer of an open path."""

    url: str = "http://connectivitycheck.gstatic.com/generate_204"
    expect_status: int = 204
    expect_body: str = ""


@dataclass(frozen=True)
class Blocked:
    """A port that nothing in the VLAN may reach."""

    vlan: str
    host: str
    protocol: str
    port: int
    reason: str


@dataclass(frozen=True)
class Accepted:
    """A requirement that can't be proven here, and why the site lives with it."""

    vendor: str
    requirement: str
    reason: str


@dataclass(frozen=True)
class Attested:
    """A checklist item that somebody looked at on the site."""

    vendor: str
    requirement: str
    by: str
    date: str  # 2026-11-20
    note: str = ""


@dataclass(frozen=True)
class Site:
    """One place."""

    name: str
    gateway: Gateway
    vlans: t.Tuple[Vlan, ...]
    probes: t.Tuple[Probe, ...]
    devices: t.Tuple[Device, ...]
    endpoints: t.Tuple[Endpoints, ...]
    ssids: t.Tuple[Ssid, ...]
    portal_test: PortalTest
    accepted: t.Tuple[Accepted, ...]
    blocked: t.Tuple[Blocked, ...]
    responder: str  # our own listener outside the site, or empty
    tags: t.Tuple[str, ...] = ()
    attested: t.Tuple[Attested, ...] = ()

    @cached_property
    def endpoints_by_requirement(self) -> t.Mapping[t.Tuple[str, str], Endpoints]:
        """By vendor and requirement."""
        return {(found.vendor, found.requirement): found for found in self.endpoints}

    def vlan(self, name: str) -> t.Optional[Vlan]:
        """The VLAN with this name, or None."""
        return next((vlan for vlan in self.vlans if vlan.name == name), None)

    def probes_in(self, vlan: str) -> t.Tuple[Probe, ...]:
        """The probe hosts of the VLAN with this name: none, one, or two that can prove a flow between each other."""
        return tuple(probe for probe in self.probes if probe.vlan == vlan)

    def probe_in(self, vlan: str) -> t.Optional[Probe]:
        """The one that looks at what lies outside the VLAN, or None where it has none."""
        return next(iter(self.probes_in(vlan)), None)
