# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Reservations in ISC dhcpd's words: a host statement each."""

from __future__ import annotations

import typing as t

from .._dhcp import UNRESTRICTED, Reservation

HEADER = "# Written by fieldnet.iot, changes are lost.\n"
# dhcpd knows code 114 only by a name from before RFC 8910; a name of our own contradicts nobody's.
_DECLARE = "option fieldnet-iot-captive-portal code 114 = text;\n"


def render(reservations: t.Sequence[Reservation]) -> str:
    """The text of our file."""
    declaration = _DECLARE if any(r.told.unrestricted for r in reservations) else ""
    return HEADER + declaration + "".join(_host(r) for r in reservations)


def _host(reservation: Reservation) -> str:
    told = reservation.told
    statements = [
        f"hardware ethernet {reservation.mac};",
        f"fixed-address {reservation.ip};",
        f'option host-name "{reservation.name}";',
        *([f"option routers {told.router};"] if told.router else []),
        *([f"option domain-name-servers {', '.join(told.dns_servers)};"] if told.dns_servers else []),
        *([f"option ntp-servers {', '.join(told.ntp_servers)};"] if told.ntp_servers else []),
        *([f'option fieldnet-iot-captive-portal "{UNRESTRICTED}";'] if told.unrestricted else []),
    ]
    # The label is global and must be unique, also among those of others.
    return f"host fieldnet-iot-{reservation.name} {{ {' '.join(statements)} }}\n"
