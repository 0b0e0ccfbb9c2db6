#!/usr/bin/python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: probe
short_description: Make any mix of network checks from the managed host in one call
version_added: 0.1.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Makes any number of checks of any kind at the same time and says for each what was seen, who did it, and why.
  - Takes the checks of a plan as M(fieldnet.iot.plan) returns them. M(fieldnet.iot.assess) judges the results.
  - The kinds are V(tcp) and V(udp) (what happens to packets on the way to a port), V(dns), V(ntp), V(tls), V(http) (is
    there a captive portal), V(dhcp) (what would a device be offered, nothing is requested) and V(link) (the control, is
    this host in the subnet and does the router answer it).
  - Silence is never taken for success.
requirements:
  - dnspython 2.0.0 or newer on the managed host, for checks of kind V(dns) only
  - root, for checks of kind V(dhcp) only
extends_documentation_fragment:
  - fieldnet.iot._probe
  - fieldnet.iot._attributes
  - fieldnet.iot._attributes.group
options:
  checks:
    description:
      - The checks to make. Results come in this order.
      - Mistakes are all reported at once, each with its place, before the first packet is sent.
    type: list
    elements: dict
    required: true
    suboptions:
      kind:
        description: One of V(tcp), V(udp), V(dns), V(ntp), V(tls), V(http), V(dhcp) and V(link). Always needed.
        type: str
      id:
        description: A name for the result, unique within the call. By default made of kind and target.
        type: str
      probe:
        description: The host that a plan gave the check to. Not looked at.
        type: str
      timeout:
        description: Overrides O(timeout). Checks of kind V(link) take up to 7 seconds where the router keeps silent.
        type: raw
      attempts:
        description: Overrides O(attempts).
        type: raw
      interface:
        description: Overrides O(interface). Needed by V(dhcp) and V(link).
        type: str
      source:
        description: Overrides O(source).
        type: str
      family:
        description: Overrides O(family).
        type: str
      host:
        description: For V(tcp), V(udp), V(ntp) and V(tls), which need it, a DNS name or an IP address.
        type: str
      port:
        description:
          - The port, V(1) to V(65535). Needed by V(tcp), V(udp) and V(tls).
          - For V(dns) V(53) by default, for V(ntp) V(123).
        type: raw
      payload_hex:
        description: For V(udp), the bytes to send as hexadecimal digits. At most 1200 bytes, none by default.
        type: str
      expect_hex:
        description: For V(udp), the bytes that the answer must start with. Any answer will do by default.
        type: str
      name:
        description: For V(dns), which needs it, the name to ask for.
        type: str
      record_type:
        description: For V(dns), the type of record to ask for, V(A) by default.
        type: str
      server:
        description: For V(dns), the IP address of the server. By default the first one of C(/etc/resolv.conf).
        type: str
      transport:
        description: For V(dns), V(udp) (the default, with TCP where the answer is too long) or V(tcp).
        type: str
      expect_rcode:
        description: For V(dns), the response code that proves it, V(NOERROR) by default.
        type: str
      expect_answers:
        description: For V(dns), the answers that prove it. Any answer will do by default.
        type: list
        elements: str
      max_offset:
        description: For V(ntp), how many seconds the clocks may differ. By default they may differ at will.
        type: raw
      server_name:
        description: For V(tls), the name to ask for (SNI) and to verify. By default O(checks[].host).
        type: str
      pins:
        description:
          - For V(tls), the SHA-256 fingerprints of the certificates that the server may present, each as V(sha256:) and
            64 hexadecimal digits.
          - By default a public certificate authority must vouch for it.
        type: list
        elements: str
      url:
        description: For V(http), which needs it, an C(http) URL. Redirects are reported, not followed.
        type: str
      expect_status:
        description: For V(http), the status that proves it, V(204) by default.
        type: raw
      expect_body:
        description: For V(http), what the body must contain.
        type: str
      mac:
        description: For V(dhcp), which needs it, the MAC address of the device.
        type: str
      expect_ip:
        description: For V(dhcp), the IPv4 address that must be offered. Any offer will do by default.
        type: str
      router:
        description: For V(link), which needs it, the IPv4 address of the router.
        type: str
      subnet:
        description: For V(link), which needs it, the IPv4 subnet that O(checks[].interface) must have an address in.
        type: str
