#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: device_info
short_description: Tell which devices are on a gateway's VLANs
version_added: 1.0.0
description:
  - Runs on the gateway, and holds what it sees on some interfaces against the devices that are expected there. Each of
    those is present, at a wrong address, or absent. Everybody else is unknown.
  - It looks at the neighbour tables, the leases of the DHCP servers that run there, the forwarding tables of bridges,
    and LLDP where C(lldpd) runs. And it asks by ARP, since a neighbour table remembers who has long gone, and does not
    know who never spoke to the gateway.
attributes:
  check_mode:
    description: Runs in check mode as ever and returns the same, since it changes nothing.
    support: full
  diff_mode:
    description: There is nothing to show, since nothing changes.
    support: none
  idempotent:
    description: Changes nothing, however often it runs.
    support: full
  platform:
    description: Needs Linux with iproute2.
    platforms: linux
    support: full
requirements:
  - root (or CAP_NET_RAW to ask by ARP, and the right to read lease files)
options:
  interfaces:
    description: The interfaces of the gateway to look at.
    type: list
    elements: str
    required: true
  devices:
    description: The devices that are expected. C(plan.dhcp.reservations) of M(fieldnet.iot.plan) will do.
    type: list
    elements: dict
    default: []
    suboptions:
      mac:
        description: The device's MAC address.
        type: str
        required: true
      name:
        description: What to call it. By default its MAC address.
        type: str
      ip:
        description: The IPv4 address that it shall have. Any will do by default.
        type: str
      subnet:
        description: Not looked at.
        type: str
  ask:
    description:
      - Whom to ask by ARP. V(expected) asks for the addresses of the expected devices, of active leases and of the
        neighbour table. V(subnet) asks for every address of the interfaces' subnets, which finds machines that nobody
        told of. It takes 1 second for 500 addresses. V(none) asks nobody.
      - A subnet of more than 4096 addresses is not asked through.
    type: str
    choices: [expected, subnet, none]
    default: expected
  leases:
    description: Whether to read the leases of the DHCP servers that run on the gateway.
    type: bool
    default: true
  timeout:
    description: Seconds to wait for answers, V(0.2) to V(60). Everybody is asked a second time halfway.
    type: float
    default: 2.0
notes:
  - A device that sleeps (on batteries, on Wi-Fi) may not answer within O(timeout), and counts as absent then.
  - Makers' names come from the Python library C(netaddr) or C(manuf), if the gateway has one of them.
author:
  - fieldnet.iot contributors (@fieldnet)
seealso:
  - module: fieldnet.iot.dhcp_lease_info
  - module: fieldnet.iot.dhcp_probe
"""

EXAMPLES = r"""
- name: See who is on the VLAN
  fieldnet.iot.device_info:
    interfaces: [vlan40]
    ask: subnet
    devices:
      - {name: front-door, mac: "02:00:00:00:00:10", ip: 10.40.0.10}
      - {name: back-door, mac: "02:00:00:00:00:11", ip: 10.40.0.11}
  become: true
  register: seen

- name: Name what is not as it shall be
  ansible.builtin.debug:
    msg: "{{ item.name or item.mac }}: {{ item.status }}, {{ item.reason }}"
  loop: "{{ seen.devices | rejectattr('status', 'eq', 'present') }}"
  loop_control:
    label: "{{ item.mac }}"
"""

RETURN = r"""
devices:
  description: One entry for each expected device, in their order, then one for everybody else who is there.
  returned: success
  type: list
  elements: dict
  sample:
    - name: front-door
      expected_ip: 10.40.0.10
      status: wrong_address
      reason: answers at 10.40.0.117, not at the expected 10.40.0.10
      mac: "02:00:00:00:00:10"
      addresses: [10.40.0.117]
      ipv6: []
      interface: vlan40
      lease:
        address: 10.40.0.117
        mac: "02:00:00:00:00:10"
        client_id: null
        hostname: door
        starts: null
        expires: "2026-11-21T21:00:00Z"
        state: active
        server: dnsmasq
      port: null
      lldp: {interface: eth1, system: switch-1, port: Gi0/24, is_switch: true}
      maker: null
  contains:
    name:
      description: The device's name. Null for one that is not expected.
      type: str
    expected_ip:
      description: The address that it shall have, if any.
      type: str
    status:
      description:
        - V(present) means that it answers at its address, V(wrong_address) at another one, V(no_address) that it was
          heard, but at no IPv4 address.
        - V(absent) means that it was asked for and did not answer.
        - V(unproven) means that nobody could ask for it now, which RV(devices[].reason) explains.
        - V(unknown) means that no expected device has this MAC address.
      type: str
    reason:
      description: The status in one sentence.
      type: str
    mac:
      description: The MAC address.
      type: str
    addresses:
      description: The IPv4 addresses at which it is.
      type: list
      elements: str
    ipv6:
      description: The IPv6 addresses at which it was in the last half minute.
      type: list
      elements: str
    interface:
      description: The interface of the gateway on which it is.
      type: str
    lease:
      description: Its lease, as M(fieldnet.iot.dhcp_lease_info) returns it, if it has one.
      type: dict
    port:
      description: The port of the gateway's own bridge behind which it was heard, if there is a bridge.
      type: str
    lldp:
      description:
        - Who is at the other end of the gateway's interface or port, as he says himself. For a device that speaks LLDP
          the device, else the switch that leads to it.
      type: dict
      contains:
        interface:
          description: The interface or port of the gateway.
          type: str
        system:
          description: The system's name.
          type: str
        port:
          description: The port at its end.
          type: str
        is_switch:
          description: Whether it says that it is a switch.
          type: bool
    maker:
      description: Who made it. Null where no library knows, and for an address that was made up.
      type: str
summary:
  description: How many devices have each status.
  returned: success
  type: dict
  sample: {present: 1, wrong_address: 0, no_address: 0, absent: 1, unproven: 0, unknown: 0}
conflicts:
  description: Addresses that more than one machine answers for.
  returned: success
  type: list
  elements: dict
  sample: [{address: 10.40.0.10, macs: ["02:00:00:00:00:10", "02:00:00:00:00:66"]}]
maker_library:
  description: The library that knows the makers, V(netaddr) or V(manuf). Null where the gateway has none.
  returned: success
  type: str
problems:
  description: What could not be looked at, each with the reason.
  returned: success
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fieldnet.iot.plugins.module_utils._devices._device_info import run_module

DEVICE = {
    "mac": {"type": "str", "required": True},
    "name": {"type": "str"},
    "ip": {"type": "str"},
    "subnet": {"type": "str"},
}
ARGUMENTS = {
    "interfaces": {"type": "list", "elements": "str", "required": True},
    "devices": {"type": "list", "elements": "dict", "default": [], "options": DEVICE},
    "ask": {"type": "str", "default": "expected", "choices": ["expected", "subnet", "none"]},
    "leases": {"type": "bool", "default": True},
    "timeout": {"type": "float", "default": 2.0},
}


def main() -> None:
    """Run the module."""
    run_module(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True))


if __name__ == "__main__":
    main()
