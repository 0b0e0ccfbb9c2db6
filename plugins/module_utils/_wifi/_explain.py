# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What iw's complaints mean on this host, and what to do: it shows an errno, the kernel's files show the reason."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

_NUMBER = re.compile(r"\(-(\d{1,3})\)")
# <asm-generic/errno.h>
EPERM, EBUSY, ENODEV, EINVAL, EOPNOTSUPP, ENETDOWN, ERFKILL = 1, 16, 19, 22, 95, 100, 132

SYS = Path("/sys")
_LONGEST = 300


def number_of(words: str) -> t.Optional[int]:
    """The errno of "command failed: Device or resource busy (-16)"."""
    found = _NUMBER.search(words)
    return int(found.group(1)) if found else None


def explain(interface: str, words: str, sys: Path = SYS) -> str:
    """Why a scan failed, with the remedy."""
    number = number_of(words)
    if "nl80211 not found" in words:
        return (
            "this host's kernel has no Wi-Fi (nl80211): give it a wireless card, or load its driver, or name no radio"
            " for this host"
        )
    if number == EPERM:
        return f"scanning on {interface} takes root (CAP_NET_ADMIN): set become to true"
    if number == ENODEV:
        return _no_radio(interface, sys)
    if number in (ENETDOWN, ERFKILL):
        return _down(interface, sys)
    if number == EOPNOTSUPP:
        return (
            f"{interface} can't scan in the mode it is in (an access point's, a monitor's), or its driver never can:"
            " name an interface in managed mode"
        )
    if number == EBUSY:
        return f"{interface} is busy with other scans: stop what scans there all the time, or try again later"
    return f"iw can't scan on {interface}: {_short(words) or 'it failed without a word'}"


def _short(words: str) -> str:
    """A program's words as part of a sentence: one line, printable, not too long."""
    line = " ".join(words.split())
    return "".join(char if char.isprintable() else "\ufffd" for char in line[:_LONGEST])


def _no_radio(interface: str, sys: Path) -> str:
    wireless = ", ".join(radios(sys))
    known = f"its wireless interfaces: {wireless}" if wireless else "it has no wireless interface at all"
    if (sys / "class" / "net" / interface).exists():
        return f"interface {interface} is no wireless one ({known})"
    return f"this host has no interface {interface} ({known})"


def radios(sys: Path = SYS) -> t.List[str]:
    """The host's wireless interfaces."""
    try:
        found = [path.name for path in (sys / "class" / "net").iterdir() if (path / "phy80211").exists()]
    except OSError:
        return []
    return sorted(found)


def _down(interface: str, sys: Path) -> str:
    """Switched off: by the hardware's switch, by software, or never switched on."""
    blocked = {kind for kind in ("hard", "soft") for path in _switches(interface, sys) if _reads(path / kind, "1")}
    if "hard" in blocked:
        return f"the radio of {interface} is switched off by hardware (rfkill): use its switch, or the firmware's setup"
    if "soft" in blocked:
        return f"the radio of {interface} is blocked by rfkill: run rfkill unblock wifi"
    return f"interface {interface} is down: run ip link set {interface} up"


def _switches(interface: str, sys: Path) -> t.List[Path]:
    try:
        phy = sys / "class" / "net" / interface / "phy80211"
        return [path for path in phy.iterdir() if path.name.startswith("rfkill")]
    except OSError:
        return []


def _reads(path: Path, wanted: str) -> bool:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip() == wanted
    except OSError:
        return False
