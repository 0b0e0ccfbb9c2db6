#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: probe
short_description: Make any mix of network checks from the managed host in one call
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Makes any number of checks of any kind at the same time and says for each what was seen, who did it, and why.
  - Takes the checks of a plan as M(fieldnet.iot.plan) returns them. M(fieldnet.iot.assess) judges the results.
  - The kinds are V(tcp) and V(udp) (what happens to packets on the way to a port), V(nonce) (do they reach our own
    responder, or somebody who answers in its place), V(dns), V(dns_integrity) (does a resolver lie), V(ntp), V(tls),
    V(mqtt), V(http) (is there a captive portal), V(idle) (does the path keep silent sessions), V(dhcp) (what would a
    device be offered, nothing is requested), V(link) (the control, is this host in the subnet and does the router
    answer it) and V(wifi_scan) (which wireless networks are on the air).
  - Silence is never taken for success.
requirements:
  - dnspython 2.1 or newer on the managed host, for checks of kinds V(dns) and V(dns_integrity) only
  - root (or CAP_NET_RAW), for checks of kind V(dhcp) only
  - root (or CAP_NET_ADMIN), a wireless interface and the program C(iw), for checks of kind V(wifi_scan) only
extends_documentation_fragment:
  - fieldnet.iot._checks
  - fieldnet.iot._probe
  - fieldnet.iot._attributes
  - fieldnet.iot._attributes.group
seealso:
  - module: fieldnet.iot.path_listener
  - module: fieldnet.iot.egress_responder
  - module: fieldnet.iot.port_probe
  - module: fieldnet.iot.dns_probe
  - module: fieldnet.iot.dns_integrity_probe
  - module: fieldnet.iot.ntp_probe
  - module: fieldnet.iot.tls_probe
  - module: fieldnet.iot.mqtt_probe
  - module: fieldnet.iot.http_probe
  - module: fieldnet.iot.idle_probe
  - module: fieldnet.iot.dhcp_probe
  - module: fieldnet.iot.wifi_scan_info
  - module: fieldnet.iot.plan
  - module: fieldnet.iot.assess
"""

EXAMPLES = r"""
- name: Look at the IoT VLAN as a device would
  fieldnet.iot.probe:
    interface: eth0
    checks:
      - {id: link, kind: link, router: 10.40.0.1, subnet: 10.40.0.0/24}
      - {id: cloud, kind: tcp, host: imp01.electricimp.com, port: 31314}
      - {id: names, kind: dns, name: imp01.electricimp.com, server: 10.40.0.1}
      - {id: time, kind: ntp, host: pool.ntp.org}
      - {id: broker, kind: tls, host: mqtt.example.com, port: 8883}
      - {id: portal, kind: http, url: "http://connectivitycheck.gstatic.com/generate_204"}
  register: seen

- name: Show what did not pass
  ansible.builtin.debug:
    msg: "{{ item.id }}: {{ item.observation }}: {{ item.reason }}"
  loop: "{{ seen.results | selectattr('observation', 'in', ['rejected', 'dropped', 'unproven']) }}"
  loop_control:
    label: "{{ item.id }}"

- name: Prove ports end to end with the egress responder
  fieldnet.iot.probe:
    responder_key: "{{ vault_responder_key }}"
    checks:
      - {kind: nonce, host: responder.example.net, port: 31314}
      - {kind: nonce, host: responder.example.net, port: 123, protocol: udp}

- name: See what the DHCP servers would offer to a device
  fieldnet.iot.probe:
    checks:
      - {kind: dhcp, interface: eth0, mac: "02:00:00:00:00:10", expect_ip: 10.40.0.10}
  become: true
"""

RETURN = r"""
passed:
  description: Whether every check proved what it asks for.
  type: bool
  returned: always
  sample: false
results:
  description:
    - One result for each check, in the order of O(checks).
    - Beside what is listed here, a result has what its kind tells, as the module for that kind returns it. See
      M(fieldnet.iot.dns_probe), M(fieldnet.iot.dns_integrity_probe), M(fieldnet.iot.ntp_probe),
      M(fieldnet.iot.tls_probe), M(fieldnet.iot.mqtt_probe), M(fieldnet.iot.http_probe), M(fieldnet.iot.idle_probe) and
      M(fieldnet.iot.wifi_scan_info).
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
      description: The check's O(checks[].id), or a name made of kind and target.
      type: str
    kind:
      description: The check's O(checks[].kind).
      type: str
    target:
      description: What was probed.
      type: str
    observation:
      description:
        - What was seen. Where a name has several addresses, what proves most.
        - V(open) means that the TCP handshake was completed, that the UDP port or NTP server answered, or that the URL
          answered as expected.
        - For V(nonce), V(open) means that the responder proved that it was reached. V(intercepted) means that somebody
          took the connection or answered, but not as a responder with this key, or that it was another of its ports.
        - V(answered) means that the DNS server answered as expected.
        - V(trusted) means that the certificate is the expected one, V(intercepted) that it is another.
        - V(offered) means that DHCP servers offer the expected address, V(wrong_offer) another, V(no_offer) none.
        - V(reachable) and V(unreachable) tell of the V(link) to the router.
        - V(heard) means that a V(wifi_scan) heard networks, V(nothing_heard) that it heard none at all.
        - V(closed) means that the target itself says that nothing listens there (UDP).
        - V(closed_or_reset) means a TCP reset, by the target or by a firewall in its name, which nobody can tell apart.
        - V(rejected) means an ICMP error. RV(results[].addresses[].icmp) names the device that sent it.
        - V(dropped) means silence on TCP, and on UDP where the responder answers on another port.
        - V(unproven) means that nothing was proved, such as silence on UDP. RV(results[].reason) says why.
        - V(wrong_answer) means an answer that is not the expected one.
        - V(intact) means that a resolver tells the truth, V(rewritten) that it answers for names that do not exist,
          V(sinkholed) that it withholds a name, V(intercepted) that somebody answers in its place.
        - V(tls_error) means that the TLS handshake failed.
        - V(portal) means a captive portal, V(tampered) that somebody else answered the URL.
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
    answer:
      description: Who answered, V(authentic) for the responder, V(foreign) for somebody else, V(none) for nobody.
      type: str
      returned: for V(nonce)
    seen_as:
      description: The C(address) and C(port) that the responder saw this host ask from.
      type: dict
      returned: for V(nonce), when the responder answered
    nat:
      description: Whether that is another address than this host sent from.
      type: bool
      returned: for V(nonce), when the responder answered
    offers:
      description: What each DHCP server offers.
      type: list
      elements: dict
      returned: for V(dhcp)
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
    findings:
      description: What is not as it shall be, one entry each. V(offered) has none.
      type: list
      elements: dict
      returned: for V(dhcp)
      contains:
        finding:
          description:
            - What is wrong. V(address), V(router), V(dns), V(ntp) and V(captive_portal) are not the expected ones.
            - V(rogue) is a server that O(checks[].servers) does not have.
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
    router_mac:
      description: The MAC address of the router, where the neighbour table has it.
      type: str
      returned: for V(link)
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._kinds import spec_of
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._module import SHARED_SPEC, run_module, with_key


def main() -> None:
    """Run the module."""
    spec = {
        **SHARED_SPEC,
        "checks": {"type": "list", "elements": "dict", "required": True, "options": spec_of()},
        "responder_key": {"type": "str", "no_log": True},
    }
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    run_module(module, "checks", lambda raw: with_key(raw, module.params["responder_key"]))


if __name__ == "__main__":
    main()
