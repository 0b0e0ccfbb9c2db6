# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a documentation stub only: the code is the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: site_probe
short_description: Run the checks of a site's plan that this probe host is to run
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Makes the site's plan on the controller, and runs the checks in it that are this host's, in one call of
    M(fieldnet.iot.probe). M(fieldnet.iot.assess) judges the results.
  - The same as M(fieldnet.iot.plan) and then M(fieldnet.iot.probe) with the checks that it returns. In a run over many
    sites it saves a task for each host, and the controller keeps no plan of each site.
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
  probe:
    description:
      - The probe host whose checks these are, by its name in the site's data. Where it is left out, the host that the
        task runs for.
    type: str
  left_out:
    description: Kinds of checks that are not to be made.
    type: list
    elements: str
    default: []
  responder_key:
    description: The secret that proves answers of the site's responder, as in M(fieldnet.iot.probe).
    type: str
  time_limit:
    description: Seconds after which the checks that have not ended are given up, as in M(fieldnet.iot.probe).
    type: float
  packed:
    description:
      - Return RV(packed) and RV(observations) instead of RV(results). Of many sites, that is what the controller works
        through much faster and keeps in much less memory. M(fieldnet.iot.assess) takes either.
    type: bool
    default: false
  history:
    description:
      - The folder of M(fieldnet.iot.assess) in which the results are kept, too, as soon as they are there. A run
        that is stopped before it judges loses nothing that was seen.
    type: str
  max_age:
    description:
      - Minutes. Return what this host saw so lately, as O(history) has it, instead of looking again. All probe hosts of
        the site must have looked so lately, at the same checks as now.
    type: int
    default: 0
attributes:
  check_mode:
    description: Runs in check mode as ever and returns the same, since it changes nothing.
    support: full
  diff_mode:
    description: Changes nothing, so there is no difference to show.
    support: none
seealso:
  - module: fieldnet.iot.plan
  - module: fieldnet.iot.probe
  - module: fieldnet.iot.assess
"""

EXAMPLES = r"""
- name: Run this probe host's checks
  fieldnet.iot.site_probe:
    path: ["{{ iot_site_file }}"]
    site: "{{ iot_site }}"
  become: true
  register: iot_probe
"""

RETURN = r"""
seen:
  description: When the host looked, in UTC.
  type: str
  returned: success
  sample: "2026-11-21T02:00:00.123456+0000"
kept:
  description: Whether that was before this run, as O(max_age) allows.
  type: bool
  returned: when it was
passed:
  description: Whether every check proved what it asks for.
  type: bool
  returned: success
  sample: false
results:
  description: One result for each check, as M(fieldnet.iot.probe) returns them.
  type: list
  elements: dict
  returned: success, unless O(packed) is set
observations:
  description: How often each observation was made.
  type: dict
  returned: success, when O(packed) is set
  sample: {answered: 10, offered: 51, open: 14}
packed:
  description: The results, for M(fieldnet.iot.assess).
  type: str
  returned: success, when O(packed) is set
errors:
  description: Every problem of the data by itself.
  type: list
  elements: str
  returned: when the data is refused
"""
