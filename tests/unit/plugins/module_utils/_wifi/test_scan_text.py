# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What iw prints, as data: every form of line that its source has, and whatever else may come."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.module_utils._wifi._channels import STANDARDS, band_of, channel_of
from ansible_collections.fieldnet.iot.plugins.module_utils._wifi._scan_text import parse
from ansible_collections.fieldnet.iot.plugins.module_utils._wifi._security import PMF, SECURITY
from support.wireless import NEWER, RATES_A, RATES_BG, escaped, network, rsn

VHT = "\tVHT capabilities:\n\t\tVHT Capabilities (0x338001b2):\n\tVHT operation:\n\t\t * channel width: 1 (80 MHz)\n"
HE = "\tHE capabilities:\n\t\tHE MAC Capabilities (0x000801185018):\n\t\t\t+HTC HE Supported\n"
EHT = "\tEHT capabilities:\n\t\tEHT MAC Capabilities (0x0000):\n"
WPS = "\tWPS:\t * Version: 1.0\n\t\t * Wi-Fi Protected Setup State: 2 (Configured)\n"
OWE = "\tOWE Transition Mode:\n\t\tBSSID: 02:00:00:00:09:09\n\t\tSSID: not-mine\n\t\tBand Info: 1\n"


def one(text: str) -> dict[str, Any]:
    (found,) = parse(text)
    return found


def test_a_network() -> None:
    assert one(network()) == {
        "bssid": "02:00:00:00:01:01",
        "ssid": "acme-iot",
        "ssid_hex": "61636d652d696f74",
        "hidden": False,
        "mode": "ap",
        "band_ghz": 2.4,
        "channel": 6,
        "frequency_mhz": 2437,
        "signal_dbm": -48.0,
        "last_seen_ms": 120,
        "security": ["wpa2-psk"],
        "ciphers": ["ccmp"],
        "pmf": "none",
        "standards": ["b", "g", "n"],
        "wps": False,
        "associated": False,
    }


@pytest.mark.parametrize(
    ("suites", "wanted"),
    [
        ("PSK", ["wpa2-psk"]),
        ("PSK/SHA-256", ["wpa2-psk"]),
        ("FT/PSK PSK", ["wpa2-psk"]),
        ("PSK SAE", ["wpa2-psk", "wpa3-psk"]),
        ("SAE FT/SAE", ["wpa3-psk"]),
        ("SAE-EXT-KEY", ["wpa3-psk"]),
        ("PSK 00-0f-ac:8", ["wpa2-psk", "wpa3-psk"]),
        ("00-0f-ac:24", ["wpa3-psk"]),
        ("IEEE 802.1X", ["wpa2-enterprise"]),
        ("FT/IEEE 802.1X IEEE 802.1X/SHA-256", ["wpa2-enterprise"]),
        ("IEEE 802.1X/SUITE-B-192", ["wpa3-enterprise"]),
        ("FT/IEEE 802.1X/SHA-384", ["wpa3-enterprise"]),
        ("FILS/SHA-256", ["wpa2-enterprise"]),
        ("PSK IEEE 802.1X", ["wpa2-psk", "wpa2-enterprise"]),
        ("OWE", ["owe"]),
        ("00-0f-ac:99", ["other"]),
        ("DPP PSK", ["wpa2-psk", "other"]),
        ("50-6f-9a:7", ["other"]),
    ],
)
def test_authentication_suites(suites: str, wanted: list[str]) -> None:
    assert one(network(security="rsn", more=rsn(suites)))["security"] == wanted


def test_security_without_suites() -> None:
    assert one(network(security="open"))["security"] == ["open"]
    assert one(network(security="wep"))["security"] == ["wep"]
    assert one(network(security="wpa-psk"))["security"] == ["wpa-psk"]
    assert one(network(security="wpa-psk"))["ciphers"] == ["tkip"]
    both = one(network(more=rsn("PSK", ciphers="CCMP TKIP", name="WPA")))
    assert (both["security"], both["ciphers"]) == (["wpa-psk", "wpa2-psk"], ["ccmp", "tkip"])
    assert one(network(security="x", more=rsn("IEEE 802.1X", name="WPA")))["security"] == ["wpa-enterprise"]
    # A short element leaves the suites out, and their default is 802.1X; one that is broken is protected all the same.
    short = "\tRSN:\t * Version: 1\n\t\t * Group cipher: CCMP\n\t\t * Pairwise ciphers: CCMP\n"
    assert one(network(security="x", more=short))["security"] == ["wpa2-enterprise"]
    # Without any word on privacy nothing is said; an open network is one that says that it is.
    assert one("BSS 02:00:00:00:01:01(on wlan0)\n\tfreq: 2412\n")["security"] == []


