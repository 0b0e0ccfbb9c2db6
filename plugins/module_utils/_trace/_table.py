# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Our table for the time of a trace: it marks the packets of the flows, looks, and decides nothing.

A chain of ours stands at both ends of each hook. It makes the kernel say that a packet was there, so that one which is
lost where no rule of nftables speaks (the routing decision, iptables-legacy) is missed in the right place.
"""

from __future__ import annotations

import typing as t

from ._flows import Flow

NAME = "fieldnet_iot_trace"
# A flood is not traced packet by packet: that is work for the kernel, and one packet dies as the other.
_LIMIT = "limit rate 20/second burst 40 packets"
_FIRST, _LAST = -2147483647, 2147483646  # the very ends are where the kernel confirms connections
_PLACES = (
    ("past_prerouting", "prerouting", _LAST),
    ("at_input", "input", _FIRST),
    ("past_input", "input", _LAST),
    ("at_forward", "forward", _FIRST),
    ("past_forward", "forward", _LAST),
    ("past_postrouting", "postrouting", _LAST),
)
# After fragments are put together (-400), before anybody's raw rules (-300); and right after connection tracking
# (-200), where an answer to an address that NAT gave is known as one.
_START, _ANSWERS, _TRANSLATED = -399, -398, -199
_IP = {4: ("ip", "ipv4_addr"), 6: ("ip6", "ipv6_addr")}


def render(flows: t.Sequence[Flow], devices: t.Sequence[str], nat: bool, flags: str) -> str:
    """The table, for nft -f."""
    versions = sorted({flow.version for flow in flows})
    chains = [_chain(name, hook, priority, []) for name, hook, priority in _PLACES]
    if devices:
        listed = ", ".join(f'"{device}"' for device in devices)
        chains.append(_chain("at_ingress", f"ingress devices = {{ {listed} }}", -500, [_start(flow) for flow in flows]))
    chains.append(_chain("at_prerouting", "prerouting", _START, [_start(flow) + _remember(flow) for flow in flows]))
    kinds = sorted({(flow.version, flow.protocol, flow.port) for flow in flows})
    translated = [_translated(*kind) for kind in kinds]
    for hook in ("prerouting", "output"):
        chains.append(_chain(f"back_{hook}", hook, _ANSWERS, [_answer(version) for version in versions]))
        if nat:
            chains.append(_chain(f"nat_{hook}", hook, _TRANSLATED, translated))
    sets = [_sets(version) for version in versions]
    return f"table inet {NAME} {{\n{flags}\n" + "".join([*sets, *chains]) + "}\n"


def _chain(name: str, hook: str, priority: int, rules: t.Sequence[str]) -> str:
    body = "".join(f"    {rule}\n" for rule in rules)
    return f"  chain {name} {{\n    type filter hook {hook} priority {priority}; policy accept;\n{body}  }}\n"


def _sets(version: int) -> str:
    """The connections seen, and who talks with whom, for their answers."""
    kind = _IP[version][1]
    body = "    flags dynamic,timeout; timeout 2m; size 4096\n  }\n"
    return (
        f"  set seen{version} {{\n    type {kind} . inet_service . {kind} . inet_service\n{body}"
        f"  set pair{version} {{\n    type {kind} . {kind}\n{body}"
    )


def _start(flow: Flow) -> str:
    ip = _IP[flow.version][0]
    sender = f"ether saddr {flow.mac} " if flow.mac else ""
    return (
        f"{sender}{ip} saddr {flow.source} {ip} daddr {flow.destination} {flow.protocol} dport {flow.port}"
        f" {_LIMIT} meta nftrace set 1"
    )


def _remember(flow: Flow) -> str:
    ip, version = _IP[flow.version][0], flow.version
    return (
        f" add @seen{version} {{ {ip} saddr . th sport . {ip} daddr . th dport }}"
        f" add @pair{version} {{ {ip} saddr . {ip} daddr }}"
    )


def _answer(version: int) -> str:
    ip = _IP[version][0]
    ends = f"{ip} daddr . th dport . {ip} saddr . th sport"
    return f"meta l4proto {{ tcp, udp }} {ends} @seen{version} {_LIMIT} meta nftrace set 1"


def _translated(version: int, protocol: str, port: int) -> str:
    """An answer that NAT sends elsewhere, so that its own addresses are nobody's that is known here."""
    ip = _IP[version][0]
    ends = f"ct original {ip} saddr . ct original {ip} daddr"
    return (
        f"ct direction reply {ends} @pair{version} meta l4proto {protocol} ct original proto-dst {port}"
        f" {_LIMIT} meta nftrace set 1"
    )
