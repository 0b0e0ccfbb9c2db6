# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The text of our nftables table: a pure function of the policy.

Everything lies in one table of our own, with base chains that see packets before the host's filter chains do and accept
by default: an accept here never overrules a later drop, so that the table can only restrict. Packets that did not
arrive on an IoT interface leave it at the first rule.

Each packet that a device sends in a connection of its own is judged, not only the first: so a stricter policy cuts open
connections at once, and an update that still allows a connection never cuts it. Its answers are let through.

    iot_forward, iot_input --jump--> iot_bind --goto--> iot_profile_x   what its devices may open; returns what's left
                                        |               iot_unknown     whoever is no device of ours
                           <--return----+               iot_ipv6        who may not use IPv6
                           --goto--> iot_refuse         known devices' packets that no flow allows
"""

from __future__ import annotations

from .._firewall import Policy
from ._gateway import gateway_chains
from ._names import all_of, block
from ._profiles import profile_chains
from ._redirect import redirect_chains
from ._refusal import refusal_chains
from ._sets import counters, sets


def render(policy: Policy) -> str:
    """A file for ``nft -f`` that replaces our table, and nothing else, in one transaction."""
    title = "# The firewall policy of the IoT interfaces: written by fieldnet.iot, changes are lost.\n"
    return title + remove(policy.table) + definition(policy)


def remove(table: str) -> str:
    """The same for no policy at all."""
    # Not "destroy table", which nft 1.0.6 does not know; adding first makes the deletion always possible.
    return f"table inet {table}\ndelete table inet {table}\n"


def definition(policy: Policy) -> str:
    """The table itself. Where it exists already, this adds to it: see _update.py."""
    body = [
        *counters(policy),
        *sets(policy),
        *refusal_chains(policy),
        *profile_chains(policy),
        *_bind_chains(policy),
        *_forward_chain(policy),
        *gateway_chains(policy),
        *redirect_chains(policy),
    ]
    lines = [f"table inet {policy.table} {{", *(f"\t{line}" if line else "" for line in body[:-1]), "}"]
    return "\n".join(lines) + "\n"


def _forward_chain(policy: Policy) -> list[str]:
    return block(
        "chain iot_forward",
        [
            "type filter hook forward priority filter - 10; policy accept;",
            f"iifname != {all_of(policy.names)} accept",
            "ct direction reply accept",
            "jump iot_bind",
            "goto iot_refuse",
        ],
    )


def _bind_chains(policy: Policy) -> list[str]:
    """From interface, MAC and IP address to the profile, in constant time; everybody else is unknown."""
    roaming = policy.roaming
    rules = [
        'ct state invalid counter name "refused/invalid" drop',
        "iifname . ether saddr . ip saddr vmap @iot_devices",
        "meta nfproto ipv6 goto iot_bind6" if policy.has_ipv6 else "meta nfproto ipv6 goto iot_ipv6",
    ]
    if roaming:
        rules.append("iifname . ip saddr @iot_reserved goto iot_unknown")
        behind = {device.interface for device in roaming}
        rules += [
            f'iifname "{interface.name}" ip saddr {interface.subnet} iifname . ether saddr vmap @iot_roaming'
            for interface in policy.interfaces
            if interface.name in behind
        ]
    return [*_bind6_chain(policy), *block("chain iot_bind", [*rules, "goto iot_unknown"])]


def _bind6_chain(policy: Policy) -> list[str]:
    if not policy.has_ipv6:
        return []
    # Which addresses a device gives itself nobody knows, but they are of a network behind this interface.
    return block(
        "chain iot_bind6",
        [
            "fib saddr . iif oif missing goto iot_unknown",
            "iifname . ether saddr vmap @iot_devices6",
            "goto iot_ipv6",
        ],
    )
