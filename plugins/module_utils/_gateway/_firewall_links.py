# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Whether the parts of a firewall policy fit together: who refers to whom, and who is there twice."""

from __future__ import annotations

import ipaddress
import typing as t

from ._checker import Checker
from ._firewall import Device, Interface, Policy
from ._nftables._names import comment_of, counter_of

_Seen = t.Dict[object, str]


def check_links(policy: Policy, check: Checker) -> None:
    """Note all that is contradictory, with its path; values that are none themselves are not judged again."""
    _interfaces(policy, check)
    _flows(policy, check)
    _profiles(policy, check)
    _devices(policy, check)


def _interfaces(policy: Policy, check: Checker) -> None:
    if not policy.interfaces:
        check.problems.append("interfaces: there is none; to remove the policy, set state to absent")
    names: _Seen = {}
    for index, interface in enumerate(policy.interfaces):
        path = f"interfaces[{index}]"
        check.unique(f"{path}.name", interface.name, names)
        macs = {device.mac for device in policy.devices if device.interface == interface.name}
        for mac in interface.redirect_exempt:
            if mac not in macs:
                check.problems.append(f"{path}.redirect_exempt: {mac} is no device on {interface.name}")
        if interface.router and not _inside(interface.router, interface.subnet):
            check.problems.append(f"{path}.router: {interface.router} is not an address of {interface.subnet}")


def _flows(policy: Policy, check: Checker) -> None:
    names = {interface.name for interface in policy.interfaces}
    used = {flow for profile in policy.profiles for flow in profile.flows}
    ids: _Seen = {}
    counters: _Seen = {}
    for index, flow in enumerate(policy.flows):
        path = f"flows[{index}]"
        known = flow.id in ids
        check.unique(f"{path}.id", flow.id, ids)
        # Nobody writes such ids but on purpose: two flows must never share a counter or a comment.
        if not known and counter_of(flow.id, probe=False) in counters:
            check.problems.append(f"{path}.id: {flow.id} can't be told from that of another flow in nftables")
        counters.setdefault(counter_of(flow.id, probe=False), path)
        if not known and comment_of(flow.id) != flow.id and comment_of(flow.id) in ids:
            check.problems.append(f"{path}.id: {flow.id} can't be told from that of another flow in nftables")
        if flow.interface not in names:
            check.problems.append(f"{path}.interface: {flow.interface} is not among the interfaces of the policy")
        if flow.id not in used:
            check.problems.append(f"{path}.id: {flow.id} is in no profile, so that no device could open it")


def _profiles(policy: Policy, check: Checker) -> None:
    interfaces = {interface.name for interface in policy.interfaces}
    flows = {flow.id: flow for flow in policy.flows}
    names: _Seen = {}
    for index, profile in enumerate(policy.profiles):
        path = f"profiles[{index}]"
        check.unique(f"{path}.name", profile.name, names)
        if profile.interface not in interfaces:
            check.problems.append(f"{path}.interface: {profile.interface} is not among the interfaces of the policy")
        for flow_id in profile.flows:
            flow = flows.get(flow_id)
            if flow is None:
                check.problems.append(f"{path}.flows: {flow_id} is not among the flows of the policy")
            elif flow.interface != profile.interface:
                check.problems.append(
                    f"{path}.flows: {flow_id} is a flow of {flow.interface}, not of {profile.interface}"
                )
            elif flow.to and not flow.domains and not profile.ipv6 and all(":" in target for target in flow.to):
                check.problems.append(f"{path}.flows: {flow_id} has IPv6 destinations alone, and the profile no ipv6")


def _devices(policy: Policy, check: Checker) -> None:
    interfaces = {interface.name: interface for interface in policy.interfaces}
    profiles = {profile.name: profile for profile in policy.profiles}
    macs: dict[str, _Seen] = {}
    ips: dict[str, _Seen] = {}
    for index, device in enumerate(policy.devices):
        path = f"devices[{index}]"
        # One device may well be in two VLANs: twice is too often only behind one interface.
        check.unique(f"{path}.mac", device.mac, macs.setdefault(device.interface, {}))
        profile = profiles.get(device.profile)
        if profile is None:
            check.problems.append(f"{path}.profile: {device.profile} is not among the profiles of the policy")
        elif profile.interface != device.interface:
            check.problems.append(
                f"{path}.profile: {device.profile} is a profile of {profile.interface}, not of {device.interface}"
            )
        interface = interfaces.get(device.interface)
        if interface is None:
            check.problems.append(f"{path}.interface: {device.interface} is not among the interfaces of the policy")
        elif device.ip:
            check.unique(f"{path}.ip", device.ip, ips.setdefault(device.interface, {}))
            _address(path, device, interface, check)


def _address(path: str, device: Device, interface: Interface, check: Checker) -> None:
    if not _inside(device.ip, interface.subnet):
        check.problems.append(f"{path}.ip: {device.ip} is not an address of a device in {interface.subnet}")
    elif device.ip == interface.router:
        check.problems.append(f"{path}.ip: {device.ip} is the router of {interface.name}")


def _inside(address: str, subnet: str) -> bool:
    """Whether a subnet has this address for a host; what is neither was complained about already."""
    try:
        network, host = ipaddress.IPv4Network(subnet), ipaddress.IPv4Address(address)
    except ValueError:
        return True
    edges = (network.network_address, network.broadcast_address) if network.prefixlen < 31 else ()
    return host in network and host not in edges