seealso:
  - module: fieldnet.iot.port_probe
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
  description: One result for each check, in the order of O(checks).
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
        - V(answered) means that the DNS server answered as expected.
        - V(trusted) means that the certificate is the expected one, V(intercepted) that it is another.
        - V(offered) means that DHCP servers offer the expected address, V(wrong_offer) another, V(no_offer) none.
        - V(reachable) and V(unreachable) tell of the V(link) to the router.
        - V(closed) means that the target itself says that nothing listens there (UDP).
        - V(closed_or_reset) means a TCP reset, by the target or by a firewall in its name, which nobody can tell apart.
        - V(rejected) means an ICMP error. RV(results[].addresses[].icmp) names the device that sent it.
        - V(dropped) means silence on TCP.
        - V(unproven) means that nothing was proved, such as silence on UDP. RV(results[].reason) says why.
        - V(wrong_answer) means an answer that is not the expected one.
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
    server:
      description: The server that was asked.
      type: str
      returned: for V(dns)
    transport:
      description: Whether the answer came over V(udp) or V(tcp).
      type: str
      returned: for V(dns)
    truncated:
      description: Whether the answer did not fit into a datagram.
      type: bool
      returned: for V(dns)
    rcode:
      description: The response code.
      type: str
      returned: for V(dns), when there was an answer
    flags:
      description: The flags of the answer, such as V(ra) and V(ad).
      type: list
      elements: str
      returned: for V(dns), when there was an answer
    answers:
      description: The records of the answer.
      type: list
      elements: str
      returned: for V(dns), when there was an answer
    aliases:
      description: The names that O(checks[].name) is an alias of.
      type: list
      elements: str
      returned: for V(dns), when there was an answer
    ttl:
      description: Seconds that the answer may be kept.
      type: int
      returned: for V(dns), when there was an answer
    stratum:
      description: The server's distance from a reference clock.
      type: int
      returned: for V(ntp), when there was an answer
    kiss_code:
      description: Why the server gives no time (a kiss-o'-death), if so.
      type: str
      returned: for V(ntp), when there was an answer
    offset:
      description: Seconds that the server's clock is ahead of this host's.
      type: float
      returned: for V(ntp), when there was an answer
    delay:
      description: Seconds that the way there and back took.
      type: float
      returned: for V(ntp), when there was an answer
    certificate:
      description: The certificate presented.
      type: dict
      returned: for V(tls), when the port is open
      contains:
        sha256:
          description: Its fingerprint, as O(checks[].pins) takes it.
          type: str
        subject:
          description: Whom it names, as far as this host can read it. The rest likewise.
          type: str
        issuer:
          description: Who signed it.
          type: str
        not_before:
          description: From when it is valid.
          type: str
        not_after:
          description: Until when it is valid.
          type: str
        self_signed:
          description: Whether it is signed by itself.
          type: bool
    cut:
      description: Whether the connection was cut in the middle of the handshake.
      type: bool
      returned: for V(tls), when the port is open
    protocol:
      description: The version of TLS.
      type: str
      returned: for V(tls), after a handshake
    cipher:
      description: The cipher suite.
      type: str
      returned: for V(tls), after a handshake
    verified:
      description: Whether a public certificate authority vouches for the certificate.
      type: bool
      returned: for V(tls), after a handshake
    verify_error:
      description: Why not.
      type: str
      returned: for V(tls), after a handshake
    status:
      description: The HTTP status.
      type: int
      returned: for V(http), when the port is open
    portal_url:
      description: The URL of the captive portal.
      type: str
      returned: for V(http), when the port is open
    offers:
      description: What each DHCP server offers.
      type: list
      elements: dict
      returned: for V(dhcp)
      contains:
        server:
          description: The server's address.
          type: str
        address:
          description: The address it offers.
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
    router_mac:
      description: The MAC address of the router, where the neighbour table has it.
      type: str
      returned: for V(link)
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._module import SHARED_SPEC, checks_of, run_module


def main() -> None:
    """Run the module."""
    check: dict[str, dict[str, str]] = {
        "kind": {"type": "str"},
        "id": {"type": "str"},
        "probe": {"type": "str"},
        "timeout": {"type": "raw"},
        "attempts": {"type": "raw"},
        "interface": {"type": "str"},
        "source": {"type": "str"},
        "family": {"type": "str"},
        "host": {"type": "str"},
        "port": {"type": "raw"},
        "payload_hex": {"type": "str"},
        "expect_hex": {"type": "str"},
        "name": {"type": "str"},
        "record_type": {"type": "str"},
        "server": {"type": "str"},
        "transport": {"type": "str"},
        "expect_rcode": {"type": "str"},
        "expect_answers": {"type": "list", "elements": "str"},
        "max_offset": {"type": "raw"},
        "server_name": {"type": "str"},
        "pins": {"type": "list", "elements": "str"},
        "url": {"type": "str"},
        "expect_status": {"type": "raw"},
        "expect_body": {"type": "str"},
        "mac": {"type": "str"},
        "expect_ip": {"type": "str"},
        "router": {"type": "str"},
        "subnet": {"type": "str"},
    }
    spec = {**SHARED_SPEC, "checks": {"type": "list", "elements": "dict", "required": True, "options": check}}
    run_module(AnsibleModule(argument_spec=spec, supports_check_mode=True), "checks", checks_of)


if __name__ == "__main__":
    main()
