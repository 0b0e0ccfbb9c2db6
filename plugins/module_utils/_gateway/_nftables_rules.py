# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The text of our nftables table: a pure function of the policy.

Everything lies in one table of our own with two base chains that see packets before the host's filter chains do and
accept by default: an accept here never overrules a later drop, so that the table can only restrict. Packets that did
not arrive on an IoT interface leave it at the first rule.
"""

from __future__ import annotations

import hashlib
import ipaddress
import typing as t

from ._firewall import Flow, Interface, Policy

# nftables holds at most 127 bytes of comment with a rule.
_COMMENT_LENGTH = 120
_NETWORK = t.Union[ipaddress.IPv4Network, ipaddress.IPv6Network]
# Neighbour discovery and multicast listening (RFC 4890 section 4.4.1); untracked, hence not "established".
_NEEDED_ICMPV6 = (
    "echo-request, nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert, "
    "mld-listener-query, mld-listener-report, mld-listener-done, mld2-listener-report"
)


def render(policy: Policy) -> str:
    """A file for ``nft -f`` that replaces our table, and nothing else, in one transaction."""
    name = f"inet {policy.table}"
    body = [*_sets(policy), *_refuse_chain(policy)]
    for interface in policy.interfaces:
        flows = [flow for flow in policy.flows if flow.interface == interface.name]
        body += _interface_chains(interface, flows, bool(policy.local_networks))
    body += [*_base_chain("forward", policy.interfaces), *_base_chain("input", policy.interfaces)]
    lines = [
        "# The firewall policy of the IoT interfaces: written by fieldnet.iot, changes are lost.",
        # Not "destroy table", which nft 1.0.6 does not know; adding first makes the deletion always possible.
        f"table {name}",
        f"delete table {name}",
        f"table {name} {{",
        *(f"\t{line}" if line else "" for line in body),
        "}",
    ]
    return "\n".join(lines) + "\n"


def remove(table: str) -> str:
    """The same for no policy at all."""
    return f"table inet {table}\ndelete table inet {table}\n"


def comment_of(flow_id: str) -> str:
    """The comment that names a flow in its rules; a long id is shortened, yet stays its own."""
    if len(flow_id) <= _COMMENT_LENGTH:
        return flow_id
    digest = hashlib.sha256(flow_id.encode()).hexdigest()[:12]
    return f"{flow_id[: _COMMENT_LENGTH - len(digest) - 1]}~{digest}"


def _sets(policy: Policy) -> list[str]:
    names = ", ".join(f'"{interface.name}"' for interface in policy.interfaces)
    lines = _block("set iot_interfaces", ["type ifname", f"elements = {{ {names} }}"])
    if policy.local_networks:
        local = ", ".join(_collapse(policy.local_networks, 4))
        lines += _block("set iot_local", ["type ipv4_addr", "flags interval", f"elements = {{ {local} }}"])
    return lines


def _refuse_chain(policy: Policy) -> list[str]:
    # What devices say to all their neighbours is no attempt to get out: it would only drown what is.
    rules = ["meta pkttype { broadcast, multicast } counter drop"]
    if policy.log_limit:
        rules.append(f'limit rate {policy.log_limit} burst 5 packets log prefix "fieldnet-iot " level info')
    verdict = "reject with icmpx type admin-prohibited" if policy.refuse_with == "reject" else "drop"
    rules.append(f"counter {verdict}")
    return _block("chain iot_refuse", rules)


def _interface_chains(interface: Interface, flows: t.Sequence[Flow], has_local: bool) -> list[str]:
    named = [rule for flow in flows if flow.to for rule in _named_rules(flow)]
    opened = [f"{_service(flow)} {_accept(flow)}" for flow in flows if not flow.to]
    name = interface.name
    own_source = f"ip saddr != {interface.subnet} goto iot_refuse"
    outside = "meta nfproto ipv4 " + ("ip daddr != @iot_local " if has_local else "") + "oifname != @iot_interfaces"
    to_named = [f"jump iot_named_{name}"] if named else []
    to_opened = [f"{outside} jump iot_open_{name}"] if opened else []
    return [
        *(_block(f"chain iot_named_{name}", named) if named else []),
        *(_block(f"chain iot_open_{name}", opened) if opened else []),
        *_block(f"chain iot_forward_{name}", [_known(), own_source, *to_named, *to_opened, "goto iot_refuse"]),
        *_block(
            f"chain iot_input_{name}",
            [
                _known(),
                "udp sport 68 udp dport 67 counter accept",
                f"icmpv6 type {{ {_NEEDED_ICMPV6} }} counter accept",
                own_source,
                "icmp type echo-request counter accept",
                *to_named,
                "goto iot_refuse",
            ],
        ),
    ]


def _known() -> str:
    return "ct state vmap { established : accept, related : accept, invalid : drop }"


def _base_chain(hook: str, interfaces: t.Sequence[Interface]) -> list[str]:
    # Names, not indexes: the table loads at boot even while an interface does not exist yet.
    targets = ", ".join(f'"{interface.name}" : goto iot_{hook}_{interface.name}' for interface in interfaces)
    return _block(
        f"chain iot_{hook}",
        [f"type filter hook {hook} priority filter - 10; policy accept;", f"iifname vmap {{ {targets} }}"],
    )


def _named_rules(flow: Flow) -> list[str]:
    rules = []
    for family, version in (("ip", 4), ("ip6", 6)):
        targets = _collapse(flow.to, version)
        if targets:
            rules.append(f"{family} daddr {{ {', '.join(targets)} }} {_service(flow)} {_accept(flow)}")
    return rules


def _service(flow: Flow) -> str:
    return f"{flow.protocol} dport {flow.port}"


def _accept(flow: Flow) -> str:
    return f'counter accept comment "{comment_of(flow.id)}"'


def _collapse(networks: t.Sequence[str], version: int) -> list[str]:
    """The networks of one family, overlaps merged: an interval set must not hold two that overlap."""
    parsed: list[t.Any] = [ipaddress.ip_network(network) for network in networks]
    merged: t.Iterable[_NETWORK] = ipaddress.collapse_addresses(n for n in parsed if n.version == version)
    return [str(n.network_address) if n.prefixlen == n.max_prefixlen else str(n) for n in merged]


def _block(head: str, lines: t.Sequence[str]) -> list[str]:
    return [f"{head} {{", *(f"\t{line}" for line in lines), "}", ""]
