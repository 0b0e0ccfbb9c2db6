"""The plan's firewall and DNS parts: who may open what, in which profile, and where it leads."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._firewall import LONGEST_NAME, LONGEST_TITLE
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from support.sites import Data, berlin, parsed_spec, site, specs

DOORS: Data = {
    "name": "doors",
    "interface": "vlan41",
    "subnet": "10.41.0.0/24",
    "router": "10.41.0.1",
    "dns": ["10.41.0.1"],
}


def _plan(data: t.Optional[Data] = None) -> Data:
    return make_plan(site(data or berlin()), specs())


def _firewall(data: t.Optional[Data] = None) -> Data:
    return t.cast(Data, _plan(data)["firewall"])


def _by_domain(**gateway: str) -> Data:
    data = berlin()
    data["gateway"].update(egress="domains", **gateway)
    return data


def _flows(plan: Data) -> t.Dict[str, t.Tuple[t.List[str], t.List[str]]]:
    return {flow["id"]: (flow["to"], flow["domains"]) for flow in plan["firewall"]["flows"]}


def _profiles(plan: Data) -> t.Dict[str, t.List[str]]:
    return {profile["name"]: profile["flows"] for profile in plan["firewall"]["profiles"]}


def _device(kind: str, number: int, vlan: str = "iot", **more: str) -> Data:
    mac = f"02:00:00:00:01:{number:02x}"
    return {"name": f"kisi-{number}", "vendor": "kisi", "type": kind, "mac": mac, "vlan": vlan, **more}


def test_what_a_site_does_not_say() -> None:
    found = _firewall()
    assert {key: value for key, value in found.items() if not isinstance(value, list)} == {
        "backend": "nftables",
        "egress": "ports",
        "binding": "mac-ip",
        "unknown_devices": "reject",
        "log_limit": "5/minute",
        "firewalld_policy": False,
        "mode": "enforce",
        "learn_until": "",
    }
    assert found["interfaces"] == [
        {"name": "vlan40", "subnet": "10.40.0.0/24", "router": "10.40.0.1", "redirect": [], "redirect_exempt": []}
    ]


def test_what_a_site_says() -> None:
    data = _by_domain(binding="mac", unknown_devices="drop", log_limit="")
    data["gateway"]["firewalld_policy"] = True
    data["vlans"][0].update(redirect=["ntp", "dns"], redirect_exempt=["lawn", "air"])
    found = _firewall(data)
    assert (found["egress"], found["binding"], found["unknown_devices"]) == ("domains", "mac", "drop")
    assert (found["log_limit"], found["firewalld_policy"]) == ("", True)
    assert found["interfaces"][0]["redirect"] == ["dns", "ntp"]
    assert found["interfaces"][0]["redirect_exempt"] == ["02:00:00:00:00:11", "02:00:00:00:00:12"]


def test_each_device_has_the_profile_of_its_vendor_and_vlan() -> None:
    found = _firewall()
    assert found["devices"] == [
        {"name": "air", "interface": "vlan40", "mac": "02:00:00:00:00:12", "profile": "iot_tsi"},
        {
            "name": "front-door",
            "interface": "vlan40",
            "mac": "02:00:00:00:00:10",
            "ip": "10.40.0.10",
            "profile": "iot_kisi",
        },
        {"name": "lawn", "interface": "vlan40", "mac": "02:00:00:00:00:11", "ip": "10.40.0.11", "profile": "iot_spiio"},
        {
            "name": "probe-probe-berlin-example",
            "interface": "vlan40",
            "mac": "02:00:00:00:00:20",
            "ip": "10.40.0.20",
            "profile": "iot_probe",
        },
    ]
    titles = {profile["name"]: profile["title"] for profile in found["profiles"]}
    assert titles == {
        "iot_kisi": "Kisi access control",
        "iot_probe": "probe hosts",
        "iot_spiio": "Spiio sensors",
        "iot_tsi": "TSI IoT monitors",
    }
    assert not any(profile["ipv6"] for profile in found["profiles"])
    assert [profile["name"] for profile in found["profiles"] if profile.get("probe")] == ["iot_probe"]


def test_a_profile_has_its_own_vendors_flows_and_that_of_the_probe_hosts_all() -> None:
    plan = _plan()
    profiles = _profiles(plan)
    assert profiles["iot_spiio"] == [
        "iot/spiio/cloud-session/fallback",
        "iot/spiio/cloud-session/primary",
        "iot/spiio/dns/udp",
        "iot/spiio/firmware/primary",
    ]
    assert profiles["iot_probe"] == sorted(_flows(plan))


def test_what_only_one_type_of_device_needs_is_in_its_profile_alone() -> None:
    """Controllers at home, readers of another VLAN: each side opens to the other, and nobody else does."""
    data = berlin()
    data["vlans"].append(dict(DOORS))
    data["devices"] = [
        _device("controller_pro", 1, ip="10.40.0.31"),
        _device("reader_pro", 2, ip="10.40.0.32"),
        _device("reader_pro", 3, "doors", ip="10.41.0.33"),
        _device("controller_pro", 4, "doors", ip="10.41.0.34"),
        *data["devices"][1:],
    ]
    plan = _plan(data)
    sync = "kisi/reader-controller-sync/sync"
    assert {key: to for key, (to, _domains) in _flows(plan).items() if sync in key} == {
        f"iot/{sync}/controller_pro": ["10.41.0.33"],
        f"iot/{sync}/reader_pro": ["10.41.0.34"],
        f"doors/{sync}/controller_pro": ["10.40.0.32"],
        f"doors/{sync}/reader_pro": ["10.40.0.31"],
    }
    profiles = {name: [key for key in flows if sync in key] for name, flows in _profiles(plan).items()}
    assert profiles == {
        "iot_kisi_controller_pro": [f"iot/{sync}/controller_pro"],
        "iot_kisi_reader_pro": [f"iot/{sync}/reader_pro"],
        "iot_spiio": [],
        "iot_tsi": [],
        "iot_probe": [f"iot/{sync}/controller_pro", f"iot/{sync}/reader_pro"],
        "doors_kisi_controller_pro": [f"doors/{sync}/controller_pro"],
        "doors_kisi_reader_pro": [f"doors/{sync}/reader_pro"],
    }
    held = {device["name"]: device["profile"] for device in plan["firewall"]["devices"]}
    assert (held["kisi-1"], held["kisi-3"]) == ("iot_kisi_controller_pro", "doors_kisi_reader_pro")
    # Two of each inside one VLAN as well: the plan says what no gateway can do.
    assert any(f"doors/{sync.rpartition('/')[0]}: UDP 62435 stays inside VLAN doors" in note for note in plan["notes"])


def test_types_with_the_same_flows_share_a_profile() -> None:
    data = berlin()
    data["devices"] += [_device("reader_pro", 2), _device("controller_pro", 3)]
    names = {device["profile"] for device in _firewall(data)["devices"] if "kisi" in device["profile"]}
    assert names == {"iot_kisi"}


def test_names_that_would_be_alike_or_too_long_are_told_apart() -> None:
    """VLAN a with vendor b_c, and VLAN a_b with vendor c; a vendor called probe; 32 letters and an underscore more."""
    vendors = {name: parsed_spec(name) for name in ("b_c", "c", "probe", "v" * 32)}
    data = berlin()
    data["endpoints"] = []
    data["vlans"] = [
        {**DOORS, "name": name, "interface": f"vlan{n}", "subnet": f"10.{n}.0.0/24", "router": f"10.{n}.0.1"}
        for n, name in enumerate(("a", "a_b", "w" * 32))
    ]
    data["probes"] = [{"host": "p", "vlan": "a", "interface": "eth0", "mac": "02:00:00:00:00:99"}]
    homes = (("a", "b_c"), ("a_b", "c"), ("a", "probe"), ("w" * 32, "v" * 32))
    data["devices"] = [
        {"name": f"d{n}", "vendor": vendor, "type": "thing", "mac": f"02:00:00:00:00:0{n}", "vlan": vlan}
        for n, (vlan, vendor) in enumerate(homes)
    ]
    data["ssids"] = []
    found = make_plan(site(data, vendors), vendors)["firewall"]
    names = [profile["name"] for profile in found["profiles"]]
    assert len(set(names)) == len(names) == 5
    assert all(len(name) <= LONGEST_NAME for name in names)
    assert sorted(name.rpartition("_")[0] for name in names) == [
        "a_b_c",
        "a_b_c",
        "a_probe",
        "a_probe",
        "w" * 32 + "_vvvvvv",
    ]
    assert len({device["profile"] for device in found["devices"]}) == 5


def test_a_title_is_one_plain_line() -> None:
    title = 'Türschlösser "Acme"; drop\n} table inet x { ' + "x" * 200
    vendors = {"acme": parsed_spec("acme", title=title)}
    data = berlin()
    data.update(endpoints=[], ssids=[])
    data["devices"] = [{"name": "d", "vendor": "acme", "type": "thing", "mac": "02:00:00:00:00:01", "vlan": "iot"}]
    found = make_plan(site(data, vendors), vendors)["firewall"]["profiles"][0]["title"]
    assert found.startswith("Turschlosser Acme drop table inet x xxx")
    assert len(found) == LONGEST_TITLE


def test_ipv6_only_where_the_vendor_supports_it() -> None:
    vendors = {**specs(), "acme": parsed_spec("acme", ipv6="supported")}
    data = _by_domain()
    data["devices"].append({"name": "d", "vendor": "acme", "type": "thing", "mac": "02:00:00:00:00:01", "vlan": "iot"})
    plan = make_plan(site(data, vendors), vendors)
    assert [p["name"] for p in plan["firewall"]["profiles"] if p["ipv6"]] == ["iot_acme", "iot_probe"]
    assert plan["dns"]["ipv6"] is True
    checks = {check["id"]: check for check in plan["checks"]}
    assert "family" not in checks["iot/acme/cloud/tls/cloud.acme.example"]
    assert checks["iot/tsi/https/primary/api.tsi.example"]["family"] == "ipv4"


def test_the_gateway_is_no_device_of_its_own() -> None:
    data = berlin()
    data["probes"][0].update(host=data["gateway"]["host"])
    found = _firewall(data)
    assert "iot_probe" not in {profile["name"] for profile in found["profiles"]}
    assert {device["name"] for device in found["devices"]} == {"air", "front-door", "lawn"}


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        (["P.Berlin_1.Example"], ["probe-p-berlin-1-example"]),
        (["fd00::1"], ["probe-fd00-1"]),
        (["a.b", "a-b"], ["probe-a-b-", "probe-a-b-"]),
        (["x" * 60 + ".example"], ["probe-" + "x" * 48 + "-"]),
        (["taken"], ["probe-taken-"]),
    ],
)
def test_a_probe_host_s_name_is_a_label_and_nobody_elses(hosts: t.List[str], expected: t.List[str]) -> None:
    data = berlin()
    data["devices"][0]["name"] = "probe-taken"
    data["probes"] = [
        {"host": host, "vlan": "iot", "interface": "eth0", "mac": f"02:00:00:00:02:0{n}", "ip": f"10.40.0.3{n}"}
        for n, host in enumerate(hosts)
    ]
    names = [device["name"] for device in _firewall(data)["devices"] if device["profile"] == "iot_probe"]
    assert len(set(names)) == len(hosts)
    for name, start in zip(sorted(names), expected):
        assert name == start or (start.endswith("-") and name.startswith(start) and len(name) - len(start) == 8)
        assert len(name) <= 63


def test_egress_by_domain_opens_what_is_named() -> None:
    data = _by_domain()
    data["endpoints"][4]["hosts"] = ["api.tsi.example", "198.51.100.7", "192.168.7.9"]
    plan = _plan(data)
    flows = _flows(plan)
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
    plan = _plan()
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
    notes = [note for note in _plan(_by_domain())["notes"] if "dnsmasq" in note]
    assert len(notes) == 2
    assert "*.electricimp.com" in notes[0]
    assert "api.tsi.example" in notes[1]


def test_devices_without_an_address_are_noted() -> None:
    note = "VLAN iot: known by the MAC address alone, for want of an ip in the site's file: air"
    assert note in _plan()["notes"]
    data = berlin()
    del data["probes"][0]["ip"]
    assert f"{note}, probe host probe.berlin.example" in _plan(data)["notes"]
    data["gateway"]["binding"] = "mac"
    assert not any("MAC address alone" in note for note in _plan(data)["notes"])


def test_time_comes_from_the_sites_servers() -> None:
    data = _by_domain()
    data["endpoints"] = data["endpoints"][:6]
    data["vlans"][0]["ntp"] = ["ntp.berlin.example", "192.0.2.123"]
    assert _flows(_plan(data))["iot/tsi/ntp/udp"] == (["192.0.2.123"], ["ntp.berlin.example"])


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
    plan = _plan(data)
    flows = _flows(plan)
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
    data["devices"] += [_device("controller_pro", 2), _device("controller_pro", 3)]
    data["vlans"][0].update(redirect=["dns"], redirect_exempt=["kisi-3"])
    plan = _plan(data)
    profiles = _profiles(plan)
    assert set(profiles["iot_kisi_2"]) - set(profiles["iot_kisi"]) == {
        "iot/kisi/dns/udp/own",
        "iot/kisi/dns-tcp/tcp/own",
    }
    assert _flows(plan)["iot/kisi/dns/udp/own"] == ([], [])
    held = {device["name"]: device["profile"] for device in plan["firewall"]["devices"]}
    assert {name for name, profile in held.items() if profile == "iot_kisi_2"} == {"kisi-3"}
    data["gateway"]["egress"] = "domains"
    assert "iot_kisi_2" not in _profiles(_plan(data))


def test_of_the_time_servers_of_a_vlan_those_that_devices_can_use() -> None:
    data = _by_domain()
    data["endpoints"] = data["endpoints"][:6]
    data["vlans"][0]["ntp"] = ["2001:db8::123", "192.0.2.123"]
    assert _flows(_plan(data))["iot/tsi/ntp/udp"] == (["192.0.2.123"], [])


def test_checks_look_names_up_where_the_devices_do() -> None:
    data = _by_domain()
    data["endpoints"][4]["hosts"] = ["198.51.100.7"]
    data["blocked"] = [{"vlan": "iot", "host": "files.berlin.example", "port": 445, "reason": "no file shares"}]
    checks = {check["id"]: check for check in _plan(data)["checks"]}
    asked = {key for key, check in checks.items() if check.get("nameservers") == ["10.40.0.1"]}
    kinds = {checks[key]["kind"] for key in asked}
    assert kinds == {"tcp", "mqtt", "ntp", "tls", "http"}
    for key, check in checks.items():
        host = check.get("host") or check.get("url")
        assert (key in asked) == bool(host and host != "198.51.100.7"), key


def test_probe_hosts_may_open_what_only_a_check_needs() -> None:
    """The captive portal's test, and our own responder: no device goes there."""
    data = _by_domain()
    data["endpoints"] = data["endpoints"][1:]
    data["responder"] = {"host": "responder.example.com"}
    data["portal_test"] = {"url": "http://198.51.100.9:8080/ok"}
    plan = _plan(data)
    flows, profiles = _flows(plan), _profiles(plan)
    extra = sorted(set(profiles["iot_probe"]) - set(profiles["iot_kisi"] + profiles["iot_spiio"] + profiles["iot_tsi"]))
    assert {key: flows[key] for key in extra} == {
        "iot/kisi/cloud-session/fallback/responder": ([], ["responder.example.com"]),
        "iot/kisi/cloud-session/primary/responder": ([], ["responder.example.com"]),
        "iot/portal": (["198.51.100.9"], []),
    }
    # By port, an address outside needs no flow of its own.
    data["gateway"]["egress"] = "ports"
    assert not set(extra) & set(_flows(_plan(data)))


def test_what_nobody_names_is_not_opened_by_domain_and_the_plan_says_so() -> None:
    vendors = {**specs(), "acme": parsed_spec("acme", level="recommended", domains=())}
    data = _by_domain()
    data["devices"].append({"name": "d", "vendor": "acme", "type": "thing", "mac": "02:00:00:00:00:01", "vlan": "iot"})
    plan = make_plan(site(data, vendors), vendors)
    assert "iot/acme/cloud/tls" not in _flows(plan)
    assert "iot/acme/cloud: nobody names a host for it, so egress by domain opens nothing" in plan["notes"]
