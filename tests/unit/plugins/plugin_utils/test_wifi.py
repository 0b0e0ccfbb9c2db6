# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wi-Fi: what a site's file declares, what its probe hosts' radios hear, and what becomes of it in the verdicts.

The networks on the air are text as iw prints it, read as on a probe host.
"""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._model import parse_checks
from support.sites import Data, berlin
from support.wifi_sites import SCAN, WIFI, judged, planned, requirement, verdict, with_radio


def test_all_vendors_share_one_scan_a_radio() -> None:
    plan = planned(with_radio())
    (scan,) = [check for check in plan["checks"] if check["kind"] == "wifi_scan"]
    assert scan == {
        "id": SCAN,
        "kind": "wifi_scan",
        "probe": "probe.berlin.example",
        "interface": "wlan0",
        "attempts": 2,
        "ssids": [],
    }
    assert parse_checks([scan])
    assert {name for name in WIFI if not named(plan, name)["air"]["scans"]} == set()
    assert named(plan, "site/ssids")["level"] == "recommended"


def named(plan: Data, name: str) -> Data:
    return requirement(plan, name)


def test_hidden_networks_are_asked_for_and_others_are_not() -> None:
    data = with_radio(hidden=True)
    data["ssids"].append({"ssid": "acme-office", "vlan": "iot"})
    (scan,) = [check for check in planned(data)["checks"] if check["kind"] == "wifi_scan"]
    assert scan["ssids"] == ["acme-iot"]


def test_without_a_radio_or_a_network_nobody_listens() -> None:
    alone = berlin()
    assert not [check for check in planned(alone)["checks"] if check["kind"] == "wifi_scan"]
    silent = with_radio()
    silent["ssids"] = []
    assert not [check for check in planned(silent)["checks"] if check["kind"] == "wifi_scan"]
    assert requirement(judged(alone), "spiio/wifi-band")["reason"] == (
        "SSID acme-iot has band in GHz 2.4, as the site's file says"
    )


# --- by the site's file alone ---


@pytest.mark.parametrize(
    ("name", "ssid", "wanted", "words"),
    [
        ("spiio/wifi-security", {"security": "wpa2-enterprise"}, "unmet", "it needs one of open, wep, wpa-psk"),
        ("kisi/wifi-security", {"security": "open"}, "unmet", "it needs one of wpa2-psk, wpa3-psk"),
        ("spiio/wifi-channel", {"channel": [1, 13]}, "unmet", "has channel 1, 13; it must not be one of 12, 13"),
        ("spiio/wifi-channel", {"channel": [1, 11]}, "met", "has channel 1, 11, as the site's file says"),
        ("spiio/captive-portal", {"captive_portal": True}, "unmet", "SSID acme-iot has a captive portal"),
        ("tsi/captive-portal", {"captive_portal": True}, "unmet", "SSID acme-iot has a captive portal"),
        ("spiio/captive-portal", {"captive_portal": False}, "met", "it was open"),
        ("spiio/wifi-password-kept", {}, "met", "has security wpa2-psk alone, as the site's file says"),
        ("spiio/wifi-password-kept", {"security": "open"}, "met", "it has no password to lose"),
        ("spiio/wifi-password-kept", {"security": None}, "unproven", "does not say its security"),
    ],
)
def test_as_declared(name: str, ssid: Data, wanted: str, words: str) -> None:
    data = with_radio(**ssid)
    del data["probes"][0]["radio"]
    data["devices"][0]["uplink"] = "wifi"
    one = requirement(judged(data), name)
    assert one["verdict"] == wanted
    assert words in one["reason"]
    assert one["remedy"] or wanted == "met"


def test_a_network_that_is_declared_twice_with_and_without_a_password() -> None:
    data = berlin()
    data["ssids"].append({"ssid": "acme-iot", "vlan": "iot", "band_ghz": [2.4], "security": "open"})
    one = requirement(judged(data), "spiio/wifi-password-kept")
    assert (one["verdict"], one["reason"]) == (
        "unmet",
        "the site's file has SSID acme-iot with wpa2-psk, and as open",
    )


def test_a_portal_does_not_matter_to_the_wired_nor_where_another_network_has_none() -> None:
    data = with_radio(captive_portal=True)
    assert verdict(judged(data), "kisi/captive-portal") == "met"
    data["ssids"].append({**data["ssids"][0], "ssid": "acme-sensors", "captive_portal": False})
    assert verdict(judged(data), "spiio/captive-portal") == "met"


def test_all_of_a_vendors_requirements_are_about_one_network() -> None:
    """One network with the band and another with the security are no network for a device."""
    data = berlin()
    common = {"vlan": "iot", "channel": 6, "standards": ["b", "g", "n"]}
    data["ssids"] = [
        {"ssid": "right-band", "band_ghz": [2.4], "security": "wpa2-enterprise", **common},
        {"ssid": "right-security", "band_ghz": [5], "security": "wpa2-psk", **common},
    ]
    found = judged(data)
    assert verdict(found, "spiio/wifi-band") == "met"
    assert verdict(found, "spiio/wifi-security") == "unmet"
    assert "right-band" in requirement(found, "spiio/wifi-security")["reason"]


# --- client isolation ---


def isolated(*uplinks: str, **ssid: t.Any) -> Data:
    data = berlin()
    kinds = ("controller_pro", "reader_pro")
    data["devices"] = [
        {"name": f"d{at}", "vendor": "kisi", "type": kind, "mac": f"02:00:00:00:00:1{at}", "vlan": "iot", "uplink": how}
        for at, (kind, how) in enumerate(zip(kinds, uplinks))
    ]
    data["endpoints"] = [one for one in data["endpoints"] if one["vendor"] == "kisi"]
    data["ssids"][0].update(ssid)
    return data


def test_client_isolation_stops_a_local_flow_over_wifi() -> None:
    one = requirement(judged(isolated("wifi", "wifi", client_isolation=True)), "kisi/reader-controller-sync")
    assert one["verdict"] == "unmet"
    assert one["reason"] == (
        "SSID acme-iot keeps its clients from each other (client_isolation in the site's file), and d1 and d0 must talk"
        " to each other over it"
    )
    assert "switch off client isolation on SSID acme-iot" in one["remedy"]


@pytest.mark.parametrize(
    "data",
    [
        isolated("wifi", "wifi", client_isolation=False),
        isolated("wifi", "wifi"),
        isolated("wifi", "ethernet", client_isolation=True),
        isolated("ethernet", "ethernet", client_isolation=True),
    ],
)
def test_else_it_is_as_ever(data: Data) -> None:
    assert verdict(judged(data), "kisi/reader-controller-sync") == "unproven"


def test_another_network_without_isolation_will_do() -> None:
    data = isolated("wifi", "wifi", client_isolation=True)
    data["ssids"].append({**data["ssids"][0], "ssid": "acme-doors", "client_isolation": False})
    assert verdict(judged(data), "kisi/reader-controller-sync") == "unproven"


# --- with a radio ---
