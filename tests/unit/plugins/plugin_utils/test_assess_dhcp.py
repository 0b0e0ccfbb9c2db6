"""Verdicts on DHCP, from offers as the probe judges them: right, wrong, from somebody else, or none at all."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._dhcp_judge import judge
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._dhcp_packet import Offer
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._model import parse_checks
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._assess import assess
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from support.results import saw
from support.sites import Data, berlin, site, specs

ROUTER, GATEWAY_MAC = "10.40.0.1", "02:00:00:00:00:01"
ROGUE, ROGUE_MAC = "192.168.1.1", "0c:2a:69:00:00:66"
ROGUE_REMEDY = (
    f"find the machine with the hardware address {ROGUE_MAC} (the module fieldnet.iot.device_info or the switch's table"
    f" shows its port), and unplug it or switch off its DHCP server; if it shall be there, name {ROGUE} under"
    " dhcp_servers of VLAN iot in the site's file"
)
WISHED = {"iot/dhcp/front-door": "10.40.0.10", "iot/dhcp/lawn": "10.40.0.11", "iot/dhcp/back": "10.40.0.14"}
Offers = t.Callable[[str], t.List[Offer]]


def offer(address: str = "10.40.0.150", server: str = ROUTER, mac: str = GATEWAY_MAC, **options: t.Any) -> Offer:
    """As a server makes one that says what the site says."""
    values: Data = {"router": [ROUTER], "dns": [ROUTER], "ntp": [], "lease_time": 3600, "captive_portal": None}
    values.update(netmask="255.255.255.0", source=server, relay=None, **options)
    return Offer(server=server, address=address, mac=mac, **values)


def right(check_id: str) -> t.List[Offer]:
    return [offer(WISHED.get(check_id, "10.40.0.150"))]


def rogue(_check_id: str = "") -> t.List[Offer]:
    return [offer("192.168.1.17", ROGUE, ROGUE_MAC, router=[ROGUE], dns=[ROGUE])]


def _assessed(offers: Offers, data: t.Optional[Data] = None, seen: t.Optional[t.Dict[str, str]] = None) -> Data:
    """What becomes of offers, by the id of the check that hears them; all else works, but for what ``seen`` says."""
    plan = make_plan(site(data or berlin()), specs())
    checks = {check["id"]: check for check in parse_checks([c for c in plan["checks"] if c["kind"] == "dhcp"])}
    results = []
    for result in saw(plan, **(seen or {})):
        check = checks.get(result["id"])
        if check and result["observation"] == "offered":
            found = judge(check, offers(result["id"]), None)
            told = {"observation": found.observation, "reason": found.reason}
            findings = [finding.as_dict() for finding in found.findings]
            result.update(told, findings=findings, offers=[one._asdict() for one in offers(result["id"])])
        results.append(result)
    return assess(plan, results)


def _one(found: Data, name: str) -> Data:
    return next(one for one in found["requirements"] if f"{one['vendor']}/{one['id']}" == name)


def _verdicts(found: Data) -> t.Dict[str, str]:
    names = ("kisi/dhcp", "kisi/reservation", "site/dhcp-servers")
    return {name.partition("/")[2]: _one(found, name)["verdict"] for name in names}


def test_all_is_well() -> None:
    found = _assessed(right)
    assert _verdicts(found) == {"dhcp": "met", "reservation": "met", "dhcp-servers": "met"}
    assert _one(found, "site/dhcp-servers")["reason"] == "nobody but 10.40.0.1 offers addresses in VLAN iot"
    assert found["readiness"] == "ready"


def test_a_second_server_beside_the_right_one_makes_nothing_simply_met() -> None:
    found = _assessed(lambda check: right(check) + rogue())
    assert _verdicts(found) == {"dhcp": "degraded", "reservation": "degraded", "dhcp-servers": "unmet"}
    servers = _one(found, "site/dhcp-servers")
    assert servers["reason"] == "192.168.1.1 (0c:2a:69:00:00:66) offers 192.168.1.17 with the router 192.168.1.1"
    assert servers["remedy"] == _one(found, "kisi/dhcp")["remedy"] == ROGUE_REMEDY
    reservation = _one(found, "kisi/reservation")["reason"]
    assert "10.40.0.1 offers 10.40.0.10" in reservation
    assert ROGUE_MAC in reservation
    assert reservation.count("takes whichever") == 1
    assert found["readiness"] == "not_ready"


def test_one_that_is_heard_once_concerns_the_whole_vlan() -> None:
    """It tests its addresses one after the other, so that few devices hear it in time."""
    found = _assessed(lambda check: right(check) + (rogue() if check == "iot/dhcp/air" else []))
    assert _verdicts(found) == {"dhcp": "degraded", "reservation": "degraded", "dhcp-servers": "unmet"}
    reason = _one(found, "kisi/reservation")["reason"]
    assert reason == (
        "front-door (02:00:00:00:00:10): 10.40.0.1 offers 10.40.0.10; but 192.168.1.1 (0c:2a:69:00:00:66) offers"
        " 192.168.1.17 with the router 192.168.1.1, and a device takes whichever offer comes first"
    )
    # What heard it stands among the observations.
    seen = {one["id"] for one in _one(found, "site/dhcp-servers")["observations"]}
    assert seen == {"iot/link", "iot/dhcp-servers", "iot/dhcp/air"}


def test_only_somebody_else_offers() -> None:
    found = _assessed(rogue)
    assert _verdicts(found) == {"dhcp": "unmet", "reservation": "unmet", "dhcp-servers": "unmet"}
    one = _one(found, "kisi/reservation")
    assert one["reason"].endswith("nobody else offers anything")
    assert one["remedy"] == f"start a DHCP server for the VLAN, or a relay to one; {ROGUE_REMEDY}"


def test_a_server_that_the_site_names_is_no_stranger() -> None:
    data = berlin()
    data["vlans"][0]["dhcp_servers"] = ["10.40.0.2", "10.40.0.3"]

    def pair(check: str) -> t.List[Offer]:
        return [offer(right(check)[0].address, f"10.40.0.{n}", f"02:00:00:00:01:0{n}") for n in (2, 3)]

    found = _assessed(pair, data)
    assert _verdicts(found) == {"dhcp": "met", "reservation": "met", "dhcp-servers": "met"}
    assert _one(found, "site/dhcp-servers")["reason"] == "nobody but 10.40.0.2, 10.40.0.3 offers addresses in VLAN iot"


def test_two_machines_with_the_gateways_address() -> None:
    found = _assessed(lambda check: [*right(check), offer(right(check)[0].address, mac=ROGUE_MAC)])
    assert _verdicts(found) == {"dhcp": "degraded", "reservation": "degraded", "dhcp-servers": "unmet"}
    servers = _one(found, "site/dhcp-servers")
    assert servers["reason"] == f"10.40.0.1 is claimed by two machines, {GATEWAY_MAC} and {ROGUE_MAC}"
    assert servers["remedy"] == "find the machine that is not 10.40.0.1 by its hardware address, and unplug it"


@pytest.mark.parametrize(
    ("options", "verdicts", "remedy"),
    [
        (
            {"router": ["10.40.0.254"]},
            ("unmet", "met"),
            "let the DHCP server tell the router that the site's file has for VLAN iot: in its own configuration, or"
            " for devices with a reservation by dhcp_options: [router]; or correct the site's file",
        ),
        ({"dns": ["9.9.9.9"]}, ("unmet", "met"), "dhcp_options: [dns]"),
        ({"router": []}, ("unmet", "met"), "dhcp_options: [router]"),
        ({"address": "10.40.0.77"}, ("met", "unmet"), "run the playbook fieldnet.iot.provision"),
        ({"ntp": ["192.0.2.9"]}, ("met", "unmet"), "run the playbook fieldnet.iot.provision"),
        ({"captive_portal": "https://portal.example/api"}, ("met", "unmet"), "run the playbook"),
        ({"captive_portal": None}, ("met", "unmet"), "run the playbook"),
        ({}, ("met", "met"), ""),
    ],
)
def test_what_devices_are_told(options: Data, verdicts: t.Tuple[str, str], remedy: str) -> None:
    data = berlin()
    data["vlans"][0].update(ntp=["192.0.2.123"], dhcp_options=["router", "dns", "ntp", "no-captive-portal"])
    good = {"ntp": ["192.0.2.123"], "captive_portal": "urn:ietf:params:capport:unrestricted"}
    found = _assessed(lambda check: [offer(**{"address": right(check)[0].address, **good, **options})], data)
    assert _verdicts(found) == {"dhcp": verdicts[0], "reservation": verdicts[1], "dhcp-servers": "met"}
    wrong = [one for one in (_one(found, "kisi/dhcp"), _one(found, "kisi/reservation")) if one["verdict"] == "unmet"]
    assert all("10.40.0.1" in one["reason"] and remedy in one["remedy"] for one in wrong)
    # A wrong router cuts the devices off; a wish for an address is never fatal.
    portal = options.get("captive_portal")
    assert found["readiness"] == ("not_ready" if verdicts[0] == "unmet" or portal else "ready")


def test_one_device_with_a_wrong_router_is_enough() -> None:
    def offers(check: str) -> t.List[Offer]:
        router = "10.40.0.9" if check.endswith("door") else ROUTER
        return [offer(right(check)[0].address, router=[router])]

    data = berlin()
    data["devices"].append({**data["devices"][0], "name": "back", "mac": "02:00:00:00:00:14", "ip": "10.40.0.14"})
    found = _assessed(offers, data)
    assert _verdicts(found) == {"dhcp": "unmet", "reservation": "met", "dhcp-servers": "met"}
    assert "10.40.0.1 gives router 10.40.0.9, not the expected 10.40.0.1" in _one(found, "kisi/dhcp")["reason"]


@pytest.mark.parametrize(
    ("seen", "verdicts"),
    [
        # Silence of all says nothing of others: somebody must have been heard to offer at all.
        ({"iot_dhcp": "no_offer"}, ("unmet", "unmet", "unproven")),
        ({"iot_dhcp": "not_run"}, ("inconclusive", "inconclusive", "inconclusive")),
        ({"iot_link": "unreachable"}, ("inconclusive", "inconclusive", "inconclusive")),
        # The server may ignore hosts that it does not know, or the devices.
        ({"iot_dhcp_servers": "no_offer"}, ("met", "met", "met")),
        ({"iot_dhcp_front_door": "no_offer"}, ("unmet", "unmet", "met")),
    ],
)
def test_silence(seen: t.Dict[str, str], verdicts: t.Tuple[str, str, str]) -> None:
    found = _assessed(right, seen=seen)
    assert tuple(_verdicts(found).values()) == verdicts
    if "iot_dhcp_front_door" in seen:
        assert _one(found, "kisi/dhcp")["remedy"] == (
            "the DHCP server answers others in VLAN iot: look whether it ignores this device or has no address left,"
            " and whether the switch drops what the probe host asks in the device's name (DHCP snooping)"
        )


def test_devices_without_a_reservation_are_named_where_the_vendor_recommends_one() -> None:
    data = berlin()
    for number in range(14, 27):
        mac = f"02:00:00:00:00:{number + 0x20:02x}"
        data["devices"].append({**data["devices"][0], "name": f"door-{number}", "mac": mac})
        del data["devices"][-1]["ip"]
    found = _assessed(right, data)
    one = _one(found, "kisi/reservation")
    assert (one["verdict"], one["level"]) == ("unmet", "recommended")
    shown = ", ".join(f"door-{number}" for number in range(14, 24)) + " and 3 more"
    assert one["reason"] == f"{shown} have no reservation: the site's file gives them no ip"
    assert one["remedy"] == f"give {shown} an ip in the site's file, and run the playbook fieldnet.iot.provision"
    assert found["readiness"] == "ready"
    # Nobody recommends one for the others.
    assert not [one for one in found["requirements"] if (one["vendor"], one["id"]) == ("tsi", "reservation")]


@pytest.mark.parametrize("probed", [True, False])
def test_a_vendor_whose_devices_have_none(probed: bool) -> None:
    data = berlin()
    del data["devices"][0]["ip"]
    data["probes"] = data["probes"] if probed else []
    one = _one(_assessed(right, data), "kisi/reservation")
    assert one["verdict"] == "unmet"
    assert one["reason"] == "front-door has no reservation: the site's file gives it no ip"
    assert one["observations"] == []


def test_what_has_a_reservation_is_proven_and_what_has_none_is_told() -> None:
    """Neither hides the other; without a link, what the file lacks is known all the same."""
    data = berlin()
    data["devices"].append({**data["devices"][0], "name": "back", "mac": "02:00:00:00:00:14"})
    del data["devices"][-1]["ip"]
    both = _one(_assessed(lambda _check: [offer("10.40.0.77")], data), "kisi/reservation")
    assert both["reason"] == (
        "back has no reservation: the site's file gives it no ip; front-door (02:00:00:00:00:10): 10.40.0.1 offers"
        " 10.40.0.77, not the expected 10.40.0.10"
    )
    for seen in ({"iot_link": "unreachable"}, {}):
        one = _one(_assessed(right, data, seen), "kisi/reservation")
        assert one["reason"] == "back has no reservation: the site's file gives it no ip"


SERVERS = st.sampled_from((ROUTER, ROGUE, "10.40.0.66"))
MACS = st.sampled_from((GATEWAY_MAC, ROGUE_MAC))
ANY_OFFER = st.builds(
    offer,
    st.sampled_from(("10.40.0.10", "10.40.0.11", "192.168.1.17")),
    SERVERS,
    MACS,
    router=st.lists(SERVERS, max_size=2),
    dns=st.lists(SERVERS, max_size=2),
)


@given(heard=st.lists(st.lists(ANY_OFFER, max_size=3), min_size=4, max_size=4))
def test_whatever_is_offered(heard: t.List[t.List[Offer]]) -> None:
    """Nothing is met where anybody else was heard, nor where the site's own server was not."""
    ids = ("iot/dhcp-servers", "iot/dhcp/air", "iot/dhcp/front-door", "iot/dhcp/lawn")
    offers = dict(zip(ids, heard))
    found = _assessed(offers.__getitem__)
    every = [one for some in heard for one in some]
    strange = any(one.server != ROUTER for one in every)
    for name in ("kisi/dhcp", "kisi/reservation", "site/dhcp-servers"):
        one = _one(found, name)
        assert one["reason"]
        assert one["remedy"] or one["verdict"] == "met"
        assert not (strange and one["verdict"] == "met")
        assert one["verdict"] != "met" or any(some.server == ROUTER for some in every)
    if _verdicts(found)["reservation"] in ("met", "degraded"):
        own = [one for one in offers["iot/dhcp/front-door"] if one.server == ROUTER]
        assert {one.address for one in own} == {"10.40.0.10"}
    if strange:
        who = _one(found, "site/dhcp-servers")
        assert who["verdict"] == "unmet"
        assert all(one.server in who["reason"] for one in every if one.server != ROUTER)
        assert all(str(one.mac) in who["reason"] for one in every if one.server != ROUTER)
