# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lookup plugin fieldnet.iot.site_plan: a thin door into plugin_utils."""

from __future__ import annotations

DOCUMENTATION = r"""
name: site_plan
short_description: Return the plans of sites
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Returns what M(fieldnet.iot.plan) makes of a site and its vendors' requirements, which is what its gateway must let
    pass, which addresses DHCP must reserve, and which checks prove it. Nothing is connected to.
  - Use it with C(query), or with C(wantlist=True), where you name more than one site or none,
    since it returns a list.
options:
  _terms:
    description: The names of the sites. Without any, all, in the order of their files.
    type: list
    elements: str
  path:
    description:
      - Folders of sites, or files of single sites. By default the inventory sources of the run, unless the variable
        says otherwise.
    type: list
    elements: str
    required: true
    vars:
      - name: ansible_inventory_sources
      - name: iot_sites
  vendor_path:
    description: Folders with vendor specs of your own.
    type: list
    elements: str
    default: []
    vars:
      - name: iot_vendor_path
  section:
    description: Return only this part of each plan. By default all of it.
    type: str
    choices: [firewall, dns, dhcp, checks, listeners, requirements, advice, notes]
seealso:
  - module: fieldnet.iot.plan
  - plugin: fieldnet.iot.vendor_spec
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Show the plan of a site
  ansible.builtin.debug:
    msg: "{{ lookup('fieldnet.iot.site_plan', 'berlin', path='sites/') }}"

- name: Show the flows that the gateway of each site of this inventory lets pass
  ansible.builtin.debug:
    msg: "{{ query('fieldnet.iot.site_plan', section='firewall') | map(attribute='flows') }}"

- name: Write what cannot be planned
  ansible.builtin.copy:
    content: "{{ lookup('fieldnet.iot.site_plan', 'berlin', path='sites/', section='notes') | join('\n') }}\n"
    dest: notes.txt
    mode: "0644"
"""

RETURN = r"""
_raw:
  description: One plan a site, or one part of it, as M(fieldnet.iot.plan) returns it.
  type: list
  elements: raw
"""

import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._fleet import FleetError, load_fleet, to_paths
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan


class LookupModule(LookupBase):  # type: ignore[misc]
    """The plans of some sites."""

    def run(
        self, terms: t.Sequence[str], variables: t.Optional[t.Mapping[str, t.Any]] = None, **kwargs: t.Any
    ) -> t.List[t.Any]:
        """Read the sites; refuse all that is wrong with them at once."""
        self.set_options(var_options=variables, direct=kwargs)
        section = self.get_option("section")
        try:
            fleet = load_fleet(to_paths(self.get_option("path")), to_paths(self.get_option("vendor_path")))
            sites = [fleet.site(name) for name in terms] if terms else fleet.sites
            plans = [make_plan(site, fleet.specs) for site in sites]
        except FleetError as error:
            raise AnsibleError(str(error)) from None
        return [plan[section] for plan in plans] if section else plans
