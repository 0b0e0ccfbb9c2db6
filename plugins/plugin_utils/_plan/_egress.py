# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Where flows lead: to any address outside by port (egress: ports), or to what is named alone (egress: domains)."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._firewall import LOCAL_NETWORKS
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._scope import Flow, Part, Scope
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._lint import is_address, matches
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Port

_LOCAL = tuple(ipaddress.ip_network(network) for network in LOCAL_NETWORKS)


def flow(scope: Scope, port: Port, to: t.Iterable[str], domains: t.Iterable[str] = (), suffix: str = "") -> Flow:
    """A flow that the scope's devices may open."""
    entry = {
        "id": f"{scope.id}/{port.id}{suffix}",
        "interface": scope.vlan.interface,
        "protocol": port.protocol,
        "port": port.port,
        "to": sorted(set(to)),
        "domains": sorted(set(domains)),
    }
    return Flow(entry, scope.devices)


def open_outbound(scope: Scope, part: Part, hosts: t.Sequence[str]) -> None:
    """The flows of a requirement whose hosts lie outside the site, as far as they are known."""
    addresses = [host for host in hosts if is_address(host)]
    ports = scope.requirement.ports
    if scope.site.gateway.egress == "ports":
        # "To any address" stops at the local networks: what the site itself places there gets a flow of its own.
        private = [address for address in addresses if _is_local(address)]
        part.flows += [flow(scope, port, []) for port in ports]
        part.flows += [flow(scope, port, private, suffix="/private") for port in ports if private]
        return
    patterns = scope.requirement.domains
    domains = [*patterns, *(host for host in hosts if not is_address(host) and not matches(host, patterns))]
    if addresses or domains:
        part.flows += [flow(scope, port, addresses, domains) for port in ports]
    else:
        part.notes.append(f"{scope.id}: nobody names a host for it, so egress by domain opens nothing")


def open_resolvers(scope: Scope, part: Part) -> None:
    """The resolvers that the VLAN's devices are given, and whomever an exempt device asks on its own.

    A server that a flow names is not redirected. By domain each question must reach the gateway: no other is named.
    """
    vlan, by_domain = scope.vlan, scope.site.gateway.egress == "domains"
    routers = {found.router for found in scope.site.vlans}
    servers = [server for server in vlan.dns if server in routers or not by_domain] or [vlan.router]
    part.flows += [flow(scope, port, servers) for port in scope.requirement.ports]
    exempt = tuple(device for device in scope.devices if device.name in vlan.redirect_exempt)
    if exempt and "dns" in vlan.redirect and not by_domain:
        own = (flow(scope, port, [], suffix="/own") for port in scope.requirement.ports)
        part.flows += [found._replace(devices=exempt) for found in own]


def open_for_probes(scope: Scope, part: Part, flow_id: str, protocol: str, port: int, host: str) -> None:
    """A flow that only probe hosts may open: no device needs it, and a check does.

    Where flows are opened by port, every host outside can be reached already, if its port is one that a device needs.
    """
    gateway = scope.site.gateway
    if gateway.egress == "domains" and scope.probe and scope.probe.host != gateway.host:
        to, domains = ([host], []) if is_address(host) else ([], [host])
        common = {"id": flow_id, "interface": scope.vlan.interface, "protocol": protocol, "port": port}
        part.flows.append(Flow({**common, "to": to, "domains": domains}, ()))


def _is_local(address: str) -> bool:
    """Whether a flow to any address outside does not reach it."""
    parsed = ipaddress.ip_address(address)
    return any(parsed in network for network in _LOCAL)
