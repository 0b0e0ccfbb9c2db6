# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a DHCP check may ask for, and how fast many of them ask."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Tuple

from ansible_collections.fieldnet.iot.plugins.module_utils import _values
from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _options
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._options import RAW, TEXTS, Option

GRACE = 0.5  # seconds to wait for a second server after the first offer
PER_SECOND = 250.0  # devices that ask; a small gateway's server answers some 1,000 a second
NO_PORTAL = "none"  # that no offer names a captive portal's API


def _addresses(most: int) -> Callable[[object], List[str]]:
    def take(value: object) -> List[str]:
        if not isinstance(value, (list, tuple)) or len(value) > most:
            raise ValueError(f"is not a list of at most {most} IPv4 addresses")
        return [_address(entry) for entry in value]

    return take


def _address(value: object) -> str:
    try:
        return _values.ipv4(value)
    except ValueError as error:
        raise ValueError(f"has {str(value)[:60]!r}, which {error}") from None


def _portal(value: object) -> str:
    return NO_PORTAL if value == NO_PORTAL else _options.portal_api(value)


def _client_id(value: object) -> str:
    digits = _options.hex_bytes(value)
    if not 4 <= len(digits) <= 510:
        raise ValueError("is not a client identifier (2 to 255 bytes in hexadecimal, such as 01:02:00:00:00:00:10)")
    return digits


def settle(check: Dict[str, Any]) -> Optional[str]:
    """Who asks for the only servers that may answer listens as long as he may: a second one may be slow."""
    if check["window"] is None:
        check["window"] = check["timeout"] if check["servers"] is not None else GRACE
    return None


def spread(count: int) -> float:
    """Seconds over which so many devices ask."""
    return max(0, count - 1) / PER_SECOND


def devices_of(raw: List[Dict[str, Any]], shared: Dict[str, Any]) -> Tuple[List[Dict[str, Any]], List[str]]:
    """Checks from devices as a site has them: name, mac, ip; and what is expected of all, where one has no own."""
    checks = []
    for device in raw:
        check = {name: value for name, value in device.items() if value is not None}
        renamed = {"id": check.pop("name", None), "expect_ip": check.pop("ip", None)}
        common = {name: shared[name] for name in SHARED if shared[name] is not None}
        checks.append({**common, **check, **renamed, "kind": "dhcp"})
    return checks, []


def servers_of(results: List[Dict[str, Any]]) -> Dict[str, Any]:
    """Who offered addresses on the segment, and how many."""
    found: Dict[Tuple[str, str], Dict[str, Any]] = {}
    for result in results:
        rogues = {(finding["server"], finding["mac"]) for finding in result.get("findings", []) if _is_foreign(finding)}
        for offer in result.get("offers", []):
            key = (offer["server"], str(offer["mac"]))
            known = {"server": offer["server"], "mac": offer["mac"], "offers": 0, "rogue": False}
            entry = found.setdefault(key, known)
            entry["offers"] += 1
            entry["rogue"] = entry["rogue"] or (offer["server"], offer["mac"]) in rogues
    return {"servers": [found[key] for key in sorted(found)]}


def _is_foreign(finding: Dict[str, Any]) -> bool:
    return finding["finding"] in ("rogue", "impostor")


SHARED = ("expect_router", "expect_dns", "expect_ntp", "expect_captive_portal", "servers", "window")
"""What a module may be told once for all devices."""

OPTIONS: Dict[str, Option] = {
    "mac": Option(_values.mac, required=True),
    "interface": Option(_values.interface, required=True),
    "client_id": Option(_client_id),
    "expect_ip": Option(_values.ipv4),
    "expect_router": Option(_addresses(16), type=TEXTS),
    "expect_dns": Option(_addresses(16), type=TEXTS),
    "expect_ntp": Option(_addresses(16), type=TEXTS),
    "expect_captive_portal": Option(_portal),
    "servers": Option(_addresses(16), type=TEXTS),
    "window": Option(_options.seconds, type=RAW),
}
