#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: firewall_policy
short_description: Allow IoT interfaces of a gateway the flows of a plan, and nothing else
version_added: 1.0.0
description:
  - Holds one nftables table of its own, C(inet fieldnet_iot), in agreement with a policy. Devices behind the given
    interfaces are known by interface, MAC and IP address. Each has a profile, and may open the flows of that.
    Everything else is logged at a limited rate, counted and refused.
  - No other table, chain, set or file is touched. The table can only restrict, an accept in it does not overrule a
    later drop elsewhere. Where something else on the host drops a flow, the module warns and names the remedy.
  - The gateway itself answers everybody DHCP and IPv6 neighbour discovery; known devices ICMP echo, the flows that name
    one of its addresses in O(flows[].to), and what is redirected to it.
  - Every packet that a device sends is judged, not only the first of a connection. So a stricter policy cuts open
    connections at once, and a change that still allows a connection never cuts it. Answers of devices to connections
    that others opened towards them pass.
  - The rule set is tried out in a scratch network namespace, checked by the kernel, loaded in one transaction and
    compared with what was expected, before the files for the next boot are written. Any failure puts the old state
    back.
  - A change replaces rules and keeps counters and the sets of domains with their addresses. The flows' rules carry
    their ids as comments, their counters are called C(flow/) and C(probe/) with the id behind.
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
  egress:
    description:
      - V(ports) lets flows without O(flows[].to) reach any address outside.
      - V(domains) lets flows with O(flows[].domains) reach only those addresses that dnsmasq answered for these
        domains. M(fieldnet.iot.dns_policy) makes it fill the sets.
    type: str
    choices: [ports, domains]
    default: ports
  binding:
    description:
      - V(mac-ip) knows a device with an O(devices[].ip) by its MAC address together with that address alone.
      - V(mac) lets it use any address of the subnet as well that is nobody else's, while addresses change.
    type: str
    choices: [mac-ip, mac]
    default: mac-ip
  unknown_devices:
    description:
      - What becomes of packets from senders that no device of O(devices) is, or that use another's address. They get an
        address by DHCP and nothing else.
      - V(reject) answers with ICMP admin-prohibited, V(drop) stays silent.
    type: str
    choices: [reject, drop]
    default: reject
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
        description: The IPv4 subnet behind it.
        type: str
        required: true
      router:
        description: The gateway's address in it, which no device may use.
        type: str
      redirect:
        description:
          - Which requests of known devices the gateway answers itself, whatever public server they ask, V(dns) (TCP and
            UDP port 53) and V(ntp) (UDP port 123). It has to run these services.
          - What a flow names in O(flows[].to) is not redirected.
        type: list
        elements: str
        default: []
      redirect_exempt:
        description: The MAC addresses of devices that are left out of it.
        type: list
        elements: str
        default: []
  flows:
    description: The connections that devices may open, if their profile names them.
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
          - Destination addresses and networks, IPv4 or IPv6, wherever they are. An address of the gateway itself is
            possible.
          - Without them (and with O(egress=domains) without O(flows[].domains)), any destination that is neither in
            O(local_networks), nor behind an IoT interface, nor the gateway.
        type: list
        elements: str
        default: []
      domains:
        description:
          - Domains, V(example.com) or V(*.example.com), used with O(egress=domains) only. Either stands for the domain
            and all names under it.
          - Addresses in O(local_networks) are not reached that way, whatever a name resolves to.
        type: list
        elements: str
        default: []
  profiles:
    description: Sets of flows, normally one for a vendor's devices in one VLAN.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Its name, which is part of the name of a chain.
        type: str
        required: true
      interface:
        description: The interface of its flows and devices.
        type: str
        required: true
      title:
        description: What it is about, for the reader of the boot file.
        type: str
        default: ""
      ipv6:
        description: Whether its devices may use IPv6. Their IPv6 packets are refused otherwise.
        type: bool
        default: false
      probe:
        description: Whether it is for probe hosts, whose packets are counted apart.
        type: bool
        default: false
      flows:
        description: The ids of its flows.
        type: list
        elements: str
        default: []
  devices:
    description: Who is known.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Its name, for the reader.
        type: str
        required: true
      interface:
        description: The interface that it is behind.
        type: str
        required: true
      mac:
        description: Its MAC address. It must be seen on the interface itself, not behind another router.
        type: str
        required: true
      ip:
        description: Its IPv4 address. Without one it may use any address of the subnet that is nobody else's.
        type: str
      profile:
        description: Its profile.
        type: str
        required: true
  mode:
    description:
      - V(enforce) refuses what no flow allows.
      - V(learn) lets it pass until O(learn_until), and remembers for 30 days who sent what to whom, in the sets
        C(iot_learned) and C(iot_learned6). Learning ends by itself, in the kernel.
    type: str
    choices: [enforce, learn]
    default: enforce
  learn_until:
    description: When learning ends, in UTC, for example V(2026-12-01T18:00:00Z). At most 30 days ahead.
    type: str
    default: ""
  table:
    description: The name of the table, which begins with C(fieldnet_) so that it is never somebody else's.
    type: str
    default: fieldnet_iot
  local_networks:
    description:
      - The networks that a flow without O(flows[].to) does not reach.
      - Of IPv6, C(fc00::/7), C(fe80::/10) and C(ff00::/8) always belong to them. A site with global IPv6 prefixes of
        its own has to name these here where a profile has O(profiles[].ipv6).
    type: list
    elements: str
    default: [10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, 169.254.0.0/16]
  log_limit:
    description:
      - How many refused packets of a device are logged, for example V(5/minute). All together, 20 a second.
      - The prefixes are C(fieldnet-iot-unknown), C(fieldnet-iot-refused), C(fieldnet-iot-ipv6) and
        C(fieldnet-iot-learned).
      - If it is empty, none.
    type: str
    default: 5/minute
  refuse_with:
    description:
      - What becomes of known devices' packets that no flow allows.
      - V(reject) answers with ICMP admin-prohibited, so that device and prober see at once who refused, and resets TCP
        connections that are no longer allowed.
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
  firewalld_policy:
    description:
      - Whether firewalld, too, has a policy of ours, C(/etc/firewalld/policies/fieldnet-iot.xml), which permits to
        forward what the table then restricts. It takes a reload, which is refused where it would lose others' rules.
    type: bool
    default: false
