# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lookup plugin fieldnet.iot.device_register: a thin door into plugin_utils."""

from __future__ import annotations

DOCUMENTATION = r"""
name: device_register
short_description: Return the devices of sites in a format for people or other systems
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Reads sites and returns their devices as one text.
options:
  _terms:
    description: Folders of sites, or files of single sites.
    type: list
    elements: str
    required: true
  format:
    description:
      - V(csv) is a table for people, which M(fieldnet.iot.devices_import) reads too. No spreadsheet computes anything
        in it.
      - V(hostapd) is what C(accept_mac_file) of C(hostapd.conf) takes. It has the devices that may be connected by
        Wi-Fi.
      - The others are tables for the bulk import of NetBox 4.2 or newer, which needs them in the order in which they
        stand here, but for what it has already. Sites must be there, with the site's name as slug (hyphens for
        underscores).
    type: str
    choices:
      - csv
      - hostapd
      - netbox_manufacturers
      - netbox_device_types
      - netbox_roles
      - netbox_devices
      - netbox_interfaces
      - netbox_mac_addresses
      - netbox_ip_addresses
    default: csv
  sites:
    description: The names of the sites. By default all.
    type: list
    elements: str
    default: []
  vlans:
    description: The names of the VLANs. By default all.
    type: list
    elements: str
    default: []
  vendor_path:
    description: Folders with vendor specs beside those of the collection.
    type: list
    elements: str
    default: []
    vars:
      - name: iot_vendor_path
seealso:
  - module: fieldnet.iot.devices_import
"""

EXAMPLES = r"""
- name: Write the device register
  ansible.builtin.copy:
    content: "{{ lookup('fieldnet.iot.device_register', 'sites/') }}"
    dest: devices.csv
    mode: "0644"

- name: Let only known devices join by Wi-Fi
  ansible.builtin.copy:
    content: "{{ lookup('fieldnet.iot.device_register', iot_site_file, format='hostapd', vlans=['iot']) }}"
    dest: /etc/hostapd/accept
    mode: "0644"

- name: Write what NetBox takes
  ansible.builtin.copy:
    content: "{{ lookup('fieldnet.iot.device_register', 'sites/', format='netbox_' ~ item) }}"
    dest: "netbox-{{ item }}.csv"
    mode: "0644"
  loop: [manufacturers, device_types, roles, devices, interfaces, mac_addresses, ip_addresses]
"""

RETURN = r"""
_raw:
  description: The text, alone in a list.
  type: list
  elements: str
"""

import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._fleet import FleetError, load_fleet, to_paths
from ansible_collections.fieldnet.iot.plugins.plugin_utils._register._formats import FORMATS
from ansible_collections.fieldnet.iot.plugins.plugin_utils._register._register import RegisterError, entries


class LookupModule(LookupBase):  # type: ignore[misc]
    """The register of some sites."""

    def run(
        self, terms: t.Sequence[str], variables: t.Optional[t.Mapping[str, t.Any]] = None, **kwargs: t.Any
    ) -> t.List[str]:
        """Read the sites; refuse all that is wrong with them at once."""
        self.set_options(var_options=variables, direct=kwargs)
        try:
            fleet = load_fleet(to_paths(terms), to_paths(self.get_option("vendor_path")))
            wanted = self.get_option("sites")
            sites = [fleet.site(name) for name in wanted] if wanted else fleet.sites
            found = entries(sites, fleet.specs, self.get_option("vlans"))
            return [FORMATS[self.get_option("format")](found)]
        except (FleetError, RegisterError) as error:
            raise AnsibleError(str(error)) from None
