# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a gateway's DNS server is to do for the packet filter, whichever server it is."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .. import _values
from ._checker import Checker
from ._domains import domains_in
from ._errors import InvalidPolicy
from ._firewall import parse_table


@dataclass(frozen=True)
class DnsPolicy:
    """The domains whose addresses the packet filter is to know, validated and in a canonical order."""

    patterns: tuple[str, ...]
    table: str
    ipv6: bool
    routers: tuple[str, ...] = ()  # where devices ask

    @property
    def domains(self) -> list[str]:
        """The patterns' domains: each has its sets."""
        return domains_in(self.patterns)


def parse(options: t.Mapping[str, t.Any]) -> DnsPolicy:
    """A policy from a module's options; every problem is reported at once, with its path."""
    check = Checker()
    patterns = {
        check(f"domains[{index}]", _values.domain_pattern, pattern) for index, pattern in enumerate(options["domains"])
    }
    routers = [check(f"routers[{index}]", _values.ip, router) for index, router in enumerate(options["routers"])]
    if not patterns:
        check.problems.append("domains: there is none; to remove them all, set state to absent")
    try:
        table = parse_table(options["table"])
    except InvalidPolicy as error:
        check.problems += error.problems
    check.finish()
    return DnsPolicy(tuple(sorted(patterns)), table, options["ipv6"], tuple(dict.fromkeys(routers)))
