# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What people write into the cells of a list of devices, made canonical; ValueError says what can't be meant."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.fieldnet.iot.plugins.module_utils import _values as values
from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._scalars import slug
from ansible_collections.fieldnet.iot.plugins.plugin_utils._register._csv_read import plain, unaccented

_MACS = (
    re.compile(r"[0-9a-f]{12}"),
    re.compile(r"[0-9a-f]{1,2}([:-])[0-9a-f]{1,2}(\1[0-9a-f]{1,2}){4}"),
    re.compile(r"[0-9a-f]{2}( [0-9a-f]{2}){5}"),
    re.compile(r"[0-9a-f]{4}([.:-])[0-9a-f]{4}\1[0-9a-f]{4}"),
    re.compile(r"[0-9a-f]{6}[:-][0-9a-f]{6}"),
)
_COMPUTED = re.compile(r"\d([.,]\d+)?e\+?\d+|\d{5,11}|\d+[.,]\d+", re.IGNORECASE)
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa"})
_NOTHING = frozenset(
    {"", "dhcp", "dynamic", "auto", "automatic", "automatisch", "dynamisch", "none", "no", "na", "tbd"}
)
_UPLINKS = {
    "ethernet": ("ethernet", "lan", "eth", "wired", "cable", "kabel", "poe", "rj45"),
    "wifi": ("wifi", "wlan", "wireless", "funk", "wirelesslan"),
}


def mac(text: str) -> str:
    """A MAC address in any notation: ``0011.2233.4455``, ``00-11-22-33-44-55``, ``001122334455``, ``0:1:2:3:4:5``."""
    lower = text.lower()
    if not any(pattern.fullmatch(lower) for pattern in _MACS):
        if _COMPUTED.fullmatch(lower):
            raise ValueError(
                "is a MAC address that the spreadsheet took for a number: make the column text, and write it again"
            )
        raise ValueError("is not a MAC address (02:00:00:00:00:10, 02-00-00-00-00-10, 0200.0000.0010, 020000000010)")
    parts = re.split("[:-]", lower)
    digits = "".join(part.zfill(2) for part in parts) if len(parts) == 6 else re.sub("[^0-9a-f]", "", lower)
    return values.mac(":".join(digits[place : place + 2] for place in range(0, 12, 2)))


def ip(text: str) -> t.Optional[str]:
    """An IPv4 address, also with the length of its subnet; None where it says that there is none."""
    if plain(text) in _NOTHING:
        return None
    return values.ipv4(text.partition("/")[0].strip())


def name(text: str) -> str:
    """A name that DHCP and DNS can carry: ``Tür Eingang 1`` becomes ``tuer-eingang-1``."""
    words = unaccented(text.casefold().translate(_UMLAUTS)).strip()
    # What is such a name already stays as it is: a--b.
    known = re.fullmatch(r"[a-z0-9-]+", words)
    label = (words if known else re.sub(r"[^a-z0-9]+", "-", words)).strip("-")
    if not label:
        raise ValueError("has no letter or digit that a host name can have")
    return values.host_label(label)


def slug_of(text: str) -> str:
    """A vendor, type, VLAN or site by the name that a site's file has for it."""
    return slug(re.sub(r"[^a-z0-9]+", "_", unaccented(text.casefold().translate(_UMLAUTS))).strip("_"))


def uplink(text: str) -> str:
    """How it is connected; empty where nobody says."""
    word = plain(text)
    if not word:
        return ""
    for medium, known in _UPLINKS.items():
        if word in known:
            return medium
    raise ValueError("is neither ethernet nor wifi")
