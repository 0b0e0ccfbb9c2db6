# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks on the air, as iw prints them (its source: scan.c), and a program that prints them in its place."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

STAND_IN = Path(__file__).resolve().parent / "iw_stand_in.py"
RATES_BG = "1.0* 2.0* 5.5* 11.0* 6.0 9.0 12.0 18.0"
RATES_MORE = "24.0 36.0 48.0 54.0"
RATES_A = "6.0* 9.0 12.0* 18.0 24.0* 36.0 48.0 54.0"
SUITES = {"wpa2-psk": "PSK", "wpa3-psk": "SAE", "wpa2-enterprise": "IEEE 802.1X", "owe": "OWE"}
BUSY = {"code": 240, "words": "command failed: Device or resource busy (-16)\n"}


def escaped(name: bytes) -> str:
    """As iw writes a name: a space at an end, a backslash and all that is not printable ASCII as \\x20."""
    last = len(name) - 1
    plain = [(33 <= byte < 127 and byte != 92) or (byte == 32 and 0 < at < last) for at, byte in enumerate(name)]
    return "".join(chr(byte) if fine else f"\\x{byte:02x}" for byte, fine in zip(name, plain))


def rsn(suites: str, pmf: str = "", ciphers: str = "CCMP", name: str = "RSN") -> str:
    """An RSN or WPA element."""
    more, weakest = f" {pmf}" if pmf else "", ciphers.rsplit(maxsplit=1)[-1]
    return (
        f"\t{name}:\t * Version: 1\n\t\t * Group cipher: {weakest}\n\t\t * Pairwise ciphers: {ciphers}\n"
        f"\t\t * Authentication suites: {suites}\n\t\t * Capabilities: 16-PTKSA-RC 1-GTKSA-RC{more} (0x000c)\n"
    )


def network(
    ssid: str | bytes = "acme-iot",
    bssid: str = "02:00:00:00:01:01",
    freq: str = "2437",
    security: str = "wpa2-psk",
    *,
    signal: str = "-48.00 dBm",
    rates: str = "",
    more: str = "",
    plain: bool = False,
) -> str:
    """One network's lines; ``more`` are further elements, ``plain`` has none of 802.11n."""
    name = ssid.encode() if isinstance(ssid, str) else ssid
    protected = security != "open"
    element = rsn(SUITES[security]) if security in SUITES else ""
    element = rsn("PSK", ciphers="TKIP", name="WPA") if security == "wpa-psk" else element
    rates = rates or (RATES_BG if freq.startswith("2") else RATES_A)
    extended = f"\tExtended supported rates: {RATES_MORE} \n" if rates == RATES_BG else ""
    return (
        f"BSS {bssid}(on wlan0)\n\tlast seen: 4242.133s [boottime]\n\tTSF: 4242133000 usec (0d, 01:10:42)\n"
        f"\tfreq: {freq}\n\tbeacon interval: 100 TUs\n"
        f"\tcapability: ESS {'Privacy ' if protected else ''}ShortSlotTime (0x0{'4' if protected else '0'}11)\n"
        f"\tsignal: {signal}\n\tlast seen: 120 ms ago\n\tInformation elements from Probe Response frame:\n"
        f"\tSSID: {escaped(name)}\n\tSupported rates: {rates} \n{extended}\tDS Parameter set: channel 6\n"
        f"\tCountry: DE\tEnvironment: Indoor/Outdoor\n\t\tChannels [1 - 13] @ 20 dBm\n"
        f"{'' if plain else NEWER}{element}{more}"
        "\tWMM:\t * Parameter version 1\n\t\t * BE: CW 15-1023, AIFSN 3\n\t\t * VO: CW 3-7, AIFSN 2, TXOP 1504 usec\n"
    )


NEWER = (
    "\tHT capabilities:\n\t\tCapabilities: 0x1ad\n\t\t\tRX LDPC\n\t\t\tHT20\n\t\tMaximum RX AMPDU length 65535 bytes"
    " (exponent: 0x003)\n\t\tHT TX/RX MCS rate indexes supported: 0-15\n\tHT operation:\n\t\t * primary channel: 6\n"
    "\t\t * secondary channel offset: no secondary\n\t\t * STA channel width: 20 MHz\n"
)


def program() -> str:
    """The stand-in as a file to put in iw's place."""
    return "#!/usr/bin/env python3\n" + STAND_IN.read_text(encoding="utf-8")


def stand_in(folder: Path, **answers: list[dict[str, Any]]) -> dict[str, str]:
    """Put the program there with its answers; the environment in which it is found."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "iw").write_text(program(), encoding="utf-8")
    (folder / "iw").chmod(0o755)
    (folder / "iw.json").write_text(json.dumps(answers), encoding="utf-8")
    return {"PATH": os.pathsep.join([str(folder), os.environ["PATH"]])}


def asked(folder: Path) -> list[list[str]]:
    """What the program was asked."""
    return [json.loads(line) for line in (folder / "iw.log").read_text(encoding="utf-8").splitlines()]
