# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The parts of a vendor's page: each makes the Markdown of one section from a spec, or nothing where it has nothing."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._markdown import code, quoted, table, text
from ansible_collections.fieldnet.iot.plugins.plugin_utils._pages._words import (
    IMPLIED,
    claim,
    either,
    ends,
    uplink,
    whom,
    wifi_property,
    wifi_values,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._scope import label
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Port, Requirement, Source, Spec

Lines = t.List[str]
_NAMES_AND_ADDRESSES = ("dhcp", "reservation", "ipv4", "dns", "ntp")
_IN_THE_WAY = ("captive_portal", "tls_inspection", "dns_integrity")
_MEANS = {
    "dhcp": "The network gives the devices their addresses by DHCP.",
    "reservation": "The DHCP server keeps an address for a device, by its MAC address.",
    "ipv4": "The devices need IPv4.",
    "dns": "The resolver that DHCP names answers for the vendor's names.",
    "ntp": "A time server answers.",
    "captive_portal": "No page to log in or to accept terms: a device cannot fill it in.",
    "dns_integrity": "Nobody filters or rewrites what the vendor's own name servers answer.",
}
_CERTIFICATES = {
    "pinned": "Nobody decrypts the devices' TLS: they accept their vendor's own certificates and no others.",
    "public": "Nobody decrypts the devices' TLS: they accept certificates of public authorities and no others.",
}


def link(one: Requirement) -> str:
    """A requirement by its id, leading to the words that ask for it."""
    return f"[{one.id}](#requirement-{one.id})"


def _basis(one: Requirement) -> t.Tuple[str, str]:
    return one.level, one.basis


def devices(spec: Spec) -> Lines:
    """The products, and how they are connected."""
    rows = [
        (code(kind.type), text(kind.title), "; ".join(text(uplink(one)) for one in kind.uplinks))
        for kind in spec.device_types
    ]
    return table(("Type", "Product", "Uplinks"), rows)


def ports(spec: Spec) -> Lines:
    """Every port of every requirement."""
    rows = [
        (
            port.protocol.upper(),
            str(port.port),
            _role(one, port),
            _direction(spec, one),
            _destination(spec, one),
            *_basis(one),
            link(one),
        )
        for one in spec.requirements
        for port in one.ports
    ]
    head = ("Protocol", "Port", "Use", "Direction", "Destination", "Level", "Basis", "Requirement")
    return table(head, rows) if rows else ["No port is asked for.", ""]


def _role(one: Requirement, port: Port) -> str:
    if not one.any_of:
        return "needed"
    return "primary" if port == one.any_of[0] else "fallback"


def _direction(spec: Spec, one: Requirement) -> str:
    if one.kind == "local":
        return "local, both ways"
    only = f", {text(either(whom(spec, one.device_types), 'and'))} only" if one.device_types else ""
    return f"outbound{only}"


def _destination(spec: Spec, one: Requirement) -> str:
    if one.kind == "local":
        return text(ends(spec, one))
    if one.kind == "dns":
        return "the network's resolver"
    return ", ".join(code(name) for name in one.domains) or "not published"


def local(spec: Spec) -> Lines:
    """What the gateway never sees."""
    lines: Lines = []
    for one in spec.requirements:
        if one.kind == "local":
            said = either([label(port) for port in one.ports], "and")
            lines.append(f"- {said} between {text(ends(spec, one))}: {text(one.title)} ({one.level}, {link(one)})")
    if lines:
        lines += [
            "",
            "Inside one VLAN this never crosses the gateway: what can stop it is client isolation on an access point,"
            " or private ports on a switch. Between two VLANs the gateway has to let it pass.",
        ]
    return [*lines, ""] if lines else []


def names_and_addresses(spec: Spec) -> Lines:
    """DHCP, IP, DNS and NTP."""
    rows = [
        (text(one.title), _means(one), *_basis(one), link(one))
        for kind in _NAMES_AND_ADDRESSES
        for one in spec.requirements
        if one.kind == kind
    ]
    ipv6 = "The devices use IPv6." if spec.ipv6 else "The devices are not known to use IPv6; gateways deny it to them."
    lines = table(("What", "Means", "Level", "Basis", "Requirement"), rows) if rows else []
    return [*lines, ipv6, ""]


def _means(one: Requirement) -> str:
    said = _CERTIFICATES.get(one.certificate, _MEANS.get(one.kind, ""))
    if one.ports:
        said += f" {either([label(port) for port in one.ports], 'and')}."
    return said


def wifi(spec: Spec) -> Lines:
    """What a wireless network must be like."""
    rows = [
        (
            wifi_property(one),
            text(", ".join(wifi_values(one, "allowed"))) or "any other",
            text(", ".join(wifi_values(one, "forbidden"))) or "any other",
            *_basis(one),
            link(one),
        )
        for one in spec.requirements
        if one.wifi
    ]
    return table(("Property", "Suits", "Doesn't suit", "Level", "Basis", "Requirement"), rows) if rows else []


def in_the_way(spec: Spec) -> Lines:
    """What between a device and its cloud breaks it."""
    found = [one for kind in _IN_THE_WAY for one in spec.requirements if one.kind == kind]
    rows = [(text(one.title), _means(one), *_basis(one), link(one)) for one in found]
    lines = table(("What", "Means", "Level", "Basis", "Requirement"), rows) if rows else []
    silent = [
        f"- {what}: no requirement is about it."
        for kind, what in (("captive_portal", "Captive portals"), ("tls_inspection", "TLS inspection"))
        if all(one.kind != kind for one in found)
    ]
    return [*lines, *silent, ""] if silent else lines


def caveats(spec: Spec) -> Lines:
    """Where the documents differ: every statement, and which one counts."""
    lines: Lines = []
    for one in spec.requirements:
        if not one.conflict:
            continue
        used = text(spec.documents.get(one.conflict["uses"], one.conflict["uses"]))
        rows = [
            (text(spec.documents.get(said.ref, said.ref)), quoted(said.says), text(claim(said.claim)))
            for said in one.sources
            if said.claim
        ]
        lines += [f"### {text(one.title)}", "", text(one.conflict["text"]), ""]
        lines += table(("Document", "Says", "That is"), rows) if rows else []
        lines += [f"Used: {used}. Requirement: {link(one)}.", ""]
    return lines


def told(spec: Spec, kind: str) -> Lines:
    """Advice, or what to look at on the site."""
    lines = [
        f"- **{text(one.title)}.** {text(one.text)} ({link(one)})" for one in spec.requirements if one.kind == kind
    ]
    return [*lines, ""] if lines else []


def evidence(spec: Spec) -> Lines:
    """Every requirement with every sentence that asks for it."""
    lines: Lines = []
    for one in spec.requirements:
        basis = "stated" if one.basis == "stated" else IMPLIED
        lines += [f"### Requirement {one.id}", ""]
        lines += [f"**{text(one.title)}.** Kind: {code(one.kind)}; {one.level}; {basis}.", ""]
        if one.changed:
            # The sentences were read for the vendor's own spec: they need not say what this one made of it.
            keys = either([code(key) for key in one.changed], "and")
            lines += [f"Changed by this spec, which extends {code(spec.extends)}: {keys}.", ""]
        lines += [f"- {_said(spec, source)}" for source in one.sources]
        lines.append("")
    return lines


def _said(spec: Spec, source: Source) -> str:
    return f"{quoted(source.says)} ({text(spec.documents.get(source.ref, source.ref))})"


def not_carried(spec: Spec) -> Lines:
    """What the vendor's MUD file says and no requirement can hold, and what was taken to be meant."""
    lines = [f"- {text(note)}" for note in spec.notes]
    return [*lines, ""] if lines else []


def documents(spec: Spec) -> Lines:
    """What was read, and when."""
    rows = [
        (
            code(one.id),
            text(one.title),
            text(one.retrieved),
            str(sum(source.ref == one.id for found in spec.requirements for source in found.sources)),
        )
        for one in spec.sources
    ]
    return table(("Id", "Document", "Retrieved", "Quotations above"), rows)
