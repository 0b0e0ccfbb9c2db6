# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the devices of a profile may open, as chains of nftables."""

from __future__ import annotations

import ipaddress

from .._domains import domains_of, set_name, versions
from .._firewall import Flow, Policy, Profile
from ._names import all_of, block, collapse, comment_of, count, counter_of, outside_chain, profile_chain
from ._sets import DOMAIN_TIMEOUT

_MOST_OCTETS = 64


def profile_chains(policy: Policy) -> list[str]:
    """Two chains a profile; what they don't accept returns to the caller."""
    by_id = {flow.id: flow for flow in policy.flows}
    lines = []
    for profile in policy.profiles:
        flows = [by_id[flow] for flow in profile.flows]
        outside = [rule for flow in flows for rule in _outside_rules(flow, profile)]
        if outside:
            lines += block(f"chain {outside_chain(profile.name)}", outside)
        rules = _to_outside(policy, profile) if outside else []
        rules += [rule for flow in flows for rule in _named_rules(flow, profile)]
        # Not as the chain's own comment, which an update could not change.
        title = [f"# {profile.title}"] if profile.title else []
        lines += block(f"chain {profile_chain(profile.name)}", [*title, *rules])
    return lines


def _to_outside(policy: Policy, profile: Profile) -> list[str]:
    """A name that resolves to an address of the office opens nothing there: domains end at the local networks, too."""
    # Only what is forwarded has an outgoing interface: an address of the gateway's own is nowhere outside.
    leaves = f"oif != 0 oifname != {all_of(policy.names)} jump {outside_chain(profile.name)}"
    local = collapse(policy.local_networks, 4)
    octets = _first_octets(local)
    rules = []
    if 1 < len(octets) <= _MOST_OCTETS:
        # Nearly all there is: told by the first octet, which takes a fifth of the time of a search among networks.
        among = ", ".join(str(octet) for octet in octets)
        rules.append(f"meta nfproto ipv4 @nh,128,8 != {{ {among} }} {leaves}")
    rules.append(f"{'ip daddr != @iot_local' if local else 'meta nfproto ipv4'} {leaves}")
    if profile.ipv6:
        rules.append(f"ip6 daddr != @iot_local6 {leaves}")
    return rules


def _first_octets(networks: list[str]) -> list[int]:
    """Those that an address of these networks may have."""
    parsed = [ipaddress.IPv4Network(network) for network in networks]
    return sorted({octet for n in parsed for octet in range(n[0].packed[0], n[-1].packed[0] + 1)})


def _outside_rules(flow: Flow, profile: Profile) -> list[str]:
    if flow.anywhere:
        return [f"{_service(flow)} {_accept(flow, profile)}"]
    rules = []
    for domain in domains_of([flow]):
        for version in versions(profile.ipv6):
            address, name = ("ip daddr" if version == 4 else "ip6 daddr"), set_name(domain, version)
            # Traffic keeps an address in its set: the resolver adds it once, and never again while it remembers it.
            refresh = f"update @{name} {{ {address} timeout {DOMAIN_TIMEOUT} }}"
            rules.append(f"{_service(flow)} {address} @{name} {refresh} {_accept(flow, profile)}")
    return rules


def _named_rules(flow: Flow, profile: Profile) -> list[str]:
    rules = []
    for version in versions(profile.ipv6):
        targets = collapse(flow.to, version)
        if targets:
            address = "ip daddr" if version == 4 else "ip6 daddr"
            rules.append(f"{_service(flow)} {address} {_targets(targets)} {_accept(flow, profile)}")
    return rules


def _targets(targets: list[str]) -> str:
    return targets[0] if len(targets) == 1 else f"{{ {', '.join(targets)} }}"


def _service(flow: Flow) -> str:
    return f"{flow.protocol} dport {flow.port}"


def _accept(flow: Flow, profile: Profile) -> str:
    return f'{count(counter_of(flow.id, profile.probe))} accept comment "{comment_of(flow.id)}"'
