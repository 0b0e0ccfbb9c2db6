# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Bring one entry of an access list into the form of RFC 8519 and RFC 8520."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import Problem, Problems, show
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._model import TRANSPORTS
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._repair import (
    Dict,
    child,
    rename,
    truth,
    under,
    whole_number,
)

_EMPTY_LEAVES = ("local-networks", "same-manufacturer", "my-controller")
_PROTOCOLS = {"icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58, "ipv6-icmp": 58}
_FORWARDING = {"permit": "accept", "allow": "accept", "deny": "drop", "discard": "drop"}
_MODULE = "ietf-access-control-list:"
# Of the drafts before RFC 8519: ports stood beside the addresses.
_OLD_PORTS = {
    "source-port-range-or-operator": "source-port",
    "destination-port-range-or-operator": "destination-port",
    "source-port-range": "source-port",
    "destination-port-range": "destination-port",
}


def repair_ace(ace: Dict, path: str, repairs: Problems) -> None:
    """Change the entry in place."""
    rename(ace, ("rule-name",), "name", path, repairs)
    _actions(ace, f"{path}.actions", repairs)
    matches, path = child(ace, "matches"), f"{path}.matches"
    rename(matches, ("ipv4-acl",), "ipv4", path, repairs)
    rename(matches, ("ipv6-acl",), "ipv6", path, repairs)
    rename(matches, ("mud", "ietf-mud:mud-acl"), "ietf-mud:mud", path, repairs)
    for family in ("ipv4", "ipv6"):
        header, where = child(matches, family), f"{path}.{family}"
        _header(header, family, where, repairs)
        _old_ports(matches, header, where, repairs)
    for transport in ("tcp", "udp"):
        _transport(child(matches, transport), f"{path}.{transport}", repairs)
    whole_number(child(matches, "eth"), "ethertype", f"{path}.eth", repairs)
    for key in _EMPTY_LEAVES:
        _empty(child(matches, "ietf-mud:mud"), key, f"{path}.ietf-mud:mud", repairs)


def _actions(ace: Dict, path: str, repairs: Problems) -> None:
    actions = child(ace, "actions")
    for word in ("permit", "deny"):
        if word in actions and "forwarding" not in actions:
            del actions[word]
            actions["forwarding"] = _FORWARDING[word]
            repairs.append(Problem(under(path, word), f"is forwarding: {_FORWARDING[word]} in RFC 8519"))
    for key in ("forwarding", "logging"):
        value = actions.get(key)
        if isinstance(value, str) and value.startswith(_MODULE):
            actions[key] = value[len(_MODULE) :]
    given = actions.get("forwarding")
    if isinstance(given, str) and given in _FORWARDING:
        actions["forwarding"] = _FORWARDING[given]
        repairs.append(Problem(f"{path}.forwarding", f"{given} is called {_FORWARDING[given]} in RFC 8519"))


def _header(header: Dict, family: str, path: str, repairs: Problems) -> None:
    for name in ("src-dnsname", "dst-dnsname"):
        rename(header, (name,), f"ietf-acldns:{name}", path, repairs)
        value = header.get(f"ietf-acldns:{name}")
        if isinstance(value, str) and value.startswith("*."):
            repairs.append(Problem(f"{path}.ietf-acldns:{name}", f"{show(value)} is a wildcard, which RFC 8520 lacks"))
    protocol = header.get("protocol")
    if isinstance(protocol, str) and protocol.lower() in _PROTOCOLS:
        header["protocol"] = _PROTOCOLS[protocol.lower()]
        repairs.append(Problem(f"{path}.protocol", f"{protocol} becomes its number, {header['protocol']}"))
    whole_number(header, "protocol", path, repairs)
    for side in ("source", "destination"):
        _network(header, f"{side}-{family}-network", family, path, repairs)


def _network(header: Dict, key: str, family: str, path: str, repairs: Problems) -> None:
    """An address stands for the network that has it alone."""
    value = header.get(key)
    if not isinstance(value, str) or "/" in value:
        return
    try:
        address: t.Any = ipaddress.IPv4Address(value) if family == "ipv4" else ipaddress.IPv6Address(value)
    except ValueError:
        return
    header[key] = f"{address}/{address.max_prefixlen}"
    repairs.append(Problem(under(path, key), f"{value} has no prefix length; it becomes {header[key]}"))


def _old_ports(matches: Dict, header: Dict, path: str, repairs: Problems) -> None:
    protocol = header.get("protocol")
    transport = TRANSPORTS.get(protocol, "") if isinstance(protocol, int) else ""
    for old, new in _OLD_PORTS.items():
        if old in header and transport:
            target = matches.setdefault(transport, {})
            if isinstance(target, dict) and new not in target:
                target[new] = header.pop(old)
                repairs.append(Problem(under(path, old), f"is {transport}.{new} in RFC 8519"))


def _transport(header: Dict, path: str, repairs: Problems) -> None:
    rename(header, ("direction-initiated",), "ietf-mud:direction-initiated", path, repairs)
    for side in ("source-port", "destination-port"):
        ports, where = child(header, side), f"{path}.{side}"
        for key in ("port", "lower-port", "upper-port"):
            whole_number(ports, key, where, repairs)
        if "operator" in ports and "port" not in ports and {"lower-port", "upper-port"} <= set(ports):
            word = ports.pop("operator")
            repairs.append(Problem(f"{where}.operator", f"{show(word)} stands beside a range of ports; taken out"))
        number = header.get(side)
        if isinstance(number, int) and not isinstance(number, bool):
            header[side] = {"operator": "eq", "port": number}
            repairs.append(Problem(where, f"the bare number {number} becomes operator eq, port {number}"))


def _empty(header: Dict, key: str, path: str, repairs: Problems) -> None:
    """A leaf of YANG's type empty is [null] in JSON (RFC 7951 section 6.9); false would say that it is not there."""
    truth(header, key, path, [])
    if key in header and header[key] is False:
        del header[key]
        repairs.append(Problem(under(path, key), "false says that it doesn't match on this; taken out"))
    elif key in header and header[key] in (None, True, "", [], {}) and header[key] != [None]:
        header[key] = [None]
        repairs.append(Problem(under(path, key), "is written as [null] in JSON (RFC 7951)"))
