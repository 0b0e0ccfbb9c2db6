# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wi-Fi: what the radios of the probe hosts hear, and what becomes of it in the verdicts.

The networks on the air are text as iw prints it, read as on a probe host.
"""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.module_utils._wifi._scan_text import parse
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._assess import assess
from support.wifi_sites import SCAN, SECOND, WIFI, judged, planned, requirement, verdict, with_radio
from support.wireless import network


def test_as_seen() -> None:
    found = judged(with_radio(), network(), network("neighbour", SECOND))
    assert {verdict(found, name) for name in [*WIFI, "spiio/wifi-channel", "spiio/wifi-password-kept"]} == {"met"}
    assert requirement(found, "spiio/wifi-security")["reason"] == (
        "SSID acme-iot was seen with security wpa2-psk at 02:00:00:00:01:01 (2.4 GHz, channel 6)"
    )
    assert requirement(found, "site/ssids")["reason"] == (
        "as the site's file says: SSID acme-iot at 02:00:00:00:01:01 (2.4 GHz, channel 6)"
    )


def test_other_peoples_networks_are_not_in_the_report() -> None:
    found = judged(with_radio(), network(), network("neighbour", SECOND))
    assert "neighbour" not in json.dumps(found)
    (scan,) = requirement(found, "spiio/wifi-band")["observations"]
    assert ([one["ssid"] for one in scan["networks"]], scan["other_networks"]) == (["acme-iot"], 1)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("spiio/wifi-band", network(freq="5180"), "with band in GHz 5 at 02:00:00:00:01:01 (5 GHz, channel 36)"),
        ("spiio/wifi-channel", network(freq="2472"), "with channel 13 at 02:00:00:00:01:01 (2.4 GHz, channel 13)"),
        ("spiio/wifi-security", network(security="wpa3-psk"), "with security wpa3-psk at 02:00:00:00:01:01"),
        ("spiio/wifi-security", network(security="wpa2-enterprise"), "with security wpa2-enterprise at"),
        ("tsi/wifi-security", network(security="open"), "with security open at"),
        (
            "spiio/wifi-standard",
            network(rates="6.0* HT* VHT* 61.0*", more="\tHE capabilities:\n"),
            "802.11 standard ax",
        ),
    ],
)
def test_what_is_seen_counts_and_not_what_is_declared(name: str, text: str, words: str) -> None:
    one = requirement(judged(with_radio(), text), name)
    assert one["verdict"] == "unmet"
    assert words in one["reason"]
    assert "(the site's file says " in one["reason"]
    assert "acme-iot" in one["remedy"]


def test_a_better_network_than_declared_is_met_as_seen() -> None:
    found = judged(with_radio(channel=13), network(freq="2437"))
    assert requirement(found, "spiio/wifi-channel")["reason"] == (
        "SSID acme-iot was seen with channel 6 at 02:00:00:00:01:01 (2.4 GHz, channel 6) (the site's file says 13)"
    )
    one = requirement(found, "site/ssids")
    assert (one["verdict"], one["level"]) == ("unmet", "recommended")
    assert one["reason"] == "SSID acme-iot: 02:00:00:00:01:01 (2.4 GHz, channel 6) is on channel 6, not 13"


def test_a_dual_band_network_suits_by_the_band_that_the_devices_hear() -> None:
    texts = [network(), network(bssid=SECOND, freq="5180", security="wpa2-enterprise")]
    found = judged(with_radio(), *texts)
    assert {verdict(found, name) for name in WIFI} == {"met"}
    assert "02:00:00:00:01:02 (5 GHz, channel 36) is on 5 GHz, not 2.4" in requirement(found, "site/ssids")["reason"]
    # On 6 GHz there is a channel 13, too.
    six = network(bssid=SECOND, freq="6015", security="wpa3-psk")
    assert verdict(judged(with_radio(), network(), six), "spiio/wifi-channel") == "met"


def test_a_second_access_point_with_another_security() -> None:
    found = judged(with_radio(), network(), network(bssid=SECOND, security="wpa2-enterprise"))
    one = requirement(found, "tsi/wifi-security")
    assert one["verdict"] == "degraded"
    assert one["reason"] == (
        "SSID acme-iot was seen with security wpa2-psk at 02:00:00:00:01:01 (2.4 GHz, channel 6); but with security"
        " wpa2-enterprise at 02:00:00:00:01:02 (2.4 GHz, channel 6); it needs one of wep, wpa-psk, wpa2-psk"
    )
    assert f"find the access point {SECOND}" in one["remedy"]
    assert "has security wpa2-enterprise, not wpa2-psk" in requirement(found, "site/ssids")["reason"]


def test_one_access_point_on_a_forbidden_channel_is_one_too_many() -> None:
    found = judged(with_radio(channel=[6, 11]), network(), network(bssid=SECOND, freq="2467"))
    assert requirement(found, "spiio/wifi-channel")["reason"].startswith("SSID acme-iot was seen with channel 12 at")


def test_a_network_whose_password_was_removed_locks_sensors_out() -> None:
    for texts in ([network(security="open")], [network(), network(bssid=SECOND, security="open")]):
        one = requirement(judged(with_radio(), *texts), "spiio/wifi-password-kept")
        assert (one["verdict"], one["level"]) == ("unmet", "required")
        assert "SSID acme-iot was seen without a password at" in one["reason"]
        assert "somebody copies your network" in one["remedy"]
    # One that never had any has none to lose; one that is declared open and has one somewhere, has.
    opened = with_radio(security="open")
    assert verdict(judged(opened, network(security="open")), "spiio/wifi-password-kept") == "met"
    both = [network(), network(bssid=SECOND, security="open")]
    assert verdict(judged(opened, *both), "spiio/wifi-password-kept") == "unmet"


def test_a_transition_mode_has_what_the_devices_need() -> None:
    text = network(security="wpa2-psk").replace("Authentication suites: PSK", "Authentication suites: PSK SAE")
    found = judged(with_radio(), text)
    assert {verdict(found, f"{vendor}/wifi-security") for vendor in ("spiio", "tsi")} == {"met"}
    assert verdict(found, "site/ssids") == "met"


def test_declared_and_not_on_the_air() -> None:
    found = judged(with_radio(), network("neighbour", SECOND))
    assert {verdict(found, name) for name in [*WIFI, "site/ssids"]} == {"unproven"}
    one = requirement(found, "spiio/wifi-band")
    assert one["reason"] == "SSID acme-iot was not heard by probe.berlin.example, which heard others"
    assert "hidden: true" not in one["remedy"]
    hidden = judged(with_radio(), network("", SECOND))
    assert "say hidden: true in the site's file" in requirement(hidden, "spiio/wifi-band")["remedy"]
    old = judged(with_radio(), network("x"), notes=["wlan0 is busy with other scans"])
    assert requirement(old, "spiio/wifi-band")["reason"].endswith(
        "which heard others; probe.berlin.example: wlan0 is busy with other scans"
    )
    # What the file itself says to be wrong does not become better by not being heard.
    assert verdict(judged(with_radio(channel=13), network("x")), "spiio/wifi-channel") == "unmet"


def test_names_are_compared_by_their_bytes() -> None:
    look_alike = network("acme-i\u043et")  # a Cyrillic letter
    assert verdict(judged(with_radio(), look_alike, network(b"acme-iot\0")), "spiio/wifi-band") == "unproven"
    assert verdict(judged(with_radio(ssid="Büro"), network("Büro")), "spiio/wifi-band") == "met"


def test_a_radio_that_hears_nothing_says_nothing() -> None:
    found = judged(with_radio(), reason="nothing at all was heard on wlan0")
    assert {verdict(found, name) for name in [*WIFI, "site/ssids"]} == {"unproven"}
    assert requirement(found, "tsi/wifi-band")["reason"] == "probe.berlin.example: nothing at all was heard on wlan0"


def test_a_scan_that_could_not_be_made_takes_nothing_for_seen() -> None:
    found = judged(with_radio(), observation="not_run", reason="the program iw is missing on this host")
    assert {verdict(found, name) for name in [*WIFI, "site/ssids"]} == {"inconclusive"}
    assert requirement(found, "tsi/wifi-band")["reason"] == (
        "nobody listened to the air (probe.berlin.example: the program iw is missing on this host)"
    )
    assert found["readiness"] == "inconclusive"
    assert {verdict(judged(with_radio(), observation=None), name) for name in WIFI} == {"inconclusive"}


def test_two_radios_hear_more_than_one() -> None:
    data = with_radio()
    data["probes"].append(
        {"host": "probe2", "vlan": "iot", "interface": "eth0", "mac": "02:00:00:00:00:21", "ip": "10.40.0.21"}
    )
    data["probes"][1]["radio"] = "wlan1"
    plan = planned(data)
    texts = {SCAN: network("neighbour", SECOND), "iot/wifi-scan/probe2": network()}
    results = [
        {"id": scan, "kind": "wifi_scan", "observation": "heard", "reason": "heard", "networks": parse(text)}
        for scan, text in texts.items()
    ]
    assert verdict(assess(plan, results), "spiio/wifi-band") == "met"
    assert verdict(assess(plan, results[1:]), "spiio/wifi-band") == "met"
    one = requirement(assess(plan, results[:1]), "spiio/wifi-band")
    assert (one["verdict"], one["reason"].rpartition("; ")[2]) == ("unproven", "probe2: this check has no result")


def test_of_two_alike_the_one_that_is_on_the_air_counts() -> None:
    data = with_radio()
    data["ssids"].insert(0, {**data["ssids"][0], "ssid": "acme-spare"})
    found = judged(data, network())
    assert {verdict(found, name) for name in WIFI} == {"met"}
    assert verdict(found, "site/ssids") == "unproven"


def test_a_large_network_that_is_all_different_is_told_in_short() -> None:
    texts = [network(bssid=f"02:00:00:00:02:{number:02x}", freq="2412") for number in range(60)]
    one = requirement(judged(with_radio(), *texts), "site/ssids")
    assert (one["reason"].count("is on channel 1"), one["reason"].rpartition("; ")[2]) == (10, "and 50 more like these")
    assert len(requirement(judged(with_radio(), *texts), "spiio/wifi-band")["reason"]) < 300


def test_the_order_of_a_scan_changes_nothing() -> None:
    texts = [network(), network(bssid=SECOND, security="open"), network("other", "02:00:00:00:01:03")]
    found = {json.dumps(judged(with_radio(), *order)) for order in itertools.permutations(texts)}
    assert len(found) == 1


TEXTS = [
    network(ssid, f"02:00:00:00:01:{number:02x}", freq, security)
    for number, (ssid, freq, security) in enumerate(
        itertools.product(
            ("acme-iot", "", "x"), ("2437", "2472", "5180"), ("open", "wep", "wpa2-psk", "wpa2-enterprise")
        )
    )
]


@given(st.lists(st.sampled_from(TEXTS), max_size=5), st.sampled_from(["heard", "nothing_heard", "not_run"]))
def test_whatever_is_on_the_air(texts: list[str], observation: str) -> None:
    """Every verdict explains itself, and nothing is met that was not heard."""
    found = judged(with_radio(), *texts, observation=observation)
    for name in [*WIFI, "spiio/wifi-channel", "spiio/wifi-password-kept", "site/ssids"]:
        one = requirement(found, name)
        assert one["reason"]
        assert one["remedy"] or one["verdict"] == "met"
        heard = observation == "heard" and any("SSID: acme-iot\n" in text for text in texts)
        assert heard or one["verdict"] not in ("met", "degraded")
