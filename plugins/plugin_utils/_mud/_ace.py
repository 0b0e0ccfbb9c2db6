# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Read one entry of an access list (RFC 8519 section 4, RFC 8520 section 3)."""

from __future__ import annotations

import ipaddress
import json
import typing as t

from ansible_collections.fieldnet.iot.plugins.module_utils import _values as values
from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import show
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._fields import Dict, Fields
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._model import NUMBERS, Ace, Ports, Side

_LONGEST_QUOTATION = 600
_EMPTY = ("same-manufacturer", "local-networks", "my-controller")
_NAMED = ("manufacturer", "model", "controller")
# Parts of headers that the RFC has and no spec can say.
_NARROWER = {
    "ipv4": ("dscp", "ecn", "length", "ttl", "ihl", "flags", "offset", "identification"),
    "ipv6": ("dscp", "ecn", "length", "ttl", "flow-label"),
    "tcp": (
        *("sequence-number", "acknowledgement-number", "data-offset", "reserved", "flags"),
        *("window-size", "urgent-pointer", "options"),
    ),
    "udp": ("length",),
    "icmp": ("type", "code", "rest-of-header"),
    "eth": (
        *("destination-mac-address", "destination-mac-address-mask"),
        *("source-mac-address", "source-mac-address-mask", "ethertype"),
    ),
}
_ADDRESSES = ("ietf-acldns:src-dnsname", "ietf-acldns:dst-dnsname", "protocol")
_PORTS = ("source-port", "destination-port", "ietf-mud:direction-initiated")
_INTERFACES = ("egress-interface", "ingress-interface")


class _Found:
    """What the parts of an entry add to it."""

    def __init__(self) -> None:
        self.narrower: t.List[str] = []
        self.unknown: t.List[str] = []
        self.impossible = ""


def read_ace(raw: object, path: str, fields: Fields) -> Ace:
    """The entry, with every problem of its values recorded."""
    entry = fields.mapping(raw, path, "name", "matches", "actions")
    matches = fields.mapping(entry.get("matches", {}), f"{path}.matches", "ipv4", "ipv6", "tcp", "udp", "ietf-mud:mud")
    found, where = _Found(), f"{path}.matches"
    families = [name for name in ("ipv4", "ipv6") if name in matches]
    transports = [name for name in ("tcp", "udp", "icmp") if name in matches]
    for several in (families, transports):
        if len(several) > 1:
            fields.wrong(where, f"has both {' and '.join(several)}; an entry has one of them")
    family = families[0] if families else ""
    transport = transports[0] if transports else ""
    header = fields.mapping(matches.get(family, {}), f"{where}.{family}", "protocol")
    ports = fields.mapping(matches.get(transport, {}), f"{where}.{transport}", "destination-port")
    for name in matches:
        if name in _INTERFACES:
            found.narrower.append(name)
        elif name not in ("ipv4", "ipv6", "tcp", "udp", "icmp", "eth", "ietf-mud:mud"):
            found.unknown.append(show(name))
    for part, members, known in ((family, header, _ADDRESSES), (transport, ports, _PORTS), *_ethernet(matches)):
        _members(part, members, known, found)
    protocol = fields.number(header, "protocol", f"{where}.{family}", 0, 255)
    _agree(protocol, transport, found)
    parts = (_Part(family, header, f"{where}.{family}"), _Part(transport, ports, f"{where}.{transport}"))
    source, destination = (_side(end, *parts, fields, found) for end in ("source", "destination"))
    return Ace(
        path=path,
        name=fields.text(entry, "name", path, needed=isinstance(raw, dict)),
        says=_quotation(entry),
        forwarding=_actions(entry, path, fields, found),
        family=family,
        protocol=protocol if protocol is not None else NUMBERS.get(transport),
        transport=transport,
        initiated=_initiated(ports, f"{where}.{transport}", fields),
        source=source,
        destination=destination,
        classes=_classes(matches, where, fields, found),
        ethernet="eth" in matches,
        narrower=tuple(found.narrower),
        unknown=tuple(found.unknown),
        impossible=found.impossible,
    )


def _ethernet(matches: Dict) -> t.Iterator[t.Tuple[str, Dict, t.Tuple[str, ...]]]:
    found = matches.get("eth")
    if isinstance(found, dict):
        yield "eth", found, ()


def _members(part: str, members: Dict, known: t.Sequence[str], found: _Found) -> None:
    for name in members:
        if name in _NARROWER.get(part, ()):
            found.narrower.append(f"{part}.{name}")
        elif name not in known and not name.endswith(f"-{part}-network"):
            found.unknown.append(f"{part}.{show(name)}")


def _agree(protocol: t.Optional[int], transport: str, found: _Found) -> None:
    wanted = {"tcp": (6,), "udp": (17,), "icmp": (1, 58)}.get(transport, ())
    if protocol is not None and wanted and protocol not in wanted:
        found.impossible = f"it asks for IP protocol {protocol} and for {transport} at once"


class _Part(t.NamedTuple):
    """One header of an entry: which, what it matches on, and where it stands."""

    name: str
    members: Dict
    path: str


