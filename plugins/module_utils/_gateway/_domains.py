# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Egress by domain: which sets the packet filter has for it, and which lines make dnsmasq fill them.

One pair of sets a domain, under a name that depends on the domain alone: whoever uses a domain, and however that
changes, its set keeps its name and so its addresses. A domain stands for itself and for every name under it, because
that is how dnsmasq matches; ``*.example.com`` and ``example.com`` are the same set.
"""

from __future__ import annotations

import hashlib
import typing as t

from ._errors import InvalidPolicy

# dnsmasq reads lines of at most 1024 bytes, and what is beyond is lost without a word: so we stay well below.
LINE_LIMIT = 1000


class HasDomains(t.Protocol):
    """A flow, as far as its domains go."""

    @property
    def domains(self) -> t.Sequence[str]:
        """Patterns: ``example.com`` or ``*.example.com``."""


def apex(pattern: str) -> str:
    """The domain that a pattern is about: a literal ``*.`` would never match in dnsmasq."""
    return pattern[2:] if pattern.startswith("*.") else pattern


def domains_of(flows: t.Iterable[HasDomains]) -> list[str]:
    """The domains that some flows need sets for, each once, sorted."""
    return domains_in(pattern for flow in flows for pattern in flow.domains)


def domains_in(patterns: t.Iterable[str]) -> list[str]:
    """The domains that some patterns are about, each once, sorted."""
    return sorted({apex(pattern) for pattern in patterns})


def set_name(domain: str, version: int) -> str:
    """The set with a domain's addresses of IP version 4 or 6: the same name for ever, and safe in any rule."""
    return f"d{version}_{hashlib.sha256(domain.encode()).hexdigest()[:10]}"


def versions(ipv6: bool) -> t.Sequence[int]:
    """The IP versions that there are sets for."""
    return (4, 6) if ipv6 else (4,)


def lies_under(name: str, domain: str) -> bool:
    """Whether a name is a domain or under it, label by label: not so ``evilexample.com`` and ``example.com``."""
    return name == domain or name.endswith("." + domain)


def lines(domains: t.Iterable[str], table: str, ipv6: bool) -> list[str]:
    """One line of configuration a domain, sorted.

    dnsmasq uses one line for a name, that of its longest suffix, and of two lines for one domain but one. So the line
    of a domain carries the sets of all listed domains above it, too.
    """
    listed = set(domains)
    by_name: dict[str, str] = {}
    problems = []
    written = []
    for domain in sorted(listed):
        other = by_name.setdefault(set_name(domain, 4), domain)
        if other != domain:
            problems.append(f"domains: {domain} and {other} have the same hash: one of them can't be used here")
        line = f"nftset=/{domain}/{','.join(_targets(domain, listed, table, ipv6))}"
        if len(line) > LINE_LIMIT:
            problems.append(
                f"domains: {domain} lies under so many other listed domains that the line for it has {len(line)} bytes,"
                f" and dnsmasq loses what is beyond {LINE_LIMIT}: remove some of {', '.join(_above(domain, listed))}"
            )
        written.append(line)
    if problems:
        raise InvalidPolicy(problems)
    return written


def over_match(patterns: t.Iterable[str]) -> list[str]:
    """Where the sets hold more than the patterns say, in words."""
    given = set(patterns)
    wildcards = sorted(p for p in given if p.startswith("*.") and apex(p) not in given)
    exact = sorted(p for p in given if not p.startswith("*.") and f"*.{p}" not in given)
    found = []
    if wildcards:
        found.append(f"dnsmasq matches by suffix, so that beside {', '.join(wildcards)} the names without *. are open")
    if exact:
        found.append(f"dnsmasq matches by suffix, so that beside {', '.join(exact)} every name under them is open")
    return found


def _targets(domain: str, listed: t.Container[str], table: str, ipv6: bool) -> list[str]:
    names = [domain, *_above(domain, listed)]
    return [f"{version}#inet#{table}#{set_name(name, version)}" for version in versions(ipv6) for name in names]


def _above(domain: str, listed: t.Container[str]) -> list[str]:
    """The listed domains that a domain lies under, the nearest first."""
    labels = domain.split(".")
    parents = (".".join(labels[start:]) for start in range(1, len(labels)))
    return [parent for parent in parents if parent in listed]
