# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Our table in the kernel: read, compared, replaced. No other table is ever listed whole or written."""

from __future__ import annotations

import json
import typing as t

from ._commands import find, run
from ._errors import GatewayError, MissingPackages

Canonical = t.Mapping[str, t.Any]


class Nft:
    """The program nft."""

    def __init__(self) -> None:
        path = find("nft")
        if path is None:
            raise MissingPackages(["nftables"], "the firewall policy needs the program nft")
        self.path = path

    def expected(self, text: str, table: str) -> Canonical:
        """How the kernel shows a rule set, loaded into an empty network namespace: the host sees nothing of it."""
        listing = self._scratch(text, f'"$1" -j -s list table inet {table}')
        return canonical(listing)

    def expected_text(self, text: str, table: str) -> str:
        """The same as nft prints it, to show a difference."""
        return self._scratch(text, f'"$1" -s list table inet {table}')

    def live(self, table: str) -> Canonical | None:
        """Our table as it is, or None."""
        listing = self._list(table, "-j", "-s")
        return None if listing is None else canonical(listing)

    def live_text(self, table: str) -> str:
        """The same as nft prints it."""
        return self._list(table, "-s") or ""

    def snapshot(self, table: str) -> str:
        """A file for ``nft -f`` that restores our table as it is, counters included."""
        return f"table inet {table}\ndelete table inet {table}\n{self._list(table) or ''}"

    def sh_check(self, table: str) -> str:
        """Lines of sh that fail unless our table is what ``$SAVED/expected`` shows; an empty one: there is none."""
        return (
            f'{{ {self.path} -s list table inet {table} 2>/dev/null || true; }} | cmp -s - "$SAVED/expected" ||'
            f" {{ echo 'the table inet {table} is not what was loaded: another program changes it'; exit 1; }}\n"
        )

    def check(self, text: str) -> None:
        """Let the host's kernel judge a rule set without loading it."""
        output = run([self.path, "-c", "-f", "-"], stdin=text)
        if output.code != 0:
            raise GatewayError(f"nft -c refused the rule set, nothing was changed: {output.message}")

    def load(self, text: str) -> None:
        """One transaction: all of it or nothing."""
        output = run([self.path, "-f", "-"], stdin=text)
        if output.code != 0:
            raise GatewayError(f"nft -f failed: {output.message}")

    def foreign_drops(self, table: str, families: t.Container[str]) -> list[tuple[str, str, str]]:
        """Base chains of others that drop forwarded packets by default: family, table, chain."""
        output = run([self.path, "-j", "list", "chains"])
        if output.code != 0:
            raise GatewayError(f"nft can't list the chains: {output.message}")
        chains = [entry["chain"] for entry in _objects(output.stdout) if "chain" in entry]
        return [
            (chain["family"], chain["table"], chain["name"])
            for chain in chains
            if chain.get("hook") == "forward" and chain.get("policy") == "drop" and chain["family"] in families
            if (chain["family"], chain["table"]) != ("inet", table)
        ]

    def _list(self, table: str, *flags: str) -> str | None:
        output = run([self.path, *flags, "list", "table", "inet", table])
        if output.code == 0:
            return output.stdout
        if "No such file or directory" in output.stderr:
            return None
        raise GatewayError(f"nft can't list the table inet {table}: {output.message}")

    def _scratch(self, text: str, command: str) -> str:
        unshare = find("unshare")
        if unshare is None:
            raise MissingPackages(["util-linux"], "a rule set can't be tried out without the program unshare")
        script = f'"$1" -f - && {command}'
        output = run([unshare, "-n", "--", "/bin/sh", "-c", script, "sh", self.path], stdin=text)
        if output.code != 0:
            raise GatewayError(f"the rule set does not load in a scratch network namespace: {output.message}")
        return output.stdout


def canonical(listing: str) -> Canonical:
    """A table in a form that is equal for equal tables: no handles, no counters, no order where there is none."""
    table: dict[str, t.Any] = {}
    for entry in _objects(listing):
        for kind, body in entry.items():
            if kind == "metainfo":
                continue
            plain = _plain(body)
            if kind == "rule":
                table.setdefault(f"rules {plain.get('chain')}", []).append(plain)
            else:
                table[f"{kind} {plain.get('name')}"] = plain
    return table


def _objects(listing: str) -> list[dict[str, t.Any]]:
    try:
        return list(json.loads(listing)["nftables"])
    except (ValueError, LookupError, TypeError):
        raise GatewayError(f"nft answered what can't be read: {listing[:200]}") from None


def _plain(value: t.Any, key: str = "") -> t.Any:
    if isinstance(value, dict):
        return {name: _plain(inner, name) for name, inner in value.items() if name != "handle"}
    if isinstance(value, list):
        entries = [_plain(inner) for inner in value]
        return sorted(entries, key=_sort_key) if key in ("set", "elem") else entries
    return value


def _sort_key(entry: object) -> str:
    return json.dumps(entry, sort_keys=True)
