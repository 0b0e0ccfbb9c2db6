# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What devices may ask of the gateway itself."""

from __future__ import annotations

from .._firewall import REDIRECTS, Policy
from ._names import all_of, block, count, one_of

# Neighbour discovery and multicast listening (RFC 4890 section 4.4.1); untracked, hence not "established".
_NEEDED_ICMPV6 = (
    "nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert, "
    "mld-listener-query, mld-listener-report, mld-listener-done, mld2-listener-report"
)


def gateway_chains(policy: Policy) -> list[str]:
    """Everybody gets an address; known devices get an echo, their flows, and what was redirected to the gateway."""
    rules = [
        "type filter hook input priority filter - 10; policy accept;",
        f"iifname != {all_of(policy.names)} accept",
        "ct direction reply accept",
        f"meta nfproto ipv4 udp sport 68 udp dport 67 {count('gateway/dhcp')} accept",
        f"icmpv6 type {{ {_NEEDED_ICMPV6} }} {count('gateway/icmpv6')} accept",
    ]
    if policy.has_ipv6:
        rules.append(f"ip6 saddr fe80::/10 udp sport 546 udp dport 547 {count('gateway/dhcp')} accept")
    rules += ["jump iot_bind", f"icmp type echo-request {count('gateway/echo')} accept"]
    if policy.has_ipv6:
        rules.append(f"icmpv6 type echo-request {count('gateway/echo')} accept")
    return block("chain iot_input", [*rules, *_redirected(policy), "goto iot_refuse"])


def _redirected(policy: Policy) -> list[str]:
    rules = []
    for service, (port, protocols) in sorted(REDIRECTS.items()):
        names = [interface.name for interface in policy.interfaces if service in interface.redirect]
        for protocol in protocols if names else ():
            counted = count(f"gateway/{service}-redirected")
            rules.append(f"iifname {one_of(names)} ct status dnat {protocol} dport {port} {counted} accept")
    return rules
