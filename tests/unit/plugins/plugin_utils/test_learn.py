# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What devices used: told by device and by name, proposed so that a spec takes it, and never more than was seen."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway import _answers, _learned
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._domains import set_name
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._nftables._names import counter_of
from ansible_collections.fieldnet.iot.plugins.plugin_utils._data import _yaml
from ansible_collections.fieldnet.iot.plugins.plugin_utils._learn._learn import observe
from ansible_collections.fieldnet.iot.plugins.plugin_utils._learn._proposal import propose
from ansible_collections.fieldnet.iot.plugins.plugin_utils._learn._report import document, text
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec import _extend
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._vendors import BUILT_IN, load_specs, parse_spec
from support.sites import berlin, site, specs

Data = t.Dict[str, t.Any]
FRONT_DOOR, AIR, PROBE, STRANGER = (f"02:00:00:00:00:{end}" for end in ("10", "12", "20", "66"))
SITE, SPECS = site(berlin()), specs()
PLAN = make_plan(SITE, SPECS)
TODAY = "2026-11-21"


def use(mac: str, destination: str, port: int, protocol: str = "tcp", packets: int = 5) -> Data:
    return {
        "interface": "vlan40",
        "mac": mac,
        "destination": destination,
        "protocol": protocol,
        "port": port,
        "packets": packets,
        "bytes": packets * 60,
        "expires": 1000,
    }


def learned(*used: Data, **more: t.Any) -> Data:
    info = {"used": list(used), "present": True, "learns": True, "counters": {}, "sets": {}, "names": {}, **more}
    return observe(SITE, SPECS, PLAN, info)


def test_a_gateway_that_was_not_read_says_why() -> None:
    assert observe(SITE, SPECS, PLAN, {"msg": "no route to host"})["error"] == "no route to host"
    assert observe(SITE, SPECS, PLAN, {})["error"] == "the gateway was not asked"
    empty = {"used": [], "present": False, "learns": False, "counters": {}, "sets": {}, "names": {}}
    assert "no policy of ours" in observe(SITE, SPECS, PLAN, empty)["error"]
    assert "NOT READ   (no route to host)" in text(
        document([observe(SITE, SPECS, PLAN, {"msg": "no route to host"})], SPECS, TODAY)
    )


def test_what_a_device_used_is_told_by_port_with_the_busiest_destination_first() -> None:
    found = learned(use(FRONT_DOOR, "203.0.113.7", 8443, packets=3), use(FRONT_DOOR, "203.0.113.8", 8443, packets=9))
    (device,) = found["devices"]
    (service,) = device["used"]
    assert (device["name"], service["port"], service["packets"]) == ("front-door", 8443, 12)
    assert [one["address"] for one in service["destinations"]] == ["203.0.113.8", "203.0.113.7"]


def test_strangers_are_told_apart_and_probe_hosts_are_no_devices() -> None:
    found = learned(use(STRANGER, "203.0.113.7", 22), use(PROBE, "203.0.113.7", 23))
    assert found["devices"] == []
    assert [one["mac"] for one in found["unknown"]] == [STRANGER]
    assert document([found], SPECS, TODAY)["proposals"] == []


def test_names_come_from_the_resolver_else_from_the_set_that_has_the_address() -> None:
    sets = {set_name("electricimp.com", 4): ["203.0.113.7", "203.0.113.8"], "d4_0000000000": ["203.0.113.9"]}
    names = {"203.0.113.7": ["imp01.electricimp.com"]}
    found = learned(*(use(FRONT_DOOR, f"203.0.113.{n}", 8443) for n in (7, 8, 9)), sets=sets, names=names)
    reached = {one["address"]: one["names"] for one in found["devices"][0]["used"][0]["destinations"]}
    domains = any(flow.get("domains") for flow in PLAN["firewall"]["flows"])
    assert reached["203.0.113.7"] == ["imp01.electricimp.com"]
    assert reached["203.0.113.8"] == (["electricimp.com"] if domains else [])
    assert reached["203.0.113.9"] == []


