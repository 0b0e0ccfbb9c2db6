# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The tables that NetBox 4.2 and later take for bulk import, in the order in which it needs them. Pure.

Objects refer to each other by slug where NetBox knows one (a column such as ``site.slug``), so that names may be what a
NetBox calls them. Since 4.2 a MAC address is an object of its own, not a column of the interface.
"""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._register._register import Entry, RegisterError, write_csv

_ROLE = "iot-device"
_INTERFACES = {"ethernet": ("eth0", "100base-tx"), "wifi": ("wlan0", "ieee802.11n")}  # name, type


def manufacturers(found: t.Sequence[Entry]) -> str:
    """Those that a NetBox lacks; one with the slug is there already as a rule."""
    vendors = sorted({entry.device.vendor for entry in found})
    return write_csv(("name", "slug"), ((vendor.replace("_", " ").capitalize(), _slug(vendor)) for vendor in vendors))


def device_types(found: t.Sequence[Entry]) -> str:
    """One for each vendor's type."""
    kinds = sorted({(entry.device.vendor, entry.device.type) for entry in found})
    rows = ((_slug(vendor), kind.replace("_", " "), _type_slug(vendor, kind), "0") for vendor, kind in kinds)
    return write_csv(("manufacturer.slug", "model", "slug", "u_height"), rows)


def roles(_found: t.Sequence[Entry]) -> str:
    """The one role of all."""
    return write_csv(("name", "slug", "color"), [("IoT device", _ROLE, "009688")])


def devices(found: t.Sequence[Entry]) -> str:
    """The devices themselves. Their site must be there."""
    _refuse_same_names(found)
    head = ("name", "site.slug", "role.slug", "manufacturer.slug", "device_type.slug", "status")
    rows = (
        (
            entry.device.name,
            _slug(entry.site.name),
            _ROLE,
            _slug(entry.device.vendor),
            _type_slug(entry.device.vendor, entry.device.type),
            "active",
        )
        for entry in found
    )
    return write_csv(head, rows)


def interfaces(found: t.Sequence[Entry]) -> str:
    """One for each device."""
    _refuse_same_names(found)
    rows = ((entry.device.name, *_interface(entry), "true") for entry in found)
    return write_csv(("device", "name", "type", "enabled"), rows)


def mac_addresses(found: t.Sequence[Entry]) -> str:
    """The MAC address of each interface."""
    _refuse_same_names(found)
    rows = ((entry.device.mac.upper(), entry.device.name, _interface(entry)[0], "true") for entry in found)
    return write_csv(("mac_address", "device", "interface", "is_primary"), rows)


def ip_addresses(found: t.Sequence[Entry]) -> str:
    """The address of each device that has a reservation, with the length of its VLAN's subnet."""
    _refuse_same_names(found)
    rows = (
        (
            f"{entry.device.ip}/{entry.vlan.network.prefixlen}",
            "dhcp",
            entry.device.name,
            _interface(entry)[0],
            "true",
        )
        for entry in found
        if entry.device.ip
    )
    return write_csv(("address", "status", "device", "interface", "is_primary"), rows)


def _interface(entry: Entry) -> t.Tuple[str, str]:
    """A device that may be wired has a socket."""
    return _INTERFACES["ethernet" if "ethernet" in entry.media else "wifi"]


def _refuse_same_names(found: t.Sequence[Entry]) -> None:
    """NetBox's import finds an interface's device by its name alone."""
    first: t.Dict[str, str] = {}
    twice = []
    for entry in found:
        name = entry.device.name
        if name in first:
            twice.append(f"{name} ({first[name]} and {entry.site.name})")
        first.setdefault(name, entry.site.name)
    if twice:
        raise RegisterError(
            f"NetBox's import finds devices by their names, and these are there twice: {', '.join(twice)}. Export the"
            " sites one by one (sites), and import them before the next, or give the devices other names"
        )


def _slug(name: str) -> str:
    return name.replace("_", "-")


def _type_slug(vendor: str, kind: str) -> str:
    return f"{_slug(vendor)}-{_slug(kind)}"
