#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a documentation stub only: the code is the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: vendor_pages
short_description: Write what vendors ask of a network as pages for people
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Makes a page in Markdown of each vendor spec, of the collection and of your own. A page has tables of ports and of
    Wi-Fi, local flows, what must not stand in the way, where the vendor's documents differ, a checklist, advice, and
    every sentence that was read, with its document.
  - Each page has the firewall request in plain words, a letter to a network team. It says what to open from where to
    where and why, what is never needed, what breaks the devices, and of each destination what is known. The task's
    result has it too.
  - Runs on the controller; contacts no host.
options:
  dest:
    description:
      - The folder to write the pages to, C(<vendor>.md) and an index, C(README.md). By default none is written.
      - A file that is there already is only replaced if this module wrote it. Pages of vendors that are gone stay.
    type: str
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
attributes:
  check_mode:
    description: Can run in check mode. Then nothing is written.
    support: full
  diff_mode:
    description: Shows what changes in each page.
    support: full
seealso:
  - module: fieldnet.iot.plan
  - plugin: fieldnet.iot.vendor_ports
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Write a page of every vendor, one's own among them
  fieldnet.iot.vendor_pages:
    dest: docs/vendors
    vendor_path: [vendors]
  delegate_to: localhost

- name: Make the firewall request for a vendor's devices
  fieldnet.iot.vendor_pages:
    vendors: [kisi]
  delegate_to: localhost
  register: pages

- name: Show it
  ansible.builtin.debug:
    msg: "{{ pages.requests.kisi }}"
"""

RETURN = r"""
requests:
  description: The firewall request of each vendor, as plain text.
  type: dict
  returned: success
  sample:
    kisi: "Subject: Firewall request: Kisi access control\n..."
files:
  description: The files of O(dest).
  type: list
  elements: str
  returned: when O(dest) is given
  sample: [docs/vendors/README.md, docs/vendors/kisi.md]
errors:
  description: Every problem by itself.
  type: list
  elements: str
  returned: failure
  sample: ["vendors: kissi is no vendor with a spec; did you mean kisi?"]
"""
