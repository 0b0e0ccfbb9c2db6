# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Requests for names and for the time that the gateway answers itself, whomever a device asks.

A device with the address of a public resolver built in would otherwise fail, or (where egress is by domain) never fill
the sets that its own cloud's addresses belong into. Whether a packet is let through is not decided here, but behind it:
the redirected packets of somebody who is nobody's device are refused like all others of theirs.
"""

from __future__ import annotations

from .._firewall import REDIRECTS, Interface, Policy
from ._names import all_of, block, collapse


def redirect_chains(policy: Policy) -> list[str]:
    """A chain before routing, for the devices of the interfaces that ask for it, but for the exempt ones."""
    if not policy.redirected:
        return []
    rules = [rule for interface in policy.interfaces for rule in _rules(policy, interface)]
    return block(
        "chain iot_redirect",
        [
            "type nat hook prerouting priority dstnat - 10; policy accept;",
            f"iifname != {all_of(policy.names)} accept",
            "fib daddr type != unicast accept",  # to the gateway already, or to everybody
            "iifname . ether saddr != @iot_redirected accept",
            *rules,
        ],
    )


def _rules(policy: Policy, interface: Interface) -> list[str]:
    rules = []
    for service in interface.redirect:
        port, protocols = REDIRECTS[service]
        flows = [flow for flow in policy.flows if flow.interface == interface.name and flow.port == port]
        for protocol in protocols:
            head = f'iifname "{interface.name}" {protocol} dport {port}'
            # A server that the site names is the one that it wants to be asked.
            named = [target for flow in flows if flow.protocol == protocol for target in flow.to]
            for family, version in (("ip", 4), ("ip6", 6)):
                targets = collapse(named, version)
                if targets:
                    rules.append(f"{head} {family} daddr {{ {', '.join(targets)} }} accept")
            rules.append(f"{head} redirect to :{port}")
    return rules
