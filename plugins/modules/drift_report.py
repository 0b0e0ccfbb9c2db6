# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a documentation stub only: the code is the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: drift_report
short_description: Say how the gateways of a fleet differ from their plans
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Joins what the modules of each gateway said in check mode, and says for each site whether its gateway agrees with
    the plan, has drifted and by what, could not be reached, or could not be compared.
  - Prints what differs and a table of the fleet, and writes it as one JSON document when O(dest) is given.
  - Runs on the controller. Use it with C(run_once) in a play over the sites' gateways.
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
  results_vars:
    description: For each subsystem, the variable of each gateway that holds the result of its module in check mode.
    type: dict
    required: true
  dest:
    description: The file on the controller that the JSON document is written to.
    type: str
  publish:
    description:
      - Hand each site's state, and the first of what differs, on to the jobs after this one in a workflow of AWX, as
        M(fieldnet.iot.assess) does with O(fieldnet.iot.assess#module:publish); M(fieldnet.iot.report) notes it.
      - Ansible keeps it only where the task succeeds. So with O(fail_on), use C(failed_when) as in the example of
        M(fieldnet.iot.assess).
    type: bool
    default: false
  fail_on:
    description: Fail when a gateway is in one of these states. By default it is only reported.
    type: list
    elements: str
    choices: [failed, unreachable, drifted]
    default: []
attributes:
  check_mode:
    description: Can run in check mode; the report is written all the same, since it changes no managed host.
    support: full
  diff_mode:
    description: Changes no managed host, so there is no difference to show.
    support: none
seealso:
  - module: fieldnet.iot.firewall_policy
  - module: fieldnet.iot.dns_policy
  - module: fieldnet.iot.dhcp_reservations
"""

EXAMPLES = r"""
- name: Say how the gateways differ from their plans
  fieldnet.iot.drift_report:
    path: [sites/]
    results_vars: {firewall: firewall_result, dns: dns_result, dhcp: dhcp_result}
    dest: build/drift.json
    fail_on: [drifted]
  run_once: true
"""

RETURN = r"""
failing:
  description: Why the task fails, or, with C(failed_when), is to fail. Empty where nothing is wrong.
  type: list
  elements: str
  returned: always, unless the data was refused
report:
  description: The document.
  type: dict
  returned: always, unless the sites' data was refused
  contains:
    schema:
      description: The version of this shape.
      type: int
    summary:
      description: How many sites there are in each state.
      type: dict
      sample: {failed: 0, unreachable: 1, drifted: 1, agreed: 7}
    sites:
      description: One entry a site, by name.
      type: list
      elements: dict
      contains:
        site:
          description: The site's name.
          type: str
        host:
          description: Its gateway.
          type: str
        state:
          description: V(agreed), V(drifted), V(unreachable) or V(failed).
          type: str
        errors:
          description: Why it could not be compared.
          type: list
          elements: str
        drift:
          description: What differs, one entry each, with C(subsystem), C(object), C(name), C(problem), C(detail), and
            all of it as a C(sentence).
          type: list
          elements: dict
        warnings:
          description: What the modules warned of.
          type: list
          elements: str
        obstacles:
          description: What else on the gateway drops the planned flows, as M(fieldnet.iot.firewall_policy) returns it.
          type: list
          elements: dict
dest:
  description: The file that was written.
  type: str
  returned: when O(dest) is given
"""
