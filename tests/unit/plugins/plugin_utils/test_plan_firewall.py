"""The plan's firewall and DNS parts: who may open what, in which profile, and where it leads."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._firewall import LONGEST_NAME, LONGEST_TITLE
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from support.firewall_plans import DOORS, by_domain, device_of, firewall_of, flows_of, plan_of, profiles_of
from support.sites import berlin, parsed_spec, site, specs


def test_what_a_site_does_not_say() -> None:
    found = firewall_of()
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
    data = by_domain(binding="mac", unknown_devices="drop", log_limit="")
    data["gateway"]["firewalld_policy"] = True
    data["vlans"][0].update(redirect=["ntp", "dns"], redirect_exempt=["lawn", "air"])
    found = firewall_of(data)
    assert (found["egress"], found["binding"], found["unknown_devices"]) == ("domains", "mac", "drop")
    assert (found["log_limit"], found["firewalld_policy"]) == ("", True)
    assert found["interfaces"][0]["redirect"] == ["dns", "ntp"]
    assert found["interfaces"][0]["redirect_exempt"] == ["02:00:00:00:00:11", "02:00:00:00:00:12"]


def test_each_device_has_the_profile_of_its_vendor_and_vlan() -> None:
    found = firewall_of()
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
    plan = plan_of()
    profiles = profiles_of(plan)
    assert profiles["iot_spiio"] == [
        "iot/spiio/cloud-session/fallback",
        "iot/spiio/cloud-session/primary",
        "iot/spiio/dns/udp",
        "iot/spiio/firmware/primary",
    ]
    assert profiles["iot_probe"] == sorted(flows_of(plan))


def test_what_only_one_type_of_device_needs_is_in_its_profile_alone() -> None:
    """Controllers at home, readers of another VLAN: each side opens to the other, and nobody else does."""
    data = berlin()
    data["vlans"].append(dict(DOORS))
    data["devices"] = [
        device_of("controller_pro", 1, ip="10.40.0.31"),
        device_of("reader_pro", 2, ip="10.40.0.32"),
        device_of("reader_pro", 3, "doors", ip="10.41.0.33"),
        device_of("controller_pro", 4, "doors", ip="10.41.0.34"),
        *data["devices"][1:],
    ]
    plan = plan_of(data)
    sync = "kisi/reader-controller-sync/sync"
    assert {key: to for key, (to, _domains) in flows_of(plan).items() if sync in key} == {
        f"iot/{sync}/controller_pro": ["10.41.0.33"],
        f"iot/{sync}/reader_pro": ["10.41.0.34"],
        f"doors/{sync}/controller_pro": ["10.40.0.32"],
        f"doors/{sync}/reader_pro": ["10.40.0.31"],
    }
    profiles = {name: [key for key in flows if sync in key] for name, flows in profiles_of(plan).items()}
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
    data["devices"] += [device_of("reader_pro", 2), device_of("controller_pro", 3)]
    names = {device["profile"] for device in firewall_of(data)["devices"] if "kisi" in device["profile"]}
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
    data = by_domain()
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
    found = firewall_of(data)
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
    names = [device["name"] for device in firewall_of(data)["devices"] if device["profile"] == "iot_probe"]
    assert len(set(names)) == len(hosts)
    for name, start in zip(sorted(names), expected):
        assert name == start or (start.endswith("-") and name.startswith(start) and len(name) - len(start) == 8)
        assert len(name) <= 63
