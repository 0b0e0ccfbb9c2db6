#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dhcp_reservations
short_description: Hold the DHCP reservations of a plan on a gateway
version_added: 0.1.0
description:
  - Holds files of its own, which the DHCP server reads beside the rest of its configuration, in agreement with a list
    of reservations. Other files and the leases stay as they are.
  - For dnsmasq it writes C(/etc/dnsmasq.d/fieldnet-iot.conf), which names C(/etc/fieldnet-iot/dnsmasq.hosts).
  - For Kea it writes one file a subnet, for example C(/etc/kea/fieldnet-iot/10.40.0.0_24.json). Your own configuration
    includes it as the last entry of that subnet's C(reservations). Where it does not, the module changes nothing and
    says which line to add.
  - Duplicate MAC addresses, IP addresses and names, addresses outside their subnet and addresses of the gateway itself
    are refused, and what contradicts the rest of the server's configuration is too. Then the server's own checker
    judges its whole configuration together with the reservations. Only then anything is changed.
  - The server is told to read them and watched doing so. If it does not serve as before, the old files are put back and
    read again.
  - A server that is not running is started, and enabled for the next boot.
attributes:
  check_mode:
    description: Reports what would change. The server's checker reads a copy that is removed at once.
    support: full
  diff_mode:
    description: Shows the files.
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
  - dnsmasq 2.80 or newer, or Kea 2.2 or newer, on the managed host
  - root
options:
  backend:
    description: The DHCP server of the gateway.
    type: str
    choices: [dnsmasq, kea]
    required: true
  state:
    description:
      - V(present) holds exactly these reservations.
      - V(absent) removes all that the module holds. Files that Kea includes are emptied.
    type: str
    choices: [present, absent]
    default: present
  reservations:
    description: The devices that always get the same address.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The device's host name, one label.
        type: str
        required: true
      mac:
        description: Its MAC address.
        type: str
        required: true
      ip:
        description: The IPv4 address it gets.
        type: str
        required: true
      subnet:
        description: The subnet of the address, as the server knows it.
        type: str
        required: true
author:
  - fieldnet.iot contributors (@fieldnet)
"""

EXAMPLES = r"""
- name: Give two devices their addresses
  fieldnet.iot.dhcp_reservations:
    backend: kea
    reservations:
      - {name: front-door, mac: "02:00:00:00:00:10", ip: 10.40.0.10, subnet: 10.40.0.0/24}
      - {name: back-door, mac: "02:00:00:00:00:11", ip: 10.40.0.11, subnet: 10.40.0.0/24}

- name: Hold no reservations any more
  fieldnet.iot.dhcp_reservations:
    backend: kea
    state: absent
"""

RETURN = r"""
differences:
  description: What was not as it shall be. Empty if nothing changed.
  returned: success
  type: list
  elements: str
  sample: [/etc/fieldnet-iot/dnsmasq.hosts]
missing_packages:
  description: The packages without which the module cannot work.
  returned: if the server is not installed
  type: list
  elements: str
  sample: [kea-dhcp4-server]
problems:
  description: What is wrong with the options, or with the server's configuration, one entry each.
  returned: if the options are refused
  type: list
  elements: str
  sample: ["reservations[1].ip: 10.41.0.9 is not in the subnet 10.40.0.0/24"]
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._backends import DHCP_SERVERS
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dhcp import parse
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._membership import TRANSACTION
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._runner import run_module

if t.TYPE_CHECKING:
    from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._transaction import Steps

RESERVATION = {
    "name": {"type": "str", "required": True},
    "mac": {"type": "str", "required": True},
    "ip": {"type": "str", "required": True},
    "subnet": {"type": "str", "required": True},
}
ARGUMENTS = {
    **TRANSACTION,
    "backend": {"type": "str", "required": True, "choices": ["dnsmasq", "kea"]},
    "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
    "reservations": {"type": "list", "elements": "dict", "default": [], "options": RESERVATION},
}


def build(options: t.Mapping[str, t.Any]) -> Steps:
    """The steps that lead to the wished state."""
    present = options["state"] == "present"
    return DHCP_SERVERS[options["backend"]](parse(options["reservations"]) if present else (), present)


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    run_module(module, lambda: build(module.params))


if __name__ == "__main__":
    main()
