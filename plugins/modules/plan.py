# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a documentation stub only: the code is the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: plan
short_description: Make a site's plan from its data and its vendors' requirements
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Reads sites and vendor specs on the controller, and refuses bad data with every error at once, each with its file,
    its path and what would be right.
  - Returns the plan of one site, which is what the firewall must let pass, which addresses DHCP must reserve, and which
    checks prove it. The same input gives the same plan. Nothing is connected to and nothing is changed.
options:
  path:
    description:
      - Folders of sites, files of single sites, or the inventory of a fleet, which names them. What is another Ansible
        inventory is left alone, so that C(ansible_inventory_sources) will do.
    type: list
    elements: str
    required: true
  vendor_path:
    description:
      - Folders with vendor specs of your own (one C(*.yml) a vendor), beside those of the collection.
    type: list
    elements: str
    default: []
  site:
    description:
      - The name of the site to plan. Left out, all data is checked and no plan is returned.
    type: str
  parts:
    description:
      - What of the plan to return, such as V(firewall), by the names in RV(plan). Left out, all of it. Of many sites,
        the controller keeps what it is given for each of them, and looks through it several times.
    type: list
    elements: str
  keep_going:
    description:
      - Return the sites that are wrong as RV(refused), and tell them in a warning, instead of failing for them. What
        concerns all of them, a vendor spec that is wrong or a fleet of which no site is right, fails all the same.
      - With C(invalid_sites=fail), an option of the inventory plugin P(fieldnet.iot.sites#inventory), nothing is wrong
        with any site or the task fails.
    type: bool
    default: false
  refused:
    description:
      - What RV(refused) was for all sites. A site that stands in it has no plan, although nothing is wrong with it
        alone.
    type: dict
    default: {}
attributes:
  check_mode:
    description: Can run in check mode and return the same.
    support: full
  diff_mode:
    description: Changes nothing, so there is no difference to show.
    support: none
seealso:
  - module: fieldnet.iot.assess
"""

EXAMPLES = r"""
- name: Refuse bad site data
  fieldnet.iot.plan:
    path: [sites/]
    keep_going: true
  run_once: true
  register: iot_fleet

- name: Plan this host's site
  fieldnet.iot.plan:
    path: ["{{ iot_site_file }}"]
    site: "{{ iot_site }}"
    refused: "{{ iot_fleet.refused }}"
  register: iot_planned
"""

RETURN = r"""
sites:
  description: The names of the sites that were read.
  type: list
  elements: str
  returned: success
  sample: [berlin, oslo]
plan:
  description: The plan of the site.
  type: dict
  returned: when O(site) is given
  contains:
    schema:
      description: The version of this shape.
      type: int
    site:
      description: The site's name.
      type: str
    gateway:
      description: The inventory host of the gateway.
      type: dict
    probes:
      description: The inventory hosts that the site is probed from.
      type: list
      elements: str
    firewall:
      description: What M(fieldnet.iot.firewall_policy) takes.
      type: dict
    dns:
      description: What M(fieldnet.iot.dns_policy) takes.
      type: dict
    dhcp:
      description: What M(fieldnet.iot.dhcp_reservations) takes.
      type: dict
    checks:
      description: Every check, with the probe host that is to run it.
      type: list
      elements: dict
    listeners:
      description: The ports that each probe host answers for another one's checks, with M(fieldnet.iot.path_listener).
      type: list
      elements: dict
    requirements:
      description: What M(fieldnet.iot.assess) needs to know of each requirement.
      type: list
      elements: dict
    advice:
      description: What the vendors recommend and no check can settle.
      type: list
      elements: dict
    notes:
      description: What the plan can't do, in words.
      type: list
      elements: str
checks:
  description: The checks of the plan that this host is to run, as M(fieldnet.iot.probe) takes them.
  type: list
  elements: dict
  returned: when O(site) is given, and V(checks) is among its O(parts)
listen:
  description: The ports that this host answers for the checks of another probe host in its VLAN.
  type: list
  elements: dict
  returned: when O(site) is given, and V(listeners) is among its O(parts)
refused:
  description: Everything that is wrong with each site that is refused, by its file. Of two sites that have the same
    host, device or name both are.
  type: dict
  returned: when O(keep_going) is true
unread:
  description: What is wrong with the files of which no host can be read.
  type: list
  elements: str
  returned: when O(keep_going) is true
errors:
  description: Every problem by itself.
  type: list
  elements: str
  returned: failure
  sample: ["sites/berlin.yml: devices[3].ip: 10.40.0.300 is not an IPv4 address"]
"""
