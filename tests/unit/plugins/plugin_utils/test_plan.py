"""The plan: what a site and its specs become, the same bytes every time."""

from __future__ import annotations

import json
import random
import typing as t

import pytest

from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from support.sites import Data, berlin, site, specs


def _plan(data: t.Optional[Data] = None) -> Data:
    return make_plan(site(data or berlin()), specs())


def _requirement(plan: Data, vendor: str, name: str) -> Data:
    found = [one for one in plan["requirements"] if (one["vendor"], one["id"]) == (vendor, name)]
    assert len(found) == 1
    return t.cast(Data, found[0])


def _flows(plan: Data) -> t.Dict[str, t.Tuple[str, int, t.List[str]]]:
    return {flow["id"]: (flow["protocol"], flow["port"], flow["to"]) for flow in plan["firewall"]["flows"]}


def test_flows_of_the_three_vendors() -> None:
    assert _flows(_plan()) == {
        "iot/kisi/cloud-session/primary": ("tcp", 31314, []),
        "iot/kisi/cloud-session/fallback": ("tcp", 993, []),
        "iot/kisi/firmware/primary": ("tcp", 443, []),
        "iot/kisi/firmware/fallback": ("tcp", 80, []),
        "iot/kisi/dns/udp": ("udp", 53, ["10.40.0.1"]),
        "iot/kisi/dns-tcp/tcp": ("tcp", 53, ["10.40.0.1"]),
        "iot/spiio/cloud-session/primary": ("tcp", 31314, []),
        "iot/spiio/cloud-session/fallback": ("tcp", 993, []),
        "iot/spiio/firmware/primary": ("tcp", 80, []),
        "iot/spiio/dns/udp": ("udp", 53, ["10.40.0.1"]),
        "iot/tsi/dns/udp": ("udp", 53, ["10.40.0.1"]),
        "iot/tsi/ntp/udp": ("udp", 123, []),
        "iot/tsi/https/primary": ("tcp", 443, []),
        "iot/tsi/mqtt/primary": ("tcp", 8883, []),
    }


def test_only_what_the_devices_need() -> None:
    data = berlin()
    data["devices"] = [device for device in data["devices"] if device["vendor"] == "tsi"]
    assert {one["vendor"] for one in _plan(data)["requirements"]} == {"tsi", "site"}
    assert sorted({port for _protocol, port, _to in _flows(_plan(data)).values()}) == [53, 123, 443, 8883]


def test_same_bytes_whatever_the_order_of_the_data() -> None:
    first = json.dumps(_plan())
    for seed in range(5):
        data = berlin()
        for key in ("devices", "endpoints", "ssids"):
            random.Random(seed).shuffle(data[key])
        assert json.dumps(_plan(data)) == first


def test_ids_are_unique_and_every_check_is_judged() -> None:
    plan = _plan()
    ids = [check["id"] for check in plan["checks"]]
    judged = {one["check"] for entry in plan["requirements"] for group in entry["groups"] for one in group["checks"]}
    controls = {entry["control"] for entry in plan["requirements"] if entry["control"]}
    assert len(set(ids)) == len(ids)
    assert set(ids) == judged | controls
    assert ids == sorted(ids)


def test_a_wildcard_without_an_endpoint_is_unproven_and_says_what_is_missing() -> None:
    data = berlin()
    data["endpoints"] = []
    plan = _plan(data)
    assert _requirement(plan, "kisi", "cloud-session")["given"] == {
        "verdict": "unproven",
        "reason": "*.electricimp.com is a wildcard, and the site names no host under it to connect to",
        "remedy": "add to the site's file under endpoints: {vendor: kisi, requirement: cloud-session, hosts: [a host"
        " under *.electricimp.com]}",
    }
    assert _requirement(plan, "spiio", "cloud-session")["given"]["reason"].endswith(
        "the vendor publishes no host name, and the site names none"
    )
    # The firewall still opens what the vendor asks for.
    assert "iot/kisi/cloud-session/primary" in _flows(plan)


def test_a_vlan_without_a_probe_is_unproven() -> None:
    data = berlin()
    data["probes"] = []
    plan = _plan(data)
    assert plan["checks"] == []
    assert "has no probe host" in _requirement(plan, "kisi", "cloud-session")["given"]["reason"]


def test_an_endpoint_at_a_private_address_gets_a_flow_of_its_own() -> None:
    data = berlin()
    data["endpoints"][4]["hosts"] = ["192.168.7.9", "api.tsi.example"]
    flows = _flows(_plan(data))
    assert flows["iot/tsi/https/primary"] == ("tcp", 443, [])
    assert flows["iot/tsi/https/primary/private"] == ("tcp", 443, ["192.168.7.9"])