author:
  - fieldnet.iot contributors (@fieldnet)
"""

EXAMPLES = r"""
- name: Let a Kisi controller reach its cloud and ask the gateway for names
  fieldnet.iot.firewall_policy:
    interfaces:
      - {name: vlan40, subnet: 10.40.0.0/24, router: 10.40.0.1}
    flows:
      - {id: iot/kisi/cloud-session/primary, interface: vlan40, protocol: tcp, port: 31314}
      - {id: iot/kisi/dns/udp, interface: vlan40, protocol: udp, port: 53, to: [10.40.0.1]}
    profiles:
      - name: iot_kisi
        interface: vlan40
        flows: [iot/kisi/cloud-session/primary, iot/kisi/dns/udp]
    devices:
      - {name: front-door, interface: vlan40, mac: "02:00:00:00:00:10", ip: 10.40.0.10, profile: iot_kisi}

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
drift:
  description: The same by object. Each has C(object), C(name), C(problem) (missing, unexpected, changed), C(detail).
  returned: success
  type: list
  elements: dict
  sample: [{"object": "flow", "name": "iot/kisi/cloud-session/primary", "problem": "missing", "detail": ""}]
obstacles:
  description: What else on the host drops these flows, each with its C(place), C(problem), C(remedy) and C(advice).
  returned: if there are any
  type: list
  elements: dict
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
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._runner import run_module
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._firewall import parse_table
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._firewall_options import ARGUMENTS
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._firewall_parse import parse
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._foreign._firewalld_policy import beside_firewalld

if t.TYPE_CHECKING:
    from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._transaction import Steps


def build(options: t.Mapping[str, t.Any]) -> Steps:
    """The steps that lead to the wished state."""
    policy = parse(options) if options["state"] == "present" else None
    table = parse_table(options["table"])
    firewall = FIREWALLS[options["backend"]](table, policy, options["persist"])
    return beside_firewalld(table, policy, bool(options["firewalld_policy"]), firewall)


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    run_module(module, lambda: build(module.params))


if __name__ == "__main__":
    main()
