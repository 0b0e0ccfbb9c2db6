# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A DHCPv4 lease in one shape, whichever server gave it, and what reading a file of leases yields.

Lease files are written by daemons and filled with what strangers send: host names, client ids. A row that can't be
read is one problem of the result, never the end of it.
"""

from __future__ import annotations

import datetime
import ipaddress
import re
import typing as t
from dataclasses import asdict, dataclass, field

ACTIVE, EXPIRED, DECLINED, RELEASED = "active", "expired", "declined", "released"

_MOST_PROBLEMS = 20
_LONGEST_NAME = 255
_MAC = re.compile(r"[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5}")
_HEX = re.compile(r"([0-9a-f]{2}(:[0-9a-f]{2})*)?")


class BadRow(ValueError):
    """A row that is no lease; the text says why ("10.40.0.300 is not an IPv4 address")."""


@dataclass(frozen=True)
class Lease:
    """Times are seconds since the epoch: ``expires`` None is a lease without end, ``starts`` None is not known."""

    address: str
    mac: t.Optional[str]
    client_id: t.Optional[str]
    hostname: t.Optional[str]
    starts: t.Optional[int]
    expires: t.Optional[int]
    state: str
    server: str

    def as_dict(self) -> t.Dict[str, t.Any]:
        """As modules return it."""
        return {**asdict(self), "starts": iso(self.starts), "expires": iso(self.expires)}


@dataclass
class Leases:
    """What a source holds: at most one lease an address, in the order of the addresses, and what could not be read."""

    by_address: t.Dict[str, Lease] = field(default_factory=dict)
    problems: t.List[str] = field(default_factory=list)
    unread: int = 0

    def put(self, lease: Lease) -> None:
        """The later entry counts: daemons append."""
        self.by_address[lease.address] = lease

    def complain(self, place: str, why: object) -> None:
        """Note a row that can't be read; the first ones by themselves, the rest as a number."""
        self.unread += 1
        if self.unread <= _MOST_PROBLEMS:
            self.problems.append(f"{place}: {why}")

    def complaints(self) -> t.List[str]:
        """All that can't be read, in at most so many lines."""
        more = self.unread - _MOST_PROBLEMS
        return [*self.problems, *([f"and {more} more rows can't be read"] if more > 0 else [])]

    def ordered(self) -> t.List[Lease]:
        """By address."""
        return sorted(self.by_address.values(), key=lambda lease: int(ipaddress.IPv4Address(lease.address)))


def state_at(now: float, expires: t.Optional[int]) -> str:
    """What a lease that was given out is by now."""
    return ACTIVE if expires is None or expires > now else EXPIRED


def ipv4(text: str) -> str:
    """An IPv4 address in canonical form."""
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise BadRow(f"{shown(text)} is not an IPv4 address") from None


def mac(text: str) -> t.Optional[str]:
    """A MAC address in canonical form; None for a lease without one, or with an address that is not Ethernet's."""
    lower = text.strip().lower()
    if not _MAC.fullmatch(lower):
        return None
    return ":".join(part.zfill(2) for part in lower.split(":"))


def hex_id(text: str) -> t.Optional[str]:
    """A client id as hexadecimal digits with colons; None where there is none."""
    lower = text.strip().lower()
    if not _HEX.fullmatch(lower):
        raise BadRow(f"{shown(text)} is not a client id in hexadecimal digits")
    return lower or None


def hostname(text: str) -> t.Optional[str]:
    """What a client called itself, made fit for a report."""
    return shown(text.strip().rstrip("."), _LONGEST_NAME) or None


def number(text: str) -> int:
    """A count of seconds."""
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise BadRow(f"{shown(text)} is not a number of seconds")
    return int(text)


def shown(text: str, most: int = 60) -> str:
    """What a stranger wrote, made fit for a report: no control characters, not too long."""
    clean = "".join(char if char.isprintable() else "\ufffd" for char in text[:most])
    return clean if len(text) <= most else clean + "..."


def iso(seconds: t.Optional[int]) -> t.Optional[str]:
    """A time in UTC as ISO 8601 has it; what lies after the year 9999 has no end."""
    if seconds is None:
        return None
    try:
        moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    except (OverflowError, OSError, ValueError):
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
