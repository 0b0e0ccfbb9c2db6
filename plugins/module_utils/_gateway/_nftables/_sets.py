# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What our nftables table holds beside its rules: counters, sets and maps.

Two kinds of sets. Those of the policy are written anew by every update. Those with a timeout are filled by others, by
packets and by the resolver: they outlive updates together with their elements, and so do counters.
"""

from __future__ import annotations

import typing as t

from .._domains import domains_of, set_name, versions
from .._firewall import Device, Policy
from ._names import block, collapse, counter_of, held, profile_chain

# Whatever the site's data says: unique local, link-local, multicast. Which other prefixes are its own, it must say.
_LOCAL6 = ("fc00::/7", "fe80::/10", "ff00::/8")
# Much longer than any answer of a resolver is valid: it asks no more for what it knows, and so nobody fills the set.
DOMAIN_TIMEOUT = "1d"
_FILLED = ("flags dynamic,timeout",)
# Connections that lost a packet to the rules and end with the next: see _refusal.py.
PAUSED = "iot_cut"


def counters(policy: Policy) -> list[str]:
    """Named ones, since those of rules start from zero with every update."""
    flows = {counter_of(flow, profile.probe) for profile in policy.profiles for flow in profile.flows}
    own = ["gateway/dhcp", "gateway/echo", "gateway/icmpv6"]
    own += [f"refused/{what}" for what in ("broadcast", "cut", "invalid", "ipv6", "known", "paused", "unknown")]
    if any(interface.redirect for interface in policy.interfaces):
        own += [f"gateway/{what}" for what in ("dns-redirected", "ntp-redirected")]
    if policy.learn_until:
        own.append("learned")
    return [line for name in sorted({*flows, *own}) for line in block(f"counter {name}", ["packets 0 bytes 0"])]


def sets(policy: Policy) -> list[str]:
    """All of them."""
    lines = held("set iot_interfaces", ["type ifname"], [f'"{interface.name}"' for interface in policy.interfaces])
    lines += _networks("iot_local", "ipv4_addr", collapse(policy.local_networks, 4))
    if policy.has_ipv6:
        lines += _networks("iot_local6", "ipv6_addr", collapse([*policy.local_networks, *_LOCAL6], 6))
    return [*lines, *_device_maps(policy), *_filled_sets(policy)]


def _networks(name: str, kind: str, networks: t.Sequence[str]) -> list[str]:
    return held(f"set {name}", [f"type {kind}", "flags interval"], networks) if networks else []


def _device_maps(policy: Policy) -> list[str]:
    bound = [f"{_key(device)} . {device.ip} : goto {_chain(device)}" for device in policy.devices if device.ip]
    lines = held("map iot_devices", ["type ifname . ether_addr . ipv4_addr : verdict"], bound)
    roaming = [f"{_key(device)} : goto {_chain(device)}" for device in policy.roaming]
    if roaming:
        lines += held("map iot_roaming", ["type ifname . ether_addr : verdict"], roaming)
        lines += held("set iot_reserved", ["type ifname . ipv4_addr"], _reserved(policy))
    if policy.has_ipv6:
        able = {profile.name for profile in policy.profiles if profile.ipv6}
        six = [f"{_key(device)} : goto {_chain(device)}" for device in policy.devices if device.profile in able]
        lines += held("map iot_devices6", ["type ifname . ether_addr : verdict"], six)
    redirected = [_key(device) for device in policy.redirected]
    if redirected:
        lines += held("set iot_redirected", ["type ifname . ether_addr"], redirected)
    return lines


def _reserved(policy: Policy) -> list[str]:
    """Addresses that belong to somebody, and so to nobody else."""
    addresses = {(interface.name, interface.router) for interface in policy.interfaces if interface.router}
    addresses |= {(device.interface, device.ip) for device in policy.devices if device.ip}
    return [f'"{interface}" . {address}' for interface, address in sorted(addresses)]


def _key(device: Device) -> str:
    return f'"{device.interface}" . {device.mac}'


def _chain(device: Device) -> str:
    return profile_chain(device.profile)


def _filled_sets(policy: Policy) -> list[str]:
    lines = []
    if "reject" in (policy.refuse_with, policy.unknown_devices):
        lines += block(f"set {PAUSED}", ["typeof ct id", "size 65535", *_FILLED, "timeout 10s"])
    if policy.log_limit:
        for name in ("iot_logged", "iot_logged_unknown"):
            lines += _filled(name, "ifname . ether_addr", 8192, "10m")
    lines += _filled("iot_unknown_seen", "ifname . ether_addr", 4096, "1d")
    if policy.learn_until:
        for name, address in (("iot_learned", "ipv4_addr"), ("iot_learned6", "ipv6_addr")):
            lines += _filled(name, f"ifname . ether_addr . {address} . inet_proto . inet_service", 65535, "30d")
    for domain in domains_of(policy.flows):
        for version in versions(policy.has_ipv6):
            lines += _filled(set_name(domain, version), f"ipv{version}_addr", 65535, DOMAIN_TIMEOUT)
    return lines


def _filled(name: str, kind: str, size: int, timeout: str) -> list[str]:
    return block(f"set {name}", [f"type {kind}", f"size {size}", *_FILLED, f"timeout {timeout}"])
