# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The names behind addresses, from what the gateway's dnsmasq has logged of its answers (``log-queries``)."""

from __future__ import annotations

import contextlib
import re
import typing as t

from .. import _values
from ._commands import find, run

# reply www.example.com is <CNAME> / reply edge.example.net is 203.0.113.7 / cached www.example.com is 203.0.113.7;
# with log-queries=extra a number and the client's address stand in front.
_ANSWER = re.compile(r"\b(?:reply|cached|config|\S*hosts\S*) (\S+) is (\S+)$")
_LINES = 200_000


def logged(unit: str) -> dict[str, list[str]]:
    """Names by address; none where dnsmasq does not log its answers, or not to the journal."""
    journal = find("journalctl")
    if journal is None:
        return {}
    output = run([journal, "-q", "--no-pager", "-o", "cat", "-n", str(_LINES), "-u", unit, "--grep", " is [<0-9a-f]"])
    return parse(output.stdout.splitlines()) if output.code == 0 else {}


def parse(lines: t.Iterable[str]) -> dict[str, list[str]]:
    """The same from the lines; an address belongs to the name that was asked for, not to where that leads."""
    found: dict[str, set[str]] = {}
    asked = current = ""
    leads_on = False
    for name, answer in (match.groups() for match in map(_ANSWER.search, lines) if match):
        if name != current and not leads_on:
            asked = name
        current, leads_on = name, answer == "<CNAME>"
        with contextlib.suppress(ValueError):
            found.setdefault(_values.ip(answer), set()).add(_values.dns_name(asked))
    return {address: sorted(names) for address, names in sorted(found.items())}
