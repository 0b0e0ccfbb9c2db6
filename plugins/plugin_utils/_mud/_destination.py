# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Where an entry of a MUD file leads, in a vendor spec's words."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._firewall import LOCAL_NETWORKS
from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import show
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._model import (
    DNS_CLASS,
    GATEWAY_CLASS,
    NTP_CLASS,
    Ace,
    Mud,
)

_UNIQUE_LOCAL = "fc00::/7"  # RFC 4193
_SERVICES = {("udp", 53): "dns", ("tcp", 53): "dns", ("udp", 123): "ntp", ("udp", 67): "dhcp"}
_SERVICE_PORTS = {DNS_CLASS: 53, NTP_CLASS: 123}
_WORDS = {"dns": "the VLAN's own resolvers", "ntp": "the site's time servers", "dhcp": "the VLAN's DHCP server"}
_REDIRECTED = {
    "dns": "; a device that asks it all the same needs redirect: [dns] in the site's file",
    "ntp": "; a device that asks it all the same needs redirect: [ntp] in the site's file",
    "dhcp": "",
}


class Refusal(Exception):
    """Why an entry can't be carried."""


class Destination(t.NamedTuple):
    """A requirement's kind and where it leads; ``literal`` is an address or network that the site must name."""

    kind: str  # outbound, local, dns, ntp, dhcp
    domain: str = ""
    literal: str = ""
    ports: t.Tuple[int, ...] = ()  # where the class says them
    notes: t.Tuple[str, ...] = ()


def destination(ace: Ace, mud: Mud, protocol: str, ports: t.Sequence[int]) -> Destination:
    """Where it leads; Refusal where a spec can't say it."""
    service = _SERVICES.get((protocol, ports[0]), "") if len(ports) == 1 else ""
    given = [*ace.classes, *[text for text in (ace.destination.name, ace.destination.network) if text]]
    if ace.destination.network and _stays(ace.destination.network) and service != "dhcp":
        raise Refusal(f"{ace.destination.network} never leaves its link, so that no gateway sees it")
    if len(given) > 1:
        raise Refusal("it names several destinations that must all be true at once")
    if ace.classes:
        return _of_class(*ace.classes[0], mud, service, bool(ports))
    if not ports:
        raise Refusal("it asks for every port, and a spec names each")
    if ace.destination.network:
        return _of_network(ace.destination.network, service)
    name = ace.destination.name
    if name and _is_address(name):
        return _of_network(str(ipaddress.ip_network(name)), service)
    if name:
        return Destination("ntp" if service == "ntp" else "outbound", domain=name)
    if service:
        return Destination(service, notes=(f"names no destination: read as {_WORDS[service]}",))
    return Destination("outbound", notes=("names no destination: read as any outside the site's local networks",))


def _stays(text: str) -> bool:
    first = ipaddress.ip_network(text).network_address
    return first.is_multicast or first.is_link_local or str(first) == "255.255.255.255"


def _is_local(network: t.Union[ipaddress.IPv4Network, ipaddress.IPv6Network]) -> bool:
    """Whether any of it is an address that a flow to the world outside does not reach."""
    first = network.network_address
    local = (ipaddress.ip_network(text) for text in (*LOCAL_NETWORKS, _UNIQUE_LOCAL))
    return first.is_loopback or any(network.version == one.version and network.overlaps(one) for one in local)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _of_class(name: str, value: str, mud: Mud, service: str, has_ports: bool) -> Destination:
    if name == "controller":
        return _of_controller(value, service, has_ports)
    if name == "my-controller":
        raise Refusal("my-controller is whatever the site says, and a spec has no such class")
    own = (name == "manufacturer" and value.lower() == mud.authority) or (name == "model" and value == mud.url)
    if name == "same-manufacturer" or own:
        return Destination("local")
    if name == "local-networks":
        if service:
            return Destination(service, notes=(f"local-networks: read as {_WORDS[service]}",))
        note = "local-networks: carried between devices of this vendor alone; a spec has no flow to all local hosts"
        return Destination("local", notes=(note,))
    raise Refusal(f"{name} {show(value)} is another maker's device, which this vendor's spec can't name")


def _of_controller(value: str, service: str, has_ports: bool) -> Destination:
    if value == GATEWAY_CLASS:
        if service:
            return Destination(service, notes=(f"{value} is no registered class: read as {_WORDS[service]}",))
        raise Refusal(f"{value} is no registered class, and what devices open to the gateway itself is not planned")
    if value not in _SERVICE_PORTS:
        raise Refusal(f"controller {show(value)} is a class whose members the site must know")
    kind, port = ("dns" if value == DNS_CLASS else "ntp"), _SERVICE_PORTS[value]
    if not has_ports:
        return Destination(kind, ports=(port,), notes=(f"names no port: UDP {port} alone is carried",))
    if service != kind:
        raise Refusal(f"{value} on a port that is not {port}")
    return Destination(kind)


def _of_network(text: str, service: str) -> Destination:
    network = ipaddress.ip_network(text)
    first = network.network_address
    if network.prefixlen == 0:
        if service:
            return Destination(service, notes=(f"names any address: read as {_WORDS[service]}",))
        return Destination("outbound", notes=("names any address: read as any outside the site's local networks",))
    if service:
        note = f"{text} is not carried: read as {_WORDS[service]}{_REDIRECTED[service]}"
        return Destination(service, notes=(note,))
    if _is_local(network):
        raise Refusal(f"{text} is a local address of where the file was made")
    literal = str(first) if network.num_addresses == 1 else text
    return Destination("outbound", literal=literal)
