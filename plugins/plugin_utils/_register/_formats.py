# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The formats of the device register, by their names."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._register import _netbox, _register
from ansible_collections.fieldnet.iot.plugins.plugin_utils._register._register import Entry

FORMATS: t.Mapping[str, t.Callable[[t.Sequence[Entry]], str]] = {
    "csv": _register.register,
    "hostapd": _register.hostapd,
    "netbox_manufacturers": _netbox.manufacturers,
    "netbox_device_types": _netbox.device_types,
    "netbox_roles": _netbox.roles,
    "netbox_devices": _netbox.devices,
    "netbox_interfaces": _netbox.interfaces,
    "netbox_mac_addresses": _netbox.mac_addresses,
    "netbox_ip_addresses": _netbox.ip_addresses,
}
