# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a documentation stub only: the code is the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: changes
short_description: Tell what a change of a site's gateway broke, and what it mended
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Judges what a site's probe hosts saw before and after a change, and compares the two, requirement by requirement.
  - Broken is what was V(met) or V(degraded), and then is V(unmet), or V(inconclusive) because the probe host has no
    link any more or gave no results. What was already V(unmet) before is nobody's reason to undo a change.
  - It decides nothing and never fails for what was seen. A play may undo the change when RV(worse) is not empty.
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
  site:
    description: The name of the site.
    type: str
    required: true
  before:
    description: The results of M(fieldnet.iot.probe) from all probe hosts of the site, before the change.
    type: list
    elements: dict
    required: true
  after:
    description: The same after the change. A probe host that gave none has lost its link.
    type: list
    elements: dict
    required: true
attributes:
  check_mode:
    description: Can run in check mode and return the same.
    support: full
  diff_mode:
    description: Changes nothing, so there is no difference to show.
    support: none
seealso:
  - module: fieldnet.iot.assess
  - module: fieldnet.iot.probe
"""

EXAMPLES = r"""
- name: See what the new policy broke
  fieldnet.iot.changes:
    path: ["{{ iot_site_file }}"]
    site: "{{ iot_site }}"
    before: "{{ seen_before }}"
    after: "{{ seen_after }}"
  register: changes

- name: Undo it
  fieldnet.iot.transaction:
    id: "{{ transaction }}"
    state: rolled_back
  when: changes.worse | length > 0
"""

RETURN = r"""
worse:
  description: The requirements that worked before and do not now.
  type: list
  elements: dict
  returned: success
  contains:
    vendor:
      description: The vendor, or V(site) for what the site itself wants.
      type: str
    id:
      description: The requirement's id.
      type: str
    vlan:
      description: The VLAN that it was judged in.
      type: str
    title:
      description: The requirement in words.
      type: str
    level:
      description: V(required) or V(recommended).
      type: str
    before:
      description: The verdict before the change.
      type: str
    after:
      description: The verdict after it.
      type: str
    sentence:
      description: What became of it, and what was seen.
      type: str
      sample: "iot/kisi/cloud-session was met and is unmet: TCP 31314 to imp01.electricimp.com: silence"
    remedy:
      description: What to change, or empty.
      type: str
better:
  description: The requirements that did not work before, or could not be looked at, and work now. As RV(worse).
  type: list
  elements: dict
  returned: success
other:
  description: The requirements with another verdict that says neither, such as V(degraded) after V(met). As RV(worse).
  type: list
  elements: dict
  returned: success
same:
  description: How many requirements have the same verdict.
  type: int
  returned: success
readiness_before:
  description: The site's readiness before the change, as M(fieldnet.iot.assess) has it.
  type: str
  returned: success
  sample: not_ready
readiness_after:
  description: Its readiness now.
  type: str
  returned: success
  sample: ready
errors:
  description: Every problem of the sites' data, or of the results, by itself.
  type: list
  elements: str
  returned: failure
"""
