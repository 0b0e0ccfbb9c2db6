#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dns_integrity_probe
short_description: Find out from the managed host whether DNS servers lie, and who answers in their place
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Puts some questions to each of any number of resolvers, all at the same time, and says whether the answers can be
    trusted.
  - Names that a device needs must resolve to public addresses. A resolver that answers with private, loopback or
    unspecified ones, or says that it blocks the name (RFC 8914), is a sinkhole.
  - Random names that can't exist, below V(invalid) and V(test) (RFC 6761), at the root and where
    O(resolvers[].absent_under) says, must not resolve. A resolver that answers with addresses rewrites NXDOMAIN.
  - Nobody may answer for an address where no DNS runs. Who does intercepts DNS on the way. Silence and ICMP errors
    are as it should be.
  - With O(resolvers[].other_server), its answers must not contradict. Different public addresses do not, as large
    services answer everyone differently.
extends_documentation_fragment:
  - fieldnet.iot._probe
  - fieldnet.iot._attributes
  - fieldnet.iot._attributes.group
requirements:
  - dnspython 2.1 or newer on the managed host (C(python3-dnspython) on Debian, C(python3-dns) on Fedora)
options:
  resolvers:
    description: The resolvers to test. Results come in this order.
    type: list
    elements: dict
    required: true
    suboptions:
      server:
        description:
          - The IP address of the resolver. By default the first one of C(/etc/resolv.conf) on the managed host.
        type: str
      port:
        description: Its port, V(53) by default.
        type: raw
      names:
        description: Names that must resolve to public addresses. At most 50, none by default.
        type: list
        elements: str
      private_ok:
        description: Those of O(resolvers[].names) that this site answers with private addresses on purpose.
        type: list
        elements: str
      absent_under:
        description:
          - Domains in which a random name must not resolve, such as the site's own. None by default.
          - Name none that has a wildcard.
        type: list
        elements: str
      other_server:
        description: The IP address of another resolver to compare with, on the same port. None by default.
        type: str
      dark_address:
        description:
          - An address where no DNS runs. By default V(192.0.2.53), or V(2001:db8::53) for a resolver with an IPv6
            address, which are for documentation only (RFC 5737, RFC 3849).
          - The managed host must have a route to it.
        type: str
      redirected:
        description:
          - Whether the network redirects DNS to a resolver of its own on purpose, V(false) by default. Then an answer
            in the name of O(resolvers[].dark_address) is as it should be.
          - Somebody else's redirect can't be told from it.
        type: raw
      id:
        description: A name for the result, unique within the call. By default made of kind and server.
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
  - module: fieldnet.iot.dns_probe
  - module: fieldnet.iot.probe
"""

EXAMPLES = r"""
- name: See whether the VLAN's resolver tells devices the truth
  fieldnet.iot.dns_integrity_probe:
    interface: eth0
    resolvers:
      - {server: 10.40.0.1, names: [imp01.electricimp.com, mqtt.example.com], other_server: 9.9.9.9}
  register: dns

- name: Show what was found
  ansible.builtin.debug:
    msg: "{{ item.test }} {{ item.subject }}: {{ item.reason }}"
  loop: "{{ dns.results[0].findings | rejectattr('result', 'eq', 'intact') }}"
  loop_control:
    label: "{{ item.subject }}"

- name: Stop the play if a resolver lies, but for the broker that this site has in house
  fieldnet.iot.dns_integrity_probe:
    strict: true
    resolvers:
      - {server: 10.40.0.1, names: [mqtt.example.com], private_ok: [mqtt.example.com]}
      - {server: 10.40.0.2, names: [imp01.electricimp.com], absent_under: [example.com]}
"""

RETURN = r"""
passed:
  description: Whether every resolver is V(intact).
  type: bool
  returned: always
  sample: false
