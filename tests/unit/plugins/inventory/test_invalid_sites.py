"""A site that is wrong: kept for the plan to refuse, the end of the run, or left out loudly."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.inventories import groups, listed, run, site
from support.sites import write

FLEET = "plugin: fieldnet.iot.sites\npath: [sites/]\n"
WRONG = [
    "sites/oslo.yml: devices[0].mac: zz is not a MAC address (write it as 02:00:00:00:00:10)",
    "sites/oslo.yml: devices[1].ip: 10.40.9.9 is outside the subnet 10.40.0.0/24 of VLAN iot",
]
TWIN = "sites/paris.yml: devices[2].mac: 02:00:00:00:01:12 is a duplicate of sites/berlin.yml: devices[2].mac"


@pytest.fixture(name="fleet")
def _fleet(tmp_path: Path) -> Path:
    """Berlin is right, Oslo is wrong by itself, Paris is wrong beside Berlin."""
    (tmp_path / "sites").mkdir()
    write(tmp_path / "sites", "berlin.yml", site("berlin", 1))
    oslo, paris = site("oslo", 2), site("paris", 3)
    oslo["devices"][0]["mac"] = "zz"
    oslo["devices"][1]["ip"] = "10.40.9.9"
    paris["devices"][2]["mac"] = "02:00:00:00:01:12"
    write(tmp_path / "sites", "oslo.yml", oslo)
    write(tmp_path / "sites", "paris.yml", paris)
    write(tmp_path, "fleet.yml", FLEET)
    return tmp_path


@pytest.mark.parametrize("source", ["sites", "fleet.yml"])
def test_kept_for_the_plan_to_refuse(source: str, fleet: Path) -> None:
    """A site must never vanish for being wrong, and the first task of each playbook names every error."""
    found, said = listed(fleet, source)
    assert said.err == ""
    assert len(groups(found)["iot_gateways"]) == 3
    said = run("playbook", fleet, "-i", source, "fieldnet.iot.provision")
    assert said.code == 2
    assert all(error in said.words for error in ["3 errors in the sites' data", *WRONG, TWIN])


@pytest.mark.parametrize("how", ["folder", "fleet", "extra"])
def test_fail_ends_the_run_with_all_errors(how: str, fleet: Path) -> None:
    """Each once, also those between sites; Ansible itself would go on without the hosts, and succeed."""
    write(fleet, "fleet.yml", FLEET + "invalid_sites: fail\n")
    write(fleet, "play.yml", [{"hosts": "all", "gather_facts": False, "tasks": []}])
    source, more, environment = {
        "folder": ("sites", [], {"FIELDNET_IOT_INVALID_SITES": "fail"}),
        "fleet": ("fleet.yml", [], {}),
        "extra": ("sites", ["-e", "iot_invalid_sites=fail"], {}),
    }[how]
    said = run("playbook", fleet, "-i", source, "play.yml", *more, **environment)
    assert said.code == 4
    assert said.out == ""
    first, *rest = [line for line in said.err.splitlines() if line]
    assert first.endswith("3 errors in the sites' data; nothing was touched:")
    assert rest == [*WRONG, TWIN]


@pytest.mark.parametrize("how", ["folder", "fleet", "ini"])
def test_skip_leaves_out_loudly(how: str, fleet: Path) -> None:
    """In the inventory and in the playbooks: the others are planned."""
    write(fleet, "fleet.yml", FLEET + "invalid_sites: skip\n")
    if how == "ini":
        write(fleet, "ansible.cfg", "[fieldnet_iot]\ninvalid_sites = skip\n")
    source = "fleet.yml" if how == "fleet" else "sites"
    environment = {"FIELDNET_IOT_INVALID_SITES": "skip"} if how == "folder" else {}
    found, said = listed(fleet, source, **environment)
    assert groups(found)["iot_gateways"] == ["gw.berlin.example"]
    assert "site_oslo" not in found
    for warning in (
        " ".join(["sites/oslo.yml is left out of this run, with all its hosts:", *WRONG]),
        f"sites/paris.yml is left out of this run, with all its hosts: {TWIN}",
    ):
        assert said.words.count(warning) == 1
    task = {"fieldnet.iot.plan": {"path": "{{ ansible_inventory_sources }}"}, "register": "planned"}
    show = {"ansible.builtin.debug": {"msg": "sites {{ planned.sites | join(' ') }}"}}
    write(fleet, "play.yml", [{"hosts": "iot_gateways", "gather_facts": False, "tasks": [task, show]}])
    said = run("playbook", fleet, "-i", source, "play.yml", **environment)
    assert said.code == 0, said.out + said.err
    assert '"msg": "sites berlin"' in said.out
    assert WRONG[0] in said.words


def test_a_fleet_of_which_nothing_is_left(fleet: Path) -> None:
    """A run over no host would succeed."""
    (fleet / "sites" / "berlin.yml").unlink()
    (fleet / "sites" / "paris.yml").unlink()
    write(fleet, "fleet.yml", FLEET + "invalid_sites: skip\n")
    said = run("playbook", fleet, "-i", "fleet.yml", "fieldnet.iot.assess")
    assert said.code == 4
    assert all(error in said.words for error in WRONG)


def test_no_yaml_at_all(fleet: Path) -> None:
    """Its hosts are not known: the others go on, and the run does not end well."""
    write(fleet / "sites", "oslo.yml", "site: [")
    (fleet / "sites" / "paris.yml").unlink()
    found, said = listed(fleet, "fleet.yml")
    assert groups(found)["iot_gateways"] == ["gw.berlin.example"]
    assert "sites/oslo.yml: line 2: is not YAML: " in said.words
    assert "its hosts are unknown" in said.words
    said = run("playbook", fleet, "-i", "fleet.yml", "fieldnet.iot.drift")
    assert said.code == 2
    assert "berlin (gw.berlin.example): unreachable - " in said.words
    assert said.words.count("sites/oslo.yml: line 2: is not YAML: ") >= 2


def test_a_host_that_is_called_like_a_group(fleet: Path) -> None:
    """Any group: Ansible's own, ours, and those that a site's data makes."""
    for wrong in ("oslo.yml", "paris.yml"):
        (fleet / "sites" / wrong).unlink()
    names = ["all", "ungrouped", "iot_probes", "site_berlin", "vendor_kisi", "tag_x"]
    for number, name in enumerate(names, 2):
        data = site(f"oslo{number}", number)
        data["gateway"]["host"] = name
        write(fleet / "sites", f"oslo{number}.yml", data)
    found, said = listed(fleet, "fleet.yml")
    assert said.err == ""
    assert groups(found)["iot_gateways"] == ["gw.berlin.example"]
    said = run("playbook", fleet, "-i", "fleet.yml", "fieldnet.iot.drift")
    for number, name in enumerate(names, 2):
        expected = f"gateway.host: {name} is the name of a group of the inventory; give the host another"
        assert f"sites/oslo{number}.yml: {expected}" in said.words


def test_hosts_in_two_sites_and_other_junk(fleet: Path) -> None:
    """The inventory takes what it can; the plan says what is wrong."""
    data = site("oslo", 2)
    data["probes"][0]["host"] = "gw.berlin.example"
    data["tags"] = ["ok", "Größe", "a b", 5, None, {"a": 1}, "x" * 40, "ok"]
    data["devices"] += [{"vendor": "; rm"}, "text", {"vendor": ["kisi"]}]
    write(fleet / "sites", "oslo.yml", data)
    (fleet / "sites" / "paris.yml").unlink()
    found, said = listed(fleet, "fleet.yml")
    assert said.err == ""
    assert [name for name in groups(found) if name.startswith(("tag_", "vendor_"))] == [
        "tag_ok",
        "vendor_kisi",
        "vendor_spiio",
        "vendor_tsi",
    ]
    assert "gw.berlin.example" in groups(found)["site_oslo"]
    said = run("playbook", fleet, "-i", "fleet.yml", "fieldnet.iot.drift")
    assert said.code == 2
    for error in (
        "tags[1]: Größe is not a name",
        "tags[2]: a b is not a name",
        "devices[3].vendor: ; rm is not a name",
    ):
        assert f"sites/oslo.yml: {error}" in said.words