@pytest.mark.parametrize(
    ("requirement", "ssid", "verdict", "words"),
    [
        ("wifi-band", {"band_ghz": [5]}, "unmet", "has band in GHz 5; it needs one of 2.4"),
        ("wifi-band", {"band_ghz": [2.4, 5]}, "met", "2.4, 5"),
        ("wifi-band", {"band_ghz": None}, "unproven", "does not say its band"),
        ("wifi-channel", {"channel": 13}, "unmet", "has channel 13; it must not be one of 12, 13"),
        ("wifi-channel", {"channel": 11}, "met", "channel 11"),
        ("wifi-security", {"security": "wpa2-enterprise"}, "unmet", "has security wpa2-enterprise"),
        ("wifi-standard", {"standards": ["ac", "ax"]}, "unmet", "has 802.11 standard ac, ax"),
    ],
)
def test_wifi(requirement: str, ssid: Data, verdict: str, words: str) -> None:
    data = berlin()
    data["ssids"][0].update(ssid)
    data["ssids"][0] = {key: value for key, value in data["ssids"][0].items() if value is not None}
    given = _requirement(_plan(data), "spiio", requirement)["given"]
    assert given["verdict"] == verdict
    assert words in given["reason"]
    assert bool(given["remedy"]) == (verdict != "met")


def test_one_suitable_ssid_is_enough_and_none_is_unproven() -> None:
    data = berlin()
    data["ssids"].insert(0, {"ssid": "office", "vlan": "iot", "band_ghz": [5], "security": "wpa2-enterprise"})
    assert _requirement(_plan(data), "spiio", "wifi-band")["given"]["verdict"] == "met"
    data["ssids"] = []
    assert _requirement(_plan(data), "spiio", "wifi-band")["given"]["verdict"] == "unproven"
    assert _requirement(_plan(data), "kisi", "wifi-band")["given"]["reason"].startswith("the devices are wired")


def _with_reader(vlan: str) -> Data:
    data = berlin()
    data["devices"].append(
        {"name": "reader", "vendor": "kisi", "type": "reader_pro", "mac": "02:00:00:00:00:13", "vlan": vlan}
    )
    return data


def test_a_local_flow_inside_one_vlan_does_not_cross_the_gateway() -> None:
    plan = _plan(_with_reader("iot"))
    assert not any("62435" in str(flow["port"]) for flow in plan["firewall"]["flows"])
    assert plan["notes"][-1:] == [
        "iot/kisi/reader-controller-sync: UDP 62435 stays inside VLAN iot and never crosses the gateway, so no rule"
        " there can allow or stop it"
    ]
    assert _requirement(plan, "kisi", "reader-controller-sync")["given"]["verdict"] == "unproven"


def test_a_local_flow_between_vlans_is_allowed_both_ways() -> None:
    data = _with_reader("doors")
    data["devices"][-1]["ip"] = "10.41.0.13"
    data["vlans"].append(
        {"name": "doors", "interface": "vlan41", "subnet": "10.41.0.0/24", "router": "10.41.0.1", "dns": ["10.41.0.1"]}
    )
    flows = {
        flow["id"]: (flow["interface"], flow["to"])
        for flow in _plan(data)["firewall"]["flows"]
        if flow["port"] == 62435
    }
    assert flows == {
        "iot/kisi/reader-controller-sync/sync/controller_pro": ("vlan40", ["10.41.0.13"]),
        "doors/kisi/reader-controller-sync/sync/reader_pro": ("vlan41", ["10.40.0.10"]),
    }


def test_tls_is_compared_with_the_pins_of_the_site() -> None:
    plan = _plan()
    kinds = {check["id"]: check for check in plan["checks"] if check["kind"] == "tls"}
    assert sorted(check["port"] for check in kinds.values()) == [993, 31314]
    assert all(check["pins"] for check in kinds.values())
    data = berlin()
    del data["endpoints"][0]["tls_pins"]
    assert _requirement(_plan(data), "kisi", "tls-inspection")["given"]["verdict"] == "unproven"


def test_advice_has_its_source_and_is_never_a_requirement() -> None:
    plan = _plan()
    nat = next(one for one in plan["advice"] if one["id"] == "nat")
    assert nat["source"].startswith('Kisi Network Access Requirements: "able to connect across multiple levels')
    judged = {(one["vendor"], one["id"]) for one in plan["requirements"]}
    assert not judged & {(one["vendor"], one["id"]) for one in plan["advice"]}