def test_ports_that_nobody_used_are_those_whose_counter_is_zero() -> None:
    flows = {flow["id"]: flow for flow in PLAN["firewall"]["flows"]}
    counters = {counter_of(flow_id, False): {"packets": 1, "bytes": 60} for flow_id in flows}
    assert learned(counters=counters)["never_used"] == []
    assert learned(counters={})["never_used"] == []  # not counted is not unused
    for flow_id in ("iot/kisi/cloud-session/primary", "iot/kisi/cloud-session/fallback"):
        counters[counter_of(flow_id, False)] = {"packets": 0, "bytes": 0}
    found = learned(counters=counters)["never_used"]
    assert [(one["requirement"], one["port"], one["fallback"]) for one in found] == [
        ("cloud-session", 993, True),
        ("cloud-session", 31314, False),
    ]
    assert "never used: iot/kisi/cloud-session TCP 993 (a fallback)" in text(
        document([learned(counters=counters)], SPECS, TODAY)
    )


def test_what_stays_inside_or_is_for_the_gateway_to_answer_is_a_hint_and_no_proposal() -> None:
    found = learned(use(FRONT_DOOR, "10.1.0.9", 445), use(AIR, "8.8.8.8", 53, "udp"), use(AIR, "fe80::1", 5353, "udp"))
    assert document([found], SPECS, TODAY)["proposals"] == []
    assert found["hints"] == [
        "air sends UDP 53 to 8.8.8.8: redirect: [dns] in VLAN iot has the gateway answer it",
        "air sends UDP 5353 to fe80::1: inside the site, so that no vendor's spec is proposed to ask for it",
        "front-door sends TCP 445 to 10.1.0.9: inside the site, so that no vendor's spec is proposed to ask for it",
    ]


def test_a_port_that_the_spec_does_not_know_is_a_requirement_of_its_own() -> None:
    found = learned(use(FRONT_DOOR, "203.0.113.7", 8443), names={"203.0.113.7": ["api.kisi.example"]})
    (requirement,) = document([found], SPECS, TODAY)["proposals"][0]["requirements"]
    assert requirement == {
        "id": "seen-tcp-8443",
        "title": "Seen in learn mode: TCP 8443",
        "kind": "outbound",
        "level": "recommended",
        "basis": "implied",
        "device_types": ["controller_pro"],
        "to": {"domains": ["api.kisi.example"]},
        "all_of": [{"id": "tcp-8443", "protocol": "tcp", "port": 8443}],
        "sources": [{"ref": "learned", "says": "front-door at berlin sent 5 packets to TCP 8443 of api.kisi.example"}],
    }


def test_a_destination_without_a_name_leaves_the_proposal_without_names() -> None:
    uses = [use(FRONT_DOOR, "203.0.113.7", 8443), use(FRONT_DOOR, "203.0.113.8", 8443)]
    found = learned(*uses, names={"203.0.113.7": ["api.kisi.example"]})
    (requirement,) = document([found], SPECS, TODAY)["proposals"][0]["requirements"]
    assert "to" not in requirement
    assert "203.0.113.8" in requirement["sources"][0]["says"]


def test_a_known_port_to_an_unknown_name_adds_the_name() -> None:
    found = learned(use(FRONT_DOOR, "203.0.113.7", 31314), names={"203.0.113.7": ["imp.kisi.example"]})
    (requirement,) = document([found], SPECS, TODAY)["proposals"][0]["requirements"]
    assert (requirement["id"], requirement["to"]) == (
        "cloud-session",
        {"domains": ["*.electricimp.com", "imp.kisi.example"]},
    )


def test_two_ports_of_one_requirement_are_one_change_of_it() -> None:
    uses = [use(FRONT_DOOR, "203.0.113.7", 80), use(FRONT_DOOR, "203.0.113.8", 443)]
    found = learned(*uses, names={"203.0.113.7": ["b.example"], "203.0.113.8": ["a.example"]})
    (requirement,) = document([found], SPECS, TODAY)["proposals"][0]["requirements"]
    assert requirement["id"] == "firmware"
    assert {"a.example", "b.example"} <= set(requirement["to"]["domains"])
    assert [source["says"].split(" of ")[1] for source in requirement["sources"]] == ["b.example", "a.example"]


@pytest.mark.parametrize("vendor", sorted(SPECS))
@settings(max_examples=30)
@given(data=st.data())
def test_whatever_was_seen_a_spec_takes_the_proposal(vendor: str, data: st.DataObject) -> None:
    raw, _errors = _yaml.load(BUILT_IN / f"{vendor}.yml")
    assert isinstance(raw, dict)
    mac = next(device.mac for device in SITE.devices if device.vendor == vendor)
    addresses = st.sampled_from(["203.0.113.7", "203.0.113.8", "2001:db8::1", "10.0.0.1"])
    ports = st.sampled_from([31314, 443, 53, 123, 80, 1, 65535])
    uses = data.draw(st.lists(st.builds(use, st.just(mac), addresses, ports, st.sampled_from(["tcp", "udp", "sctp"]))))
    names = data.draw(st.dictionaries(addresses, st.just(["a.example"])))
    proposal = propose(SPECS[vendor], [learned(*uses, names=names)], TODAY)
    if proposal is None:
        return
    own = yaml.safe_load(yaml.safe_dump(proposal))
    assert _extend.check(own) == []
    assert _extend.check_against(raw, own) == []
    spec, problems = parse_spec(_extend.extend(raw, own).data)
    assert problems == []
    assert spec is not None
    known = {requirement.id for requirement in SPECS[vendor].requirements}
    assert known <= {requirement.id for requirement in spec.requirements}


