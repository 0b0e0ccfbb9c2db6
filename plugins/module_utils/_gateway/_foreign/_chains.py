# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Other programs' forward chains on this host, wherever they are: nftables, iptables' two kinds, firewalld."""

from __future__ import annotations

import json
import re
import typing as t
from dataclasses import dataclass
from pathlib import Path

from .. import _kernel
from .._commands import find, run
from .._errors import GatewayError
from . import _iptables, _nft
from ._forwarding import Chains

# What nft takes as a name; nothing else goes onto its command line, whoever made the table.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_./\\-]*")


@dataclass(frozen=True)
class Place:
    """A base chain that sees forwarded packets."""

    program: str  # nft, or the iptables that it belongs to
    family: str
    table: str
    chain: str
    policy: str

    @property
    def versions(self) -> tuple[int, ...]:
        """The versions of IP that it sees."""
        return {"ip": (4,), "ip6": (6,)}.get(self.family, (4, 6))

    def describe(self) -> str:
        """The place, for a person."""
        if self.program.endswith("-legacy"):
            return f"{self.program}: the chain {self.chain} of the table {self.table} (nft doesn't show it)"
        return f"the chain {self.chain} of the table {self.family} {self.table}"


@dataclass(frozen=True)
class Source:
    """The chains of one table."""

    places: t.Sequence[Place]
    chains: Chains
    owner: str = ""  # who alone may change an nftables table with the flag "owner"


def sources(own_table: str, versions: t.Collection[int]) -> t.Iterator[Source]:
    """All tables of others with a base chain in the hook forward."""
    nft = find("nft")
    if nft:
        yield from _nft_sources(nft, own_table, versions)
    for version, program in ((4, "iptables"), (6, "ip6tables")):
        if version in versions and "filter" in _kernel.legacy_tables(version):
            yield from _legacy_source(program)


def _nft_sources(nft: str, own_table: str, versions: t.Collection[int]) -> t.Iterator[Source]:
    families = {"inet", *(("ip",) if 4 in versions else ()), *(("ip6",) if 6 in versions else ())}
    places: dict[tuple[str, str], list[Place]] = {}
    for chain in _listed(nft, "chain", "list", "chains"):
        key = chain["family"], chain["table"]
        foreign = key != ("inet", own_table) and _NAME.fullmatch(chain["table"])
        if foreign and chain.get("hook") == "forward" and chain["family"] in families:
            place = Place("nft", *key, chain["name"], chain.get("policy", "accept"))
            places.setdefault(key, []).append(place)
    for (family, table), found in places.items():
        yield _nft_source(nft, family, table, found)


def _nft_source(nft: str, family: str, table: str, places: t.Sequence[Place]) -> Source:
    # Terse: their sets may be large, and their elements come and go.
    entries = _entries(nft, "-t", "list", "table", family, table)
    rules = [entry["rule"] for entry in entries if "rule" in entry]
    flagged = any("flags" in entry["table"] for entry in entries if "table" in entry)
    owner, sleeps = _flags(_run(nft, "-t", "list", "table", family, table)) if flagged else ("", False)
    if sleeps:
        return Source([], {})
    program = {"ip": "iptables", "ip6": "ip6tables"}.get(family)
    if table == "filter" and program and any(place.chain == "FORWARD" for place in places):
        binary = _variant(program, "nft")
        if binary:
            # nft shows at most the names of iptables' own matches.
            chains: Chains = _iptables.parse(_run(binary, "-S")).chains
            return Source([Place(Path(binary).name, p.family, p.table, p.chain, p.policy) for p in places], chains)
    found: dict[str, list[t.Any]] = {}
    for rule in rules:
        found.setdefault(rule["chain"], []).extend(_nft.rules(rule.get("expr", [])))
    return Source(places, found, owner)


def _flags(text: str) -> tuple[str, bool]:
    """A table's owner, and whether it is switched off. nft 1.0.6 shows them right only to people."""
    head = text.split("chain ", 1)[0]
    flags = re.search(r"^\s*flags ([a-z, ]+)$", head, re.MULTILINE)
    owner = re.search(r"# progname (.+)$", head, re.MULTILINE)
    named = flags.group(1).replace(",", " ").split() if flags else []
    return (owner.group(1).strip() if owner else "another program") if "owner" in named else "", "dormant" in named


def _legacy_source(program: str) -> t.Iterator[Source]:
    family = "ip6" if program.startswith("ip6") else "ip"
    binary = _variant(program, "legacy")
    if binary is None:
        return
    listing = _iptables.parse(_run(binary, "-S"))
    name = f"{program}-legacy"
    yield Source([Place(name, family, "filter", "FORWARD", listing.policies.get("FORWARD", "accept"))], listing.chains)


def _variant(program: str, kind: str) -> str | None:
    """The iptables of a kind: by its own name, or the plain one if it is of that kind."""
    exact = find(f"{program}-{kind}")
    plain = find(program)
    if exact or plain is None:
        return exact
    said = run([plain, "-V"]).stdout
    return plain if ("nf_tables" in said) == (kind == "nft") else None


def _listed(nft: str, kind: str, *command: str) -> list[dict[str, t.Any]]:
    return [entry[kind] for entry in _entries(nft, *command) if kind in entry]


def _entries(nft: str, *command: str) -> list[dict[str, t.Any]]:
    text = _run(nft, "-j", *command)
    try:
        return list(json.loads(text)["nftables"])
    except (ValueError, LookupError, TypeError):
        raise GatewayError(f"nft answered what can't be read: {text[:200]}") from None


def _run(*argv: str) -> str:
    output = run(argv)
    if output.code != 0:
        raise GatewayError(f"{' '.join(argv)} failed: {output.message}")
    return output.stdout
