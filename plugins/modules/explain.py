#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a documentation stub only: the code is the action plugin of the same name.

from __future__ import annotations

DOCUMENTATION = r"""
module: explain
short_description: Find what to follow on a gateway, for what a site's probe hosts saw failing
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Reads the site's data and what its probe hosts have seen, and returns the flows behind the checks that failed, as
    M(fieldnet.iot.path_trace) takes them, and these checks, so that they can be made again meanwhile.
  - Only checks of requirements that are unmet or inconclusive are taken, and only what passes the gateway.
  - Runs on the controller. Nothing is connected to and nothing is changed. The playbooks C(fieldnet.iot.explain) and
    C(fieldnet.iot.assess) use it.
options:
  path:
    description: Files or folders of sites.
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
  results_var:
    description: The variable that the probe hosts registered the result of M(fieldnet.iot.probe) in.
    type: str
    default: iot_probe
  flow:
    description: One flow to be followed, whatever the site's plan has. Then the requirements do not matter.
    type: dict
    suboptions:
      host:
        description: Where it leads, a DNS name or an address.
        type: str
        required: true
      port:
        description: The port there.
        type: raw
        required: true
      protocol:
        description: The protocol.
        type: str
        choices: [tcp, udp]
        default: tcp
      vlan:
        description: The VLAN that it comes from. By default each that has a probe host.
        type: str
attributes:
  check_mode:
    description: Can run in check mode and return the same.
    support: full
  diff_mode:
    description: Changes nothing, so there is no difference to show.
    support: none
seealso:
  - module: fieldnet.iot.path_trace
  - module: fieldnet.iot.assess
"""

EXAMPLES = r"""
- name: Find what to follow
  fieldnet.iot.explain:
    path: ["{{ iot_site_file }}"]
    site: "{{ iot_site }}"
    results_var: iot_probe
  register: iot_to_follow
"""

RETURN = r"""
flows:
  description: The flows, as M(fieldnet.iot.path_trace) takes them.
  type: list
  elements: dict
  returned: success
  sample:
    - {id: "0", protocol: tcp, source: 10.40.0.20, destination: 203.0.113.10, port: 31314, interface: vlan40}
of:
  description: The check behind each flow, by the flow's id.
  type: dict
  returned: success
  sample: {"0": iot/kisi/cloud-session/primary/203.0.113.10}
checks:
  description: The checks to be made again, by probe host.
  type: dict
  returned: success
  sample: {}
asked:
  description: With O(flow), the checks of the host that the task runs for, if it is one of the probe hosts.
  type: list
  elements: dict
  returned: success
  sample: []
errors:
  description: What is wrong, one entry each.
  type: list
  elements: str
  returned: if something is refused
  sample: ["flow.port: 0 is not a port (1 to 65535)"]
"""
