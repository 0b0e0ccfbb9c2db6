# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What of a requirement is not in a MUD file, in words."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import Problem
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._scope import label
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Requirement, Spec

_FLOWS = ("outbound", "local", "dns", "ntp")
_NAMES = {
    "dns_integrity": "honest DNS answers",
    "wifi": "Wi-Fi",
    "dhcp": "DHCP",
    "reservation": "DHCP reservations",
    "ipv4": "IPv4",
    "captive_portal": "captive portals",
    "tls_inspection": "TLS inspection",
    "checklist": "what a site attests",
    "advice": "advice",
}


def lost(found: Requirement, hosts: t.Sequence[str], spec: Spec) -> t.Iterator[Problem]:
    """Every loss of one requirement; the first where it is not in the document at all."""
    if found.kind not in _FLOWS:
        yield Problem(found.id, f"left out: MUD has no word for {_NAMES.get(found.kind, found.kind)}")
        return
    yield from (Problem(found.id, text) for text in _destination(found, hosts, spec))
    if len(found.any_of) > 1:
        primary, *others = (label(port) for port in found.any_of)
        yield Problem(found.id, f"MUD knows no fallback: {primary} and {', '.join(others)} stand side by side")
    if found.level == "recommended":
        yield Problem(found.id, "MUD knows no levels: it is only recommended, and allowed like the others")
    if found.kind in ("outbound", "local") and any(port.protocol == "udp" for port in found.ports):
        yield Problem(found.id, "MUD gives UDP no direction: its entries let either side begin")
    for port in found.ports:
        if port.application:
            yield Problem(found.id, f"{label(port)} speaks {port.application}, which MUD does not say")


def hosts_of(found: Requirement, hosts: t.Sequence[str]) -> t.List[str]:
    """The names and addresses that a document can have of a requirement, sorted."""
    return sorted(name for name in {*found.concrete_domains, *hosts} if _has_word(name))


def _has_word(name: str) -> bool:
    """YANG's inet:host (RFC 6991) is narrower than what DNS takes: an underscore alone is no label."""
    return all(label != "_" for label in name.split("."))


def _destination(found: Requirement, hosts: t.Sequence[str], spec: Spec) -> t.Iterator[str]:
    wildcards = ", ".join(name for name in found.domains if name.startswith("*."))
    odd = ", ".join(sorted(name for name in {*found.concrete_domains, *hosts} if not _has_word(name)))
    if found.kind == "local":
        ends = " and ".join(dict.fromkeys(found.between))
        yield f"is between {ends}; MUD allows it with every device of the same authority (same-manufacturer)"
    if found.kind not in ("outbound", "ntp"):
        return
    if not found.domains and not hosts:
        if found.kind == "outbound":
            yield "names no destination, so MUD opens it to any, inside the site as well: name the hosts (option hosts)"
    elif not hosts_of(found, hosts):
        wordless = ", ".join(filter(None, (wildcards, odd)))
        yield f"left out: MUD has no word for {wordless}: name other hosts (option hosts)"
    elif wildcards and hosts:
        yield f"MUD has no wildcard: of {wildcards} it names {', '.join(sorted(hosts))} alone"
    elif wildcards:
        yield f"MUD has no wildcard: {wildcards} is left out (name the hosts under it by the option hosts)"
    if odd and hosts_of(found, hosts):
        yield f"MUD has no word for {odd}, which is left out: an underscore alone is no label of a name there"
    if not spec.ipv6 and any(_is_ipv6(host) for host in hosts):
        yield "its IPv6 addresses are left out, as the vendor's devices don't use IPv6"


def _is_ipv6(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).version == 6
    except ValueError:
        return False
