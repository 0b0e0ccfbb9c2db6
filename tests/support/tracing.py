# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A device that knocks while the gateway traces."""

from __future__ import annotations

import contextlib
import secrets
import select
import socket
import typing as t

from ansible_collections.fieldnet.iot.plugins.module_utils._trace import _module
from ansible_collections.fieldnet.iot.plugins.module_utils._trace._flows import parse_flows
from ansible_collections.fieldnet.iot.plugins.module_utils._trace._words import Teller
from support.gateway import CLOUD, CLOUD6, DEVICE, DEVICE6, Result, Site
from support.netns import Host

PORT = 31314
TABLE = "fieldnet_iot_trace"
ENDS = {4: (DEVICE, CLOUD), 6: (DEVICE6, CLOUD6)}


def flow(version: int = 4, protocol: str = "tcp", port: int = PORT, **more: t.Any) -> Result:
    """From the device to the cloud."""
    source, destination = ENDS[version]
    ends = {"source": source, "destination": destination, "interface": "vlan40"}
    return {"id": f"{protocol}{version}-{port}", "protocol": protocol, "port": port, **ends, **more}


def start(site: Site, *flows: Result, seconds: float = 20) -> str:
    """Begin to trace, as the module does; returns the token."""
    token = secrets.token_hex(8)
    with site.gateway.entered():
        _module.start(parse_flows(flows, []), seconds, token)
    return token


def end(site: Site, token: str, *flows: Result) -> list[Result]:
    """What was seen."""
    with site.gateway.entered():
        found = _module.end(parse_flows(flows, []), token, Teller("gw"))
    assert not leftover(site)
    return found


def traced(site: Site, wanted: Result, act: t.Callable[[], object] | None = None) -> Result:
    """Where the device's packets come to their end."""
    token = start(site, wanted)
    try:
        if act:
            act()
        else:
            knock(site.device, wanted)
    finally:
        (found,) = end(site, token, wanted)
    return found


def chain(host: Host, hook: str, *rules: str, table: str = "inet corp", head: str = "filter", **more: t.Any) -> None:
    """A table with one chain, called main."""
    text = "\n".join(rules)
    at = f"type {head} hook {hook} priority {more.get('priority', 0)}; policy {more.get('policy', 'accept')};"
    host.run("nft", "-f", "-", stdin=f"table {table} {{\nchain main {{\n{at}\n{text}\n}}\n}}\n")


def knock(host: Host, wanted: Result, within: float = 0.2, source: str = "") -> None:
    """Send the flow's first packet, and wait a moment for an answer, whatever it is."""
    family = socket.AF_INET6 if ":" in wanted["destination"] else socket.AF_INET
    with host.entered():
        sock = socket.socket(family, socket.SOCK_STREAM if wanted["protocol"] == "tcp" else socket.SOCK_DGRAM)
    with sock, contextlib.suppress(OSError):
        sock.setblocking(False)
        if source:
            sock.bind((source, 0))
        target = (wanted["destination"], wanted["port"])
        if wanted["protocol"] == "udp":
            sock.sendto(b"ping", target)
            select.select([sock], [], [], within)
            return
        sock.connect_ex(target)
        select.select([], [sock], [], within)


def leftover(site: Site) -> bool:
    """Whether a table of a trace is there."""
    return TABLE in site.gateway.run("nft", "list", "tables")
