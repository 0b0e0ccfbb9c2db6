#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: port_probe
short_description: Find out what happens to packets on the way to TCP and UDP ports
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Probes any number of ports from the managed host, all at the same time, and says for each what was seen, who did it,
    and why. A port is not just open or closed. It may be rejected by a firewall (which one, and with which ICMP code),
    dropped, without a route or without a name.
  - Silence is never taken for success. A UDP port counts as open only when it answers.
  - For checks that speak a protocol (DNS, NTP, TLS, HTTP, DHCP), and for any mix of them, use M(fieldnet.iot.probe).
extends_documentation_fragment:
  - fieldnet.iot._probe
  - fieldnet.iot._attributes
  - fieldnet.iot._attributes.group
options:
  targets:
    description: What to probe. Results come in this order.
    type: list
    elements: dict
    required: true
    suboptions:
      host:
        description: A DNS name, or an IPv4 or IPv6 address. Always needed.
        type: str
      port:
        description: The port, V(1) to V(65535). Always needed.
        type: raw
      protocol:
        description: Either V(tcp), which is the default, or V(udp).
        type: str
      payload_hex:
        description:
          - For V(udp), the bytes to send, as hexadecimal digits. At most 1200 bytes, none by default.
          - Most services answer only what they understand.
        type: str
      expect_hex:
        description: For V(udp), the bytes that the answer must start with. Any answer will do by default.
        type: str
      id:
        description: A name for the result, unique within the call. By default made of protocol, host and port.
        type: str
      timeout:
        description: Overrides O(timeout).
        type: raw
      attempts:
        description: Overrides O(attempts).
        type: raw
      interface:
        description: Overrides O(interface).
        type: str
      source:
        description: Overrides O(source).
        type: str
      family:
        description: Overrides O(family).
        type: str
seealso:
  - module: fieldnet.iot.probe
  - module: ansible.builtin.wait_for
    description: Waits until a port opens. Its O(ansible.builtin.wait_for#module:state=stopped) also succeeds when a
      name does not resolve or no route exists, so it can't show that a port is blocked.
"""

EXAMPLES = r"""
- name: See what the IoT VLAN lets through
  fieldnet.iot.port_probe:
    interface: eth0
    targets:
      - {host: imp01.electricimp.com, port: 31314}
      - {host: imp01.electricimp.com, port: 993}
      - {host: 192.0.2.53, port: 53, protocol: udp, payload_hex: 1a2b 0100 0001 0000 0000 0000 00 0002 0001}
  register: ports

- name: Say who blocks what
  ansible.builtin.debug:
    msg: "{{ item.target }}: {{ item.reason }}"
  loop: "{{ ports.results | rejectattr('observation', 'eq', 'open') }}"
  loop_control:
    label: "{{ item.id }}"

- name: Stop the play unless the broker can be reached over both families
  fieldnet.iot.port_probe:
    strict: true
    attempts: 3
    targets:
      - {host: mqtt.example.com, port: 8883, family: ipv4}
      - {host: mqtt.example.com, port: 8883, family: ipv6}
"""

RETURN = r"""
passed:
  description: Whether every target is open.
  type: bool
  returned: always
  sample: false
results:
  description: One result for each target, in the order of O(targets).
  type: list
  elements: dict
  returned: always
  sample:
    - id: tcp/imp01.electricimp.com:31314
      kind: tcp
      target: imp01.electricimp.com:31314
      observation: rejected
      reason: 10.40.0.1 rejected it with ICMP admin-prohibited (3/13)
      elapsed: 0.004
      attempts: 1
      flaky: false
      bound: {interface: eth0, source: null, family: any}
      addresses:
        - address: 203.0.113.10
          observation: rejected
          reason: 10.40.0.1 rejected it with ICMP admin-prohibited (3/13)
          elapsed: 0.003
          errno: EHOSTUNREACH
          icmp: {type: 3, code: 13, name: admin-prohibited, from: 10.40.0.1}
  contains:
    id:
      description: The target's O(targets[].id), or a name made of protocol, host and port.
      type: str
    kind:
      description: The protocol, V(tcp) or V(udp).
      type: str
    target:
      description: Host and port.
      type: str
    observation:
      description:
        - What was seen. Where a name has several addresses, what proves most.
        - V(open) means that the TCP handshake was completed, or that the UDP port answered.
        - V(closed) means that the target itself says that nothing listens there (UDP).
        - V(closed_or_reset) means a TCP reset, by the target or by a firewall in its name, which nobody can tell apart.
        - V(rejected) means an ICMP error. RV(results[].addresses[].icmp) names the device that sent it.
        - V(dropped) means silence on TCP.
        - V(unproven) means silence on UDP, open and silent or dropped.
        - V(wrong_answer) means that a UDP port answered, but not with O(targets[].expect_hex).
        - V(no_route) means that this host could not send the packet on.
        - V(name_error) means that the name did not resolve.
        - V(not_run) means that the check could not be made. RV(results[].reason) says what is missing.
      type: str
    reason:
      description: The observation in one sentence.
      type: str
    elapsed:
      description: Seconds that the check took, all attempts together.
      type: float
    attempts:
      description: How many attempts were made.
      type: int
    flaky:
      description: Whether it passed, but not at the first attempt.
      type: bool
    bound:
      description: From where the check was made.
      type: dict
      contains:
        interface:
          description: The interface it was bound to.
          type: str
        source:
          description: The source address it was bound to.
          type: str
        family:
          description: The address family it was held to, V(any) for none.
          type: str
    addresses:
      description: Every address of the host by itself. Empty when there is none.
      type: list
      elements: dict
      contains:
        address:
          description: The IP address.
          type: str
        observation:
          description: What was seen there.
          type: str
        reason:
          description: The same in one sentence.
          type: str
        elapsed:
          description: Seconds from the first packet to the verdict.
          type: float
        errno:
          description: The name of the error that the system reported, if any.
          type: str
        icmp:
          description: The ICMP error that came back, if any and if the system tells.
          type: dict
          contains:
            type:
              description: The ICMP or ICMPv6 type.
              type: int
            code:
              description: The code.
              type: int
            name:
              description: What the code is called.
              type: str
            from:
              description: The address of the device that sent it.
              type: str
        reply_hex:
          description: The first 64 bytes of the answer as hexadecimal digits (UDP).
          type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._kinds import spec_of
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._module import SHARED_SPEC, run_module, targets_of


def main() -> None:
    """Run the module."""
    target = {"protocol": {"type": "str"}, **spec_of("tcp", "udp")}
    spec = {**SHARED_SPEC, "targets": {"type": "list", "elements": "dict", "required": True, "options": target}}
    run_module(AnsibleModule(argument_spec=spec, supports_check_mode=True), "targets", targets_of)


if __name__ == "__main__":
    main()
