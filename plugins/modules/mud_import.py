#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a documentation stub only: the code is the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: mud_import
short_description: Make vendor specs from MUD files
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Reads MUD files (RFC 8520, Manufacturer Usage Description) on the controller, and returns each as a vendor spec.
  - Files of the drafts before the RFC, and common slips, are repaired. Each repair is recorded in one sentence.
  - What no spec can have is a loss, told with its path in the file. What is not understood whole is not opened.
  - Tells everything that is wrong with the files at once, and writes nothing then.
options:
  src:
    description: MUD files, or folders of them (C(*.json)).
    type: list
    elements: str
    required: true
  dest:
    description:
      - The folder to write the specs to, C(<vendor>.yml) each, with repairs and losses as comments. By default none is
        written.
      - A file that is there already is only replaced if an import wrote it.
    type: str
  vendor:
    description: The name of the spec, where O(src) is one file. By default it is made of the maker's and model's names.
    type: str
    default: ""
attributes:
  check_mode:
    description: Can run in check mode. Then O(dest) is not written.
    support: full
  diff_mode:
    description: Shows what changes in O(dest).
    support: full
seealso:
  - module: fieldnet.iot.mud_export
  - module: fieldnet.iot.plan
"""

EXAMPLES = r"""
- name: Make specs of all MUD files of a folder
  fieldnet.iot.mud_import:
    src: [mud/]
    dest: vendors/
  delegate_to: localhost

- name: Make a spec of one file, under a name of one's own
  fieldnet.iot.mud_import:
    src: [mud/lightbulb2000.json]
    vendor: lightbulb
    dest: vendors/
  delegate_to: localhost
"""

RETURN = r"""
specs:
  description: One entry a file, in their order.
  type: list
  elements: dict
  returned: always
  contains:
    src:
      description: The file.
      type: str
    vendor:
      description: The vendor's name in sites; empty where no spec could be made.
      type: str
    spec:
      description: The spec, as its YAML file has it.
      type: dict
    repairs:
      description: What was changed to bring the file into the RFC's form, each with its path.
      type: list
      elements: str
      sample: ["acls.acl[2].type: ethernet-acl-type is a draft's name of eth-acl-type"]
    losses:
      description: What the spec does not have, or has in another way, each with its path and the entry's name.
      type: list
      elements: str
      sample: ["acls.acl[0].aces.ace[6]: ping: ICMP is not among a spec's flows; not carried"]
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
  sample: ["mud/lamp.json: acls.acl[1].name: an access list from-lamp is there twice"]
"""
