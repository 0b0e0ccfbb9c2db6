#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: tls_probe
short_description: Shake hands over TLS from the managed host, and say whose certificate is presented
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Shakes hands with every address of any number of servers, all at the same time, and says which certificate each
    presented, whether it is the expected one, and whether somebody in the path presents another.
  - Looks at the certificate whatever it is. It is read and returned also when nobody vouches for it, and with it the
    chain that the server sent.
  - Without O(targets[].pins) a certificate authority known to the managed host must vouch for the server. A certificate
    that none vouches for proves nothing either way, and the result says how to settle it.
  - Where dates are what is wrong with a certificate, the result tells them beside the clock of the managed host.
extends_documentation_fragment:
  - fieldnet.iot._probe
  - fieldnet.iot._attributes
  - fieldnet.iot._attributes.group
options:
  targets:
    description: The servers to shake hands with. Results come in this order.
    type: list
    elements: dict
    required: true
    suboptions:
      host:
        description: The server, a DNS name or an IP address. Always needed.
        type: str
      port:
        description: The server's TCP port. Always needed.
        type: raw
      server_name:
        description: The name to ask for (SNI) and to verify. By default O(targets[].host).
        type: str
      pins:
        description:
          - The SHA-256 fingerprints of the certificates that the server may present, each as V(sha256:) and 64
            hexadecimal digits, or of their public keys (SubjectPublicKeyInfo), each as V(spki-sha256:) and the digits.
          - A key commonly outlives the certificates made for it.
          - Any other certificate is V(intercepted).
        type: list
        elements: str
      issuer:
        description:
          - A part of the issuer's name that the certificate must have. Any other certificate is V(intercepted), also if
            this host trusts it, as it may the authority of a company's proxy.
          - As anybody can write any name, a certificate authority known to the managed host must vouch for the server
            beside that, unless it is pinned.
        type: str
      alpn:
        description: The application protocols to offer in the handshake. None by default.
        type: list
        elements: str
      versions:
        description: Whether to find out which versions of TLS the server takes, by a handshake for each.
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
  - module: fieldnet.iot.mqtt_probe
  - module: community.crypto.get_certificate
    description: Reads a certificate, and leaves the verdict to the playbook.
"""

EXAMPLES = r"""
- name: See whether something in the path re-signs TLS
  fieldnet.iot.tls_probe:
    interface: eth0
    targets:
      - host: imp01.electricimp.com
        port: 31314
        pins: ["sha256:3f1b0b6a6f6f0a4ea3a1d0f9cf7a4c1f1c7e6a53a7c1b7f3a2e9b0c4d5e6f708"]
      - {host: api.example.com, port: 443}
  register: handshakes

- name: Say what is wrong
  ansible.builtin.debug:
    msg: "{{ item.target }}: {{ item.reason }}"
  loop: "{{ handshakes.results | rejectattr('observation', 'eq', 'trusted') }}"
  loop_control:
    label: "{{ item.id }}"
"""

RETURN = r"""
passed:
  description: Whether every server presented the expected certificate.
  type: bool
  returned: always
  sample: false
