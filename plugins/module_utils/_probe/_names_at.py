# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A name as given name servers answer it, asked the way the check itself goes.

A device asks the resolvers that DHCP gave it, which need not be those of the host that probes in its place. Where a
gateway opens what its resolver has answered, a name looked up elsewhere opens nothing.
"""

from __future__ import annotations

from time import monotonic
from typing import Any, Dict, List

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _dns_message as message
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._dns_exchange import Exchange
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check, NameFailure
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._workers import each_address

_RECORDS = {"any": ("A", "AAAA"), "ipv4": ("A",), "ipv6": ("AAAA",)}


def look_up(host: str, check: Check) -> List[str]:
    """Every address of a name from the first resolver that knows it; raises NameFailure with what each said."""
    message.need_library(f"looking up {host} at given name servers")
    complaints: List[str] = []
    patience = check["timeout"] / len(check["nameservers"])
    for server in check["nameservers"]:
        found = _at_one(host, server, check, patience, complaints)
        if found:
            return found
    raise NameFailure(f"{host} did not resolve: {'; '.join(complaints)}")


def _at_one(host: str, server: str, check: Check, patience: float, complaints: List[str]) -> List[str]:
    """Its IPv4 addresses first, as most IoT networks have no other; both kinds are asked for at the same time."""
    records = list(_RECORDS[check["family"]])
    outcomes = dict(zip(records, each_address(records, lambda record: _ask(host, record, server, check, patience))))
    found: List[str] = []
    for record in records:
        exchange, _entries = outcomes[record]
        if exchange.reply and exchange.reply.answers:
            found += exchange.reply.answers
    if not found:
        complaints.append(outcomes[records[0]][1][-1]["reason"])
    return found


def _ask(host: str, record: str, server: str, check: Check, patience: float) -> Any:
    try:
        question = message.ask(host, record)
    except message.DnsError as error:
        raise NameFailure(f"{host} did not resolve: {error}") from None
    exchange = Exchange(server, question, _as_dns(check, server), monotonic() + patience)
    entries, _details = exchange.run()
    return exchange, entries


def _as_dns(check: Check, server: str) -> Dict[str, Any]:
    """The options of a dns check that an exchange looks at; an address to send from binds only its own family."""
    source = check["source"]
    other_family = source is not None and (":" in source) != (":" in server)
    return {**check, "source": None if other_family else source, "family": "any", "transport": "udp", "port": 53}
