# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What becomes of packets that no flow allows: learned for a while, logged at a limited rate, refused."""

from __future__ import annotations

from .._firewall import Policy
from ._names import block, count
from ._sets import PAUSED

# Learning lasts no longer than this, and so does what was learned.
LEARN_DAYS = 30
_DAY = 24 * 60 * 60
# MAC addresses cost nothing: whoever forges them gets past any limit a device, so there is one for all, too.
_LOG_ALL = "limit rate 20/second burst 40 packets"
_SENDER = "iifname . ether saddr"


def refusal_chains(policy: Policy) -> list[str]:
    """For known devices, for unknown ones, and for IPv6 where the device may not use it."""
    return [
        *_learn_chain(policy),
        *block(
            "chain iot_refuse",
            [
                # Errors about packets of a connection that is allowed, which a device may have to say.
                "ct state related meta l4proto { icmp, ipv6-icmp } accept",
                *_refuse(policy, "known", "fieldnet-iot-refused ", "iot_logged", policy.refuse_with),
            ],
        ),
        *block(
            "chain iot_unknown",
            [
                f"add @iot_unknown_seen {{ {_SENDER} counter }}",
                *_refuse(policy, "unknown", "fieldnet-iot-unknown ", "iot_logged_unknown", policy.unknown_devices),
            ],
        ),
        *block(
            "chain iot_ipv6",
            _refuse(policy, "ipv6", "fieldnet-iot-ipv6 ", "iot_logged_unknown", policy.refuse_with),
        ),
    ]


def _refuse(policy: Policy, counter: str, prefix: str, logged: str, verdict: str) -> list[str]:
    # What devices say to all their neighbours is no attempt to get out: it would only drown what is.
    rules = [f"meta pkttype {{ broadcast, multicast }} {count('refused/broadcast')} drop"]
    if policy.learn_until:
        # From a beginning on, too: a gateway without a clock of its own starts in 1970, and must not learn till it
        # knows the time.
        rules.append(f"meta time {policy.learn_until - LEARN_DAYS * _DAY}-{policy.learn_until - 1} goto iot_learn")
    if verdict == "reject":
        # Only the second refused packet of a connection ends it. While an update replaces a device's profile, a packet
        # may meet half of each: it is lost then and comes again, as packets do, and no connection is cut. Each update
        # forgets who was paused, or two of them in a row could cut what both allow.
        first = f"ct state established ct id != @{PAUSED} add @{PAUSED} {{ ct id }}"
        rules.append(f"{first} {count('refused/paused')} drop")
    rules += _log(policy, prefix, logged)
    if verdict == "reject":
        # An ICMP error would not end a connection that exists.
        rules.append(f"ct state established meta l4proto tcp {count('refused/cut')} reject with tcp reset")
        return [*rules, f"{count(f'refused/{counter}')} reject with icmpx type admin-prohibited"]
    return [*rules, f"{count(f'refused/{counter}')} drop"]


def _log(policy: Policy, prefix: str, logged: str) -> list[str]:
    if not policy.log_limit:
        return []
    limited = f"update @{logged} {{ {_SENDER} limit rate {policy.log_limit} burst 5 packets }}"
    return [f'{limited} {_LOG_ALL} log prefix "{prefix}" level info']


def _learn_chain(policy: Policy) -> list[str]:
    if not policy.learn_until:
        return []
    service = "meta l4proto . th dport"
    return block(
        "chain iot_learn",
        [
            f"meta l4proto {{ tcp, udp }} add @iot_learned {{ {_SENDER} . ip daddr . {service} counter }}",
            f"meta l4proto {{ tcp, udp }} add @iot_learned6 {{ {_SENDER} . ip6 daddr . {service} counter }}",
            *_log(policy, "fieldnet-iot-learned ", "iot_logged"),
            f"{count('learned')} accept",
        ],
    )
