# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the program iw prints of a scan, as data.

The text is not meant to be read by programs, says iw; but its form is the same in version 3.10 (2013) and 6. One line
begins a network, a tab an element of it, more tabs what is in the element. Lines that are not known are passed over,
and nothing here is taken for more than words of a stranger: some of them (names of WPS) come from the air as they are,
so that a stranger's network can write lines of its own. It gains nothing that it could not have by a beacon.
"""

from __future__ import annotations

import re
import typing as t

from . import _channels, _security

Network = t.Dict[str, t.Any]

_BSS = re.compile(r"BSS ([0-9a-f]{2}(?::[0-9a-f]{2}){5})\s*(?:\(on [^)]{1,20}\))?\s*(?:-- ([a-z]+))?.*")
_ESCAPE = re.compile(rb"\\x([0-9a-fA-F]{2})")
_FREQUENCY = re.compile(r"(\d{3,5})(?:\.\d+)?")
# A negative signal's fraction has a sign of its own in iw's arithmetic: -45.-50 dBm.
_SIGNAL = re.compile(r"(-?\d{1,3})(?:\.-?(\d{1,2}))? dBm")
_LAST_SEEN = re.compile(r"(\d{1,9}) ms ago")
_LONGEST_SSID = 32


class _Block:
    """One network's lines: the elements by name, with the words in each."""

    def __init__(self, bssid: str, status: str) -> None:
        self.bssid = bssid
        self.status = status
        self.elements: t.Dict[str, t.List[str]] = {}
        self._last: t.List[str] = []

    def add(self, line: str) -> None:
        """A line below the network's own."""
        if line.startswith("\t\t"):
            self._last.append(line.strip("\t "))
        elif line.startswith("\t"):
            name, _colon, rest = line[1:].partition(":")
            # What comes twice is joined (iw -b shows beacon and answer); of the name the first counts.
            self._last = self.elements.setdefault(name, [])
            self._last.append(rest)

    def first(self, name: str) -> str:
        """The words on an element's own line."""
        return self.elements.get(name, [""])[0]


def parse(text: str) -> t.List[Network]:
    """Every network of a scan, in the order of its name, band, channel and BSSID."""
    blocks: t.List[_Block] = []
    for line in text.split("\n"):  # not splitlines: a name may have other characters that end a line
        begin = _BSS.match(line)
        if begin:
            blocks.append(_Block(begin.group(1), begin.group(2) or ""))
        elif blocks:
            blocks[-1].add(line)
    return sorted((_network(block) for block in blocks), key=in_order)


def in_order(network: Network) -> t.Tuple[t.Any, ...]:
    """What networks are sorted by: nothing that changes from scan to scan."""
    return (network["ssid"], network["band_ghz"] or 0, network["channel"] or 0, network["bssid"])


def _network(block: _Block) -> Network:
    name = _ssid_bytes(block.first("MESH ID" if "MESH ID" in block.elements else "SSID"))
    frequency = _FREQUENCY.fullmatch(block.first("freq").strip())
    mhz = int(frequency.group(1)) if frequency else None
    band = _channels.band_of(mhz)
    rsn, wpa = (_security.element(block.elements[key]) if key in block.elements else None for key in ("RSN", "WPA"))
    capability = block.first("capability").split()
    rates = [*block.first("Supported rates").split(), *block.first("Extended supported rates").split()]
    return {
        "bssid": block.bssid,
        "ssid": shown(name.strip(b"\0") and name),
        "ssid_hex": name.hex(),
        "hidden": not name.strip(b"\0"),
        "mode": "mesh" if "MESH ID" in block.elements else "ibss" if "IBSS" in capability else "ap",
        "band_ghz": band,
        "channel": _channels.channel_of(mhz),
        "frequency_mhz": mhz,
        "signal_dbm": _signal(block.first("signal")),
        "last_seen_ms": _last_seen(block.elements.get("last seen", [])),
        "security": _security.security(rsn, wpa, "Privacy" in capability if capability else None),
        "ciphers": sorted({*(rsn.ciphers if rsn else ()), *(wpa.ciphers if wpa else ())}),
        "pmf": rsn.pmf if rsn else "none",
        "standards": _channels.standards(band, rates, block.elements),
        "wps": "WPS" in block.elements,
        "associated": block.status in ("associated", "joined"),
    }


def _ssid_bytes(words: str) -> bytes:
    """A name as the air has it: iw writes what is not printable ASCII, a backslash, and a space at an end, as \\x20."""
    words = words[1:] if words.startswith(" ") else words
    raw = words.encode("utf-8", "replace")
    return _ESCAPE.sub(lambda found: bytes([int(found.group(1), 16)]), raw)[:_LONGEST_SSID]


def shown(name: bytes) -> str:
    """A name as people read it: as UTF-8 where it is, and all of it printable; else as iw writes it."""
    try:
        text = name.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if text.isprintable():
        return text
    return "".join(chr(byte) if 32 < byte < 127 and byte != 92 else f"\\x{byte:02x}" for byte in name)


def _signal(words: str) -> t.Optional[float]:
    """In dBm; some drivers know only a part of a hundred, which says nothing about another card's."""
    found = _SIGNAL.fullmatch(words.strip())
    if not found:
        return None
    sign = -1 if "-" in words else 1
    return round(float(found.group(1)) + sign * int((found.group(2) or "0").ljust(2, "0")) / 100, 2)


def _last_seen(lines: t.Sequence[str]) -> t.Optional[int]:
    found = (_LAST_SEEN.fullmatch(line.strip()) for line in lines)
    return next((int(one.group(1)) for one in found if one), None)
