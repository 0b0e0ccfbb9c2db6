#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a documentation stub only: the code is the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: devices_import
short_description: Make a site's devices from a spreadsheet
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Reads a CSV file on the controller as people keep it, and returns the devices as a site's file has them.
  - Takes commas, semicolons, tabs and bars between the cells, UTF-8, UTF-16 and Windows encodings, headers in many
    words (C(Hostname), C(MAC-Adresse), C(Hersteller), C(Model)), MAC addresses in any notation, and names with spaces
    and umlauts, which it makes host names.
  - Tells every mistake with its row as the spreadsheet counts, all at once, and returns nothing then. It does not
    guess. A MAC address that lost its leading zeros is a mistake.
options:
  src:
    description: The CSV file.
    type: str
    required: true
  dest:
    description:
      - A file to write the devices to, to be put into a site's file. By default none is written.
      - A file that is there already is only replaced if an import wrote it.
    type: str
  site:
    description: Of which site to take the devices, where the file has a column for that.
    type: str
  defaults:
    description:
      - What stands in for columns that are missing, and for empty cells.
      - It may have C(site), C(name), C(vendor), C(type), C(mac), C(ip), C(vlan) and C(uplink).
    type: dict
    default: {}
  vendor_path:
    description: Folders with vendor specs of your own, beside those of the collection.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    description: Can run in check mode. Then O(dest) is not written.
    support: full
  diff_mode:
    description: Shows what changes in O(dest).
    support: full
seealso:
  - plugin: fieldnet.iot.device_register
    plugin_type: lookup
  - module: fieldnet.iot.plan
"""

EXAMPLES = r"""
- name: Make devices of a spreadsheet that says neither vendor nor VLAN
  fieldnet.iot.devices_import:
    src: devices.csv
    dest: berlin-devices.yml
    defaults: {vendor: kisi, vlan: iot}
  delegate_to: localhost
"""

RETURN = r"""
devices:
  description: The devices, in the order of the rows.
  type: list
  elements: dict
  returned: success
  sample:
    - {name: tuer-eingang-1, vendor: kisi, type: controller_pro, mac: "02:00:00:00:00:10", ip: 10.40.0.10, vlan: iot}
text:
  description: The same as C(devices) of a site's file.
  type: str
  returned: success
notes:
  description: What was not used, and names that were changed.
  type: list
  elements: str
  returned: success
  sample: ["columns that were not used: Serial", "row 2: Tür Eingang 1 becomes tuer-eingang-1"]
files:
  description: The file that was written, or would be.
  type: list
  elements: str
  returned: success, with O(dest)
  sample: [devices.yml]
errors:
  description: Every problem by itself.
  type: list
  elements: str
  returned: failure
  sample: ["devices.csv: row 7: ip: 10.40.0.300 is not an IPv4 address"]
"""
