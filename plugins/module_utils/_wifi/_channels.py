# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Frequencies, as bands and channels, and the standards that a network offers."""

from __future__ import annotations

import typing as t

STANDARDS = ("a", "b", "g", "n", "ac", "ax", "be")

_DSSS = frozenset({1.0, 2.0, 5.5, 11.0})
# Rates that are none: a station that lacks what they name must keep out (802.11-2020 table 9-92, 802.11ax 9.4.2.3).
_MEMBERSHIP = {"HT": "n", "63.5": "n", "VHT": "ac", "63.0": "ac", "61.0": "ax"}


def band_of(mhz: t.Optional[int]) -> t.Optional[float]:
    """The band in GHz, as site files name it."""
    for low, high, band in ((2400, 2500, 2.4), (4900, 5924, 5), (5925, 7125, 6), (57000, 71000, 60)):
        if mhz is not None and low <= mhz <= high:
            return band
    return None


def channel_of(mhz: t.Optional[int]) -> t.Optional[int]:
    """The number of a channel by its centre frequency (802.11-2020 annex E); None for what is no channel."""
    band = band_of(mhz)
    if mhz is None or band is None:
        return None
    if mhz in (2484, 5935):  # channel 14, and channel 2 of operating class 136: by themselves
        return 14 if mhz == 2484 else 2
    start, step = {2.4: (2407, 5), 5: (4000 if mhz < 5000 else 5000, 5), 6: (5950, 5), 60: (56160, 2160)}[band]
    number, rest = divmod(mhz - start, step)
    return number if number > 0 and not rest else None


def standards(band: t.Optional[float], rates: t.Sequence[str], elements: t.Container[str]) -> t.List[str]:
    """The standards by which a station may join: what is offered, without what the basic rates keep out."""
    plain, basic, least = _sort_out(rates)
    found = {"be": "EHT capabilities", "ax": "HE capabilities", "ac": "VHT capabilities", "n": "HT capabilities"}
    offered = {name for name, element in found.items() if element in elements}
    if band == 2.4:
        offered -= {"ac"}  # some access points announce it there, but 802.11ac is of 5 GHz
        offered |= {"b"} if plain & _DSSS and basic <= _DSSS else set()
        offered |= {"g"} if plain - _DSSS else set()
    elif band == 5:
        offered |= {"a"} if plain else set()
    order = [name for name in STANDARDS if name in offered]
    return [name for name in order if least is None or STANDARDS.index(name) >= STANDARDS.index(least)]


def _sort_out(rates: t.Sequence[str]) -> t.Tuple[t.Set[float], t.Set[float], t.Optional[str]]:
    """All rates, the basic ones that each station must know, and the least standard that it must have."""
    plain: t.Set[float] = set()
    basic: t.Set[float] = set()
    least: t.Optional[str] = None
    for rate in rates:
        name, required = rate.rstrip("*"), rate.endswith("*")
        if required and name in _MEMBERSHIP:
            least = max(least or "a", _MEMBERSHIP[name], key=STANDARDS.index)
            continue
        try:
            number = float(name)
        except ValueError:
            continue
        if 0 < number <= 54:  # the rest are membership selectors
            plain.add(number)
            basic |= {number} if required else set()
    return plain, basic, least
