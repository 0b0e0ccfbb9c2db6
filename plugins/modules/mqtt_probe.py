#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mqtt_probe
short_description: Connect to MQTT brokers from the managed host, and say what they answered
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Sends an MQTT 3.1.1 CONNECT without credentials to every address of any number of brokers, over TLS or plain TCP,
    all at the same time, and takes its leave (DISCONNECT). Nothing is published or subscribed.
  - Any answer in MQTT (CONNACK) proves the path, also one that refuses the client for want of credentials.
  - So does a broker that ends the connection after its own part of the TLS handshake, as those do that want a client
    certificate (mutual TLS).
  - A connection that is cut right after the first message of TLS stays V(tls_cut), since a dead service does that as
    well as a firewall that knows applications. The server is then asked under another name and without one, which tells
    a filter of server names.
  - Takes any certificate. Whose it is says M(fieldnet.iot.tls_probe).
extends_documentation_fragment:
  - fieldnet.iot._probe
  - fieldnet.iot._attributes
  - fieldnet.iot._attributes.group
options:
  targets:
    description: The brokers to connect to. Results come in this order.
    type: list
    elements: dict
    required: true
    suboptions:
      host:
        description: The broker, a DNS name or an IP address. Always needed.
        type: str
      port:
        description: The broker's TCP port, V(8883) by default, without TLS V(1883).
        type: raw
      tls:
        description: Whether to speak TLS, V(true) by default.
        type: raw
      server_name:
        description: The server name to ask for (SNI). By default O(targets[].host).
        type: str
      alpn:
        description:
          - The application protocols to offer in the TLS handshake. None by default.
          - Brokers on port 443 commonly want V(mqtt) or V(x-amzn-mqtt-ca).
        type: list
        elements: str
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
  - module: community.general.mqtt
    description: Publishes messages, for which it needs a library and commonly credentials.
"""

EXAMPLES = r"""
- name: See whether devices reach their brokers
  fieldnet.iot.mqtt_probe:
    interface: eth0
    targets:
      - {host: mqtt.example.com}
      - {host: broker.example.com, port: 443, alpn: [x-amzn-mqtt-ca]}
      - {host: 10.40.0.5, port: 1883, tls: false}
  register: brokers

- name: Say what is wrong
  ansible.builtin.debug:
    msg: "{{ item.target }}: {{ item.reason }}"
  loop: "{{ brokers.results | rejectattr('observation', 'eq', 'open') }}"
  loop_control:
    label: "{{ item.id }}"
"""

RETURN = r"""
passed:
  description: Whether the path to every broker is open.
  type: bool
  returned: always
  sample: false
results:
  description: One result for each target, in the order of O(targets).
  type: list
  elements: dict
  returned: always
  sample:
    - id: mqtt/mqtt.example.com:8883
      kind: mqtt
      target: mqtt.example.com:8883
      observation: open
      reason: "203.0.113.10 answered with the CONNACK 5 (not authorised): it wants credentials, and the path is open"
      elapsed: 0.052
      attempts: 1
      flaky: false
      bound: {interface: eth0, source: null, family: any}
      addresses:
        - address: 203.0.113.10
          observation: open
          reason: "203.0.113.10 answered with the CONNACK 5 (not authorised): it wants credentials, and the path is
            open"
          elapsed: 0.05
          errno: null
          icmp: null
      step: mqtt
      connack: {code: 5, meaning: not authorised}
      mutual_tls: false
      protocol: TLSv1.3
      alpn: null
      certificate: {sha256: "sha256:51d9..."}
  contains:
    id:
      description: The O(targets[].id), or a name made of kind and target.
      type: str
    kind:
      description: Always V(mqtt).
      type: str
    target:
      description: Host and port.
      type: str
    observation:
      description:
        - What was seen. Where a name has several addresses,
          what proves most.
        - V(open) means that the broker answered the CONNECT, or ended the TLS handshake after its own part of it.
        - V(tls_cut) means that the connection was cut right after the first message of TLS, by whomever.
        - V(tls_error) means that the TLS handshake failed otherwise.
        - V(wrong_answer) means that what answered does not speak TLS, or not MQTT.
        - V(dropped) means silence, when connecting or after it.
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
    step:
      description: How far it got once the port had opened, V(tls) or V(mqtt).
      type: str
      returned: when the port opened
    connack:
      description: The broker's answer, its C(code) and the C(meaning) of that. Null without one.
      type: dict
      returned: when the port opened
    mutual_tls:
      description: Whether the broker ended the connection after its part of the TLS handshake.
      type: bool
      returned: when the port opened
    protocol:
      description: The version of TLS.
      type: str
      returned: after a TLS handshake
    alpn:
      description: The application protocol that was agreed on, if any.
      type: str
      returned: after a TLS handshake
    certificate:
      description: The broker's certificate. C(sha256) is its fingerprint.
      type: dict
      returned: after a TLS handshake
    other_names:
      description:
        - What became of handshakes that asked for other server names.
        - Each has a C(server_name), null for none, and an C(outcome), which is V(answered), V(cut), V(silent) or
          V(unreachable).
      type: list
      elements: dict
      returned: when RV(results[].observation=tls_cut)
"""

from functools import partial

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._kinds import spec_of
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._module import SHARED_SPEC, of_kind, run_module


def main() -> None:
    """Run the module."""
    targets = {"type": "list", "elements": "dict", "required": True, "options": spec_of("mqtt")}
    module = AnsibleModule(argument_spec={**SHARED_SPEC, "targets": targets}, supports_check_mode=True)
    run_module(module, "targets", partial(of_kind, "mqtt"))


if __name__ == "__main__":
    main()
