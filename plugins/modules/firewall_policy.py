#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: firewall_policy
short_description: Allow IoT interfaces of a gateway the flows of a plan, and nothing else
version_added: 0.1.0
description:
  - Holds one nftables table of its own, C(inet fieldnet_iot), in agreement with a list of flows. Devices behind the
    given interfaces may open these flows, everything else they start is logged at a limited rate and refused.
  - No other table, chain, set or file is touched. The table can only restrict, an accept in it does not overrule a
    later drop elsewhere. Where another forward chain drops by default, the module warns and names the remedy.
  - The gateway itself answers its IoT interfaces DHCP, ICMP echo, IPv6 neighbour discovery, and the flows that name
    one of its addresses in O(flows[].to).
  - The rule set is tried out in a scratch network namespace, checked by the kernel, loaded in one transaction and
    compared with what was expected, before the files for the next boot are written. Any failure puts the old state
    back.
  - The flows' rules carry their ids as comments and count packets. Where the policy changes, its table is replaced and
    counters start from zero; where nothing changes they live on.
  - Connections that exist already when a policy gets stricter live on until they end.
attributes:
  check_mode:
    description: Reports what would change, and changes nothing.
    support: full
  diff_mode:
    description: Shows the table as nft prints it, and the files.
    support: full
  idempotent:
    description: A second run finds nothing to change.
    support: full
  platform:
    description: Needs Linux 5.4 with nftables and, for O(persist), systemd.
    platforms: linux
    support: full
extends_documentation_fragment:
  - fieldnet.iot._transaction
requirements:
  - nft 0.9.8 or newer, ip and unshare on the managed host
  - root
options:
  backend:
    description: What enforces the policy.
    type: str
    choices: [nftables]
    default: nftables
  state:
    description:
      - V(present) holds the policy.
      - V(absent) removes the table and its files.
    type: str
    choices: [present, absent]
    default: present
  interfaces:
    description:
      - The interfaces with IoT devices behind them. Packets that arrive on others are not looked at.
      - Required with O(state=present).
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The interface's name on the gateway.
        type: str
        required: true
      subnet:
        description: The IPv4 subnet behind it. IPv4 packets from other sources are refused.
        type: str
        required: true
      router:
        description: The gateway's address in it, for the reader. The policy does not depend on it.
        type: str
  flows:
    description: The connections that devices may open.
    type: list
    elements: dict
    default: []
    suboptions:
      id:
        description: What the flow is for. It stands as comment in the rules.
        type: str
        required: true
      interface:
        description: The interface on which it arrives, one of O(interfaces).
        type: str
        required: true
      protocol:
        description: The transport protocol.
        type: str
        choices: [tcp, udp]
        required: true
      port:
        description: The destination port.
        type: int
        required: true
      to:
        description:
          - Destination addresses and networks, IPv4 or IPv6. An address of the gateway itself is possible.
          - If it is empty, any IPv4 destination that is neither in O(local_networks) nor behind an IoT interface.
        type: list
        elements: str
        default: []
  table:
    description: The name of the table, which begins with C(fieldnet_) so that it is never somebody else's.
    type: str
    default: fieldnet_iot
  local_networks:
    description: The IPv4 networks that a flow without O(flows[].to) does not reach.
    type: list
    elements: str
    default: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, 169.254.0.0/16]
  log_limit:
    description:
      - How many refused packets are logged, with the prefix C(fieldnet-iot), for example V(10/minute).
      - If it is empty, none.
    type: str
    default: 10/minute
  refuse_with:
    description:
      - V(reject) answers with ICMP admin-prohibited, so that device and prober see at once who refused.
      - V(drop) stays silent.
    type: str
    choices: [reject, drop]
    default: reject
  persist:
    description:
      - Whether the policy survives a reboot and a restart of C(nftables.service), by
        C(/etc/fieldnet-iot/firewall.nft) and the unit C(fieldnet-iot-firewall.service).
      - If V(false), what is there for the next boot stays as it is.
    type: bool
    default: true
author:
  - fieldnet.iot contributors (@fieldnet)
"""

EXAMPLES = r"""
- name: Let Kisi controllers reach their cloud and ask the gateway for names
  fieldnet.iot.firewall_policy:
    interfaces:
      - {name: vlan40, subnet: 10.40.0.0/24, router: 10.40.0.1}
    flows:
      - {id: iot/kisi/cloud-session/primary, interface: vlan40, protocol: tcp, port: 31314}
      - {id: iot/kisi/dns/udp, interface: vlan40, protocol: udp, port: 53, to: [10.40.0.1]}

- name: Remove it
  fieldnet.iot.firewall_policy:
    state: absent
"""

RETURN = r"""
differences:
  description: What was not as it shall be. Empty if nothing changed.
  returned: success
  type: list
  elements: str
  sample: ["table inet fieldnet_iot", "/etc/fieldnet-iot/firewall.nft"]
missing_packages:
  description: The packages without which the module cannot work.
  returned: if programs are missing
  type: list
  elements: str
  sample: [nftables]
problems:
  description: What is wrong with the options, one entry each.
  returned: if the options are refused
  type: list
  elements: str
  sample: ["flows[0].port: 0 is not a port (1 to 65535)"]
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._backends import FIREWALLS
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._firewall import (
    DEFAULT_TABLE,
    LOCAL_NETWORKS,
    parse,
    parse_table,
)
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._membership import TRANSACTION
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._runner import run_module

if t.TYPE_CHECKING:
    from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._transaction import Steps

INTERFACE = {
    "name": {"type": "str", "required": True},
    "subnet": {"type": "str", "required": True},
    "router": {"type": "str"},
}
FLOW = {
    "id": {"type": "str", "required": True},
    "interface": {"type": "str", "required": True},
    "protocol": {"type": "str", "required": True, "choices": ["tcp", "udp"]},
    "port": {"type": "int", "required": True},
    "to": {"type": "list", "elements": "str", "default": []},
}
ARGUMENTS = {
    **TRANSACTION,
    "backend": {"type": "str", "default": "nftables", "choices": ["nftables"]},
    "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
    "interfaces": {"type": "list", "elements": "dict", "default": [], "options": INTERFACE},
    "flows": {"type": "list", "elements": "dict", "default": [], "options": FLOW},
    "table": {"type": "str", "default": DEFAULT_TABLE},
    "local_networks": {"type": "list", "elements": "str", "default": list(LOCAL_NETWORKS)},
    "log_limit": {"type": "str", "default": "10/minute"},
    "refuse_with": {"type": "str", "default": "reject", "choices": ["reject", "drop"]},
    "persist": {"type": "bool", "default": True},
}


def build(options: t.Mapping[str, t.Any]) -> Steps:
    """The steps that lead to the wished state."""
    policy = parse(options) if options["state"] == "present" else None
    return FIREWALLS[options["backend"]](parse_table(options["table"]), policy, options["persist"])


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    run_module(module, lambda: build(module.params))


if __name__ == "__main__":
    main()