def test_management_frames_and_wpa3_enterprise() -> None:
    assert one(network(security="x", more=rsn("PSK", "MFP-capable")))["pmf"] == "capable"
    assert one(network(security="x", more=rsn("SAE", "MFP-required MFP-capable")))["pmf"] == "required"
    third = one(network(security="x", more=rsn("IEEE 802.1X/SHA-256", "MFP-required MFP-capable")))
    assert third["security"] == ["wpa3-enterprise"]
    second = one(network(security="x", more=rsn("IEEE 802.1X IEEE 802.1X/SHA-256", "MFP-required")))
    assert second["security"] == ["wpa2-enterprise"]


@pytest.mark.parametrize(
    ("name", "shown", "hidden"),
    [
        (b"acme iot", "acme iot", False),
        (b" ends ", " ends ", False),
        ("Büro 5. Stock".encode(), "Büro 5. Stock", False),
        (rb"a\x41", r"a\x41", False),
        (b"caf\xe9", r"caf\xe9", False),
        ("right\u202eleft".encode(), r"right\xe2\x80\xaeleft", False),
        (b"bell\x07\n\tSSID: x", r"bell\x07\x0a\x09SSID:\x20x", False),
        (b"", "", True),
        (b"\0\0\0\0", "", True),
    ],
)
def test_names(name: bytes, shown: str, hidden: bool) -> None:
    found = one(network(ssid=name))
    assert (found["ssid"], found["ssid_hex"], found["hidden"]) == (shown, name.hex(), hidden)


def test_a_hidden_network_without_a_line_for_its_name() -> None:
    # Newer versions of iw leave an empty element out.
    assert one(network(ssid="").replace("\tSSID: \n", ""))["hidden"]


@given(st.binary(max_size=32))
def test_every_name_comes_back(name: bytes) -> None:
    assert one(network(ssid=name))["ssid_hex"] == name.hex()
    assert all(char.isprintable() for char in one(network(ssid=name))["ssid"])


def test_elements_within_others_are_not_the_networks_own() -> None:
    found = one(network(more=OWE + WPS))
    assert (found["ssid"], found["bssid"], found["wps"]) == ("acme-iot", "02:00:00:00:01:01", True)


@pytest.mark.parametrize(
    ("freq", "rates", "more", "wanted"),
    [
        ("2412", RATES_BG, "", ["b", "g", "n"]),
        ("2412.0", "1.0* 2.0* 5.5 11.0", "", ["b", "n"]),
        ("2412", "6.0* 9.0 12.0* 24.0*", "", ["g", "n"]),
        # 802.11b stations don't know 6 Mbit/s, and each station must know the basic rates.
        ("2412", "1.0* 2.0* 6.0* 12.0", "", ["g", "n"]),
        ("2412", RATES_BG, VHT + HE + EHT, ["b", "g", "n", "ax", "be"]),
        ("2412", RATES_BG + " HT*", HE, ["n", "ax"]),
        ("2412", RATES_BG + " 63.5*", "", ["n"]),
        ("5180", RATES_A, VHT, ["a", "n", "ac"]),
        ("5180", RATES_A + " VHT*", VHT + HE, ["ac", "ax"]),
        ("5180", RATES_A + " 61.5*", VHT + HE, ["a", "n", "ac", "ax"]),
        ("5955", RATES_A, HE + EHT, ["ax", "be"]),
    ],
)
def test_standards(freq: str, rates: str, more: str, wanted: list[str]) -> None:
    plain = freq == "5955"
    assert one(network(freq=freq, rates=rates, more=more, plain=plain))["standards"] == wanted


def test_old_standards_alone() -> None:
    assert one(network(rates="1.0* 2.0*", plain=True))["standards"] == ["b"]
    assert one(network(rates=RATES_BG, plain=True))["standards"] == ["b", "g"]


@pytest.mark.parametrize(
    ("mhz", "band", "channel"),
    [
        (2412, 2.4, 1),
        (2437, 2.4, 6),
        (2467, 2.4, 12),
        (2472, 2.4, 13),
        (2484, 2.4, 14),
        (4920, 5, 184),
        (5180, 5, 36),
        (5825, 5, 165),
        (5885, 5, 177),
        (5935, 6, 2),
        (5955, 6, 1),
        (7115, 6, 233),
        (60480, 60, 2),
        (2413, 2.4, None),
        (900, None, None),
        (None, None, None),
    ],
)
def test_channels(mhz: int | None, band: float | None, channel: int | None) -> None:
    assert (band_of(mhz), channel_of(mhz)) == (band, channel)


