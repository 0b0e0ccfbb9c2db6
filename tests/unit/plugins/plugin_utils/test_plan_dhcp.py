"""DHCP in the plan: reservations, what devices are told, what each offer must be, and who may offer at all."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._backends import DHCP_SERVERS
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from support.sites import Data, berlin, parsed_spec, site, specs

PORTAL = "urn:ietf:params:capport:unrestricted"


def _plan(data: t.Optional[Data] = None) -> Data:
    return make_plan(site(data or berlin()), specs())


def _told(**vlan: t.Any) -> Data:
    data = berlin()
    data["vlans"][0].update(vlan)
    return data


def _checks(plan: Data) -> t.Dict[str, Data]:
    return {check["id"]: check for check in plan["checks"] if check["kind"] == "dhcp"}


@pytest.mark.parametrize("backend", sorted(DHCP_SERVERS))
def test_reservations_of_devices_with_an_address(backend: str) -> None:
    data = berlin()
    data["gateway"]["dhcp"] = backend
    assert _plan(data)["dhcp"] == {
        "backend": backend,
        "reservations": [
            {"name": "front-door", "mac": "02:00:00:00:00:10", "ip": "10.40.0.10", "subnet": "10.40.0.0/24"},
            {"name": "lawn", "mac": "02:00:00:00:00:11", "ip": "10.40.0.11", "subnet": "10.40.0.0/24"},
        ],
        "subnets": [],
    }


@pytest.mark.parametrize(
    ("vlan", "told", "expected"),
    [
        ({"dhcp_options": ["router"]}, {"router": "10.40.0.1"}, {}),
        (
            {"dhcp_options": ["dns"], "dns": ["10.40.0.1", "9.9.9.9", "10.40.0.1"]},
            {"dns_servers": ["10.40.0.1", "9.9.9.9"]},
            {"expect_dns": ["10.40.0.1", "9.9.9.9"]},
        ),
        (
            {"dhcp_options": ["ntp"], "ntp": ["192.0.2.123", "10.40.0.1"]},
            {"ntp_servers": ["192.0.2.123", "10.40.0.1"]},
            {"expect_ntp": ["192.0.2.123", "10.40.0.1"]},
        ),
        (
            {"dhcp_options": ["ntp"], "redirect": ["ntp"]},
            {"ntp_servers": ["10.40.0.1"]},
            {"expect_ntp": ["10.40.0.1"]},
        ),
        (
            {"dhcp_options": ["no-captive-portal", "router"]},
            {"router": "10.40.0.1", "captive_portal": "unrestricted"},
            {"expect_captive_portal": PORTAL},
        ),
    ],
)
def test_what_devices_are_told_is_what_their_offers_must_say(vlan: Data, told: Data, expected: Data) -> None:
    plan = _plan(_told(**vlan))
    assert plan["dhcp"]["subnets"] == [{"subnet": "10.40.0.0/24", **told}]
    check = _checks(plan)["iot/dhcp/front-door"]
    assert {key: check[key] for key in expected} == expected
    assert {key for key in check if key.startswith("expect_")} == {
        *("expect_ip", "expect_router", "expect_dns"),
        *expected,
    }
    # One without a reservation is told what the server's own configuration says, whatever that is.
    assert not {"expect_ntp", "expect_captive_portal", "expect_ip"} & set(_checks(plan)["iot/dhcp/air"])
    assert (
        "VLAN iot: dhcp_options reach devices with a reservation; without one: air, told what the DHCP server's own"
        " configuration says"
    ) in plan["notes"]


@pytest.mark.parametrize(
    ("named", "servers"), [([], ["10.40.0.1"]), (["10.40.0.2", "10.40.0.3"], ["10.40.0.2", "10.40.0.3"])]
)
def test_who_may_offer(named: t.List[str], servers: t.List[str]) -> None:
    plan = _plan(_told(dhcp_servers=named))
    checks = _checks(plan)
    assert sorted(checks) == ["iot/dhcp-servers", "iot/dhcp/air", "iot/dhcp/front-door", "iot/dhcp/lawn"]
    assert all(check["servers"] == servers for check in checks.values())
    # dnsmasq tests an address for 3 seconds before it offers it; a second server is heard all the same.
    assert all(3 < check["window"] < check["timeout"] for check in checks.values())
    own = checks["iot/dhcp-servers"]
    assert own["mac"] == "02:00:00:00:00:20"
    assert not [key for key in own if key.startswith("expect_")]


def test_no_other_server_is_a_requirement_of_each_vlan_with_devices() -> None:
    data = berlin()
    data["vlans"] += [
        {"name": name, "interface": f"vlan{n}", "subnet": f"10.{n}.0.0/24", "router": f"10.{n}.0.1", "dns": ["9.9.9.9"]}
        for n, name in ((41, "doors"), (42, "empty"))
    ]
    data["devices"][1].update(vlan="doors", ip="10.41.0.9")
    found = {one["vlan"]: one for one in _plan(data)["requirements"] if one["id"] == "dhcp-servers"}
    assert sorted(found) == ["doors", "iot"]
    assert {one["level"] for one in found.values()} == {"required"}
    assert found["doors"]["given"] == {
        "verdict": "unproven",
        "reason": "VLAN doors has no probe host",
        "remedy": "name one under probes in the site's file",
    }
    assert found["iot"]["source"] == "site data: in VLAN iot 10.40.0.1 offers addresses, and nobody else"


def test_the_reservation_is_judged_by_what_only_it_tells() -> None:
    """A wrong router concerns every device, so it is not recommended only; unless no requirement says so."""
    counts = {(one["vendor"], one["kind"]): one["counts"] for one in _plan()["requirements"] if one.get("counts")}
    assert counts == {
        **{(vendor, "dhcp"): ["router", "dns"] for vendor in ("kisi", "spiio", "tsi")},
        ("kisi", "reservation"): ["address", "ntp", "captive_portal"],
        ("spiio", "reservation"): ["address", "ntp", "captive_portal"],
    }
    acme = {"acme": parsed_spec("acme")}
    data = berlin()
    data["endpoints"] = []
    data["devices"] = [{**data["devices"][0], "vendor": "acme", "type": "thing", "uplink": "wifi"}]
    found = make_plan(site(data, acme), acme)["requirements"]
    alone = next(one for one in found if one["kind"] == "reservation")
    assert alone["counts"] == ["address", "ntp", "captive_portal", "router", "dns"]
