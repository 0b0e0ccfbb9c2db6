# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""How the vendors' pages say what a spec says."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Requirement, Spec, Uplink

IMPLIED = "implied: no document says it in so many words, but the devices need it"
_MEDIA = {"ethernet": "Ethernet", "wifi": "Wi-Fi"}
_PROPERTIES = {
    "band_ghz": "Band",
    "standard": "Standard",
    "security": "Security",
    "channel": "Channel",
    "downgrade": "Beside a protected network of the same name",
}
_VALUES = {"band_ghz": "{} GHz", "standard": "802.11{}"}
_MODES = {"psk": "PSK", "enterprise": "Enterprise"}
_MOST_SHOWN = 16


def uplink(found: Uplink) -> str:
    """Ethernet (10 or 100 Mbit/s, powered over it)."""
    speeds = f"{either([str(speed) for speed in found.speeds_mbps])} Mbit/s" if found.speeds_mbps else ""
    power = {True: "PoE", False: "no PoE"}.get(found.poe, "") if found.poe is not None else ""
    more = ", ".join(one for one in (speeds, power) if one)
    return _MEDIA.get(found.medium, found.medium) + (f" ({more})" if more else "")


def either(words: t.Sequence[str], last: str = "or") -> str:
    """A, b or c."""
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)


def whom(spec: Spec, types: t.Iterable[str]) -> t.List[str]:
    """Device types by their titles, as the spec orders them; none named means all."""
    named = set(types)
    return [kind.title for kind in spec.device_types if not named or kind.type in named]


def ends(spec: Spec, requirement: Requirement) -> str:
    """Between whom a local flow is."""
    titles = list(dict.fromkeys(title for end in requirement.between for title in whom(spec, [end])))
    return either(titles, "and") if len(titles) > 1 else f"any two of: {either(titles)}"


def wifi_property(requirement: Requirement) -> str:
    """What of the wireless network it is about."""
    name = str(requirement.wifi["property"])
    return _PROPERTIES.get(name, name.replace("_", " "))


def wifi_values(requirement: Requirement, key: str) -> t.List[str]:
    """The values that suit, or those that don't."""
    found = requirement.wifi.get(key) or ()
    if requirement.wifi["property"] in ("security", "downgrade"):
        return [_security(value) for value in found]
    shown = _VALUES.get(requirement.wifi["property"], "{}")
    return [shown.format(value) for value in found]


def _security(value: str) -> str:
    """WPA2-PSK, WPA3-Enterprise: as the access point's own pages call it."""
    first, _dash, rest = value.partition("-")
    if value == "open":
        return "open (no password)"
    return f"{first.upper()}-{_MODES.get(rest, rest)}" if rest else first.upper()


def refuses_enterprise(requirement: Requirement) -> bool:
    """Whether 802.1X is among what the devices can't do."""
    rule = requirement.wifi
    if not rule or rule["property"] != "security":
        return False
    if rule["allowed"]:
        return not any(value.endswith("-enterprise") for value in rule["allowed"])
    return any(value.endswith("-enterprise") for value in rule["forbidden"])


def level(requirement: Requirement) -> str:
    """What a letter adds to a title."""
    said = [] if requirement.level == "required" else ["recommended"]
    said += [] if requirement.basis == "stated" else [requirement.basis]
    return f" ({', '.join(said)})" if said else ""


def claim(found: object, depth: int = 3) -> str:
    """A document's own value, as people say it. A spec may nest it without end, by YAML's aliases."""
    if isinstance(found, (dict, list, tuple)) and not depth:
        return "..."
    if isinstance(found, dict):
        pairs = list(found.items())[:_MOST_SHOWN]
        return "; ".join(f"{str(key).replace('_', ' ')}: {claim(value, depth - 1)}" for key, value in pairs)
    if isinstance(found, (list, tuple)):
        return ", ".join(claim(value, depth - 1) for value in found[:_MOST_SHOWN])
    if isinstance(found, bool):
        return "yes" if found else "no"
    return str(found)
