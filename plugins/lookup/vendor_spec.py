# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lookup plugin fieldnet.iot.vendor_spec: a thin door into plugin_utils."""

from __future__ import annotations

DOCUMENTATION = r"""
name: vendor_spec
short_description: Return what vendors ask of a network
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Returns vendor specs as data, with all that was left to a default and with what a spec of yours that extends another
    one changes. It finds them in the collection, in your own folders, and in MUD files (RFC 8520) there.
  - What comes back would be a valid spec by itself when written to a file.
  - Use it with C(query), or with C(wantlist=True), where you name more than one vendor or none,
    since it returns a list.
options:
  _terms:
    description: The vendors, such as V(kisi). Without any, all that have a spec, by name.
    type: list
    elements: str
  vendor_path:
    description: Folders with vendor specs of your own (C(*.yml)) and MUD files (C(*.json)).
    type: list
    elements: str
    default: []
    vars:
      - name: iot_vendor_path
seealso:
  - plugin: fieldnet.iot.vendor_ports
    plugin_type: lookup
  - plugin: fieldnet.iot.site_plan
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Show who has a spec
  ansible.builtin.debug:
    msg: "{{ query('fieldnet.iot.vendor_spec') | map(attribute='vendor') }}"

- name: Show what is required of a network for these devices
  ansible.builtin.debug:
    msg: >-
      {{ lookup('fieldnet.iot.vendor_spec', 'kisi').requirements
         | selectattr('level', 'eq', 'required') | map(attribute='title') }}

- name: Write a MUD file as a spec that can be edited
  ansible.builtin.copy:
    content: "{{ lookup('fieldnet.iot.vendor_spec', 'example_bulb', vendor_path='mud/') | to_nice_yaml(indent=2) }}"
    dest: vendors/example_bulb.yml
    mode: "0644"
"""

RETURN = r"""
_raw:
  description: One spec a vendor, in the order of the names given. B(docs/vendor-spec.md) has its keys.
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._fleet import to_paths
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._data import NoVendorError, choose, spec_data
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._vendors import load_specs


class LookupModule(LookupBase):  # type: ignore[misc]
    """The specs of vendors."""

    def run(
        self, terms: t.Sequence[str], variables: t.Optional[t.Mapping[str, t.Any]] = None, **kwargs: t.Any
    ) -> t.List[t.Dict[str, t.Any]]:
        """Read the specs; refuse all that is wrong with them or with the names at once."""
        self.set_options(var_options=variables, direct=kwargs)
        specs, errors = load_specs(to_paths(self.get_option("vendor_path")))
        if errors:
            raise AnsibleError("the vendor specs can't be used:\n" + "\n".join(errors))
        try:
            return [spec_data(spec) for spec in choose(specs, terms)]
        except NoVendorError as error:
            raise AnsibleError(str(error)) from None
