# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Devices as the ``devices`` of a site's file, one line each. Their values are canonical, so few need quotes."""

from __future__ import annotations

import re
import typing as t

HEADER = (
    "# Written by fieldnet.iot.devices_import: the devices of a site's file. Changes are lost by the next import.\n"
)
_ORDER = ("name", "vendor", "type", "mac", "ip", "vlan", "uplink")
_PLAIN = re.compile(r"[a-z][a-z0-9_-]*|\d+\.\d+\.\d+\.\d+")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})  # of YAML 1.1 and 1.2


def render(devices: t.Iterable[t.Mapping[str, str]]) -> str:
    """The text of a file."""
    rows = [
        "  - {" + ", ".join(f"{key}: {_value(row[key])}" for key in _ORDER if row.get(key)) + "}" for row in devices
    ]
    return HEADER + "\n".join(["devices:", *rows]) + "\n"


def _value(text: str) -> str:
    return text if _PLAIN.fullmatch(text) and text not in _WORDS else f'"{text}"'