results:
  description: One result for each resolver, in the order of O(resolvers).
  type: list
  elements: dict
  returned: always
  sample:
    - id: dns_integrity/10.40.0.1:53
      kind: dns_integrity
      target: DNS integrity of 10.40.0.1:53
      observation: sinkholed
      reason: "10.40.0.1 answered NOERROR: 0.0.0.0 for imp01.electricimp.com: no public service is at 0.0.0.0"
      elapsed: 3.004
      attempts: 1
      flaky: false
      bound: {interface: eth0, source: null, family: any}
      addresses:
        - address: 10.40.0.1
          observation: answered
          reason: 10.40.0.1 answered
          elapsed: 0.011
          errno: null
          icmp: null
      server: 10.40.0.1
      other_server: null
      dark_address: 192.0.2.53
      findings:
        - test: name
          subject: imp01.electricimp.com
          result: sinkholed
          reason: "10.40.0.1 answered NOERROR: 0.0.0.0 for imp01.electricimp.com: no public service is at 0.0.0.0"
        - test: nxdomain
          subject: kqzvbnwhtyplcm.invalid
          result: intact
          reason: 10.40.0.1 answered NXDOMAIN for kqzvbnwhtyplcm.invalid
        - {test: dark_address, subject: 192.0.2.53, result: intact, reason: nobody answered for 192.0.2.53}
  contains:
    id:
      description: The O(resolvers[].id), or a name made of kind and server.
      type: str
    kind:
      description: Always V(dns_integrity).
      type: str
    target:
      description: The resolver.
      type: str
    observation:
      description:
        - The worst of RV(results[].findings), in this order.
        - V(intercepted) means that somebody answers for an address where no DNS runs.
        - V(rewritten) means that a name that does not exist was answered with records.
        - V(sinkholed) means that a name was answered with addresses where no public service is, or that the resolver
          says that it withholds the answer.
        - V(wrong_answer) means that the resolver says that a name has no address, without saying why.
        - V(unproven) means that nothing false was seen, but a test said nothing, such as one that met silence or
          SERVFAIL.
        - V(intact) means that every test was passed.
        - Where the resolver answers no question at all, what was seen of the path to it, such as V(rejected),
          V(closed), V(unproven) (silence) or V(no_route).
        - V(not_run) means that the tests could not be made. RV(results[].reason) says what is missing.
      type: str
    reason:
      description: The observation in one sentence.
      type: str
    elapsed:
      description: Seconds that it took, all attempts together. Silence of RV(results[].dark_address) takes O(timeout).
      type: float
    attempts:
      description: How many attempts were made.
      type: int
    flaky:
      description: Whether it passed, but not at the first attempt.
      type: bool
    bound:
      description: From where the questions were put, as O(interface), O(source) and O(family) say.
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
      description: What was seen at the resolver's address. It has C(address), C(observation), C(reason), C(elapsed),
        C(errno) and C(icmp), the ICMP error that came back, with C(type), C(code), C(name) and C(from).
      type: list
      elements: dict
    server:
      description: The resolver that was tested.
      type: str
      returned: unless the tests could not be made
    other_server:
      description: The one that it was compared with.
      type: str
      returned: unless the tests could not be made
    dark_address:
      description: The address where no DNS runs.
      type: str
      returned: unless the tests could not be made
    findings:
      description: What each test says.
      type: list
      elements: dict
      returned: unless the tests could not be made
      contains:
        test:
          description: One of V(name), V(nxdomain), V(dark_address) and V(other_server).
          type: str
        subject:
          description: The name or address that was asked for.
          type: str
        result:
          description: As in RV(results[].observation), for this test alone.
          type: str
        reason:
          description: The same in one sentence, with the answers.
          type: str
"""

from functools import partial

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._dns_message import (
    DNSPYTHON_ERROR,
    HAS_DNSPYTHON,
    LIBRARY,
)
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._kinds import spec_of
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._module import SHARED_SPEC, of_kind, run_module


def main() -> None:
    """Run the module."""
    resolvers = {"type": "list", "elements": "dict", "required": True, "options": spec_of("dns_integrity")}
    module = AnsibleModule(argument_spec={**SHARED_SPEC, "resolvers": resolvers}, supports_check_mode=True)
    if not HAS_DNSPYTHON:
        module.fail_json(msg=missing_required_lib(LIBRARY), exception=DNSPYTHON_ERROR)
    run_module(module, "resolvers", partial(of_kind, "dns_integrity"))


if __name__ == "__main__":
    main()
