# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Reservations in dnsmasq's words: a line each, and for what a subnet's devices are told, lines bound to them by a tag.

The tag is set by their MAC addresses in the configuration. In a file of hosts ``set:`` would do, and changes would take
no restart; but once such a host has got its lease, dnsmasq 2.90 dies of the next SIGHUP ("free(): invalid pointer";
2.91 does not).
"""

from __future__ import annotations

import typing as t

from .._dhcp import UNRESTRICTED, Reservation, Told, by_subnet

HEADER = "# Written by fieldnet.iot, changes are lost.\n"


def host(reservation: Reservation) -> str:
    """What stands after dhcp-host=, or in a file of hosts."""
    return f"{reservation.mac},{reservation.ip},{reservation.name}"


def options(reservations: t.Iterable[Reservation]) -> list[str]:
    """The lines of the configuration."""
    lines: list[str] = []
    for subnet, group in by_subnet(reservations).items():
        told = group[0].told
        if told == Told():
            continue
        tag = "fieldnet_iot_" + subnet.replace(".", "_").replace("/", "_")
        texts = {
            "option:router": told.router,
            "option:dns-server": ",".join(told.dns_servers),
            "option:ntp-server": ",".join(told.ntp_servers),
            "114": UNRESTRICTED if told.unrestricted else "",
        }
        lines += [f"dhcp-mac=set:{tag},{reservation.mac}" for reservation in group]
        lines += [f"dhcp-option=tag:{tag},{name},{text}" for name, text in texts.items() if text]
    return lines


def render(lines: t.Iterable[str]) -> str:
    """The text of a file."""
    return HEADER + "".join(f"{line}\n" for line in lines)
