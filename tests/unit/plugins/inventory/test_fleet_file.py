"""The inventory of a fleet in one file: path, groups of one's own, what lies beside, what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.inventories import groups, listed, run, site, variables
from support.sites import berlin, write

FLEET = "plugin: fieldnet.iot.sites\npath: [sites/]\n"


@pytest.fixture(name="fleet")
def _fleet(tmp_path: Path) -> Path:
    (tmp_path / "sites").mkdir()
    write(tmp_path / "sites", "berlin.yml", site("berlin", 1, tags=["pilot", "de"]))
    write(tmp_path / "sites", "oslo.yml", site("oslo", 2, devices=site("oslo", 2)["devices"][:1]))
    write(tmp_path, "fleet.yml", FLEET)
    return tmp_path


def test_hosts_groups_and_variables(fleet: Path) -> None:
    found, said = listed(fleet, "fleet.yml")
    assert said.err == ""
    both = ["gw.berlin.example", "probe.berlin.example"]
    oslo = ["gw.oslo.example", "probe.oslo.example"]
    assert groups(found) == {
        "iot_gateways": ["gw.berlin.example", "gw.oslo.example"],
        "iot_probes": ["probe.berlin.example", "probe.oslo.example"],
        "site_berlin": both,
        "site_oslo": oslo,
        "tag_de": both,
        "tag_pilot": both,
        "vendor_kisi": sorted(both + oslo),
        "vendor_spiio": both,
        "vendor_tsi": both,
    }
    assert variables(found, "probe.berlin.example") == {
        "iot_site": "berlin",
        "iot_site_file": str(fleet / "sites" / "berlin.yml"),
        "iot_tags": ["de", "pilot"],
        "iot_vendors": ["kisi", "spiio", "tsi"],
        "iot_vlan": "iot",
    }
    assert "iot_vlan" not in variables(found, "gw.berlin.example")


def test_the_same_as_the_folder(fleet: Path) -> None:
    (fleet / "group_vars").mkdir()
    (fleet / "sites" / "host_vars").mkdir()
    write(fleet / "group_vars", "tag_pilot.yml", {"ansible_user": "admin"})
    write(fleet / "sites" / "host_vars", "gw.oslo.example.yml", {"ansible_user": "root"})
    folder, _said = listed(fleet, "sites")
    whole, _said = listed(fleet, "fleet.yml")
    assert groups(folder) == groups(whole)
    # Variables lie beside the inventory that is given, as for every other.
    assert variables(folder, "gw.oslo.example")["ansible_user"] == "root"
    assert variables(whole, "gw.berlin.example")["ansible_user"] == "admin"


def test_patterns(fleet: Path) -> None:
    write(fleet, "play.yml", [{"hosts": "all", "gather_facts": False, "tasks": []}])
    for limit, hosts in (
        ("site_berlin", {"gw.berlin.example", "probe.berlin.example"}),
        ("vendor_kisi:&iot_probes", {"probe.berlin.example", "probe.oslo.example"}),
        ("vendor_tsi:!tag_pilot", set()),
        ("iot_gateways:!tag_pilot", {"gw.oslo.example"}),
    ):
        said = run("playbook", fleet, "-i", "fleet.yml", "play.yml", "--list-hosts", "--limit", limit)
        assert {line.strip() for line in said.out.splitlines() if line.strip().endswith(".example")} == hosts, limit


def test_groups_and_variables_of_ones_own(fleet: Path) -> None:
    write(
        fleet,
        "fleet.yml",
        FLEET
        + "keyed_groups: [{key: iot_tags, prefix: mine}, {key: iot_vlan, separator: '', prefix: v}]\n"
        + "groups: {northern: iot_site == 'oslo'}\n"
        + "compose: {ansible_user: \"'iot-' ~ iot_site\"}\n",
    )
    found, _said = listed(fleet, "fleet.yml")
    mine = groups(found)
    assert mine["mine_pilot"] == mine["tag_pilot"]
    assert mine["northern"] == mine["site_oslo"]
    assert mine["viot"] == mine["iot_probes"]
    assert variables(found, "gw.oslo.example")["ansible_user"] == "iot-oslo"
    write(fleet, "fleet.yml", FLEET + "strict: true\ncompose: {a: nonsense.b}\n")
    said = listed(fleet, "fleet.yml")[1]
    assert said.code == 4
    assert "fleet.yml: Could not set a for host gw.berlin.example" in said.words


def test_values_of_a_site_are_no_templates(fleet: Path) -> None:
    data = site("berlin", 1)
    data["gateway"]["host"] = "{{ lookup('pipe', 'touch pwned') }}"
    data["tags"] = ["{{ 1 }}", "ok"]
    write(fleet / "sites", "berlin.yml", data)
    write(fleet, "fleet.yml", FLEET + "compose: {copy: iot_tags}\n")
    found, _said = listed(fleet, "fleet.yml")
    assert groups(found)["iot_gateways"] == ["gw.oslo.example"]
    assert variables(found, "probe.berlin.example")["copy"] == ["ok"]
    assert not (fleet / "pwned").exists()


def test_a_fleet_lying_among_its_sites(fleet: Path) -> None:
    """It is no broken site, and its sites are there once."""
    (fleet / "fleet.yml").rename(fleet / "sites" / "fleet.iot.yml")
    write(fleet / "sites", "fleet.iot.yml", FLEET.replace("sites/", "."))
    for source in ("sites", "sites/fleet.iot.yml"):
        found, said = listed(fleet, source)
        assert said.err == "", source
        assert len(groups(found)["iot_gateways"]) == 2
        said = run("playbook", fleet, "-i", source, "fieldnet.iot.validate")
        assert said.code == 0, said.out + said.err


def test_sites_in_folders_of_folders(fleet: Path) -> None:
    """Ansible reads them; so do the playbooks. Hidden ones and variables are nobody's."""
    for name in ("sites/north/far", "sites/.old", "sites/group_vars"):
        (fleet / name).mkdir(parents=True)
    (fleet / "sites" / "oslo.yml").rename(fleet / "sites" / "north" / "far" / "oslo.yml")
    write(fleet / "sites" / ".old", "paris.yml", "broken: [")
    write(fleet / "sites" / "group_vars", "all.yml", {"a": 1})
    (fleet / "sites" / "north" / "loop").symlink_to(fleet / "sites")
    write(fleet, "play.yml", [{"hosts": "iot_gateways", "gather_facts": False, "tasks": [PLAN, SHOW]}])
    said = run("playbook", fleet, "-i", "fleet.yml", "play.yml")
    assert '"msg": "sites berlin oslo"' in said.out


