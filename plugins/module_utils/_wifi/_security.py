# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a network's elements say about how one joins it: security, ciphers, protected management frames."""

from __future__ import annotations

import re
import typing as t

# As site files and vendor specs name them, and three that only the air has.
SECURITY = (
    "open",
    "owe",
    "wep",
    "wpa-psk",
    "wpa2-psk",
    "wpa3-psk",
    "wpa-enterprise",
    "wpa2-enterprise",
    "wpa3-enterprise",
    "other",
)
PMF = ("none", "capable", "required")

# IEEE 802.11-2020 table 9-151. iw names the suites it knows, and shows the number of any other (00-0f-ac:24).
_PSK = frozenset({"PSK", "FT/PSK", "PSK/SHA-256", "FT/PSK/SHA-384", "PSK/SHA-384"})
_SAE = frozenset({"SAE", "FT/SAE", "SAE-EXT-KEY", "FT/SAE-EXT-KEY"})
_SUITE_B = frozenset(
    {"IEEE 802.1X/SUITE-B", "IEEE 802.1X/SUITE-B-192", "FT/IEEE 802.1X/SHA-384", "IEEE 802.1X/SHA-384"}
)
_SHA1_1X = frozenset({"IEEE 802.1X", "FT/IEEE 802.1X"})
_NEWER_1X = frozenset({"IEEE 802.1X/SHA-256", "FILS/SHA-256", "FILS/SHA-384", "FT/FILS/SHA-256", "FT/FILS/SHA-384"})
_NUMBERS = {
    2: "PSK",
    1: "IEEE 802.1X",
    3: "FT/IEEE 802.1X",
    4: "FT/PSK",
    5: "IEEE 802.1X/SHA-256",
    6: "PSK/SHA-256",
    8: "SAE",
    9: "FT/SAE",
    11: "IEEE 802.1X/SUITE-B",
    12: "IEEE 802.1X/SUITE-B-192",
    13: "FT/IEEE 802.1X/SHA-384",
    14: "FILS/SHA-256",
    15: "FILS/SHA-384",
    16: "FT/FILS/SHA-256",
    17: "FT/FILS/SHA-384",
    18: "OWE",
    19: "FT/PSK/SHA-384",
    20: "PSK/SHA-384",
    22: "FT/IEEE 802.1X/SHA-384",
    23: "IEEE 802.1X/SHA-384",
    24: "SAE-EXT-KEY",
    25: "FT/SAE-EXT-KEY",
}
_NUMBERED = re.compile(r"00-0f-ac:(\d{1,3})")
_CIPHERS = {"WEP-40": "wep", "WEP-104": "wep", "TKIP": "tkip", "CCMP": "ccmp", "GCMP": "gcmp", "GCMP-256": "gcmp-256"}


class Element(t.NamedTuple):
    """What an RSN or WPA element has, as iw words it."""

    suites: t.FrozenSet[str]
    ciphers: t.FrozenSet[str]
    pmf: str


def element(details: t.Sequence[str]) -> Element:
    """An element from the lines that iw makes of it. What it leaves out has a default (802.11-2020, 9.4.2.24.1)."""
    found: t.Dict[str, str] = {}
    for detail in details:
        name, colon, value = detail.strip().lstrip("*").partition(":")
        if colon:
            found.setdefault(name.strip(), value.strip())
    capabilities = found.get("Capabilities", "").split()
    pmf = "required" if "MFP-required" in capabilities else "capable" if "MFP-capable" in capabilities else "none"
    return Element(
        frozenset(_suites(found.get("Authentication suites", "IEEE 802.1X"))),
        frozenset(_CIPHERS[word] for word in found.get("Pairwise ciphers", "").split() if word in _CIPHERS),
        pmf,
    )


def _suites(words: str) -> t.Iterator[str]:
    """The suites of a line; one name has a space in it."""
    for word in words.replace("IEEE 802.1X", "IEEE_802.1X").split():
        numbered = _NUMBERED.fullmatch(word)
        yield _NUMBERS.get(int(numbered.group(1)), word) if numbered else word.replace("IEEE_", "IEEE ")


def security(rsn: t.Optional[Element], wpa: t.Optional[Element], privacy: t.Optional[bool]) -> t.List[str]:
    """Every way to join a network, in the order of SECURITY; none where nothing was said at all."""
    found: t.Set[str] = set()
    if rsn:
        found |= _of_rsn(rsn)
    if wpa:
        found |= {"wpa-psk" if suite == "PSK" else "wpa-enterprise" for suite in wpa.suites if suite in _OF_WPA}
        found |= {"other"} if wpa.suites - _OF_WPA else set()
    if not rsn and not wpa and privacy is not None:
        found = {"wep"} if privacy else {"open"}
    return sorted(found, key=SECURITY.index)


_OF_WPA = frozenset({"PSK", "IEEE 802.1X"})


def _of_rsn(rsn: Element) -> t.Set[str]:
    # WPA3-Enterprise without its 192-bit mode is 802.1X by SHA-256 alone with PMF required (WPA3 specification 3.0).
    third = rsn.pmf == "required" and not rsn.suites & _SHA1_1X
    labels = (
        (_PSK, "wpa2-psk"),
        (_SAE, "wpa3-psk"),
        (_SHA1_1X, "wpa2-enterprise"),
        (_NEWER_1X, "wpa3-enterprise" if third else "wpa2-enterprise"),
        (_SUITE_B, "wpa3-enterprise"),
        (frozenset({"OWE"}), "owe"),
    )
    found = {name for suites, name in labels if rsn.suites & suites}
    known = frozenset().union(*(suites for suites, _name in labels))
    return found | ({"other"} if rsn.suites - known else set())
