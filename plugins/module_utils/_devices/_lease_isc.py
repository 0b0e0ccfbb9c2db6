# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""ISC dhcpd's lease file: blocks of statements, of which the last one of an address counts (dhcpd.leases(5)).

A host with a fixed address has no lease there: the daemon keeps none.
"""

from __future__ import annotations

import datetime
import re
import typing as t

from ._lease import (
    DECLINED,
    EXPIRED,
    RELEASED,
    BadRow,
    Lease,
    Leases,
    hex_id,
    hostname,
    ipv4,
    mac,
    number,
    shown,
    state_at,
)

# No string crosses a line: a quotation mark without its partner costs one line, not the file.
_TOKEN = re.compile(r'"(?:[^"\\\n]|\\[^\n])*"|#[^\n]*|[{};]|[^\s{};"#]+|"')
_ESCAPE = re.compile(r"\\([0-7]{1,3}|.)", re.DOTALL)
_MOMENT = re.compile(r"(\d{4})/(\d\d?)/(\d\d?) (\d\d?):(\d\d):(\d\d)", re.ASCII)
_STATES = {"abandoned": DECLINED, "released": RELEASED, "expired": EXPIRED, "free": EXPIRED, "backup": EXPIRED}
_Statements = t.Dict[str, t.List[str]]


def parse(text: str, now: float) -> Leases:
    """The leases of a file's text."""
    found = Leases()
    for line, address, statements in _blocks(text):
        try:
            if statements is None:
                raise BadRow("the lease has no end: the file was cut off")
            found.put(_lease(ipv4(address), statements, now))
        except BadRow as why:
            found.complain(f"line {line}", why)
    return found


def _blocks(text: str) -> t.Iterator[t.Tuple[int, str, t.Optional[_Statements]]]:
    """Each lease with its line; None for one that does not end."""
    depth, line, counted = 0, 1, 0
    words: t.List[str] = []
    current: t.Optional[t.Tuple[int, str, _Statements]] = None
    for match in _TOKEN.finditer(text):
        piece = match.group()
        if piece.startswith("#"):
            continue
        if piece == "{":
            depth += 1
            if depth == 1 and words[:1] == ["lease"]:
                line += text.count("\n", counted, match.start())
                counted = match.start()
                current = (line, " ".join(words[1:]), {})
            words = []
        elif piece == ";":
            if depth == 1 and current and words:
                _note(current[2], words)
            words = []
        elif piece == "}":
            depth, words = max(0, depth - 1), []
            if depth == 0 and current:
                yield current
                current = None
        else:
            words.append(piece)
    if current:
        yield current[0], current[1], None


def _note(statements: _Statements, words: t.List[str]) -> None:
    """A statement under its name; "binding state" and "hardware ethernet" are names of two words."""
    if words[0] in ("binding", "hardware"):
        statements[" ".join(words[:2])] = words[2:]
    elif words[0] not in ("next", "rewind"):
        statements[words[0]] = words[1:]


def _lease(address: str, statements: _Statements, now: float) -> Lease:
    expires = _time(statements.get("ends", []))
    state = (statements.get("binding state") or ["active"])[0]
    return Lease(
        address=address,
        mac=mac((statements.get("hardware ethernet") or [""])[0]),
        client_id=_client_id((statements.get("uid") or [""])[0]),
        hostname=hostname(_string((statements.get("client-hostname") or [""])[0]).decode("utf-8", "replace")),
        starts=_time(statements.get("starts", [])),
        expires=expires,
        state=_STATES.get(state) or state_at(now, expires),
        server="isc",
    )


def _time(words: t.Sequence[str]) -> t.Optional[int]:
    """``4 2026/11/19 10:00:00`` in UTC, ``epoch 1700000000``, or ``never``."""
    if not words or words[0] == "never":
        return None
    if words[0] == "epoch":
        return number(words[1] if len(words) > 1 else "")
    match = _MOMENT.fullmatch(" ".join(words[1:3]))
    if not match:
        raise BadRow(f"{shown(' '.join(words))} is not a time")
    year, month, day, hour, minute, second = (int(group) for group in match.groups())
    try:
        return int(datetime.datetime(year, month, day, hour, minute, second, tzinfo=datetime.timezone.utc).timestamp())
    except ValueError:
        raise BadRow(f"{shown(' '.join(words))} is not a time") from None


def _client_id(piece: str) -> t.Optional[str]:
    if not piece.startswith('"'):
        return hex_id(":".join(part.zfill(2) for part in piece.split(":"))) if piece else None
    data = _string(piece)
    return data.hex(":") or None


def _string(piece: str) -> bytes:
    """The bytes of a quoted string; three digits after a backslash are octal."""

    def replace(match: t.Match[str]) -> str:
        code = match.group(1)
        return chr(int(code, 8) & 0xFF) if code[0] in "01234567" else code

    if len(piece) < 2 or not piece.startswith('"'):
        return piece.encode("utf-8", "surrogateescape")
    plain = _ESCAPE.sub(replace, piece[1:-1])
    return plain.encode("latin-1", "replace")
