#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dhcp_probe
short_description: See which address DHCP servers would offer to each device, and find servers that must not be there
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Asks in the name of each device, by its MAC address, and collects every offer of every server on the segment. It
    sees whether each reservation works before the device is there, and while it is there without disturbing it.
  - An offer is never taken. No DHCPREQUEST is sent, no lease comes into being, and the device's own lease stays as it
    is.
  - Finds a second DHCP server, whoever brought it, by its server identifier and its hardware address.
  - Runs on a host in the VLAN of the devices. The gateway itself will do.
requirements:
  - Linux
  - root (or CAP_NET_RAW), since it sends and hears raw frames. Without, every result is V(not_run) and says so.
extends_documentation_fragment:
  - fieldnet.iot._probe
  - fieldnet.iot._attributes
  - fieldnet.iot._attributes.group
options:
  devices:
    description: The devices to ask for. Results come in this order.
    type: list
    elements: dict
    required: true
    suboptions:
      mac:
        description: The device's MAC address. Always needed.
        type: str
      ip:
        description: The address that every server must offer. Any offer will do by default.
        type: str
      client_id:
        description:
          - The client identifier (option 61) that the device sends, as hexadecimal digits, such as
            V(01:02:00:00:00:00:10). None by default.
          - Servers know a device with a lease by this first, so it matters where no address is reserved.
        type: str
      name:
        description: A name for the result, unique within the call. By default made of the MAC address.
        type: str
      interface:
        description: Overrides O(interface). One of them is needed.
        type: str
      timeout:
        description: Overrides O(timeout).
        type: raw
      attempts:
        description: Overrides O(attempts).
        type: raw
      expect_router:
        description: Overrides O(expect_router).
        type: list
        elements: str
      expect_dns:
        description: Overrides O(expect_dns).
        type: list
        elements: str
      expect_ntp:
        description: Overrides O(expect_ntp).
        type: list
        elements: str
      expect_captive_portal:
        description: Overrides O(expect_captive_portal).
        type: str
      servers:
        description: Overrides O(servers).
        type: list
        elements: str
      window:
        description: Overrides O(window).
        type: raw
  servers:
    description:
      - The DHCP servers that may answer, by their server identifier, which is the address of theirs in the VLAN as a
        rule. An offer by anybody else is a V(wrong_offer).
      - By default anybody may answer, and several servers are told.
    type: list
    elements: str
  expect_router:
    description: The routers that every offer must name (option 3), in any order. Any by default.
    type: list
    elements: str
  expect_dns:
    description: The DNS servers that every offer must name (option 6), in any order. Any by default.
    type: list
    elements: str
  expect_ntp:
    description: The NTP servers that every offer must name (option 42), in any order. Any by default.
    type: list
    elements: str
  expect_captive_portal:
    description:
      - The captive portal's API that every offer must name (option 114, RFC 8910), or V(none) for no offer to name one.
        Anything by default.
    type: str
  window:
    description:
      - Seconds to wait for further servers after the first offer. By default the whole O(timeout), since a second
        server may be slow. A small number makes many devices fast.
    type: raw
  timeout:
    description:
      - Seconds that each device waits for offers, V(0.1) to V(60).
      - dnsmasq tests an address of its pool for three seconds before it offers it, ISC dhcpd for one. Reserved
        addresses are not tested.
      - All devices are asked at the same time, at most 250 a second, so that 2000 of them take 8 seconds longer than
        one.
    default: 5.0
notes:
  - O(source), O(family) and O(nameservers) mean nothing to DHCP.
  - What a question leaves at a server is little. ISC dhcpd holds an address of its pool, which it offered, for two
    minutes before it gives it to somebody else. dnsmasq remembers for half a minute that it tested the address. Kea
    holds nothing, and goes on to the next address of its pool. Reserved addresses are not affected.
  - A switch with DHCP snooping may drop the question, since it comes from the probe host's port with the MAC address of
    another device in it. Then nobody answers for any device.
seealso:
  - module: fieldnet.iot.probe
  - module: fieldnet.iot.dhcp_reservations
  - module: fieldnet.iot.dhcp_lease_info
"""

EXAMPLES = r"""
- name: See whether each device would get its address, from the gateway alone
  fieldnet.iot.dhcp_probe:
    interface: eth0
    servers: [10.40.0.1]
    expect_router: [10.40.0.1]
    expect_dns: [10.40.0.1]
    expect_captive_portal: none
    devices:
      - {name: front-door, mac: "02:00:00:00:00:10", ip: 10.40.0.10}
      - {name: back-door, mac: "02:00:00:00:00:11", ip: 10.40.0.11}
  become: true
  register: offers

- name: Name the servers that must not be there
  ansible.builtin.debug:
    msg: "{{ offers.servers | selectattr('rogue') }}"

