# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lookup plugin fieldnet.iot.vendor_ports: a thin door into plugin_utils."""

from __future__ import annotations

DOCUMENTATION = r"""
name: vendor_ports
short_description: Return the ports that vendors' devices use
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Reads the ports of vendor specs, each once, sorted by protocol and number, as M(fieldnet.iot.egress_responder) and
    M(fieldnet.iot.path_listener) take them.
  - Use it with C(query), or with C(wantlist=True), since it returns a list.
options:
  _terms:
    description: The vendors, such as V(kisi). Without any, all that have a spec.
    type: list
    elements: str
  kinds:
    description:
      - Of which requirements the ports are returned. V(outbound), V(dns) and V(ntp) leave the site, V(local) does not.
    type: list
    elements: str
    choices: [outbound, dns, ntp, local]
    default: [outbound, dns, ntp]
  exclude:
    description: Ports to leave out, as numbers (V(22)) or with their protocol (V(tcp/443)).
    type: list
    elements: str
    default: []
  vendor_path:
    description: Folders with vendor specs beside those of the collection.
    type: list
    elements: str
    default: []
    vars:
      - name: iot_vendor_path
seealso:
  - module: fieldnet.iot.egress_responder
"""

EXAMPLES = r"""
- name: Show what a responder for these vendors listens on
  ansible.builtin.debug:
    msg: "{{ query('fieldnet.iot.vendor_ports', 'kisi', 'tsi', exclude=[53, 'tcp/443']) }}"

- name: Show what readers and controllers talk on among themselves
  ansible.builtin.debug:
    msg: "{{ query('fieldnet.iot.vendor_ports', 'kisi', kinds=['local']) }}"
"""

RETURN = r"""
_raw:
  description: The ports, each with its C(protocol) and C(port).
  type: list
  elements: dict
  sample: [{protocol: tcp, port: 31314}, {protocol: udp, port: 123}]
"""

import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._fleet import to_paths
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._ports import PortsError, vendor_ports
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._vendors import load_specs


class LookupModule(LookupBase):  # type: ignore[misc]
    """The ports of vendors."""

    def run(
        self, terms: t.Sequence[str], variables: t.Optional[t.Mapping[str, t.Any]] = None, **kwargs: t.Any
    ) -> t.List[t.Dict[str, t.Any]]:
        """Read the specs; refuse all that is wrong with them or with the options at once."""
        self.set_options(var_options=variables, direct=kwargs)
        specs, errors = load_specs(to_paths(self.get_option("vendor_path")))
        if errors:
            raise AnsibleError("the vendor specs can't be used:\n" + "\n".join(errors))
        try:
            return vendor_ports(specs, terms, self.get_option("kinds"), self.get_option("exclude"))
        except PortsError as error:
            raise AnsibleError(str(error)) from None
