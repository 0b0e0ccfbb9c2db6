# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""dnsmasq's lease file: one line a lease, ``1700003600 02:00:00:00:00:10 10.40.0.10 front-door 01:02:..``.

It rewrites the file as a whole and in place. After a line with its DUID come leases of IPv6, which are not ours.
"""

from __future__ import annotations

from ._lease import BadRow, Lease, Leases, hex_id, hostname, ipv4, mac, number, state_at

# Built with HAVE_BROKEN_RTC (OpenWrt) it writes how long a lease is, not when it ends.
_FIRST_MOMENT = 1_000_000_000  # of 2001


def parse(text: str, now: float) -> Leases:
    """The leases of a file's text."""
    found = Leases()
    durations = 0
    for place, line in enumerate(text.split("\n"), 1):
        fields = line.split()
        if fields[:1] == ["duid"]:
            break
        if not fields:
            continue
        try:
            expires, lease = _row(fields, now)
        except BadRow as why:
            found.complain(f"line {place}", why)
            continue
        durations += 0 < expires < _FIRST_MOMENT
        found.put(lease)
    if durations:
        found.problems.append(
            f"{durations} leases have a duration where others have their end: this dnsmasq was built for hosts without"
            " a clock, so that expires is not known"
        )
    return found


def _row(fields: list[str], now: float) -> tuple[int, Lease]:
    if len(fields) != 5:
        raise BadRow(f"has {len(fields)} fields where a lease has 5")
    end, hardware, address, name, client = fields
    expires = number(end)
    known = expires if expires >= _FIRST_MOMENT else None
    return expires, Lease(
        address=ipv4(address),
        mac=mac(hardware),
        client_id=None if client == "*" else hex_id(client),
        hostname=None if name == "*" else hostname(name),
        starts=None,  # it does not say
        expires=known,
        state=state_at(now, known),
        server="dnsmasq",
    )
