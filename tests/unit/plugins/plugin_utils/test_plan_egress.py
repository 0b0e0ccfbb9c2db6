"""The plan's firewall and DNS parts: where what is open leads, by domain and by port."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from support.firewall_plans import by_domain, device_of, flows_of, plan_of, profiles_of
from support.sites import berlin, parsed_spec, site, specs


def test_egress_by_domain_opens_what_is_named() -> None:
    data = by_domain()
    data["endpoints"][4]["hosts"] = ["api.tsi.example", "198.51.100.7", "192.168.7.9"]
    plan = plan_of(data)
    flows = flows_of(plan)
    assert flows["iot/kisi/cloud-session/primary"] == ([], ["*.electricimp.com"])  # it covers the site's host
    assert flows["iot/spiio/cloud-session/fallback"] == ([], ["cloud.spiio.example"])
    assert flows["iot/tsi/https/primary"] == (["192.168.7.9", "198.51.100.7"], ["api.tsi.example"])
    assert flows["iot/tsi/ntp/udp"] == ([], ["time.tsi.example"])
    assert flows["iot/tsi/dns/udp"] == (["10.40.0.1"], [])
    assert not any(key.endswith("/private") for key in flows)
    assert all(to or domains for to, domains in flows.values())  # nothing leads anywhere
    assert plan["dns"] == {
        "backend": "dnsmasq",
        "state": "present",
        "domains": [
            "*.electricimp.com",
            "api.tsi.example",
            "cloud.spiio.example",
            "connectivitycheck.gstatic.com",
            "mqtt.tsi.example",
            "time.tsi.example",
        ],
        "ipv6": False,
        "table": "fieldnet_iot",
        "routers": ["10.40.0.1"],
    }


def test_egress_by_port_names_no_domain() -> None:
    plan = plan_of()
    assert not any(flow["domains"] for flow in plan["firewall"]["flows"])
    assert plan["dns"] == {
        "backend": "dnsmasq",
        "state": "absent",
        "domains": [],
        "ipv6": False,
        "table": "fieldnet_iot",
        "routers": [],
    }
    assert not any("dnsmasq" in note for note in plan["notes"])


def test_where_matching_by_suffix_is_wider_than_what_was_asked_for_the_plan_says_so() -> None:
    notes = [note for note in plan_of(by_domain())["notes"] if "dnsmasq" in note]
    assert len(notes) == 2
    assert "*.electricimp.com" in notes[0]
    assert "api.tsi.example" in notes[1]


def test_devices_without_an_address_are_noted() -> None:
    note = "VLAN iot: known by the MAC address alone, for want of an ip in the site's file: air"
    assert note in plan_of()["notes"]
    data = berlin()
    del data["probes"][0]["ip"]
    assert f"{note}, probe host probe.berlin.example" in plan_of(data)["notes"]
    data["gateway"]["binding"] = "mac"
    assert not any("MAC address alone" in note for note in plan_of(data)["notes"])


def test_time_comes_from_the_sites_servers() -> None:
    data = by_domain()
    data["endpoints"] = data["endpoints"][:6]
    data["vlans"][0]["ntp"] = ["ntp.berlin.example", "192.0.2.123"]
    assert flows_of(plan_of(data))["iot/tsi/ntp/udp"] == (["192.0.2.123"], ["ntp.berlin.example"])


@pytest.mark.parametrize(
    ("egress", "dns", "ntp"),
    [
        # A server that a flow names is not redirected: by port the site's resolver is asked, and whoever asks another
        # is led to the gateway.
        ("ports", ["9.9.9.9"], {"/udp": [], "/udp/private": ["10.40.0.1"]}),
        # By domain the gateway must hear each question.
        ("domains", ["10.40.0.1"], {"/udp": ["10.40.0.1"]}),
    ],
)
def test_what_the_gateway_answers_itself(egress: str, dns: t.List[str], ntp: t.Dict[str, t.List[str]]) -> None:
    data = berlin()
    data["gateway"]["egress"] = egress
    data["endpoints"] = data["endpoints"][:6]
    data["vlans"][0].update(dns=["9.9.9.9"], redirect=["dns", "ntp"])
    plan = plan_of(data)
    flows = flows_of(plan)
    assert flows["iot/spiio/dns/udp"] == (dns, [])
    assert {key[len("iot/tsi/ntp") :]: to for key, (to, _domains) in flows.items() if "/ntp/" in key} == ntp
    # Nobody names a time server, so the gateway is asked, as it answers whomever a device asks.
    assert "iot/tsi/ntp/udp/10.40.0.1" in {check["id"] for check in plan["checks"]}
    integrity = [check for check in plan["checks"] if check["kind"] == "dns_integrity"]
    assert integrity
    assert all(check["redirected"] for check in integrity)
    assert not any("nobody names a host" in note for note in plan["notes"])


def test_an_exempt_device_asks_whom_it_likes_where_egress_is_by_port() -> None:
    data = berlin()
    data["devices"] += [device_of("controller_pro", 2), device_of("controller_pro", 3)]
    data["vlans"][0].update(redirect=["dns"], redirect_exempt=["kisi-3"])
    plan = plan_of(data)
    profiles = profiles_of(plan)
    assert set(profiles["iot_kisi_2"]) - set(profiles["iot_kisi"]) == {
        "iot/kisi/dns/udp/own",
        "iot/kisi/dns-tcp/tcp/own",
    }
    assert flows_of(plan)["iot/kisi/dns/udp/own"] == ([], [])
    held = {device["name"]: device["profile"] for device in plan["firewall"]["devices"]}
    assert {name for name, profile in held.items() if profile == "iot_kisi_2"} == {"kisi-3"}
    data["gateway"]["egress"] = "domains"
    assert "iot_kisi_2" not in profiles_of(plan_of(data))


def test_of_the_time_servers_of_a_vlan_those_that_devices_can_use() -> None:
    data = by_domain()
    data["endpoints"] = data["endpoints"][:6]
    data["vlans"][0]["ntp"] = ["2001:db8::123", "192.0.2.123"]
    assert flows_of(plan_of(data))["iot/tsi/ntp/udp"] == (["192.0.2.123"], [])


def test_checks_look_names_up_where_the_devices_do() -> None:
    data = by_domain()
    data["endpoints"][4]["hosts"] = ["198.51.100.7"]
    data["blocked"] = [{"vlan": "iot", "host": "files.berlin.example", "port": 445, "reason": "no file shares"}]
    checks = {check["id"]: check for check in plan_of(data)["checks"]}
    asked = {key for key, check in checks.items() if check.get("nameservers") == ["10.40.0.1"]}
    kinds = {checks[key]["kind"] for key in asked}
    assert kinds == {"tcp", "mqtt", "ntp", "tls", "http"}
    for key, check in checks.items():
        host = check.get("host") or check.get("url")
        assert (key in asked) == bool(host and host != "198.51.100.7"), key


def test_probe_hosts_may_open_what_only_a_check_needs() -> None:
    """The captive portal's test, and our own responder: no device goes there."""
    data = by_domain()
    data["endpoints"] = data["endpoints"][1:]
    data["responder"] = {"host": "responder.example.com"}
    data["portal_test"] = {"url": "http://198.51.100.9:8080/ok"}
    plan = plan_of(data)
    flows, profiles = flows_of(plan), profiles_of(plan)
    extra = sorted(set(profiles["iot_probe"]) - set(profiles["iot_kisi"] + profiles["iot_spiio"] + profiles["iot_tsi"]))
    assert {key: flows[key] for key in extra} == {
        "iot/kisi/cloud-session/fallback/responder": ([], ["responder.example.com"]),
        "iot/kisi/cloud-session/primary/responder": ([], ["responder.example.com"]),
        "iot/portal": (["198.51.100.9"], []),
    }
    # By port, an address outside needs no flow of its own.
    data["gateway"]["egress"] = "ports"
    assert not set(extra) & set(flows_of(plan_of(data)))


def test_what_nobody_names_is_not_opened_by_domain_and_the_plan_says_so() -> None:
    vendors = {**specs(), "acme": parsed_spec("acme", level="recommended", domains=())}
    data = by_domain()
    data["devices"].append({"name": "d", "vendor": "acme", "type": "thing", "mac": "02:00:00:00:00:01", "vlan": "iot"})
    plan = make_plan(site(data, vendors), vendors)
    assert "iot/acme/cloud/tls" not in flows_of(plan)
    assert "iot/acme/cloud: nobody names a host for it, so egress by domain opens nothing" in plan["notes"]
