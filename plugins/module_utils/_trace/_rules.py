# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A rule as its owner knows it, found again by its handle."""

from __future__ import annotations

import re
import shlex
import typing as t

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commands import find, run
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._firewall import DEFAULT_TABLE

from ._journey import Decision

_OURS = ("inet", DEFAULT_TABLE)
_HANDLE = re.compile(r"^(?P<text>.*?)\s*# handle (?P<handle>\d+)$")
_HEAD = re.compile(r"(table|chain) .*\{$")
_COMMENT = re.compile(r' comment "(?P<comment>[^"]*)"$')
# What nft takes as a name; nothing else goes onto its command line, whoever made the table.
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_./\\-]*")
_IPTABLES = {"ip": "iptables", "ip6": "ip6tables"}
_IPTABLES_TABLES = ("filter", "nat", "mangle", "raw", "security")
_LONGEST = 500

Rule = t.Dict[str, t.Any]


class Rules:
    """The rules of this host, each chain listed once."""

    def __init__(self) -> None:
        self._chains: t.Dict[t.Tuple[str, str, str], t.List[t.Tuple[int, str]]] = {}

    def describe(self, decision: Decision) -> Rule:
        """The rule or the policy behind a decision; without a text, where it is gone or can't be read."""
        key = decision.family, decision.table, decision.chain
        text, comment = f"policy {decision.verdict}", ""
        if decision.handle:
            text, comment = self._text(decision)
        return {
            "family": decision.family,
            "table": decision.table,
            "chain": decision.chain,
            "handle": decision.handle,
            "text": _plain(text),
            "comment": _plain(comment),
            "ours": key[:2] == _OURS,
        }

    def _text(self, decision: Decision) -> t.Tuple[str, str]:
        key = decision.family, decision.table, decision.chain
        if key not in self._chains:
            self._chains[key] = _listed(*key)
        rules = self._chains[key]
        handles = [handle for handle, _text in rules]
        if decision.handle not in handles:
            return "", ""
        index = handles.index(decision.handle)
        own_words = _iptables(*key)
        if len(own_words) == len(rules):
            return own_words[index]
        text = rules[index][1]
        found = _COMMENT.search(text)
        return (text[: found.start()], found.group("comment")) if found else (text, "")


def _listed(family: str, table: str, chain: str) -> t.List[t.Tuple[int, str]]:
    """The rules of a chain, in their order, each with its handle."""
    if not (_NAME.fullmatch(table) and _NAME.fullmatch(chain)):
        return []
    # Terse: their sets may be large. Stateless: counts have no place in a sentence.
    return read_listing(run(["nft", "-a", "-s", "-t", "list", "chain", family, table, chain]).stdout)


def read_listing(text: str) -> t.List[t.Tuple[int, str]]:
    """The handles and rules of ``nft -a list chain``, in their order; each is one line."""
    found = [_HANDLE.match(line.strip()) for line in text.splitlines()]
    rules = [line for line in found if line and not _HEAD.match(line.group("text"))]
    return [(int(line.group("handle")), line.group("text")) for line in rules]


def _iptables(family: str, table: str, chain: str) -> t.List[t.Tuple[str, str]]:
    """The same as iptables-nft shows them, with their comments: nft leaves out what is iptables' own."""
    program = _IPTABLES.get(family)
    if program is None or table not in _IPTABLES_TABLES:
        return []
    path = find(f"{program}-nft") or find(program)
    if path is None:
        return []
    output = run([path, "-t", table, "-S", chain])
    if output.code != 0:
        return []
    return [(line, _comment(line)) for line in output.stdout.splitlines() if line.startswith("-A ")]


def _comment(line: str) -> str:
    try:
        words = shlex.split(line)
    except ValueError:
        return ""
    return words[words.index("--comment") + 1] if "--comment" in words[:-1] else ""


def _plain(text: str) -> str:
    """For a sentence: one line of bounded length."""
    line = "".join(sign if sign.isprintable() else " " for sign in text)
    return line if len(line) <= _LONGEST else line[:_LONGEST] + " ..."
