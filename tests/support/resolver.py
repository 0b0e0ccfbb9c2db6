#!/usr/bin/env python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A DNS server for the fault tests: an address for the vendor's names, NXDOMAIN for all others.

Says `ready` when it listens, on UDP of every address. Arguments: the address to answer with, or `blocked` for NXDOMAIN
with extended error 15, or an rcode for everything.
"""

from __future__ import annotations

import socket
import struct
import sys

import dns.edns
import dns.message
import dns.rcode
import dns.rrset

VENDOR = "electricimp.com."


def main() -> None:
    """Answer until killed."""
    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.bind(("::", 53))
    print("ready", flush=True)
    while True:
        data, peer = sock.recvfrom(65535)
        sock.sendto(_answer(dns.message.from_wire(data), sys.argv[1]), peer)


def _answer(query: dns.message.Message, how: str) -> bytes:
    reply = dns.message.make_response(query)
    name = reply.question[0].name
    ours = str(name).endswith(VENDOR)
    if how.isupper():
        reply.set_rcode(dns.rcode.from_text(how))
    elif not ours or how == "blocked":
        reply.set_rcode(dns.rcode.NXDOMAIN)
    else:
        reply.answer.append(dns.rrset.from_text(name, 300, "IN", "A", how))
    if ours and how == "blocked":
        why = dns.edns.GenericOption(dns.edns.OptionType.make(15), struct.pack("!H", 15))
        reply.use_edns(0, options=[why])
    return reply.to_wire()


if __name__ == "__main__":
    main()
