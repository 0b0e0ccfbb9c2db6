# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Reservations in Kea's words: a JSON object each."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from .._dhcp import UNRESTRICTED, Reservation
from .._errors import GatewayError

HEADER = "// Written by fieldnet.iot, changes are lost.\n"
Held = t.Tuple[str, str, str, str, t.FrozenSet[t.Tuple[str, str]]]  # subnet, MAC address, address, name, options


def render(reservations: t.Iterable[Reservation]) -> str:
    """The text of the include file of one subnet."""
    return HEADER + ",\n".join(json.dumps(_entry(reservation)) for reservation in reservations) + "\n"


def held(reservation: Reservation) -> Held:
    """A reservation as ``reserved`` has it."""
    return _held(reservation.subnet, _entry(reservation))


def in_file(path: str, text: str) -> set[Held]:
    """What a text of ours reserves; nothing, if somebody has made something else of it."""
    subnet = Path(path).stem.replace("_", "/")
    try:
        return {_held(subnet, entry) for entry in json.loads(f"[{text[len(HEADER) :]}]")}
    except (ValueError, LookupError, TypeError, AttributeError):
        return set()


def reserved(configuration: t.Mapping[str, t.Any]) -> set[Held]:
    """What a configuration in use reserves."""
    try:
        dhcp4 = configuration["Dhcp4"]
        return {
            _held(subnet["subnet"], host)
            for scope in [dhcp4, *dhcp4.get("shared-networks", [])]
            for subnet in scope.get("subnet4", [])
            for host in subnet.get("reservations", [])
            if "hw-address" in host
        }
    except (LookupError, TypeError, AttributeError):
        raise GatewayError("Kea shows a configuration that can't be read") from None


def _held(subnet: str, host: t.Mapping[str, t.Any]) -> Held:
    options = frozenset(
        (str(option.get("name", "")), str(option.get("data", "")).replace(" ", ""))
        for option in host.get("option-data", [])
    )
    return subnet, host["hw-address"].lower(), host.get("ip-address", ""), host.get("hostname", ""), options


def _entry(reservation: Reservation) -> dict[str, t.Any]:
    told = reservation.told
    texts = {
        "routers": told.router,
        "domain-name-servers": ", ".join(told.dns_servers),
        "ntp-servers": ", ".join(told.ntp_servers),
        "v4-captive-portal": UNRESTRICTED if told.unrestricted else "",
    }
    options = [{"name": name, "data": text} for name, text in texts.items() if text]
    return {
        "hw-address": reservation.mac,
        "ip-address": reservation.ip,
        "hostname": reservation.name,
        **({"option-data": options} if options else {}),
    }