- name: Look for DHCP servers with a MAC address that nobody has
  fieldnet.iot.dhcp_probe:
    interface: eth0
    devices: [{mac: "02:00:5e:00:53:01"}]
  become: true
"""

RETURN = r"""
passed:
  description: Whether every device was offered what it shall get, and by nobody else.
  type: bool
  returned: always
  sample: false
servers:
  description: Everybody who offered anything.
  type: list
  elements: dict
  returned: always
  sample: [{server: 10.40.0.1, mac: "02:00:00:00:00:01", offers: 2, rogue: false}]
  contains:
    server:
      description: The server's identifier.
      type: str
    mac:
      description: The hardware address that its offers came from.
      type: str
    offers:
      description: How many different offers it made.
      type: int
    rogue:
      description: Whether O(servers) does not have it, or it uses another one's identifier.
      type: bool
results:
  description: One result for each device, in the order of O(devices).
  type: list
  elements: dict
  returned: always
  sample:
    - id: front-door
      kind: dhcp
      target: 02:00:00:00:00:10 on eth0
      observation: offered
      reason: 10.40.0.1 offers 10.40.0.10
      elapsed: 5.0
      attempts: 1
      flaky: false
      bound: {interface: eth0, source: null, family: any}
      addresses: []
      findings: []
      offers:
        - server: 10.40.0.1
          source: 10.40.0.1
          mac: "02:00:00:00:00:01"
          relay: null
          address: 10.40.0.10
          netmask: 255.255.255.0
          router: [10.40.0.1]
          dns: [10.40.0.1]
          ntp: []
          lease_time: 43200
          captive_portal: urn:ietf:params:capport:unrestricted
  contains:
    id:
      description: The device's O(devices[].name), or a name made of its MAC address.
      type: str
    kind:
      description: Always V(dhcp).
      type: str
    target:
      description: The MAC address and the interface.
      type: str
    observation:
      description:
        - What was seen. V(offered) means that every offer is right, V(wrong_offer) that one is not, V(no_offer) that
          there was none.
        - V(not_run) means that nobody could be asked. RV(results[].reason) says what is missing.
      type: str
    reason:
      description: The observation in one sentence, with who offered what.
      type: str
    findings:
      description: What is not as it shall be, one entry each.
      type: list
      elements: dict
      contains:
        finding:
          description:
            - What is wrong. V(address), V(router), V(dns), V(ntp) and V(captive_portal) are not the expected ones.
            - V(rogue) is a server that O(servers) does not have.
            - V(impostor) is a second machine that uses a server's identifier.
          type: str
        server:
          description: The server that offered.
          type: str
        mac:
          description: The hardware address that the offer came from.
          type: str
        reason:
          description: The same in words.
          type: str
    offers:
      description: What each server offers.
      type: list
      elements: dict
      contains:
        server:
          description: The server's identifier (option 54), or the address that its offer came from.
          type: str
        source:
          description: The address that the offer came from. A relay's, where one brought it.
          type: str
        mac:
          description: The hardware address that it came from.
          type: str
        relay:
          description: The relay that brought it, if one did.
          type: str
        address:
          description: The address it offers.
          type: str
        netmask:
          description: The netmask.
          type: str
        router:
          description: The routers it names.
          type: list
          elements: str
        dns:
          description: The DNS servers it names.
          type: list
          elements: str
        ntp:
          description: The NTP servers it names.
          type: list
          elements: str
        lease_time:
          description: Seconds that the lease would last.
          type: int
        captive_portal:
          description: The URI of the captive portal's API (RFC 8910).
          type: str
    elapsed:
      description: Seconds that it took, all attempts together.
      type: float
    attempts:
      description: How many attempts were made.
      type: int
    flaky:
      description: Whether it passed, but not at the first attempt.
      type: bool
    bound:
      description: From where it was asked.
      type: dict
    addresses:
      description: Always empty. Other probes have one entry an address here.
      type: list
      elements: dict
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._dhcp_options import (
    OPTIONS,
    SHARED,
    devices_of,
    servers_of,
)
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._module import SHARED_SPEC, run_module

OWN = ("mac", "client_id", "interface", *SHARED)


def main() -> None:
    """Run the module."""
    device = {name: OPTIONS[name].spec() for name in OWN}
    device.update({name: {"type": "str"} for name in ("ip", "name")}, timeout={"type": "raw"}, attempts={"type": "raw"})
    spec = {
        **SHARED_SPEC,
        **{name: OPTIONS[name].spec() for name in SHARED},
        "timeout": {"type": "float", "default": 5.0},
        "devices": {"type": "list", "elements": "dict", "required": True, "options": device},
    }
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    # Who uses this module asks who else is there: it listens as long as it may, unless told otherwise.
    shared = {**module.params, "window": module.params["window"] or module.params["timeout"]}
    run_module(module, "devices", lambda raw: devices_of(raw, shared), servers_of, {"id": "name", "expect_ip": "ip"})


if __name__ == "__main__":
    main()
