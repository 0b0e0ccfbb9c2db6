#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dns_probe
short_description: Ask DNS servers from the managed host, and say what they answered
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Puts any number of questions to any resolvers from the managed host, all at the same time, and says for each what
    came back. Either the answer, with response code, records, time to live and flags, or what happened on the way,
    such as a firewall that rejected it, and which.
  - Asks as a stub resolver does, by default over UDP with EDNS and room for 1232 bytes. An answer that does not fit is
    fetched over TCP, and marked as RV(results[].truncated). Where TCP is blocked the query fails, as it would for a
    device. DNS over TLS (RFC 7858) and over HTTPS (RFC 8484, HTTP/1.1) are spoken as well.
  - A server that does not know EDNS is asked again without. Why a server withholds an answer, such as a filter, is in
    RV(results[].extended_errors) and in the reason where the server says so (RFC 8914).
  - A reply counts only if it has the id and the question of the query and comes from the server that was asked. Other
    packets are ignored until the time is up.
extends_documentation_fragment:
  - fieldnet.iot._queries
  - fieldnet.iot._probe
  - fieldnet.iot._attributes
  - fieldnet.iot._attributes.group
requirements:
  - dnspython 2.1 or newer on the managed host (C(python3-dnspython) on Debian, C(python3-dns) on Fedora)
seealso:
  - module: fieldnet.iot.dns_integrity_probe
    description: Finds resolvers that lie, and who answers in their place.
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

- name: Ask a public resolver over each of its transports, and see that it verifies DNSSEC
  fieldnet.iot.dns_probe:
    server: 9.9.9.9
    queries:
      - {id: udp, name: example.com, dnssec_ok: true, expect_ad: true}
      - {id: dot, name: example.com, transport: tls, server_name: dns.quad9.net}
      - {id: doh, name: example.com, url: "https://dns.example.net/dns-query"}
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
      extended_errors: []
      edns: true
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
        - V(wrong_answer) means that it answered something else, or, over HTTPS, not with DNS at all.
          RV(results[].reason) says what.
        - V(tls_error) means that the TLS handshake failed, or that the server's certificate could not be verified.
        - V(closed) means that the server itself says that nothing listens there (UDP).
        - V(closed_or_reset) means a TCP reset, or a connection that was closed without an answer.
        - V(rejected) means an ICMP error. RV(results[].addresses[].icmp) names the device that sent it.
        - V(dropped) means silence on TCP.
        - V(unproven) means silence on UDP, or that only what does not answer the query came.
        - V(no_route) means that this host could not send the packet on.
        - V(name_error) means that the host in the URL did not resolve, or that no address is of the wanted O(family).
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
      description: The server that was asked, for V(https) the host in the URL unless an address was given.
      type: str
      returned: unless the query could not be made
    transport:
      description: Over what the last exchange went, V(udp), V(tcp), V(tls) or V(https).
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
    extended_errors:
      description:
        - What the server says of why it answered so (RFC 8914). V(15) to V(17) mean that it withholds the answer.
      type: list
      elements: dict
      returned: when the server answered
      contains:
        code:
          description: The code.
          type: int
        name:
          description: What the code is called, such as V(blocked).
          type: str
        text:
          description: What the server adds in words.
          type: str
    edns:
      description: Whether the query that was answered had EDNS. False as well when the server refused it.
      type: bool
      returned: when the server answered
    tls:
      description: What is known of the server that answered over TLS.
      type: dict
      returned: when the connection opened, for V(tls) and V(https)
      contains:
        server_name:
          description: The name that was asked for and verified.
          type: str
        verified:
          description: Whether an authority vouches for the server under that name. Null when that was not tried.
          type: bool
        certificate:
          description: The SHA-256 fingerprint of its certificate. Null when the handshake failed.
          type: str
        protocol:
          description: The version of TLS.
          type: str
    http_status:
      description: The status of the HTTP reply.
      type: int
      returned: when one came, for V(https)
"""

from functools import partial

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._dns import queries_of
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._dns_message import (
    DNSPYTHON_ERROR,
    HAS_DNSPYTHON,
    LIBRARY,
)
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._kinds import spec_of
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._module import SHARED_SPEC, run_module


def main() -> None:
    """Run the module."""
    queries = {"type": "list", "elements": "dict", "required": True, "options": spec_of("dns")}
    spec = {**SHARED_SPEC, "server": {"type": "str"}, "queries": queries}
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    if not HAS_DNSPYTHON:
        module.fail_json(msg=missing_required_lib(LIBRARY), exception=DNSPYTHON_ERROR)
    run_module(module, "queries", partial(queries_of, server=module.params["server"]))


if __name__ == "__main__":
    main()