results:
  description: One result for each target, in the order of O(targets).
  type: list
  elements: dict
  returned: always
  sample:
    - id: tls/api.example.com:443
      kind: tls
      target: api.example.com:443
      observation: intercepted
      reason: 203.0.113.10 presented sha256:51d9... (subject CN=api.example.com, issuer CN=Corporate Proxy), which is
        none of the pinned certificates
      elapsed: 0.031
      attempts: 1
      flaky: false
      bound: {interface: eth0, source: null, family: any}
      addresses:
        - address: 203.0.113.10
          observation: intercepted
          reason: 203.0.113.10 presented sha256:51d9...
          elapsed: 0.03
          errno: null
          icmp: null
          certificate: sha256:51d9...
      certificate:
        sha256: sha256:51d9...
        spki_sha256: spki-sha256:08c3...
        subject: CN=api.example.com
        issuer: CN=Corporate Proxy
        not_before: "2026-01-01T00:00:00Z"
        not_after: "2027-01-01T00:00:00Z"
        self_issued: false
      chain: [{sha256: "sha256:51d9..."}, {sha256: "sha256:77aa..."}]
      chain_complete: true
      cut: false
      protocol: TLSv1.3
      cipher: TLS_AES_256_GCM_SHA384
      alpn: null
      verified: false
      verify_error: unable to get local issuer certificate
  contains:
    id:
      description: The O(targets[].id), or a name made of kind and target.
      type: str
    kind:
      description: Always V(tls).
      type: str
    target:
      description: Host and port.
      type: str
    observation:
      description:
        - What was seen. Where a name has several addresses,
          V(intercepted) if it is so at one, else what proves most.
        - V(trusted) means that the server presented a pinned certificate, or without pins one that a public authority
          vouches for.
        - V(intercepted) means that it presented another than the pinned ones, or one of another issuer than expected.
        - V(unproven) means that no authority vouches for the certificate, and none was pinned.
        - V(tls_error) means that the port opened, but the handshake failed.
        - V(dropped) means silence when connecting.
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
        certificate:
          description: The fingerprint of the certificate presented there.
          type: str
          returned: after a handshake
    certificate:
      description: The certificate presented. Null without one.
      type: dict
      returned: when the port opened
      contains:
        sha256:
          description: Its fingerprint, as O(targets[].pins) takes it.
          type: str
        spki_sha256:
          description: The fingerprint of its public key, as O(targets[].pins) takes it too.
          type: str
        subject:
          description: Whom it names.
          type: str
        issuer:
          description: Who signed it, by its own account.
          type: str
        not_before:
          description: From when it is valid.
          type: str
        not_after:
          description: Until when it is valid.
          type: str
        self_issued:
          description: Whether it names the same as subject and issuer, as a self-signed one does.
          type: bool
    chain:
      description: The certificates as the server sent them, its own first, each like RV(results[].certificate).
      type: list
      elements: dict
      returned: after a handshake
    chain_complete:
      description:
        - Whether RV(results[].chain) is all that the server sent. If not, it holds the server's certificate alone.
        - Before Python 3.13 the managed host can read the chain of versions up to TLS 1.2 only. Where the certificate
          is not a pinned one, another handshake is made to see it.
      type: bool
      returned: after a handshake
    cut:
      description: Whether the connection was cut right after the first message, before the server said anything.
      type: bool
      returned: when the port opened
    other_names:
      description:
        - What became of handshakes that asked for other server names, which tells a filter of names.
        - Each has a C(server_name), null for none, and an C(outcome), which is V(answered), V(cut), V(silent) or
          V(unreachable).
      type: list
      elements: dict
      returned: when RV(results[].cut)
    protocol:
      description: The version of TLS.
      type: str
      returned: after a handshake
    cipher:
      description: The cipher suite.
      type: str
      returned: after a handshake
    alpn:
      description: The application protocol that was agreed on, if any.
      type: str
      returned: after a handshake
    versions:
      description: The versions of TLS that the server takes, oldest first, as far as the managed host can speak them.
      type: list
      elements: str
      returned: after a handshake, with O(targets[].versions)
    verified:
      description: Whether a public authority vouches for the certificate. Null if that was not, or could not be, tried.
      type: bool
      returned: after a handshake
    verify_error:
      description: Why not.
      type: str
      returned: after a handshake
"""

from functools import partial

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._kinds import spec_of
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._module import SHARED_SPEC, of_kind, run_module


def main() -> None:
    """Run the module."""
    targets = {"type": "list", "elements": "dict", "required": True, "options": spec_of("tls")}
    module = AnsibleModule(argument_spec={**SHARED_SPEC, "targets": targets}, supports_check_mode=True)
    run_module(module, "targets", partial(of_kind, "tls"))


if __name__ == "__main__":
    main()