def test_a_proposal_in_a_folder_of_specs_is_what_is_planned_from_then_on(tmp_path: Path) -> None:
    """Known ports get the names that were seen, others a requirement of their own, which no site must meet."""
    uses = [use(FRONT_DOOR, "203.0.113.7", 8443), use(FRONT_DOOR, "203.0.113.8", 31314)]
    names = {"203.0.113.7": ["api.kisi.example"], "203.0.113.8": ["imp.kisi.example"]}
    (proposal,) = document([learned(*uses, names=names)], SPECS, TODAY)["proposals"]
    (tmp_path / "kisi.yml").write_text(yaml.safe_dump(proposal), encoding="utf-8")
    found, errors = load_specs([tmp_path])
    assert errors == []
    data = berlin()
    data["gateway"]["egress"] = "domains"
    plan = make_plan(site(data, found), found)
    assert {"api.kisi.example", "imp.kisi.example", "*.electricimp.com"} <= set(plan["dns"]["domains"])
    assert "iot/kisi/seen-tcp-8443/tcp-8443" in {flow["id"] for flow in plan["firewall"]["flows"]}
    seen = next(one for one in plan["requirements"] if one["id"] == "seen-tcp-8443")
    assert (seen["level"], seen["basis"]) == ("recommended", "implied")


def test_a_listing_of_nft_becomes_data() -> None:
    element = {"concat": ["vlan40", FRONT_DOOR, "203.0.113.7", "tcp", 8443]}
    counted = {
        "elem": {"val": element, "timeout": 2592000, "expires": 2591990, "counter": {"packets": 2, "bytes": 120}}
    }
    broken = [
        {"elem": {"val": {"concat": ["vlan40"]}}},
        "x",
        {"elem": {"val": {"concat": ["v", "no mac", "x", "tcp", 1]}}},
    ]
    found = _learned.parse(
        [
            {"metainfo": {}},
            {"set": {"name": "iot_learned", "elem": [counted, *broken]}},
            {"set": {"name": "d4_0123456789", "elem": [{"elem": {"val": "203.0.113.7", "expires": 5}}, "203.0.113.8"]}},
            {"set": {"name": "iot_unknown_seen", "elem": [{"elem": {"val": {"concat": ["vlan40", STRANGER]}}}]}},
            {"counter": {"name": "flow/x", "packets": 7, "bytes": 70}},
        ]
    )
    assert found.used == [{**use(FRONT_DOOR, "203.0.113.7", 8443, packets=2), "bytes": 120, "expires": 2591990}]
    assert found.sets == {"d4_0123456789": ["203.0.113.7", "203.0.113.8"]}
    assert found.counters == {"flow/x": {"packets": 7, "bytes": 70}}
    assert found.unknown == [{"interface": "vlan40", "mac": STRANGER, "packets": 0, "bytes": 0}]


def test_an_address_belongs_to_the_name_that_was_asked_for() -> None:
    log = """\
query[A] www.vendor.example from 10.40.0.10
reply www.vendor.example is <CNAME>
reply edge.cdn.example is 203.0.113.7
reply edge.cdn.example is 203.0.113.8
reply plain.vendor.example is 203.0.113.9
cached other.example is 203.0.113.8
12 10.40.0.10/4711 reply extra.example is 2001:db8::1
/etc/hosts printer.lan is 10.0.0.9
reply gone.example is NXDOMAIN
reply -bad-.example is 203.0.113.7
reply error is REFUSED
"""
    assert _answers.parse(log.splitlines()) == {
        "10.0.0.9": ["printer.lan"],
        "2001:db8::1": ["extra.example"],
        "203.0.113.7": ["www.vendor.example"],
        "203.0.113.8": ["other.example", "www.vendor.example"],
        "203.0.113.9": ["plain.vendor.example"],
    }
