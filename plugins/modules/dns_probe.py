#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dns_probe
short_description: Ask DNS servers from the managed host, and say what they answered
version_added: 0.1.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Puts any number of questions to any resolvers from the managed host, all at the same time, and says for each what
    came back. Either the answer, with response code, records, time to live and flags, or what happened on the way,
    such as a firewall that rejected it, and which.
  - Asks as a device's stub resolver does, over UDP without EDNS. An answer that does not fit is fetched over TCP, and
    marked as RV(results[].truncated). Where TCP is blocked the query fails, as it would for the device.
  - A reply counts only if it has the id and the question of the query and comes from the server that was asked. Other
    packets are ignored until the time is up.
extends_documentation_fragment:
  - fieldnet.iot._probe
  - fieldnet.iot._attributes
  - fieldnet.iot._attributes.group
requirements:
  - dnspython 2.1 or newer on the managed host (C(python3-dnspython) on Debian, C(python3-dns) on Fedora)
options:
  server:
    description:
      - The IP address of the server to ask.
      - Left out, it is the first one of C(/etc/resolv.conf) on the managed host.
    type: str
  queries:
    description: What to ask. Results come in this order.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The name to ask for. Always needed.
        type: str
      record_type:
        description:
          - The type of record to ask for, V(A) by default.
          - V(ANY) is refused, as resolvers answer it with whatever they like (RFC 8482).
        type: str
      server:
        description: Overrides O(server).
        type: str
      port:
        description: The server's port, V(53) by default.
        type: raw
      transport:
        description: Either V(udp), which is the default and falls back to TCP where the answer is too long, or V(tcp).
        type: str
      expect_rcode:
        description: The response code that proves it, V(NOERROR) by default.
        type: str
      expect_answers:
        description:
          - Records that must all be in the answer, as they stand in a zone file. There may be others beside them.
          - Left out, any record of the type will do. An empty list needs none.
        type: list
        elements: str
      id:
        description: A name for the result, unique within the call. By default made of name and port.
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
  - module: fieldnet.iot.port_probe
"""

EXAMPLES = r"""
- name: See whether devices find their cloud by the resolver of their VLAN
  fieldnet.iot.dns_probe:
    server: 10.40.0.1
    interface: eth0
    queries:
      - {name: imp01.electricimp.com}
      - {name: imp01.electricimp.com, transport: tcp}
      - {name: imp01.electricimp.com, record_type: AAAA, expect_answers: []}
  register: names

- name: Say what is wrong
  ansible.builtin.debug:
    msg: "{{ item.target }}: {{ item.reason }}"
  loop: "{{ names.results | rejectattr('observation', 'eq', 'answered') }}"
  loop_control:
    label: "{{ item.id }}"

- name: Make sure that names that do not exist stay so, and that the broker's address is the right one everywhere
  fieldnet.iot.dns_probe:
    strict: true
    attempts: 2
    queries:
      - {id: rewriting, name: does-not-exist.example.com, server: 10.40.0.1, expect_rcode: NXDOMAIN}
      - {id: site, name: mqtt.example.com, server: 10.40.0.1, expect_answers: [203.0.113.25]}
      - {id: outside, name: mqtt.example.com, server: 9.9.9.9, expect_answers: [203.0.113.25]}
"""

RETURN = r"""
passed:
  description: Whether every query was answered as expected.
  type: bool
  returned: always
  sample: true
