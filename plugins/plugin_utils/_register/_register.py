# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The device register: every device of some sites in the formats that people and other systems take. Pure.

A format is one function here or in _netbox.py, found by its name in FORMATS.
"""

from __future__ import annotations

import csv
import io
import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import Device, Site, Vlan
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Spec

# What makes a spreadsheet compute a cell (also in the full width that East Asian keyboards give).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
Specs = t.Mapping[str, Spec]


class RegisterError(ValueError):
    """The devices can't be written in this format; the message says why."""


class Entry(t.NamedTuple):
    """A device where it belongs."""

    site: Site
    vlan: Vlan
    device: Device
    media: t.Tuple[str, ...]  # by which it may be connected


def entries(sites: t.Sequence[Site], specs: Specs, vlans: t.Collection[str] = ()) -> t.List[Entry]:
    """The devices of some sites, or of some of their VLANs, in the order of sites and files."""
    found = []
    for site in sorted(sites, key=lambda one: one.name):
        for device in site.devices:
            vlan = site.vlan(device.vlan)
            if vlan is not None and (not vlans or vlan.name in vlans):
                media = (device.uplink,) if device.uplink else specs[device.vendor].uplinks[device.type]
                found.append(Entry(site, vlan, device, tuple(media)))
    return found


def write_csv(head: t.Sequence[str], rows: t.Iterable[t.Sequence[t.Optional[str]]]) -> str:
    """A table as RFC 4180 has it, in which no spreadsheet finds a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()


def cell(value: t.Optional[str]) -> str:
    """A value as a cell; what a spreadsheet would compute gets an apostrophe, which makes it a text."""
    text = value or ""
    return f"'{text}" if text.startswith(_FORMULA) else text


def register(found: t.Sequence[Entry]) -> str:
    """The register for people. fieldnet.iot.devices_import reads it back."""
    head = ("site", "name", "vendor", "type", "mac", "ip", "vlan", "uplink")
    rows = (
        (
            entry.site.name,
            entry.device.name,
            entry.device.vendor,
            entry.device.type,
            entry.device.mac,
            entry.device.ip,
            entry.vlan.name,
            entry.device.uplink,
        )
        for entry in found
    )
    return write_csv(head, rows)


def hostapd(found: t.Sequence[Entry]) -> str:
    """hostapd's accept_mac_file: the devices that may come over Wi-Fi. Each is named in a comment before it."""
    lines = ["# Written by fieldnet.iot: the devices that may join by Wi-Fi (accept_mac_file of hostapd.conf)."]
    for entry in sorted(found, key=lambda one: one.device.mac):
        if "wifi" in entry.media:
            lines += [f"# {entry.site.name}: {entry.device.name}", entry.device.mac]
    return "\n".join(lines) + "\n"
