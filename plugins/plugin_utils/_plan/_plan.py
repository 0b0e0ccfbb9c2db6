# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The plan: a site resolved against its vendor specs.

A pure function: the same specs and site give the same bytes. The result is plain data (docs/design.md, "Plan"): flows
for the firewall, reservations for DHCP, checks for the probe hosts, and what the judge needs to know of each
requirement. What each kind of requirement asks for is decided in _flows.py, _dhcp.py, _facts.py and
_checklist.py.
"""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._blocked import plan_blocked
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._checklist import CHECKLIST
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._dhcp import (
    DHCP,
    dhcp_notes,
    make_dhcp,
    plan_dhcp_servers,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._facts import FACTS
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._firewall import (
    firewall_notes,
    make_dns,
    make_firewall,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._flows import FLOWS
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._redirect import plan_redirects
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._scope import Entry, Part, Scope, link_check
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._wifi import WIFI, plan_air
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import Device, Site, Vlan
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Requirement, Source, Spec

Specs = t.Mapping[str, Spec]
_RESERVATION = Requirement(
    id="reservation",
    title="DHCP reservation",
    kind="reservation",
    level="recommended",
    basis="site",
    sources=(Source(ref="site", says="the site's data wishes an address for the device"),),
)


def make_plan(site: Site, specs: Specs) -> t.Dict[str, t.Any]:
    """The plan of a site whose data has passed its checks."""
    parts: t.List[t.Tuple[Scope, Part]] = []
    advice: t.Dict[t.Tuple[str, str], Entry] = {}
    for vlan in sorted(site.vlans, key=lambda found: found.name):
        for vendor in sorted({device.vendor for device in site.devices if device.vlan == vlan.name}):
            spec = specs[vendor]
            for scope in _scopes(site, vlan, spec):
                if scope.requirement.kind == "advice":
                    advice[(vendor, scope.requirement.id)] = _advice(scope)
                else:
                    parts.append((scope, HANDLERS[scope.requirement.kind](scope)))
    blocked, blocked_checks = plan_blocked(site)
    redirects, redirect_checks = plan_redirects(site)
    servers, server_checks = plan_dhcp_servers(site)
    networks, scans = plan_air(site)
    own_checks = [*blocked_checks, *redirect_checks, *server_checks, *scans]
    firewall = make_firewall(site, specs, [flow for _scope, part in parts for flow in part.flows])
    dns = make_dns(site, firewall)
    return {
        "schema": 1,
        "site": site.name,
        "gateway": {"host": site.gateway.host},
        "probes": sorted(probe.host for probe in site.probes),
        "firewall": firewall,
        "dns": dns,
        "dhcp": make_dhcp(site),
        "checks": _by_id([*_links(site), *own_checks, *(check for _scope, part in parts for check in part.checks)]),
        "listeners": _listeners(part for _scope, part in parts),
        "requirements": [*(_entry(scope, part) for scope, part in parts), *blocked, *redirects, *servers, *networks],
        "advice": [advice[key] for key in sorted(advice)],
        "notes": sorted(
            {*(n for _scope, part in parts for n in part.notes), *firewall_notes(site, dns), *dhcp_notes(site)}
            | {note for vendor in {device.vendor for device in site.devices} for note in specs[vendor].notes}
        ),
    }


HANDLERS: t.Mapping[str, t.Callable[[Scope], Part]] = {**FLOWS, **DHCP, **FACTS, **WIFI, **CHECKLIST}


def _scopes(site: Site, vlan: Vlan, spec: Spec) -> t.Iterator[Scope]:
    """Each requirement of a vendor that some device in the VLAN has, with those devices."""
    mine = (device for device in site.devices if device.vlan == vlan.name and device.vendor == spec.vendor)
    here = sorted(mine, key=lambda device: device.name)
    has_own = any(requirement.kind == "reservation" for requirement in spec.requirements)
    extra = () if has_own or not any(device.ip for device in here) else (_RESERVATION,)
    for requirement in (*spec.requirements, *extra):
        devices = tuple(device for device in here if _concerns(requirement, device))
        if devices:
            yield Scope(site, vlan, spec, requirement, devices)


def _concerns(requirement: Requirement, device: Device) -> bool:
    if requirement is _RESERVATION and not device.ip:  # no vendor asks for one, nor does the site
        return False
    return device.type in (requirement.device_types or requirement.between or (device.type,))


def _links(site: Site) -> t.Iterator[Entry]:
    for probe in site.probes:
        vlan = site.vlan(probe.vlan)
        if vlan:
            yield link_check(vlan, probe, site)


def _listeners(parts: t.Iterable[Part]) -> t.List[Entry]:
    """What each probe answers for its peer: ports by probe, each once."""
    found: t.Dict[str, t.Set[t.Tuple[str, int]]] = {}
    for part in parts:
        for listener in part.listeners:
            found.setdefault(listener["probe"], set()).add((listener["protocol"], listener["port"]))
    return [
        {"probe": probe, "ports": [{"protocol": protocol, "port": port} for protocol, port in sorted(found[probe])]}
        for probe in sorted(found)
    ]


def _by_id(found: t.Iterable[Entry]) -> t.List[Entry]:
    """Sorted by id; what several requirements share (a captive portal test, a device's offer) stands once."""
    unique = {entry["id"]: entry for entry in found}
    return [unique[key] for key in sorted(unique)]


def _source(scope: Scope) -> str:
    """The sentence that asks for it; where the documents differ, the one that the verdict uses."""
    requirement = scope.requirement
    uses = requirement.conflict.get("uses")
    found = next((source for source in requirement.sources if uses in (None, source.ref)), requirement.sources[0])
    title = scope.spec.documents.get(found.ref)
    if title is None:
        return f"site data: {found.says}"
    changed = f" ({', '.join(requirement.changed)} changed by the spec that extends {scope.spec.extends})"
    return f'{title}: "{found.says}"{changed if requirement.changed else ""}'


def _advice(scope: Scope) -> Entry:
    requirement = scope.requirement
    return {
        "vendor": scope.spec.vendor,
        "id": requirement.id,
        "title": requirement.title,
        "text": requirement.text,
        "source": _source(scope),
    }


def _entry(scope: Scope, part: Part) -> Entry:
    requirement, site = scope.requirement, scope.site
    accepted = (
        found.reason
        for found in site.accepted
        if (found.vendor, found.requirement) == (scope.spec.vendor, requirement.id)
    )
    return {
        "vendor": scope.spec.vendor,
        "id": requirement.id,
        "vlan": scope.vlan.name,
        "title": requirement.title,
        "kind": requirement.kind,
        "level": requirement.level,
        "basis": requirement.basis,
        "source": _source(scope),
        "conflict": requirement.conflict.get("text", ""),
        "router": scope.vlan.router,
        "redirected": requirement.kind in scope.vlan.redirect,
        "control": f"{scope.vlan.name}/link" if any(group["checks"] for group in part.groups) else "",
        "from_gateway": bool(scope.probe and scope.probe.host == site.gateway.host and part.crosses_gateway),
        "proves": list(part.proves),
        "counts": list(part.counts),
        "groups": part.groups,
        "given": part.given,
        "accepted": next(accepted, ""),
        **({"air": part.air} if part.air else {}),
    }
