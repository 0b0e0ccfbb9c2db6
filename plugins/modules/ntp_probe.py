#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ntp_probe
short_description: Ask NTP servers for the time from the managed host, and compare the clocks
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Makes one SNTP exchange (RFC 5905) with every address of any number of servers, all at the same time, and says what
    came back and how far the clocks are apart. The clock of the managed host is not set.
  - A reply counts only if it repeats the random timestamp of the request. A server that says itself that its clock is
    not synchronised gives a V(wrong_answer).
  - A server that answers with a kiss-o'-death gives no time, but proves the path, and so counts as V(open).
extends_documentation_fragment:
  - fieldnet.iot._probe
  - fieldnet.iot._attributes
  - fieldnet.iot._attributes.group
options:
  targets:
    description: The servers to ask. Results come in this order.
    type: list
    elements: dict
    required: true
    suboptions:
      host:
        description: The server, a DNS name or an IP address. Always needed.
        type: str
      port:
        description: The server's UDP port, V(123) by default.
        type: raw
      max_offset:
        description: How many seconds the clocks may differ. By default they may differ at will.
        type: raw
      id:
        description: A name for the result, unique within the call. By default made of kind and target.
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
  - module: fieldnet.iot.tls_probe
    description: Says when a certificate looks expired only because a clock is off.
"""

EXAMPLES = r"""
- name: See whether devices get the time, and by how much this host's clock is off
  fieldnet.iot.ntp_probe:
    interface: eth0
    targets:
      - {host: pool.ntp.org}
      - {host: 10.40.0.1, max_offset: 2}
  register: clocks

- name: Show the offsets
  ansible.builtin.debug:
    msg: "{{ item.target }}: {{ item.reason }}"
  loop: "{{ clocks.results }}"
  loop_control:
    label: "{{ item.id }}"

- name: Stop the play unless the time comes over both families
  fieldnet.iot.ntp_probe:
    strict: true
    attempts: 3
    targets:
      - {id: four, host: time.example.com, family: ipv4, max_offset: 30}
      - {id: six, host: time.example.com, family: ipv6, max_offset: 30}
"""

RETURN = r"""
passed:
  description: Whether every server answered as expected.
  type: bool
  returned: always
  sample: false
results:
  description: One result for each target, in the order of O(targets).
  type: list
  elements: dict
  returned: always
  sample:
    - id: ntp/10.40.0.1:123
      kind: ntp
      target: 10.40.0.1:123
      observation: wrong_answer
      reason: "10.40.0.1 answered, but its clock is 31.204 s ahead of this host's, more than the 2 s allowed: one of the
        two is wrong"
      elapsed: 0.004
      attempts: 1
      flaky: false
      bound: {interface: eth0, source: null, family: any}
      addresses:
        - address: 10.40.0.1
          observation: wrong_answer
          reason: "10.40.0.1 answered, but its clock is 31.204 s ahead of this host's, more than the 2 s allowed: one of
            the two is wrong"
          elapsed: 0.003
          errno: null
          icmp: null
      stratum: 3
      kiss_code: null
      offset: 31.204
      delay: 0.002
  contains:
    id:
      description: The O(targets[].id), or a name made of kind and target.
      type: str
    kind:
      description: Always V(ntp).
      type: str
    target:
      description: Host and port.
      type: str
    observation:
      description:
        - What was seen. Where a name has several addresses,
          what proves most.
        - V(open) means that the server answered, with the time or with a kiss-o'-death.
        - V(wrong_answer) means that it answered, but says that its clock is not synchronised, or that the clocks differ
          more than O(targets[].max_offset).
        - V(unproven) means silence, or that only packets came that do not answer the request.
        - V(closed) means that the server itself says that nothing listens there.
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
    stratum:
      description: The server's distance from a reference clock, V(1) beside one. V(0) for a kiss-o'-death.
      type: int
      returned: when the server answered
    kiss_code:
      description: Why the server gives no time, such as V(RATE) (asked too often) or V(DENY), if so.
      type: str
      returned: when the server answered
    offset:
      description: Seconds that the server's clock is ahead of this host's. Null without a time to compare.
      type: float
      returned: when the server answered
    delay:
      description: Seconds that the way there and back took. Null without a time to compare.
      type: float
      returned: when the server answered
"""

from functools import partial

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._kinds import spec_of
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._module import SHARED_SPEC, of_kind, run_module


def main() -> None:
    """Run the module."""
    targets = {"type": "list", "elements": "dict", "required": True, "options": spec_of("ntp")}
    module = AnsibleModule(argument_spec={**SHARED_SPEC, "targets": targets}, supports_check_mode=True)
    run_module(module, "targets", partial(of_kind, "ntp"))


if __name__ == "__main__":
    main()
