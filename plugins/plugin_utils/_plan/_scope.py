# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the handlers of the plan work with: the scope of one requirement, and the part of the plan it becomes."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from functools import cached_property

from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._lint import is_address
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import Device, Endpoints, Probe, Site, Vlan
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Port, Requirement, Spec

Entry = t.Dict[str, t.Any]


@dataclass(frozen=True)
class Scope:
    """One requirement of one vendor in one VLAN, with the devices that have it."""

    site: Site
    vlan: Vlan
    spec: Spec
    requirement: Requirement
    devices: t.Tuple[Device, ...]

    @property
    def id(self) -> str:
        """The prefix of the ids of all flows and checks of this requirement."""
        return f"{self.vlan.name}/{self.spec.vendor}/{self.requirement.id}"

    @cached_property
    def probes(self) -> t.Tuple[Probe, ...]:
        """The VLAN's probes: none, one, or two that can prove a flow between each other."""
        return self.site.probes_in(self.vlan.name)

    @property
    def probe(self) -> t.Optional[Probe]:
        """The probe that looks at what lies outside the VLAN, or None where the VLAN has none."""
        return self.probes[0] if self.probes else None

    def endpoints_of(self, requirement: Requirement) -> t.Optional[Endpoints]:
        """What the site names for a requirement, or None."""
        return self.site.endpoints_by_requirement.get((self.spec.vendor, requirement.id))

    def hosts_of(self, requirement: Requirement) -> t.Tuple[str, ...]:
        """The hosts to connect to: the site's, else what the vendor publishes and is no wildcard."""
        named = self.endpoints_of(requirement)
        return named.each_host if named else requirement.concrete_domains

    def time_servers(self) -> t.Tuple[str, ...]:
        """Whom the VLAN's devices ask for the time, if the vendor has no servers: of addresses those they can use."""
        usable = sorted({host for host in self.vlan.ntp if self.spec.ipv6 or ":" not in host})
        redirected = (self.vlan.router,) if "ntp" in self.vlan.redirect else ()
        return tuple(usable) or redirected

    def names(self) -> t.Tuple[str, ...]:
        """Every DNS name that this vendor's devices must be able to look up."""
        hosts = {host for requirement in self.spec.requirements for host in self.hosts_of(requirement)}
        return tuple(sorted(host for host in hosts if not is_address(host)))


class Flow(t.NamedTuple):
    """Connections that some devices of a VLAN may open; its probe hosts may open what any device there may."""

    entry: Entry  # as the module fieldnet.iot.firewall_policy takes it
    devices: t.Tuple[Device, ...]  # none: it is for probe hosts alone


@dataclass
class Part:
    """What one requirement adds to the plan.

    ``listeners`` are what a probe must answer for its peer's checks. ``groups`` are judged by themselves, the worst
    counts: each has a mode (any_of: the first check is the primary; all_of; any: whichever), and its checks by id, or a
    verdict of its own under "given". ``given`` is a verdict that no check is needed for. ``counts`` are the findings of
    an offer that concern the requirement. ``air`` is what scans are held against.
    """

    flows: t.List[Flow] = field(default_factory=list)
    checks: t.List[Entry] = field(default_factory=list)
    groups: t.List[Entry] = field(default_factory=list)
    given: t.Optional[Entry] = None
    listeners: t.List[Entry] = field(default_factory=list)
    proves: t.Tuple[str, ...] = ("open",)
    counts: t.Tuple[str, ...] = ()
    air: t.Optional[Entry] = None
    notes: t.List[str] = field(default_factory=list)
    crosses_gateway: bool = True


def given(verdict: str, reason: str, remedy: str = "") -> Entry:
    """A verdict that follows from the data alone."""
    return {"verdict": verdict, "reason": reason, "remedy": remedy}


def label(port: Port) -> str:
    """A port as people say it: TCP 31314."""
    return f"{port.protocol.upper()} {port.port}"


# A device tries again too; what passes only then is degraded, so a retry hides nothing.
ATTEMPTS = 2
_MOST_NAMESERVERS = 3  # as many as resolv.conf(5) has, and a check takes


def check(scope: Scope, kind: str, check_id: str, **options: t.Any) -> Entry:
    """A check from the VLAN's probe; only for a scope that has one."""
    probe = scope.probe
    if probe is None:
        raise ValueError(f"VLAN {scope.vlan.name} has no probe")
    common = {"id": check_id, "kind": kind, "probe": probe.host, "interface": probe.interface, "attempts": ATTEMPTS}
    return {**common, **options}


def reach(scope: Scope, host: str) -> Entry:
    """The options of a check that connects to a host: a name is looked up as the devices do it.

    At the VLAN's resolvers, since the probe host may have others, and only what the VLAN's own have answered is opened
    by domain. And its IPv4 addresses alone, where the vendor's devices know no others.
    """
    if is_address(host):
        return {"host": host}
    family = {} if scope.spec.ipv6 else {"family": "ipv4"}
    return {"host": host, "nameservers": nameservers(scope.vlan), **family}


def nameservers(vlan: Vlan) -> t.List[str]:
    """Whom the checks of a VLAN ask for addresses."""
    return list(dict.fromkeys(vlan.dns))[:_MOST_NAMESERVERS]


def link_id(vlan: Vlan, probe: Probe, site: Site) -> str:
    """The id of a probe's control; the VLAN's first probe has the short one."""
    return f"{vlan.name}/link" if probe == site.probe_in(vlan.name) else f"{vlan.name}/link/{probe.host}"


def link_check(vlan: Vlan, probe: Probe, site: Site) -> Entry:
    """The control: without a link to the router, nothing that the probe sees says anything about the path."""
    return {
        "id": link_id(vlan, probe, site),
        "kind": "link",
        "probe": probe.host,
        "interface": probe.interface,
        "subnet": vlan.subnet,
        "router": vlan.router,
    }


def no_probe(scope: Scope) -> Entry:
    """The verdict where nothing can look from inside the VLAN."""
    return given(
        "unproven",
        f"VLAN {scope.vlan.name} has no probe host, so nothing was seen from inside it",
        f"name a managed host in VLAN {scope.vlan.name} under probes in the site's file",
    )
