# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a documentation stub only: the code is the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: learn_report
short_description: Say what devices used beside what their vendors' specs ask
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Joins the plans of all sites of this play with what M(fieldnet.iot.learned_info) read from their gateways. Says
    for each device what it used beyond its vendor's spec, and which ports of the specs nobody ever used.
  - Proposes for each vendor a difference to its spec, in the shape of a spec. What a device does is no proof that it
    needs it, so every entry is V(implied) and V(recommended), and says where it was seen.
  - Destinations inside the sites are no vendor's to ask for. They are told as hints.
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
  results_var:
    description: The variable of each gateway that holds the result of M(fieldnet.iot.learned_info).
    type: str
    default: iot_learned
  dest:
    description: The file on the controller that the JSON document is written to.
    type: str
  proposals:
    description:
      - The folder on the controller that one YAML file a vendor is written to, with what is proposed, as a spec that
        extends the vendor's.
    type: str
attributes:
  check_mode:
    description: Can run in check mode; the report is written all the same, since it changes no managed host.
    support: full
  diff_mode:
    description: Changes no managed host, so there is no difference to show.
    support: none
seealso:
  - module: fieldnet.iot.learned_info
  - module: fieldnet.iot.plan
"""

EXAMPLES = r"""
- name: Say what was learned
  fieldnet.iot.learn_report:
    path: [sites/]
    dest: build/learned.json
    proposals: build/proposals
  run_once: true
"""

RETURN = r"""
learned:
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
        error:
          description: Why nothing could be read, or empty.
          type: str
        learns:
          description: Whether its gateway learns, or has learned since its policy last enforced.
          type: bool
        devices:
          description: The devices that used what no profile allows, each with what it used.
          type: list
          elements: dict
        unknown:
          description: The same for MAC addresses that are no device of the site.
          type: list
          elements: dict
        never_used:
          description: Ports of the specs whose counters are zero, with C(fallback) where that is no wonder.
          type: list
          elements: dict
        hints:
          description: What is the site's to decide, in words.
          type: list
          elements: str
    proposals:
      description: One entry a vendor, with C(vendor), C(extends), C(sources) and C(requirements) as in a spec that
        extends another.
      type: list
      elements: dict
files:
  description: The files that were written.
  type: list
  elements: str
  returned: success
"""
