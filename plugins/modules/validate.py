# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a documentation stub only: the code is the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: validate
short_description: Check and plan all sites of a fleet, and contact no host
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Reads every site and vendor spec on the controller, makes each site's plan, and tells every error at once, each with
    its file, its path and what would be right. With errors it fails.
  - Then tells what is no error but worth knowing. Requirements that will be V(unmet) or stay V(unproven) whatever a
    probe sees, for want of endpoints, pins, probe hosts, SSIDs or attested items, each with what to add; names,
    addresses and subnets that several sites share; what the plans can't do.
  - What many sites have in common is told once, with their names.
  - Many sites are read in several processes, in memory that hardly grows with their number.
options:
  path:
    description: Folders of sites, or files of single sites, as in M(fieldnet.iot.plan).
    type: list
    elements: str
    required: true
  vendor_path:
    description: Folders with vendor specs of your own.
    type: list
    elements: str
    default: []
  dest:
    description: The file on the controller that the whole document is written to, as JSON.
    type: str
  fail_on:
    description:
      - Fail not only for errors, but for V(warnings) as well, or for some kinds of them.
      - V(unmet) and V(unproven) are what the assessment will say whatever a probe sees. V(shared) is what several sites
        have, often on purpose. V(data) is everything else.
    type: list
    elements: str
    choices: [warnings, unmet, unproven, shared, data]
    default: []
  limit:
    description: How many errors are shown and returned. O(dest) has all. With V(0) all are.
    type: int
    default: 100
attributes:
  check_mode:
    description: Can run in check mode; the document is written all the same, since it changes no managed host.
    support: full
  diff_mode:
    description: Changes no managed host, so there is no difference to show.
    support: none
seealso:
  - module: fieldnet.iot.plan
  - module: fieldnet.iot.assess
"""

EXAMPLES = r"""
- name: Refuse bad data before it is merged
  fieldnet.iot.validate:
    path: [sites/]
    dest: build/validation.json

- name: Let no site be without endpoints
  fieldnet.iot.validate:
    path: [sites/]
    fail_on: [unmet, unproven]
"""

RETURN = r"""
errors:
  description: The problems, at most O(limit).
  type: list
  elements: str
  returned: always
  sample: ["sites/berlin.yml: devices[3].ip: 10.40.0.300 is not an IPv4 address"]
validation:
  description: What else was found. With a failure it is printed, and O(dest) has it.
  type: dict
  returned: success
  contains:
    schema:
      description: The version of this shape.
      type: int
    summary:
      description: How many files were to be sites, how many are, and how many devices they have, in all and by vendor.
      type: dict
      sample: {files: 401, sites: 400, devices: 20000, vendors: {kisi: {sites: 400, devices: 20000}}}
    warnings:
      description: What will keep sites from being ready, or may be a mistake.
      type: list
      elements: dict
      contains:
        kind:
          description: V(unmet), V(unproven), V(shared) or V(data), as in O(fail_on).
          type: str
        text:
          description: What is the matter, or what would change it.
          type: str
        requirements:
          description: The requirements that it concerns, with their vendors.
          type: list
          elements: str
        sites:
          description: The sites that it concerns.
          type: list
          elements: str
    notes:
      description: What is good to know, in the same shape. Recommended requirements, and notes of the plans.
      type: list
      elements: dict
dest:
  description: The file that was written. It has RV(errors) without a limit, what RV(validation) has, and what concerns
    each site in RV(ignore:sites).
  type: str
  returned: when O(dest) is given
"""
