# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Our table in the kernel: read, compared, replaced. No other table is ever listed whole or written."""

from __future__ import annotations

import json
import re
import typing as t

from .._commands import Output, find, run
from .._errors import GatewayError, MissingPackages

Canonical = t.Mapping[str, t.Any]

# Times of the clock are shown in a zone, and read in one: the same for everybody who reads ours.
_ZONE = {"TZ": "UTC"}
_OWN_TIMEOUT = re.compile(r" timeout [0-9a-z]+ expires")
# A table as text that is the same for the same table: objects by name, whatever order they were made in, a chain's
# rules in theirs; without what packets and resolvers put into sets. In sh, for a rollback works without Python.
_ARRANGED = r"""TZ=UTC {nft} -s list table inet {table} 2>/dev/null | awk '
/^\t[^\t}}]/ {{ head = $0; line = filled = hidden = 0 }}
/^\t\tflags .*timeout/ {{ filled = 1 }}
/^\t\telements / {{ hidden = filled }}
/^\t}}/ {{ hidden = 0 }}
/^\t/ && !hidden {{ printf "%s\001%06d\001%s\n", head, line++, $0 }}' |
LC_ALL=C sort | cut -d "$(printf '\001')" -f 3-"""


class Nft:
    """The program nft."""

    def __init__(self) -> None:
        path = find("nft")
        if path is None:
            raise MissingPackages(["nftables"], "the firewall policy needs the program nft")
        self.path = path

    def expected(self, text: str, table: str) -> Canonical:
        """How the kernel shows a rule set, loaded into an empty network namespace: the host sees nothing of it."""
        return canonical(self._scratch(text, f"TZ=UTC {self.path} -j -s list table inet {table}"))

    def expected_text(self, text: str, table: str) -> str:
        """The same for a reader, and for a script."""
        return self._scratch(text, self._arranged(table))

    def live(self, table: str) -> Canonical | None:
        """Our table as it is, or None."""
        listing = self._list(table, "-j", "-s")
        return None if listing is None else canonical(listing)

    def live_text(self, table: str) -> str:
        """The same for a reader."""
        return run(["/bin/sh", "-c", self._arranged(table)]).stdout

    def snapshot(self, table: str) -> str | None:
        """Our table as a text for nft: with its counts, and with addresses and the time that each has left."""
        listing = self._list(table)
        # An element may be shown with more time left than a timeout of its own has, which nft then does not take.
        return listing and _OWN_TIMEOUT.sub(" expires", listing)

    def sh_check(self, table: str) -> str:
        """Lines of sh that fail unless our table is what ``$SAVED/expected`` shows; an empty one: there is none."""
        return (
            f"{self.sh_same(table, 'expected')} ||"
            f" {{ echo 'the table inet {table} is not what was loaded: another program changes it'; exit 1; }}\n"
        )

    def sh_same(self, table: str, file: str) -> str:
        """A command of sh that fails unless our table is what a file of the journal shows."""
        return f'{self._arranged(table)} | cmp -s - "$SAVED/{file}"'

    def sh_load(self, file: str) -> str:
        """A command of sh that loads a file of the journal."""
        return f'TZ=UTC {self.path} -f "$SAVED/{file}"'

    def refusal(self, text: str) -> str:
        """What the host's kernel has against a text, without loading it; empty: nothing."""
        output = self._run("-c", "-f", "-", stdin=text)
        return output.message if output.code != 0 else ""

    def load(self, text: str) -> None:
        """One transaction: all of it or nothing."""
        output = self._run("-f", "-", stdin=text)
        if output.code != 0:
            raise GatewayError(f"nft -f failed: {output.message}")

    def _list(self, table: str, *flags: str) -> str | None:
        output = self._run(*flags, "list", "table", "inet", table)
        if output.code == 0:
            return output.stdout
        if "No such file or directory" in output.stderr:
            return None
        raise GatewayError(f"nft can't list the table inet {table}: {output.message}")

    def _run(self, *arguments: str, stdin: str = "") -> Output:
        return run([self.path, *arguments], stdin=stdin, environment=_ZONE)

    def _arranged(self, table: str) -> str:
        return _ARRANGED.format(nft=self.path, table=table)

    def _scratch(self, text: str, command: str) -> str:
        unshare = find("unshare")
        if unshare is None:
            raise MissingPackages(["util-linux"], "a rule set can't be tried out without the program unshare")
        script = f'"$1" -f - && {command}'
        output = run([unshare, "-n", "--", "/bin/sh", "-c", script, "sh", self.path], stdin=text, environment=_ZONE)
        if output.code != 0:
            raise GatewayError(f"the rule set does not load in a scratch network namespace: {output.message}")
        return output.stdout


def canonical(listing: str) -> Canonical:
    """A table in a form that is equal for equal tables.

    No handles, no counts, nothing that packets or a resolver put into sets, no order where there is none.
    """
    table: dict[str, t.Any] = {}
    for entry in _objects(listing):
        for kind, body in entry.items():
            if kind == "metainfo":
                continue
            plain = _plain(body)
            if kind == "rule":
                table.setdefault(f"rules {plain.get('chain')}", []).append(plain)
            else:
                table[f"{kind} {plain.get('name')}"] = _settled(kind, plain)
    return table


def _settled(kind: str, body: dict[str, t.Any]) -> dict[str, t.Any]:
    passing = {"counter": ("packets", "bytes"), "set": ("elem",) if "timeout" in body else ()}.get(kind, ())
    return {key: value for key, value in body.items() if key not in passing}


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
