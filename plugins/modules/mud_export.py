#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a documentation stub only: the code is the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: mud_export
short_description: Make MUD files from vendor specs
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Makes a MUD file (RFC 8520, Manufacturer Usage Description) of each device type of the vendor specs, valid by the
    RFC's YANG modules, on the controller.
  - What MUD has no words for (wildcards, fallbacks, Wi-Fi, DHCP and more) is told with the requirement's id.
  - The same specs give the same files. Their date is that of the newest document that the spec was read from.
options:
  mud_url:
    description:
      - Where the files will be served, an https URL. A file's own URL is this one with C(<vendor>.<type>.json).
      - Its host is MUD's word for the manufacturer. A local flow is allowed between all devices whose MUD URLs have
        the same host, so give each vendor with local flows a host of its own.
    type: str
    required: true
  vendors:
    description: Of which vendors. By default of all.
    type: list
    elements: str
    default: []
  vendor_path:
    description: Folders with vendor specs of your own, beside those of the collection.
    type: list
    elements: str
    default: []
  hosts:
    description: Host names that stand in for a wildcard, or for a destination that the vendor does not publish.
    type: list
    elements: dict
    default: []
    suboptions:
      vendor:
        description: The vendor.
        type: str
        required: true
      requirement:
        description: The requirement's id; one of kind C(outbound) or C(ntp).
        type: str
        required: true
      hosts:
        description: DNS names or IP addresses, as in C(endpoints) of a site's file.
        type: list
        elements: str
        required: true
  dest:
    description:
      - The folder to write the files to. By default none is written.
      - A file that is there already is only replaced if it is the MUD file of the same URL.
    type: str
attributes:
  check_mode:
    description: Can run in check mode. Then O(dest) is not written.
    support: full
  diff_mode:
    description: Shows what changes in O(dest).
    support: full
seealso:
  - module: fieldnet.iot.mud_import
"""

EXAMPLES = r"""
- name: Make MUD files for the devices of one vendor
  fieldnet.iot.mud_export:
    vendors: [kisi]
    mud_url: https://mud.example.com/kisi/
    hosts:
      - {vendor: kisi, requirement: cloud-session, hosts: [imp01.electricimp.com]}
      - {vendor: kisi, requirement: firmware, hosts: [imp01.electricimp.com]}
    dest: mud/
  delegate_to: localhost
"""

RETURN = r"""
documents:
  description: One entry a device type.
  type: list
  elements: dict
  returned: success
  contains:
    vendor:
      description: The vendor.
      type: str
    type:
      description: The device type.
      type: str
    name:
      description: The file's name.
      type: str
      sample: kisi.reader_pro.json
    document:
      description: The MUD file.
      type: dict
    losses:
      description: What of the spec is not in it, or is in it in another way, each with the requirement's id.
      type: list
      elements: str
      sample: ["firmware: MUD knows no fallback: TCP 443 and TCP 80 stand side by side"]
files:
  description: The files of O(dest).
  type: list
  elements: str
  returned: when O(dest) is given
errors:
  description: Every problem by itself.
  type: list
  elements: str
  returned: failure
  sample: ["mud_url: http://mud.example is not an https URL (write it as https://mud.example.com/iot/)"]
"""
