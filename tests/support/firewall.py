# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A policy for the one device of a site, and what it takes to look whether it holds."""

from __future__ import annotations

import contextlib
import socket
import typing as t

from support.gateway import DEVICE, DEVICE_MAC, GATEWAY, Result, Site, ask, connect, listening, run_module
from support.netns import Host

REFUSED = f"EHOSTUNREACH 3/13 from {GATEWAY}"
INTERFACES: t.List[Result] = [
    {"name": "vlan40", "subnet": "10.40.0.0/24", "router": GATEWAY},
    {"name": "eth0.41", "subnet": "10.41.0.0/24", "router": "10.41.0.1"},
]


def flow(name: str, protocol: str, port: int, *to: str) -> Result:
    return {"id": name, "interface": "vlan40", "protocol": protocol, "port": port, "to": list(to)}


def policy(flows: t.Sequence[Result], **device: t.Any) -> Result:
    """One device on vlan40 with these flows."""
    profile = {"name": "vendor", "interface": "vlan40", "flows": [entry["id"] for entry in flows]}
    known = {"name": "device", "interface": "vlan40", "mac": DEVICE_MAC, "ip": DEVICE, "profile": "vendor"}
    return {
        "interfaces": INTERFACES,
        "flows": list(flows),
        "profiles": [profile],
        "devices": [{**known, **device}],
        "persist": False,
    }


WEB = flow("web", "tcp", 443)


def apply(site: Site, options: Result) -> Result:
    result = run_module(site.gateway, "firewall_policy", options)
    assert not result.get("failed"), result
    return result


def attempt(host: Host, protocol: str, target: str, port: int) -> str:
    if protocol == "tcp":
        return connect(host, target, port).split(" ")[0]
    return "open" if ask(host, target, port) == "answer" else "EHOSTUNREACH"


def serve(stack: contextlib.ExitStack, host: Host, ports: t.Iterable[t.Tuple[str, int]]) -> None:
    for protocol, port in ports:
        kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
        stack.enter_context(listening(host, port, kind))
