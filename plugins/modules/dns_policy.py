#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dns_policy
short_description: Let a gateway's DNS server tell its packet filter which addresses a domain has
version_added: 1.0.0
description:
  - The packet filter can't know names. Where devices may only reach some domains (egress by domain), the gateway's DNS
    server puts each address that it answers for them into a set of the packet filter, before the answer goes out.
  - For dnsmasq it holds one file of its own, C(/etc/dnsmasq.d/fieldnet-iot-sets.conf), with one line a domain. Other
    files, the leases and the sets themselves stay as they are. M(fieldnet.iot.firewall_policy) makes the sets, so it
    has to be applied first.
  - dnsmasq matches by suffix. Beside V(*.example.com) the name C(example.com) is open too, and beside V(example.com)
    every name under it. A run that changes something warns of that.
  - What dnsmasq would take without doing it is refused and named. That is a line elsewhere for the same names, a line
    too long, a folder that it does not read, a set that is missing, a dnsmasq that can't fill sets, and one that does
    not listen where devices ask.
  - New lines take a restart of dnsmasq. The module then watches it read them, and looks up some of the names to see
    that their sets are filled. If they are not, the old file is put back and read again.
  - A server that is not running is started, and enabled for the next boot.
attributes:
  check_mode:
    description: Reports what would change. The server's checker reads a copy that is removed at once.
    support: full
  diff_mode:
    description: Shows the file.
    support: full
  idempotent:
    description: A second run finds nothing to change.
    support: full
  platform:
    description: Needs Linux with systemd.
    platforms: linux
    support: full
extends_documentation_fragment:
  - fieldnet.iot._transaction
requirements:
  - dnsmasq 2.87 or newer, compiled with C(nftset), on the managed host
  - nftables on the managed host
  - root
options:
  backend:
    description: The DNS server of the gateway.
    type: str
    choices: [dnsmasq]
    default: dnsmasq
  state:
    description:
      - V(present) holds exactly these domains.
      - V(absent) removes all that the module holds.
    type: str
    choices: [present, absent]
    default: present
  domains:
    description:
      - The domains that have sets, for example V(*.electricimp.com) or V(api.example.com).
      - O(state=present) needs at least one.
    type: list
    elements: str
    default: []
  ipv6:
    description: Whether the domains have sets of IPv6 addresses, too.
    type: bool
    default: false
  table:
    description: The table of the packet filter that the sets are in, the same as for M(fieldnet.iot.firewall_policy).
    type: str
    default: fieldnet_iot
  routers:
    description:
      - The gateway's addresses at which devices ask for names. The DNS server has to listen there.
      - If it is empty, that is not looked at.
    type: list
    elements: str
    default: []
author:
  - fieldnet.iot contributors (@fieldnet)
"""

EXAMPLES = r"""
- name: Fill the sets of two domains
  fieldnet.iot.dns_policy:
    domains: ["*.electricimp.com", api.example.com]
    routers: [10.40.0.1]

- name: Fill no sets any more
  fieldnet.iot.dns_policy:
    state: absent
"""

RETURN = r"""
differences:
  description: What was not as it shall be. Empty if nothing changed.
  returned: success
  type: list
  elements: str
  sample: [/etc/dnsmasq.d/fieldnet-iot-sets.conf]
drift:
  description:
    - The same by object, in check mode and in a run. Each entry has C(object) (V(file), V(set) or V(unit)), C(name),
      C(problem) (V(missing), V(unexpected) or V(changed)) and C(detail).
  returned: success
  type: list
  elements: dict
missing_packages:
  description: The packages without which the module cannot work.
  returned: if the server is not installed
  type: list
  elements: str
  sample: [dnsmasq]
problems:
  description: What is wrong with the options, or with the server's configuration, one entry each.
  returned: if the options are refused
  type: list
  elements: str
  sample: ["domains[1]: a.*.example is not a domain (write it as example.com or *.example.com)"]
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._backends import DNS_SERVERS
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._runner import run_module
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dns import parse
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._firewall import DEFAULT_TABLE
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._membership import TRANSACTION

if t.TYPE_CHECKING:
    from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._transaction import Steps

ARGUMENTS = {
    **TRANSACTION,
    "backend": {"type": "str", "default": "dnsmasq", "choices": ["dnsmasq"]},
    "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
    "domains": {"type": "list", "elements": "str", "default": []},
    "ipv6": {"type": "bool", "default": False},
    "table": {"type": "str", "default": DEFAULT_TABLE},
    "routers": {"type": "list", "elements": "str", "default": []},
}


def build(options: t.Mapping[str, t.Any]) -> Steps:
    """The steps that lead to the wished state."""
    return DNS_SERVERS[options["backend"]](parse(options) if options["state"] == "present" else None)


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    run_module(module, lambda: build(module.params))


if __name__ == "__main__":
    main()
