#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: idle_probe
short_description: Find the idle time after which the path forgets a TCP session, from the managed host
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Opens several TCP sessions with each target at once and holds each silent for a different time. Then each sends a
    byte, and the peer's TCP acknowledges it, or something in the path, such as a firewall or NAT, has forgotten it.
  - Finds the longest silence that a session survived, and the shortest by which one was lost. Devices that send
    something less often than that lose their session, and may take long to notice. RFC 5382 asks of NAT to keep idle
    sessions for 2 hours and 4 minutes at least.
  - All sessions of all targets are held at the same time, so that the longest silence is what a call takes.
  - Any TCP service will do that keeps silent clients. Many close a session that does not begin with what they expect.
    O(targets[].opening_hex) says it.
extends_documentation_fragment:
  - fieldnet.iot._probe
  - fieldnet.iot._attributes
  - fieldnet.iot._attributes.group
options:
  targets:
    description: The services to hold sessions with. Results come in this order.
    type: list
    elements: dict
    required: true
    suboptions:
      host:
        description: The host, a DNS name or an IP address. Always needed.
        type: str
      port:
        description: The TCP port. Always needed.
        type: raw
      idle_times:
        description:
          - For how many seconds to keep silent, V(0.1) to V(3480). One session for each, at most 16.
          - Either this or O(targets[].max_idle) is needed.
        type: list
        elements: str
      max_idle:
        description: The longest silence, where O(targets[].sessions) are to be spread from O(targets[].min_idle) to it.
        type: raw
      min_idle:
        description: The shortest silence then. By default a 16th of O(targets[].max_idle).
        type: raw
      sessions:
        description: How many sessions then, V(2) to V(16), each silent by the same factor longer. V(8) by default.
        type: raw
      opening_hex:
        description: Bytes to send at once, as hexadecimal digits. None by default.
        type: str
      payload_hex:
        description: Bytes to send after the silence, as hexadecimal digits, V(00) by default.
        type: str
      id:
        description: A name for the result, unique within the call. By default made of kind and target.
        type: str
      timeout:
        description: Overrides O(timeout). The silence comes on top of it.
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
  - module: fieldnet.iot.port_probe
  - module: fieldnet.iot.egress_responder
"""

EXAMPLES = r"""
- name: See whether the path keeps a device's session for five minutes
  fieldnet.iot.idle_probe:
    interface: eth0
    time_limit: 360
    targets:
      - {host: imp01.electricimp.com, port: 31314, idle_times: [30, 120, 300]}

- name: Find out after how long the path forgets a session with an MQTT broker
  fieldnet.iot.idle_probe:
    interface: eth0
    time_limit: 1300
    targets:
      - host: mqtt.example.com
        port: 1883
        min_idle: 30
        max_idle: 1200
        opening_hex: 100c 0004 4d51 5454 0402 0000 0000  # CONNECT, without keep alive
        payload_hex: c000  # PINGREQ
  register: idle

- name: Show it
  ansible.builtin.debug:
    msg: "{{ item.target }}: {{ item.reason }}"
  loop: "{{ idle.results }}"
  loop_control:
    label: "{{ item.id }}"
"""

RETURN = r"""
passed:
  description: Whether every path kept a session, at least the one of the shortest silence.
  type: bool
  returned: always
  sample: false
results:
  description: One result for each target, in the order of O(targets).
  type: list
  elements: dict
  returned: always
  sample:
    - id: idle/mqtt.example.com:1883
      kind: idle
      target: mqtt.example.com:1883
      observation: open
      reason: the path to 203.0.113.10 still carries a session after 207 s of silence, but lost one after 350.8 s
      elapsed: 1203.1
      attempts: 1
      flaky: false
      bound: {interface: eth0, source: null, family: any}
      addresses:
        - address: 203.0.113.10
          observation: open
          reason: the path to 203.0.113.10 still carries a session after 207 s of silence, but lost one after 350.8 s
          elapsed: 1203.0
          errno: null
          icmp: null
      longest_survived: 207.0
      shortest_lost: 350.8
      sessions:
        - {idle: 207.0, outcome: survived, silent_for: 207.001}
        - {idle: 350.8, outcome: dropped, silent_for: 350.802}
  contains:
    id:
      description: The O(targets[].id), or a name made of kind and target.
      type: str
    kind:
      description: Always V(idle).
      type: str
    target:
      description: Host and port.
      type: str
    observation:
      description:
        - What was seen. Where a name has several addresses,
          what proves most.
        - V(open) means that a session survived. RV(results[].longest_survived) and RV(results[].shortest_lost) say how
          long a silence.
        - V(dropped) means that none survived, as nothing acknowledged the next byte, or silence when connecting.
        - V(unproven) means that the peer itself ended the sessions, or did not keep silent.
        - V(closed_or_reset) means a TCP reset, by the target or by a firewall in its name, which nobody can tell apart.
        - V(rejected) means an ICMP error. RV(results[].addresses[].icmp) names the device that sent it.
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
      description: From where the check was made, as its O(interface), O(source) and O(family) say.
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
          description: The ICMP error that came back, if any and if the system tells. It has C(type), C(code), C(name)
            and C(from), the address of the device that sent it.
          type: dict
    longest_survived:
      description: The longest silence in seconds that a session survived. Null if none did.
      type: float
      returned: when the port opened
    shortest_lost:
      description: The shortest silence in seconds by which the path lost a session. Null if none was lost.
      type: float
      returned: when the port opened
    sessions:
      description: What became of each session, the shortest silence first.
      type: list
      elements: dict
      returned: when the port opened
      contains:
        idle:
          description: For how many seconds it was to keep silent.
          type: float
        silent_for:
          description: For how many seconds it did.
          type: float
        outcome:
          description:
            - V(survived) (the next byte was acknowledged), V(dropped) (it was not), V(reset) (a reset came, before or
              after), V(closed) (the peer closed the session) or V(spoke) (the peer did not keep silent).
          type: str
"""

from functools import partial

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._kinds import spec_of
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._module import SHARED_SPEC, of_kind, run_module


def main() -> None:
    """Run the module."""
    targets = {"type": "list", "elements": "dict", "required": True, "options": spec_of("idle")}
    module = AnsibleModule(argument_spec={**SHARED_SPEC, "targets": targets}, supports_check_mode=True)
    run_module(module, "targets", partial(of_kind, "idle"))


if __name__ == "__main__":
    main()
