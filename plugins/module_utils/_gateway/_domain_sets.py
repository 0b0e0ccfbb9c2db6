# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The live sets of a policy's domains, which belong to the packet filter: only ever looked at here."""

from __future__ import annotations

import json

from ._commands import Output, find, run
from ._dns import DnsPolicy
from ._domains import set_name, versions
from ._errors import GatewayError, MissingPackages

_TYPES = {4: "ipv4_addr", 6: "ipv6_addr"}


class DomainSets:
    """Whether they are there, and what they hold."""

    def __init__(self, policy: DnsPolicy) -> None:
        self._policy = policy
        found = find("nft")
        if not found:
            raise MissingPackages(["nftables"], "egress by domain needs nft")
        self._nft = found

    def missing(self) -> list[str]:
        """The sets that should be there and aren't, each with its domain."""
        return [f"set {name} is missing" for name in self.lacking()]

    def lacking(self) -> list[str]:
        """Their names alone."""
        live = self._live()
        return [
            f"{self.describe(domain, version)} of {domain}"
            for domain in self._policy.domains
            for version in versions(self._policy.ipv6)
            if live.get(set_name(domain, version)) != _TYPES[version]
        ]

    def require(self) -> None:
        """Refuse to go on without them: dnsmasq would answer all the same, and only its log would say so."""
        missing = self.missing()
        if missing:
            more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
            raise GatewayError(
                f"{', '.join(missing[:3])}{more}: apply the firewall policy of the same plan first (egress: domains)"
            )

    def holds(self, domain: str, version: int, address: str) -> bool:
        """Whether an address is in a domain's set now."""
        return self._run("get", "element", *self._place(domain, version), "{", address, "}").code == 0

    def describe(self, domain: str, version: int) -> str:
        """A set, for a message."""
        return " ".join(self._place(domain, version))

    def _place(self, domain: str, version: int) -> tuple[str, str, str]:
        return "inet", self._policy.table, set_name(domain, version)

    def _run(self, *arguments: str) -> Output:
        return run([self._nft, *arguments])

    def _live(self) -> dict[str, str]:
        # Terse: the elements would be many and nobody needs them.
        output = self._run("-j", "-t", "list", "sets", "table", "inet", self._policy.table)
        if output.code != 0:
            return {}  # no table
        try:
            entries = [entry["set"] for entry in json.loads(output.stdout)["nftables"] if "set" in entry]
        except (ValueError, LookupError, TypeError):
            raise GatewayError(f"nft answered what can't be read: {output.stdout[:200]}") from None
        return {str(entry["name"]): str(entry["type"]) for entry in entries if entry.get("table") == self._policy.table}
