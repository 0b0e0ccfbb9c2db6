# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a documentation stub only: the code is the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: assess
short_description: Judge what the probe hosts saw, requirement by requirement
version_added: 0.1.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Joins the plans of all sites of this play with the results of their probe hosts, and says for each requirement
    whether it is met, what was seen, why, what to change, and which sentence of which document asks for it.
  - Prints a table, and writes the assessment as one JSON document when O(dest) is given.
  - Runs on the controller. Use it with C(run_once) in a play over the sites' gateways and probe hosts. A site is left
    out when none of its probe hosts is in the play, or, where it has none, when its gateway is not.
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
  results_var:
    description: The variable of each probe host that holds the result of M(fieldnet.iot.probe).
    type: str
    default: iot_probe
  dest:
    description: The file on the controller that the JSON document is written to.
    type: str
  history:
    description:
      - A folder on the controller in which the assessments are kept, a folder a site and a file a run, without the
        observations. It is made where it is missing.
      - The assessment then says what became of each site since its last one in there (C(changes)), and of each
        requirement since when it has its verdict (C(since)).
      - A file that can't be read is named in a warning, and the one before it is taken.
    type: str
  history_keep:
    description: How many assessments of a site are kept in O(history), 2 or more.
    type: int
    default: 30
  fail_on:
    description: Fail when a site is in one of these states. By default it is only reported.
    type: list
    elements: str
    choices: [degraded, inconclusive, not_ready]
    default: []
attributes:
  check_mode:
    description: Can run in check mode; the report is written all the same, since it changes no managed host.
      Nothing is added to O(history).
    support: full
  diff_mode:
    description: Changes no managed host, so there is no difference to show.
    support: none
seealso:
  - module: fieldnet.iot.plan
  - module: fieldnet.iot.probe
"""

EXAMPLES = r"""
- name: Judge what was seen
  fieldnet.iot.assess:
    path: [sites/]
    dest: build/assessment.json
    history: history/
    fail_on: [not_ready, inconclusive]
  run_once: true
"""

RETURN = r"""
assessment:
  description: The document.
  type: dict
  returned: always, unless the sites' data was refused
  contains:
    schema:
      description: The version of this shape.
      type: int
    sites:
      description: One entry a site, by name.
      type: list
      elements: dict
      contains:
        site:
          description: The site's name.
          type: str
        readiness:
          description: V(ready), V(degraded), V(inconclusive) or V(not_ready).
          type: str
        assessed:
          description: When it was judged, in UTC.
          type: str
          sample: "2026-11-21T02:00:00Z"
        changes:
          description: What became of it since it was assessed last; absent where it never was.
          type: dict
          returned: when O(history) is given
          contains:
            since:
              description: When it was assessed last.
              type: str
            worse:
              description: What worked, or worked better, and now doesn't, as RV(fieldnet.iot.changes#module:worse).
              type: list
              elements: dict
            better:
              description: What works now, or works better.
              type: list
              elements: dict
            broken:
              description: What did not work or could not be looked at, then and now.
              type: list
              elements: dict
            other:
              description: Another verdict that is neither, such as silence.
              type: list
              elements: dict
            added:
              description: Requirements that were not judged last time.
              type: list
              elements: dict
            gone:
              description: Requirements that were judged last time only.
              type: list
              elements: dict
        requirements:
          description: One entry a requirement, vendor and VLAN.
          type: list
          elements: dict
          contains:
            vendor:
              description: The vendor.
              type: str
            id:
              description: The requirement's id in the vendor's spec.
              type: str
            vlan:
              description: The VLAN that it was judged in.
              type: str
            level:
              description: V(required) or V(recommended); only required ones decide the readiness.
              type: str
            basis:
              description: V(stated) in a document, V(implied) by it, or wished for by the V(site).
              type: str
            verdict:
              description: V(met), V(attested), V(degraded), V(unproven), V(inconclusive) or V(unmet).
              type: str
            since:
              description: When it was judged so first, of the assessments in a row that agree.
              type: str
              returned: when O(history) is given
            reason:
              description: What was seen.
              type: str
            remedy:
              description: What to change, or empty.
              type: str
            accepted:
              description: Why the site accepts that it is unproven, or empty.
              type: str
            source:
              description: The document and the sentence that ask for it.
              type: str
            conflict:
              description: Where the vendor's documents differ, and which one was used.
              type: str
            observations:
              description: The results of the checks behind the verdict, as M(fieldnet.iot.probe) returns them.
              type: list
              elements: dict
dest:
  description: The file that was written.
  type: str
  returned: when O(dest) is given
"""