def _side(end: str, header: _Part, ports: _Part, fields: Fields, found: _Found) -> Side:
    name_key = f"ietf-acldns:{'src' if end == 'source' else 'dst'}-dnsname"
    network_key = f"{end}-{header.name}-network"
    name = fields.text(header.members, name_key, header.path)
    network = fields.text(header.members, network_key, header.path)
    try:
        name = _host(name) if name else ""
    except ValueError as exc:
        fields.wrong(f"{header.path}.{name_key}", f"{show(name)} {exc}")
    if network:
        network = _network(network, header.name, f"{header.path}.{network_key}", fields, found)
    wanted = _ports(ports.members, f"{end}-port", ports.path, fields) if ports.name in ("tcp", "udp") else None
    return Side(name, network, wanted)


def _host(name: str) -> str:
    """A name, a wildcard of one (no RFC has it, but files do), or an address."""
    try:
        return values.ip(name)
    except ValueError:
        return values.domain_pattern(name)


def _network(text: str, family: str, path: str, fields: Fields, found: _Found) -> str:
    try:
        network = ipaddress.ip_network(text, strict=False)
        if "/" not in text and f"ipv{network.version}" == family:
            raise ValueError
    except ValueError:
        fields.wrong(path, f"{show(text)} is not a network (write it as 198.51.100.7/32)")
        return ""
    if f"ipv{network.version}" != family:
        found.impossible = f"{network} is no {family} network"
    return str(network)


def _ports(header: Dict, key: str, path: str, fields: Fields) -> t.Optional[Ports]:
    if key not in header:
        return None
    path = f"{path}.{key}"
    given = fields.mapping(header[key], path, "operator", "port", "lower-port", "upper-port")
    for name in given:
        if name not in ("operator", "port", "lower-port", "upper-port"):
            fields.wrong(path, f"has an unknown member {show(name)}")
    if "lower-port" in given or "upper-port" in given:
        low, high = (fields.number(given, name, path, 0, 65535) for name in ("lower-port", "upper-port"))
        if {"operator", "port"} & set(given) or not {"lower-port", "upper-port"} <= set(given):
            fields.wrong(path, "needs lower-port and upper-port, or operator and port")
        elif low is not None and high is not None and low > high:
            fields.wrong(path, f"lower-port {low} is above upper-port {high}")
        return Ports(low or 0, high or 0)
    port = fields.number(given, "port", path, 0, 65535)
    if "port" not in given:
        fields.wrong(path, "has no port")
    operator = fields.text(given, "operator", path) or "eq"  # eq is the default
    if operator not in ("eq", "neq", "lte", "gte"):
        fields.wrong(f"{path}.operator", f"{show(operator)} is not one of: eq, neq, lte, gte")
    number = port or 0
    return Ports(0 if operator == "lte" else number, 65535 if operator == "gte" else number, operator == "neq")


def _initiated(ports: Dict, path: str, fields: Fields) -> str:
    key = "ietf-mud:direction-initiated"
    found = fields.text(ports, key, path)
    if found and found not in ("from-device", "to-device"):
        fields.wrong(f"{path}.{key}", f"{show(found)} is not one of: from-device, to-device")
    return found


def _classes(matches: Dict, path: str, fields: Fields, found: _Found) -> t.Tuple[t.Tuple[str, str], ...]:
    path = f"{path}.ietf-mud:mud"
    given = fields.mapping(matches.get("ietf-mud:mud", {}), path, *_EMPTY, *_NAMED)
    classes = []
    for name, value in given.items():
        if name in _EMPTY:
            if value != [None]:
                fields.wrong(f"{path}.{name}", f"{show(value)} is not [null], as JSON writes a leaf without a value")
            classes.append((name, ""))
        elif name in _NAMED:
            classes.append((name, fields.text(given, name, path)))
        else:
            found.unknown.append(f"ietf-mud:mud.{show(name)}")
    return tuple(sorted(classes))


def _actions(entry: Dict, path: str, fields: Fields, found: _Found) -> str:
    path = f"{path}.actions"
    actions = fields.mapping(entry.get("actions", {}), path, "forwarding")
    forwarding = fields.text(actions, "forwarding", path, needed=isinstance(entry.get("actions", {}), dict))
    if forwarding and forwarding not in ("accept", "drop", "reject"):
        fields.wrong(f"{path}.forwarding", f"{show(forwarding)} is not one of: accept, drop, reject")
    for name in actions:
        if name == "logging" and actions[name] in ("log-syslog", "log-none"):
            if actions[name] == "log-syslog":
                fields.lost(f"{path}.logging", "log-syslog: the gateway logs what it refuses, not what it allows")
        elif name != "forwarding":
            fields.lost(f"{path}.{show(name)}", "nobody here knows this action; it is not read")
    return forwarding


def _quotation(entry: Dict) -> str:
    """The entry as the file has it, on one line of ASCII."""
    text = json.dumps({name: value for name, value in entry.items() if name in ("name", "matches", "actions")})
    return text if len(text) <= _LONGEST_QUOTATION else text[:_LONGEST_QUOTATION] + "..."