@pytest.mark.parametrize(
    ("signal", "dbm"),
    [
        ("-48.00 dBm", -48.0),
        ("-45.-50 dBm", -45.5),
        ("-3.05 dBm", -3.05),
        ("0.-50 dBm", -0.5),
        ("57/100", None),
        ("", None),
    ],
)
def test_signals(signal: str, dbm: float | None) -> None:
    assert one(network(signal=signal))["signal_dbm"] == dbm


def test_states_and_modes() -> None:
    for status, joined in (("", False), (" -- associated", True), (" -- joined", True), (" -- authenticated", False)):
        assert one(network().replace("(on wlan0)", f"(on wlan0){status}"))["associated"] is joined
    # Older versions have a space there.
    assert one(network().replace("(on wlan0)", " (on wlan0) -- associated"))["associated"]
    assert one(network().replace("capability: ESS", "capability: IBSS"))["mode"] == "ibss"
    mesh = one(network().replace("\tSSID: acme-iot", "\tSSID: \n\tMESH ID: backhaul"))
    assert (mesh["mode"], mesh["ssid"]) == ("mesh", "backhaul")


def test_the_order_is_that_of_names_and_not_of_the_scan() -> None:
    texts = [network("b"), network("a", freq="5180"), network("a", bssid="02:00:00:00:01:02"), network("a")]
    found = parse("".join(texts))
    assert found == parse("".join(reversed(texts)))
    assert [(each["ssid"], each["band_ghz"], each["bssid"][-1]) for each in found] == [
        ("a", 2.4, "1"),
        ("a", 2.4, "2"),
        ("a", 5, "1"),
        ("b", 2.4, "1"),
    ]


def test_a_stranger_who_writes_lines_of_his_own() -> None:
    """Names of WPS come as they are: what they add are networks that he could have sent beacons of."""
    forged = "\tWPS:\t * Device name: x\nBSS 02:00:00:00:06:66(on wlan0)\n\tfreq: 2412\n\tSSID: acme-iot\n"
    found = parse(network("his", more=forged) + network())
    assert [(each["bssid"], each["ssid"]) for each in found if each["bssid"] == "02:00:00:00:01:01"] == [
        ("02:00:00:00:01:01", "acme-iot"),
        ("02:00:00:00:01:01", "his"),
    ]
    assert next(each for each in found if each["ssid"] == "acme-iot" and each["bssid"].endswith("01"))["security"] == [
        "wpa2-psk"
    ]


SAMPLE = network(more=VHT + HE + WPS + OWE) + network(b"\xff\xfe", freq="5180") + network("x", security="open")


@given(st.data())
def test_mutated_text(data: st.DataObject) -> None:
    text = SAMPLE
    for _time in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 40))
        text = text[:at] + data.draw(st.sampled_from([*PIECES, data.draw(st.text(max_size=8))])) + text[at + length :]
    wellformed(parse(text))


@given(st.text())
def test_any_text(text: str) -> None:
    wellformed(parse(text))
    wellformed(parse(network() + text))


PIECES = ["", "\t", "\n", "\n\t", "\nBSS ", "\tfreq: 99999\n", "\tRSN:\t * ", "\\x", "\tSSID: ", "-", ": ", "*", "\0"]


def wellformed(found: list[dict[str, Any]]) -> None:
    """Whatever was read, the result has its shape, and nothing in it that a terminal would obey."""
    assert json.loads(json.dumps(found)) == found
    for each in found:
        assert set(each["security"]) <= set(SECURITY)
        assert set(each["standards"]) <= set(STANDARDS)
        assert each["pmf"] in PMF
        assert each["mode"] in ("ap", "ibss", "mesh")
        assert each["ssid"].isprintable()
        assert len(each["ssid_hex"]) <= 64
        assert each["band_ghz"] in (None, 2.4, 5, 6, 60)
        assert each["signal_dbm"] is None or -1000 < each["signal_dbm"] < 1000


def test_a_large_scan_is_read_in_no_time() -> None:
    text = "".join(
        network(f"n{number}", f"02:00:00:00:{number // 256:02x}:{number % 256:02x}") for number in range(2000)
    )
    assert len(parse(text)) == 2000
    assert len({each["ssid"] for each in parse(text)}) == 2000


def test_escapes_of_the_stand_in_are_iws() -> None:
    assert escaped(b" a b\\\xe9 ") == r"\x20a b\x5c\xe9\x20"
    assert NEWER.startswith("\tHT capabilities:\n")
