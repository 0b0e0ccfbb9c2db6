# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The firewall request in plain words: a letter to a network team that has never heard of the vendor. Pure.

It asks for what the spec has, says of each destination what is known, and what nobody knows. Plain text, to be pasted
into a mail or a ticket.
"""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._markdown import line, wrapped
from ansible_collections.fieldnet.iot.plugins.plugin_utils._pages._words import (
    either,
    ends,
    level,
    refuses_enterprise,
    whom,
    wifi_property,
    wifi_values,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._scope import label
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Port, Requirement, Spec

Lines = t.List[str]
_BLANK = "____________________"
_TOLD = ("outbound", "dns", "ntp", "local", "wifi", "captive_portal", "dns_integrity", "tls_inspection")


def firewall_request(spec: Spec) -> Lines:
    """The letter's lines."""
    title = line(spec.title)
    return [
        *wrapped(f"Firewall request: {title}", "Subject: ", "  "),
        "",
        *wrapped(
            f"We are putting devices into the network ({title}) that need the connections below. Please allow these."
            " Each is opened by a device: its replies must pass, and nothing else has to come in. All of it is"
            f" required, but for what is marked as recommended.{_legend(spec)}"
        ),
        "",
        *wrapped(f"Devices: {line('; '.join(whom(spec, ())))}", rest="  "),
        f"From (VLAN or subnet): {_BLANK}",
        f"Addresses of the devices, if fixed: {_BLANK}",
        "",
        *_outbound(spec),
        *_services(spec),
        *_local(spec),
        "NOT NEEDED",
        "",
        *_not_needed(spec),
        "",
        "WHAT BREAKS THESE DEVICES",
        "",
        *_breaks(spec),
        "",
        *_wifi(spec),
        *_not_carried(spec),
        "READ FROM",
        "",
        *(part for one in spec.sources for part in _item(f"{one.title} (retrieved {one.retrieved})")),
        *_changed(spec),
    ]


def _legend(spec: Spec) -> str:
    if all(one.basis == "stated" for one in spec.requirements if one.kind in _TOLD):
        return ""
    return " Implied is what no document says in so many words, but what follows or the devices need."


def _item(words: str) -> Lines:
    return wrapped(line(words), "- ", "  ")


def _of_kind(spec: Spec, *kinds: str) -> t.List[Requirement]:
    """What is required comes first."""
    found = [one for one in spec.requirements if one.kind in kinds]
    return sorted(found, key=lambda one: one.level != "required")


def _outbound(spec: Spec) -> Lines:
    """The numbered list of what to open, and what is known of the destinations."""
    found = _of_kind(spec, "outbound")
    if not found:
        return []
    lines = ["TO ALLOW, OUTBOUND", ""]
    for number, one in enumerate(found, 1):
        lines += wrapped(f"{line(one.title)}{level(one)}", f"{number}. ", "   ")
        if one.device_types:
            lines += wrapped(f"Only from: {line('; '.join(whom(spec, one.device_types)))}", "   ", "     ")
        lines += wrapped(f"To: {_destination(one)}", "   ", "     ")
        lines += [part for port in one.ports for part in wrapped(_port(one, port), "   ", "     ")]
        if one.conflict:
            lines += wrapped(f"The vendor's documents differ here: {line(one.conflict['text'])}", "   ", "   ")
        lines.append("")
    return lines + _about_destinations(found)


def _port(one: Requirement, port: Port) -> str:
    if not one.any_of or len(one.any_of) == 1:
        return label(port)
    first = one.any_of[0]
    if port == first:
        return f"{label(port)}, which the devices try first"
    return f"{label(port)}, the fallback where {label(first)} does not get through (please allow it too)"


def _destination(one: Requirement) -> str:
    names = [f"any name under {name[2:]} ({name})" if name.startswith("*.") else name for name in one.domains]
    return either(names, "and") or "not known, see below"


