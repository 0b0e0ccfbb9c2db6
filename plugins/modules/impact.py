# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a documentation stub only: the code is the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: impact
short_description: Say what a change of vendor specs means for which sites
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Plans each site under the vendor specs as they are and as proposed, and compares the two plans. It says for each
    site which flows, domains, requirements, checks, and so on, are added, removed or changed, which sites become
    invalid or valid, and which are untouched.
  - What is alike at several sites, such as the port of a requirement, is one line over the fleet.
  - Prints a text that stays short however many sites there are. The whole document is in the result, and in O(dest).
  - Contacts no host and changes nothing. What sites may not share, M(fieldnet.iot.validate) tells; here each site is
    looked at by itself.
options:
  path:
    description: Folders of sites, or files of single sites, as in M(fieldnet.iot.plan).
    type: list
    elements: str
    required: true
  vendor_path:
    description:
      - Folders with vendor specs of your own, as they are. Those that the inventory of a fleet among O(path) names
        count as well, and those of the collection are there in any case.
    type: list
    elements: str
    default: []
  new_vendor_path:
    description:
      - The folders as proposed. They take the place of all your own, so that an empty list says what it means to do
        without.
    type: list
    elements: str
    required: true
  dest:
    description:
      - The file on the controller that the report is written to. Where its name ends in C(.md) it is Markdown for
        people, else the JSON document.
    type: str
  fail_on:
    description: Fail when there are sites to which this happens. By default it is only reported.
    type: list
    elements: str
    choices: [becomes_invalid, changed, becomes_valid, invalid]
    default: []
attributes:
  check_mode:
    description: Can run in check mode; the report is written all the same, since it changes no managed host.
    support: full
  diff_mode:
    description: Changes no managed host, so there is no difference to show.
    support: none
seealso:
  - module: fieldnet.iot.plan
  - module: fieldnet.iot.validate
"""

EXAMPLES = r"""
- name: Say what the vendor's new firmware means for our sites
  fieldnet.iot.impact:
    path: [sites/]
    vendor_path: [vendors/]
    new_vendor_path: [vendors-new/]
    dest: build/impact.md
    fail_on: [becomes_invalid]
  run_once: true
"""

RETURN = r"""
report:
  description: The document.
  type: dict
  returned: always, unless the specs could not be read
  contains:
    schema:
      description: The version of this shape.
      type: int
    summary:
      description: How many sites there are, and how many in each state.
      type: dict
      sample: {sites: 400, becomes_invalid: 1, changed: 380, becomes_valid: 0, invalid: 0, untouched: 19}
    vendors:
      description: The vendors whose specs differ, each with its C(action) (V(added), V(removed) or V(changed)) and the
        ids of the C(requirements) that are C(added), C(removed) or C(changed).
      type: list
      elements: dict
    changes:
      description: What changes, once for all sites at which it is alike. Flows come first, and of each part what most
        sites have.
      type: list
      elements: dict
      contains:
        part:
          description: V(flows), V(domains), V(dhcp), V(requirements), V(checks), V(listeners), V(advice), V(notes), or
            V(other), which is what only shows, such as a title.
          type: str
        action:
          description: V(added), V(removed) or V(changed).
          type: str
        vendor:
          description: The vendor, where it is about one.
          type: str
        requirement:
          description: The requirement's id, where it is about one.
          type: str
        sentence:
          description: What changes, in words.
          type: str
          sample: "flow kisi/cloud-session/primary: port 31314 becomes 31400"
        sites:
          description: The names of the sites.
          type: list
          elements: str
    sites:
      description: One entry a site, in the order of their files.
      type: list
      elements: dict
      contains:
        site:
          description: The site's name. Empty where it is invalid either way.
          type: str
        file:
          description: Its file.
          type: str
        state:
          description: V(becomes_invalid), V(changed), V(becomes_valid), V(invalid) or V(untouched).
          type: str
        errors:
          description: What is wrong under the new specs, or, where it becomes valid, under the old ones.
          type: list
          elements: str
        changes:
          description: Each entry of the plan that differs, with its C(id), and C(before) and C(after). Of an entry that
            both plans have, these hold the keys that differ.
          type: list
          elements: dict
dest:
  description: The file that was written.
  type: str
  returned: when O(dest) is given
errors:
  description: Every problem of the specs and folders by itself.
  type: list
  elements: str
  returned: failure
"""