results:
  description: One result for each query, in the order of O(queries).
  type: list
  elements: dict
  returned: always
  sample:
    - id: dns/imp01.electricimp.com:53
      kind: dns
      target: imp01.electricimp.com A at 10.40.0.1:53
      observation: answered
      reason: "10.40.0.1 answered NOERROR: 203.0.113.10"
      elapsed: 0.012
      attempts: 1
      flaky: false
      bound: {interface: eth0, source: null, family: any}
      addresses:
        - address: 10.40.0.1
          observation: answered
          reason: "10.40.0.1 answered NOERROR: 203.0.113.10"
          elapsed: 0.011
          errno: null
          icmp: null
      server: 10.40.0.1
      transport: udp
      truncated: false
      rcode: NOERROR
      flags: [ra]
      answers: [203.0.113.10]
      aliases: []
      ttl: 300
  contains:
    id:
      description: The query's O(queries[].id), or a name made of name and port.
      type: str
    kind:
      description: Always V(dns).
      type: str
    target:
      description: Name, record type and server.
      type: str
    observation:
      description:
        - What was seen.
        - V(answered) means that the server answered as expected.
        - V(wrong_answer) means that it answered something else. RV(results[].reason) says what.
        - V(closed) means that the server itself says that nothing listens there (UDP).
        - V(closed_or_reset) means a TCP reset, or a connection that was closed without an answer.
        - V(rejected) means an ICMP error. RV(results[].addresses[].icmp) names the device that sent it.
        - V(dropped) means silence on TCP.
        - V(unproven) means silence on UDP, or that only packets came that do not answer the query.
        - V(no_route) means that this host could not send the packet on.
        - V(name_error) means that the server's address is not of the wanted O(family).
        - V(not_run) means that the query could not be made. RV(results[].reason) says what is missing.
      type: str
    reason:
      description: The observation in one sentence.
      type: str
    elapsed:
      description: Seconds that the query took, all attempts together.
      type: float
    attempts:
      description: How many attempts were made.
      type: int
    flaky:
      description: Whether it passed, but not at the first attempt.
      type: bool
    bound:
      description: From where the query was made.
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
      description: The exchange with the server. Two, where an answer that was too long for UDP was fetched over TCP.
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
    server:
      description: The server that was asked.
      type: str
      returned: unless the query could not be made
    transport:
      description: Over what the last exchange went, V(udp) or V(tcp).
      type: str
      returned: unless the query could not be made
    truncated:
      description: Whether the answer did not fit into UDP.
      type: bool
      returned: unless the query could not be made
    rcode:
      description: The response code, such as V(NXDOMAIN).
      type: str
      returned: when the server answered
    flags:
      description:
        - Which of these flags the answer had. V(aa) (the server is authoritative), V(tc) (cut off), V(ra) (it resolves
          for others) and V(ad) (it says that it verified the answer by DNSSEC).
      type: list
      elements: str
      returned: when the server answered
    answers:
      description: The records of the type that was asked for, sorted, as in a zone file. At most 256.
      type: list
      elements: str
      returned: when the server answered
    aliases:
      description: The names that led from O(queries[].name) to the records (CNAME), in order.
      type: list
      elements: str
      returned: when the server answered
    ttl:
      description: Seconds that the answer may be kept, the least of its records. Null if there are none.
      type: int
      returned: when the server answered
"""

from functools import partial

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._dns import queries_of
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._dns_message import (
    DNSPYTHON_ERROR,
    HAS_DNSPYTHON,
    LIBRARY,
)
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._module import SHARED_SPEC, run_module


def main() -> None:
    """Run the module."""
    query: dict[str, dict[str, str]] = {
        "name": {"type": "str"},
        "record_type": {"type": "str"},
        "server": {"type": "str"},
        "port": {"type": "raw"},
        "transport": {"type": "str"},
        "expect_rcode": {"type": "str"},
        "expect_answers": {"type": "list", "elements": "str"},
        "id": {"type": "str"},
        "timeout": {"type": "raw"},
        "attempts": {"type": "raw"},
        "interface": {"type": "str"},
        "source": {"type": "str"},
        "family": {"type": "str"},
    }
    queries = {"type": "list", "elements": "dict", "required": True, "options": query}
    spec = {**SHARED_SPEC, "server": {"type": "str"}, "queries": queries}
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    if not HAS_DNSPYTHON:
        module.fail_json(msg=missing_required_lib(LIBRARY), exception=DNSPYTHON_ERROR)
    run_module(module, "queries", partial(queries_of, server=module.params["server"]))


if __name__ == "__main__":
    main()