def _about_destinations(found: t.Sequence[Requirement]) -> Lines:
    """What a firewall that filters by address can't know, said before somebody guesses."""
    lines: Lines = []
    if any(name.startswith("*.") for one in found for name in one.domains):
        lines += wrapped(
            "Destinations under a wildcard: the documents that we read have no list of host names or addresses for"
            " it, and the addresses behind it may change. Filter by name where the firewall can; where it can only"
            " filter by address, allow these ports to any address outside our own networks."
        )
        lines.append("")
    unknown = [number for number, one in enumerate(found, 1) if not one.domains]
    if unknown:
        numbers = either([str(number) for number in unknown], "and")
        lines += wrapped(
            f"Destinations of {numbers}: the documents that we read name no host and no address. Until the vendor's"
            " support gives us names, allow these ports to any address outside our own networks."
        )
        lines.append("")
    return lines


def _services(spec: Spec) -> Lines:
    """DNS and NTP: most networks have both, so the letter says which will do."""
    lines: Lines = []
    for one in _of_kind(spec, "dns", "ntp"):
        ports = either([label(port) for port in one.ports], "and")
        whose = "the DNS resolver that the network gives the devices by DHCP"
        if one.kind == "ntp":
            whose = _destination(one) if one.domains else "a time server (the documents that we read name none)"
        lines += _item(f"{ports} to {whose}: {one.title}{level(one)}")
    return ["NAMES AND TIME", "", *lines, ""] if lines else []


def _local(spec: Spec) -> Lines:
    lines: Lines = []
    for one in _of_kind(spec, "local"):
        ports = either([label(port) for port in one.ports], "and")
        lines += _item(
            f"{ports} between {ends(spec, one)}, both ways: {one.title}{level(one)}. Inside one VLAN this"
            " does not cross the firewall, but access points and switches must not isolate the devices from each"
            " other. Where the devices are in different VLANs, please allow it between those."
        )
    return ["BETWEEN THE DEVICES", "", *lines, ""] if lines else []


def _not_needed(spec: Spec) -> Lines:
    lines = _item(
        "Inbound: nothing. None of the requirements asks for a connection from outside to a device. Please open no"
        f" inbound port and forward none.{_MORE if spec.notes else ''}"
    )
    lines += _item("Other internal networks: nothing, but for what is named above.")
    if not spec.ipv6:
        lines += _item("IPv6: none of the requirements asks for it.")
    return lines


_MORE = " What the vendor's MUD file may say beside it stands below."
_BREAKS = {
    "captive_portal": "A captive portal (a page to log in or to accept terms): a device cannot fill it in",
    "dns_integrity": "DNS answers that are filtered or rewritten on the way",
}
_CERTIFICATES = {
    "pinned": "TLS inspection (decryption): the devices accept their vendor's own certificates and no others",
    "public": "TLS inspection (decryption): the devices accept certificates of public authorities and no others",
}


def _breaks(spec: Spec) -> Lines:
    lines: Lines = []
    for kind, words in _BREAKS.items():
        for one in _of_kind(spec, kind)[:1]:
            lines += _item(f"{words}{level(one)}.")
    inspection = _of_kind(spec, "tls_inspection")
    for one in inspection[:1]:
        lines += _item(f"{_CERTIFICATES[one.certificate]}{level(one)}. Please exempt them.")
    if any(refuses_enterprise(one) for one in spec.requirements):
        lines += _item("Wi-Fi with 802.1X (enterprise log-in): the devices cannot log in to it.")
    if not inspection:
        lines += _item("TLS inspection: no requirement says whether the devices tolerate it. To be safe, exempt them.")
    return lines


def _changed(spec: Spec) -> Lines:
    found = [one.title for one in spec.requirements if one.changed and one.kind in _TOLD]
    return _item(f"Changed by us, so not as the documents have it: {either(found, 'and')}") if found else []


def _not_carried(spec: Spec) -> Lines:
    lines = [part for note in spec.notes for part in _item(note)]
    return ["HOW THE VENDOR'S MUD FILE WAS READ", "", *lines, ""] if lines else []


def _wifi(spec: Spec) -> Lines:
    found = _of_kind(spec, "wifi")
    lines: Lines = []
    for one in found:
        suits, refused = wifi_values(one, "allowed"), wifi_values(one, "forbidden")
        values = either(suits) if suits else f"not {either(refused)}"
        lines += _item(f"{wifi_property(one)}: {values}{level(one)}")
    return ["WI-FI, FOR DEVICES THAT USE IT", "", *lines, ""] if lines else []
