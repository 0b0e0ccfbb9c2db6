# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Kind ``link``: the control beside all other checks. Is this host in the subnet, and does the router answer it?

Without that nothing can be said: whatever fails, fails for reasons of its own. No root is needed: the kernel asks the
router's hardware address for a datagram of ours, and tells what came of it.
"""

from __future__ import annotations

import fcntl
import ipaddress
import select
import socket
import struct
import sys
from time import monotonic

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _icmp, _netlink
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._judge import entry
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._path import wait_for
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._socket import open_socket
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check, NotRun, Result

_SIOCGIFFLAGS = 0x8913  # <linux/sockios.h>
_IFF_UP, _IFF_RUNNING = 0x1, 0x40
_DISCARD = 9  # nothing listens there, so the datagram asks for no more than an ICMP error
_LOOK = 0.05  # seconds between looks at the neighbour table
_FRESH_FAILURE = 0.5  # seconds after which a failed entry is about our datagram, not about an earlier one


def run(check: Check, deadline: float) -> Result:
    """Look step by step; the reason names the step that failed."""
    if sys.platform != "linux":
        raise NotRun("the link check reads Linux's neighbour table: run it on a Linux host")
    started = monotonic()
    hurdle = _local_hurdle(check)
    observation, reason = ("unreachable", hurdle) if hurdle else _ask_router(check, deadline)
    seen = entry(check["router"], observation, reason, started)
    known = None if hurdle else _netlink.neighbour(socket.if_nametoindex(check["interface"]), check["router"])
    return {
        "observation": observation,
        "reason": reason,
        "target": f"{check['router']} on {check['interface']}",
        "addresses": [seen],
        "router_mac": known.mac if known else None,
    }


def _local_hurdle(check: Check) -> str | None:
    """What this host itself lacks."""
    interface, subnet = check["interface"], ipaddress.ip_network(check["subnet"])
    try:
        index = socket.if_nametoindex(interface)
    except OSError:
        return f"this host has no interface {interface}"
    flags = _flags(interface)
    if not flags & _IFF_UP:
        return f"interface {interface} is down"
    if not flags & _IFF_RUNNING:
        return f"interface {interface} has no carrier: no cable, or not joined to the wireless network"
    addresses = _netlink.ipv4_addresses(index)
    if not any(ipaddress.ip_address(address) in subnet for address in addresses):
        return f"interface {interface} has no address in {subnet} (it has {', '.join(addresses) or 'none'})"
    if check["router"] in addresses:
        return (
            f"this host is {check['router']} itself, so that nothing it probes crosses the router's forward path: "
            "probe from another host of the subnet"
        )
    return None


def _flags(interface: str) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            data = fcntl.ioctl(sock.fileno(), _SIOCGIFFLAGS, struct.pack("16sH14x", interface.encode(), 0))
        except OSError as error:
            raise NotRun(f"can't look at interface {interface}: {error.strerror}") from None
    return int(struct.unpack_from("H", data, 16)[0])


def _ask_router(check: Check, deadline: float) -> tuple[str, str]:
    router, interface = check["router"], check["interface"]
    index = socket.if_nametoindex(interface)
    started = monotonic()
    known = None
    with open_socket(check, router, socket.SOCK_DGRAM) as sock:
        _icmp.watch(sock, ipv6=False)
        try:
            sock.connect((router, _DISCARD))
            sock.send(b"")
        except OSError as error:
            return "unreachable", f"this host can't send to {router} through {interface}: {error.strerror}"
        while monotonic() < deadline:
            wait_for(sock, select.POLLIN, min(deadline, monotonic() + _LOOK))
            icmp = _icmp.read(sock)
            if icmp and icmp.offender == router:
                return "reachable", f"{router} answered on {interface} ({icmp.text})"
            known = _netlink.neighbour(index, router)
            state = known.state if known else "none"
            if state == "reachable":
                return "reachable", f"{router} answers ARP on {interface} (at {known.mac if known else None})"
            if icmp or (state == "failed" and monotonic() - started > _FRESH_FAILURE):
                break
    return "unreachable", f"{router} does not answer on {interface}: {_silence(known)}"


def _silence(known: _netlink.Neighbour | None) -> str:
    if known and known.mac:
        return f"its hardware address {known.mac} is known from before ({known.state}), but was not confirmed in time"
    return "nobody claims its address (ARP)"
