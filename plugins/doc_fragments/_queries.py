# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this doc fragment is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The questions that fieldnet.iot.dns_probe puts, and to whom."""

from __future__ import annotations


class ModuleDocFragment:
    """A list of DNS queries."""

    DOCUMENTATION = r"""
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
        description:
          - The server's port. By default V(53), for V(tls) V(853). For V(https) it stands in O(queries[].url), and is
            V(443) without one.
        type: raw
      transport:
        description:
          - One of V(udp), which falls back to TCP where the answer is too long, V(tcp), V(tls) and V(https).
          - By default V(https) if there is a O(queries[].url), else V(udp).
        type: str
      url:
        description:
          - For V(https), the URL to post queries to. Redirects are reported, not followed.
          - The addresses of its host are looked up by the managed host, and all are asked, unless O(queries[].server)
            names one. O(server) is not used.
          - Left out, it is C(/dns-query) at O(queries[].server_name) or O(queries[].server).
        type: str
      server_name:
        description:
          - For V(tls) and V(https), the name that the server's certificate must be for. It is also asked for (SNI).
          - By default the host in O(queries[].url), or the IP address.
        type: str
      validate_certs:
        description:
          - For V(tls) and V(https), whether an authority that the managed host trusts must vouch for the server.
            V(true) by default.
          - With V(false), nothing is known of who answered but the fingerprint of the certificate. See
            RV(results[].tls).
        type: raw
      edns:
        description:
          - Whether to ask with EDNS (RFC 6891), V(true) by default.
          - With V(false) it is asked as the simplest devices do, whose answers over UDP end at 512 bytes.
        type: raw
      dnssec_ok:
        description: Whether to ask for DNSSEC records too (the DO bit), V(false) by default. Needs EDNS.
        type: raw
      expect_rcode:
        description: The response code that proves it, V(NOERROR) by default.
        type: str
      expect_answers:
        description:
          - Records that must all be in the answer, as they stand in a zone file. There may be others beside them.
          - Left out, any record of the type will do. An empty list needs none.
        type: list
        elements: str
      expect_ad:
        description:
          - Whether the server must say that it verified the answer by DNSSEC (the AD flag). V(false) by default.
        type: raw
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
"""