PLAN = {"fieldnet.iot.plan": {"path": "{{ ansible_inventory_sources }}"}, "run_once": True, "register": "planned"}
SHOW = {"ansible.builtin.debug": {"msg": "sites {{ planned.sites | join(' ') }}"}, "run_once": True}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("path: [nowhere/]\n", "nowhere: is neither a file nor a folder of sites"),
        ("path: []\n", "fleet.yml: path: is empty; it needs at least 1"),
        ("path: {a: b}\n", "fleet.yml: path: a mapping is not a single value"),
        (
            "path: sites/\ninvalid_site: skip\n",
            "fleet.yml: has an unknown key invalid_site; did you mean invalid_sites?",
        ),
        ("path: sites/\ninvalid_sites: maybe\n", "fleet.yml: invalid_sites: maybe is not one of: keep, fail, skip"),
        (
            "path: sites/\nvendor_path: [nowhere/]\ninvalid_sites: fail\n",
            "nowhere: has no vendor spec (*.yml, or *.json",
        ),
        (
            "path: [fleet.yml]\n",
            "fleet.yml: holds no site; a site is a YAML file that begins with plugin: ",
        ),
    ],
)
def test_what_is_wrong_with_the_file_itself(text: str, expected: str, fleet: Path) -> None:
    write(fleet, "fleet.yml", "plugin: fieldnet.iot.sites\n" + text)
    said = run("inventory", fleet, "-i", "fleet.yml", "--list")
    assert said.code == 4
    assert expected in said.words
    assert "Traceback" not in said.err


def test_an_unreadable_folder_and_file(fleet: Path) -> None:
    """Seen as who is not root."""
    data = berlin()
    write(fleet / "sites", "paris.yml", data)
    (fleet / "sites" / "paris.yml").unlink()
    (fleet / "sites" / "paris.yml").symlink_to("/proc/self/mem")
    found, said = listed(fleet, "fleet.yml")
    assert len(groups(found)["iot_gateways"]) == 2
    assert "sites/paris.yml: " in said.words
    assert "its hosts are unknown" in said.words
