# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The options by which a module joins a transaction."""

from __future__ import annotations

import re
import typing as t

from ._checker import Checker
from ._commit._transaction import Membership

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LONGEST = 24 * 3600

TRANSACTION: dict[str, t.Any] = {
    "transaction": {"type": "str", "default": ""},
    "rollback_after": {"type": "int"},
}


def parse_membership(options: t.Mapping[str, t.Any]) -> Membership:
    """From a module's options; one that has none of them is a transaction by itself."""
    check = Checker()
    member = Membership(
        id=check("transaction", _optional_id, options.get("transaction", "")),
        rollback_after=check("rollback_after", _optional_seconds, options.get("rollback_after")) or 0,
    )
    check.finish()
    return member


def identity(value: object) -> str:
    """A transaction's id, which becomes a name of a folder."""
    text = str(value)
    if not _ID.fullmatch(text):
        raise ValueError("is not an id of a transaction (1 to 64 of a-z, A-Z, 0-9, dot, _ and -, no dot or - first)")
    return text


def seconds(value: object) -> int:
    """A time for the rollback timer."""
    number = int(str(value))
    if not 1 <= number <= _LONGEST:
        raise ValueError(f"is not a number of seconds (1 to {_LONGEST})")
    return number


def _optional_id(value: object) -> str:
    return identity(value) if value else ""


def _optional_seconds(value: object) -> int | None:
    return None if value is None else seconds(value)
