# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The checks that fieldnet.iot.probe takes: every option of every kind."""

from __future__ import annotations


class ModuleDocFragment:
    """A list of checks."""

    DOCUMENTATION = r"""
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
        description:
          - What to check. Always needed. One of V(tcp), V(udp), V(nonce), V(dns), V(dns_integrity), V(ntp), V(tls),
            V(mqtt), V(http), V(idle), V(dhcp), V(link) and V(wifi_scan).
        type: str
      id:
        description: A name for the result, unique within the call. By default made of kind and target.
        type: str
      probe:
        description: The host that a plan gave the check to. Not looked at.
        type: str
      timeout:
        description:
          - Overrides O(timeout). Checks of kind V(link) take up to 7 seconds where the router keeps silent, of kind
            V(wifi_scan) up to 20 seconds.
        type: raw
      attempts:
        description: Overrides O(attempts).
        type: raw
      interface:
        description: Overrides O(interface). Needed by V(dhcp), V(link) and V(wifi_scan).
        type: str
      source:
        description: Overrides O(source).
        type: str
      family:
        description: Overrides O(family).
        type: str
      nameservers:
        description: Overrides O(nameservers).
        type: list
        elements: str
      host:
        description:
          - A DNS name or an IP address. Needed by V(tcp), V(udp), V(nonce), V(ntp), V(tls), V(mqtt) and
            V(idle).
        type: str
      port:
        description:
          - The port, V(1) to V(65535). Needed by V(tcp), V(udp), V(nonce), V(tls) and V(idle).
          - For V(dns) and V(dns_integrity) V(53) by default, for V(ntp) V(123), for V(mqtt) V(8883) or
            V(1883).
        type: raw
      payload_hex:
        description:
          - For V(udp), the bytes to send as hexadecimal digits. At most 1200 bytes, none by default.
          - For V(idle), the bytes to send after the silence, V(00) by default.
        type: str
      opening_hex:
        description: For V(idle), the bytes to send before the silence. None by default.
        type: str
      idle_times:
        description: For V(idle), for how many seconds to keep silent, at most 16 numbers. One session for each.
        type: list
        elements: str
      max_idle:
        description: For V(idle) without O(checks[].idle_times), which needs it then, the longest silence.
        type: raw
      min_idle:
        description: For V(idle), the shortest silence then. By default a 16th of O(checks[].max_idle).
        type: raw
      sessions:
        description: For V(idle), how many sessions then, V(8) by default.
        type: raw
      expect_hex:
        description: For V(udp), the bytes that the answer must start with. Any answer will do by default.
        type: str
      protocol:
        description: For V(nonce), V(tcp) (the default) or V(udp).
        type: str
      key:
        description: For V(nonce), overrides O(responder_key). Never shown.
        type: str
      name:
        description: For V(dns), which needs it, the name to ask for.
        type: str
      record_type:
        description: For V(dns), the type of record to ask for, V(A) by default.
        type: str
      server:
        description:
          - For V(dns) and V(dns_integrity), the IP address of the server. By default the first one of
            C(/etc/resolv.conf).
        type: str
      transport:
        description:
          - For V(dns), V(udp) (the default, with TCP where the answer is too long), V(tcp), V(tls) or V(https).
        type: str
      validate_certs:
        description:
          - For V(dns) over TLS and HTTPS, and the API of V(http), whether an authority that the host trusts must vouch
            for the server.
            V(true) by default.
        type: raw
      edns:
        description: For V(dns), whether to ask with EDNS, V(true) by default.
        type: raw
      dnssec_ok:
        description: For V(dns), whether to ask for DNSSEC records, V(false) by default.
        type: raw
      expect_ad:
        description: For V(dns), whether the server must say that it verified the answer by DNSSEC. V(false) by default.
        type: raw
      names:
        description: For V(dns_integrity), names that must resolve to public addresses. At most 50, none by default.
        type: list
        elements: str
      absent_under:
        description: For V(dns_integrity), domains in which a random name must not resolve. None by default.
        type: list
        elements: str
      private_ok:
        description: For V(dns_integrity), those of O(checks[].names) that may have private addresses.
        type: list
        elements: str
      other_server:
        description: For V(dns_integrity), the IP address of a server to compare with. None by default.
        type: str
      dark_address:
        description:
          - For V(dns_integrity), an address where no DNS runs. By default V(192.0.2.53), or V(2001:db8::53) for a
            server with an IPv6 address.
        type: str
      redirected:
        description:
          - For V(dns_integrity), whether the network redirects DNS to a resolver of its own on purpose, V(false) by
            default. Then an answer in the name of O(checks[].dark_address) is as it should be.
        type: raw
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
      tls:
        description: For V(mqtt), whether to speak TLS, V(true) by default.
        type: raw
      alpn:
        description: For V(tls) and V(mqtt), the application protocols to offer in the handshake. None by default.
        type: list
        elements: str
      server_name:
        description:
          - For V(tls) and V(mqtt), the server name to ask for (SNI). By default O(checks[].host).
          - For V(dns) over TLS and HTTPS, the name to verify. By default the host in O(checks[].url), or
            O(checks[].server).
        type: str
      pins:
        description:
          - For V(tls), the SHA-256 fingerprints of the certificates that the server may present, each as V(sha256:) and
            64 hexadecimal digits, or of their public keys, each as V(spki-sha256:) and the digits.
          - By default a certificate authority known to the managed host must vouch for it.
        type: list
        elements: str
      issuer:
        description: For V(tls), a part of the issuer's name that the certificate must have.
        type: str
      versions:
        description: For V(tls), whether to find out which versions of TLS the server takes.
        type: raw
      url:
        description:
          - For V(http), which needs it, an C(http) URL. Redirects are reported, not followed.
          - For V(dns), the C(https) URL of a server that speaks DNS over HTTPS.
        type: str
      expect_status:
        description: For V(http), the status that proves it, V(204) by default.
        type: raw
      expect_body:
        description: For V(http), what the body must contain.
        type: str
      api_url:
        description: For V(http), the URL of the captive portal's API (DHCP's option 114). Not asked by default.
        type: str
      ssids:
        description: For V(wifi_scan), hidden networks to ask for by name, at most 64. None by default.
        type: list
        elements: str
      mac:
        description: For V(dhcp), which needs it, the MAC address of the device.
        type: str
      client_id:
        description:
          - For V(dhcp), the client identifier (option 61) that the device sends, as hexadecimal digits. None by
            default.
        type: str
      expect_ip:
        description: For V(dhcp), the IPv4 address that must be offered. Any offer will do by default.
        type: str
      expect_router:
        description: For V(dhcp), the routers that every offer must name (option 3), in any order. Any by default.
        type: list
        elements: str
      expect_dns:
        description: For V(dhcp), the DNS servers that every offer must name (option 6), in any order. Any by default.
        type: list
        elements: str
      expect_ntp:
        description: For V(dhcp), the NTP servers that every offer must name (option 42), in any order. Any by default.
        type: list
        elements: str
      expect_captive_portal:
        description:
          - For V(dhcp), the captive portal's API that every offer must name (option 114, RFC 8910), or V(none) for no
            offer to name one. Anything by default.
        type: str
      servers:
        description:
          - For V(dhcp), the DHCP servers that may answer, by their server identifier. Anybody may by default.
        type: list
        elements: str
      window:
        description:
          - For V(dhcp), seconds to wait for further servers after the first offer, V(0.1) to V(60).
          - By default V(0.5), and with O(checks[].servers) the whole timeout, since a second server may be slow.
        type: raw
      router:
        description: For V(link), which needs it, the IPv4 address of the router.
        type: str
      subnet:
        description: For V(link), which needs it, the IPv4 subnet that O(checks[].interface) must have an address in.
        type: str
  responder_key:
    description:
      - The key of the responder or listener that checks of kind V(nonce) ask, 16 to 256 printable ASCII characters
        without spaces. Never shown.
      - Without a key such a check is V(not_run), and the others are made all the same.
    type: str
"""
