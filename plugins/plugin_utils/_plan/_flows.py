# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What crosses the network: outbound and local flows, DNS and NTP, as firewall flows and as checks."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._egress import (
    flow,
    open_for_probes,
    open_outbound,
    open_resolvers,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._scope import (
    ATTEMPTS,
    Entry,
    Part,
    Scope,
    check,
    given,
    label,
    no_probe,
    reach,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._wifi import isolation
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import Device
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Port


def _no_endpoint(scope: Scope) -> Entry:
    vendor, requirement = scope.spec.vendor, scope.requirement
    wanted = ", ".join(requirement.domains)
    if wanted:
        reason = f"{wanted} is a wildcard, and the site names no host under it to connect to"
    else:
        reason = f"{scope.spec.title}: the vendor publishes no host name, and the site names none"
    host = f"a host under {wanted}" if wanted else "a host that the vendor's support names"
    return given(
        "unproven",
        reason,
        f"add to the site's file under endpoints: {{vendor: {vendor}, requirement: {requirement.id}, hosts: [{host}]}}",
    )


def outbound(scope: Scope) -> Part:
    """Flows out of the site, and each port tried at each host."""
    hosts = scope.hosts_of(scope.requirement)
    part = Part()
    open_outbound(scope, part, hosts)
    if not hosts and not scope.site.responder:
        part.given = _no_endpoint(scope)
    elif scope.probe is None:
        part.given = no_probe(scope)
    elif hosts:
        _port_checks(scope, hosts, part)
    else:
        _responder_checks(scope, part)
    return part


def _responder_checks(scope: Scope, part: Part) -> None:
    """No host of the vendor is known: our own responder outside the site answers on each of the ports."""
    host, checks = scope.site.responder, []
    for port in scope.requirement.ports:
        check_id = f"{scope.id}/{port.id}/responder"
        options = {**reach(scope, host), "port": port.port, "protocol": port.protocol}
        part.checks.append(check(scope, "nonce", check_id, **options))
        open_for_probes(scope, part, check_id, port.protocol, port.port, host)
        checks.append({"check": check_id, "label": f"{label(port)} to the responder {host}"})
    part.groups.append({"mode": "any_of" if scope.requirement.any_of else "all_of", "checks": checks})


def _port_checks(scope: Scope, hosts: t.Sequence[str], part: Part) -> None:
    """One group a host. UDP without a known payload can't be proven by silence, and the check will say so."""
    mode = "any_of" if scope.requirement.any_of else "all_of"
    for host in hosts:
        ids = []
        for port in scope.requirement.ports:
            check_id = f"{scope.id}/{port.id}/{host}"
            part.checks.append(check(scope, check_id=check_id, **reach(scope, host), port=port.port, **_dialogue(port)))
            ids.append({"check": check_id, "label": f"{label(port)} to {host}"})
        part.groups.append({"mode": mode, "checks": ids})


def _dialogue(port: Port) -> Entry:
    """The deepest check of a port: a firewall that knows applications may let a handshake pass and cut what follows."""
    if port.application in ("mqtt", "mqtt-tls"):
        return {"kind": "mqtt", "tls": port.application == "mqtt-tls"}
    return {"kind": port.protocol}


def dns(scope: Scope) -> Part:
    """Look-ups at each of the VLAN's resolvers, of each name that the vendor's devices need."""
    part = Part(proves=("answered",))
    open_resolvers(scope, part)
    names = scope.names()
    if not names:
        part.given = given(
            "unproven",
            f"no host name of {scope.spec.title} is known, so there was nothing to look up",
            "name the vendor's hosts under endpoints in the site's file",
        )
    elif scope.probe is None:
        part.given = no_probe(scope)
    else:
        for port in scope.requirement.ports:
            for server in scope.vlan.dns:
                part.groups.append(_lookups(scope, port, server, names, part))
    return part


def _lookups(scope: Scope, port: Port, server: str, names: t.Sequence[str], part: Part) -> Entry:
    checks = []
    for name in names:
        check_id = f"{scope.id}/{port.id}/{server}/{name}"
        options = {"name": name, "server": server, "port": port.port, "transport": port.protocol}
        part.checks.append(check(scope, "dns", check_id, **options))
        checks.append({"check": check_id, "label": f"{name} at resolver {server} by {label(port)}"})
    return {"mode": "all_of", "checks": checks}


def dns_integrity(scope: Scope) -> Part:
    """What the VLAN's resolvers answer is what the vendor's own servers say, and nobody answers in their place."""
    part = Part(proves=("intact",))
    names = scope.names()
    # Where the site wants it so, the gateway answers in everybody's name.
    redirected = {"redirected": True} if "dns" in scope.vlan.redirect else {}
    if scope.probe is None:
        part.given = no_probe(scope)
        return part
    for server in scope.vlan.dns:
        check_id = f"{scope.id}/{server}"
        options = {"server": server, "names": list(names), **redirected}
        part.checks.append(check(scope, "dns_integrity", check_id, **options))
        part.groups.append({"mode": "all_of", "checks": [{"check": check_id, "label": f"resolver {server}"}]})
    return part


def ntp(scope: Scope) -> Part:
    """Time from each server: the site's endpoints, else the VLAN's own, else the gateway that answers for all."""
    hosts = scope.hosts_of(scope.requirement) or scope.time_servers()
    part = Part()
    open_outbound(scope, part, hosts)
    if not hosts and not scope.site.responder:
        part.given = _no_endpoint(scope)
    elif scope.probe is None:
        part.given = no_probe(scope)
    elif not hosts:
        _responder_checks(scope, part)
    else:
        port = scope.requirement.ports[0].port
        for host in hosts:
            check_id = f"{scope.id}/{scope.requirement.ports[0].id}/{host}"
            part.checks.append(check(scope, "ntp", check_id, **reach(scope, host), port=port))
            one = {"check": check_id, "label": f"{label(scope.requirement.ports[0])} to {host}"}
            part.groups.append({"mode": "all_of", "checks": [one]})
    return part


def local(scope: Scope) -> Part:
    """A flow between device types: the gateway's business only where they are in different VLANs."""
    ends = [
        [d for d in scope.site.devices if d.vendor == scope.spec.vendor and d.type == kind]
        for kind in scope.requirement.between
    ]
    if not all(ends):
        absent = next(kind for kind, found in zip(scope.requirement.between, ends) if not found)
        return Part(given=given("met", f"the site has no {absent}, so this flow is not needed"))
    part = Part(crosses_gateway=False)
    here = {device.name for device in scope.devices}
    for mine, others in (ends, ends[::-1]):
        _between_vlans(scope, [d for d in mine if d.name in here], [d for d in others if d.name not in here], part)
    inside = all(any(device.name in here for device in found) for found in ends)
    if inside:
        ports = ", ".join(label(port) for port in scope.requirement.ports)
        part.notes.append(
            f"{scope.id}: {ports} stays inside VLAN {scope.vlan.name} and never crosses the gateway, so no rule there"
            " can allow or stop it"
        )
    part.given = isolation(scope, ends) if inside else None
    if inside and len(scope.probes) == 2 and not part.given:
        _pair_checks(scope, part)
    elif not part.given:
        part.given = _local_unproven(scope, inside)
    return part


def _local_unproven(scope: Scope, inside: bool) -> Entry:
    ports = ", ".join(label(port) for port in scope.requirement.ports)
    second = (
        f"name a second probe host in VLAN {scope.vlan.name} (and the ip of both): then the two prove it between each"
        " other; or "
    )
    return given(
        "unproven",
        f"{ports} runs between the devices themselves, where one probe host can't see it",
        f"{second if inside else ''}look whether the devices work together",
    )


def _pair_checks(scope: Scope, part: Part) -> None:
    """Both probes listen as the devices do, and each asks the other: finds client isolation on an access point too."""
    for here, there in (scope.probes, scope.probes[::-1]):
        for port in scope.requirement.ports:
            part.listeners.append({"probe": there.host, "protocol": port.protocol, "port": port.port})
            check_id = f"{scope.id}/{port.id}/{here.host}"
            part.checks.append(
                {
                    "id": check_id,
                    "kind": "nonce",
                    "probe": here.host,
                    "interface": here.interface,
                    "attempts": ATTEMPTS,
                    "host": there.ip,
                    "port": port.port,
                    "protocol": port.protocol,
                }
            )
            one = {"check": check_id, "label": f"{label(port)} from {here.host} to {there.host}"}
            part.groups.append({"mode": "all_of", "checks": [one]})


def _between_vlans(scope: Scope, mine: t.Sequence[Device], others: t.Sequence[Device], part: Part) -> None:
    """What the devices of one type in this VLAN may open to those of the other type elsewhere."""
    elsewhere = [other for other in others if other.vlan != scope.vlan.name]
    unknown = sorted(other.name for other in elsewhere if not other.ip)
    addresses = sorted(other.ip for other in elsewhere if other.ip)
    if mine and unknown:
        part.notes.append(
            f"{scope.id}: no flow to {', '.join(unknown)} in another VLAN: give them an ip in the site's file"
        )
    if mine and addresses:
        kind = mine[0].type
        part.flows += [
            flow(scope, port, addresses, suffix=f"/{kind}")._replace(devices=tuple(mine))
            for port in scope.requirement.ports
        ]


FLOWS: t.Mapping[str, t.Callable[[Scope], Part]] = {
    "outbound": outbound,
    "dns": dns,
    "dns_integrity": dns_integrity,
    "ntp": ntp,
    "local": local,
}
