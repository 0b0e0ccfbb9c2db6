# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Kea's leases: its memfile, which is a CSV that it only ever appends to, and what its commands answer."""

from __future__ import annotations

import re
import typing as t

from ._lease import DECLINED, EXPIRED, RELEASED, BadRow, Lease, Leases, hex_id, hostname, ipv4, mac, number, state_at

_NEEDED = ("address", "hwaddr", "client_id", "valid_lifetime", "expire", "hostname", "state")
_INFINITE = 0xFFFFFFFF
_STATES = {1: DECLINED, 2: EXPIRED, 3: RELEASED}
_ESCAPED = re.compile(r"&#x([0-9a-fA-F]{2})")  # how Kea writes a comma in a field


def parse(texts: t.Sequence[str], now: float) -> Leases:
    """The leases of some files' texts, the oldest file first."""
    found = Leases()
    for number_of_file, text in enumerate(texts, 1):
        file = f"file {number_of_file} of {len(texts)}, " if len(texts) > 1 else ""
        _take_file(text, file, now, found)
    return found


def from_answer(rows: t.Iterable[t.Any], now: float) -> Leases:
    """The leases of a command's answer, which has them as objects."""
    found = Leases()
    for place, row in enumerate(rows):
        try:
            if not isinstance(row, dict):
                raise BadRow("is not a lease")
            texts = {name.replace("-", "_"): str(value) for name, value in row.items()}
            texts["expire"] = str(_integer(texts, "cltt") + _integer(texts, "valid_lft"))
            _take({**texts, "hwaddr": texts.get("hw_address", ""), "address": texts.get("ip_address", "")}, now, found)
        except BadRow as why:
            found.complain(f"lease {place}", why)
    return found


def _take_file(text: str, file: str, now: float, found: Leases) -> None:
    lines = text.split("\n")
    if lines == [""]:
        return
    columns = lines[0].split(",")
    missing = [name for name in _NEEDED if name not in columns]
    if missing:
        found.complain(f"{file}line 1", f"is not the head of a lease file of Kea's: it lacks {', '.join(missing)}")
        return
    for place, line in enumerate(lines[1:], 2):
        try:
            if not line:
                continue
            fields = line.split(",")
            if len(fields) < columns.index("state") + 1:
                raise BadRow(f"has {len(fields)} fields where the file has {len(columns)} columns")
            _take(dict(zip(columns, fields)), now, found)
        except BadRow as why:
            found.complain(f"{file}line {place}", why)


def _take(row: t.Mapping[str, str], now: float, found: Leases) -> None:
    address = ipv4(row.get("address", ""))
    lifetime = number(row.get("valid_lifetime") or row.get("valid_lft", ""))
    code = number(row.get("state", ""))
    if lifetime == 0 and code not in _STATES:  # how a lease is struck out of a file that is only appended to
        found.by_address.pop(address, None)
        return
    end = number(row.get("expire", ""))
    expires = None if lifetime == _INFINITE else end
    found.put(
        Lease(
            address=address,
            mac=mac(row.get("hwaddr", "")),
            client_id=hex_id(row.get("client_id", "")),
            hostname=hostname(_plain(row.get("hostname", ""))),
            starts=end - lifetime if end >= lifetime else None,
            expires=expires,
            state=_STATES.get(code) or state_at(now, expires),
            server="kea",
        )
    )


def _integer(row: t.Mapping[str, str], name: str) -> int:
    return number(row.get(name, ""))


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), text)
