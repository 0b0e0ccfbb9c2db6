"""Tables of devices beside an inventory: their vendors are groups, and their rows are no hosts."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from support.inventories import groups, listed, run, site
from support.sites import write

TABLE = (
    "site,name,vendor,type,mac,vlan\n"
    "berlin,a,kisi,controller_pro,02:00:00:00:0a:01,iot\n"
    "oslo,b,tsi,monitor,02:00:00:00:0b:01,iot\n"
)


def _fleet(folder: Path, table: str) -> None:
    (folder / "sites").mkdir()
    for number, name in enumerate(("berlin", "oslo"), 1):
        data = site(name, number, devices_csv=[table], endpoints=[])
        del data["devices"]
        write(folder / "sites", f"{name}.yml", data)
    write(folder / "sites", table, TABLE)


def _vendors(found: t.Dict[str, t.List[str]]) -> t.Dict[str, t.List[str]]:
    return {name: hosts for name, hosts in found.items() if name.startswith("vendor_")}


VENDORS = {
    "vendor_kisi": ["gw.berlin.example", "probe.berlin.example"],
    "vendor_tsi": ["gw.oslo.example", "probe.oslo.example"],
}


@pytest.mark.parametrize("source", ["sites", "fleet.yml"])
def test_vendors_of_rows(source: str, tmp_path: Path) -> None:
    _fleet(tmp_path, "../devices.csv")
    write(tmp_path, "fleet.yml", "plugin: fieldnet.iot.sites\npath: sites/\n")
    found, said = listed(tmp_path, source)
    assert said.err == ""
    assert _vendors(groups(found)) == VENDORS
    assert "ungrouped" not in found


def test_a_fleets_file_may_have_tables_among_its_sites(tmp_path: Path) -> None:
    _fleet(tmp_path, "devices.csv")
    write(tmp_path, "fleet.yml", "plugin: fieldnet.iot.sites\npath: sites/\n")
    found, said = listed(tmp_path, "fleet.yml")
    assert said.err == ""
    assert _vendors(groups(found)) == VENDORS
    assert "ungrouped" not in found


WARNING = (
    "sites/devices.csv: Ansible takes the rows of this table for hosts, since it lies in an inventory's folder: put it"
    " beside that, or set ignore_patterns = \\.csv$ under [inventory] in ansible.cfg"
)


def test_a_table_in_an_inventorys_folder_is_warned_of_once(tmp_path: Path) -> None:
    _fleet(tmp_path, "devices.csv")
    found, said = listed(tmp_path, "sites")
    assert said.words.count(WARNING) == 1
    assert len(groups(found)["ungrouped"]) == 3  # what the warning is about


@pytest.mark.parametrize(
    "text", ["ignore_patterns = \\.csv$", "enable_plugins = fieldnet.iot.sites, host_list, auto, yaml, ini"]
)
def test_the_remedies(text: str, tmp_path: Path) -> None:
    """Where our plugin is enabled by name, it keeps tables from the others, and other inventories are still read."""
    _fleet(tmp_path, "devices.csv")
    write(tmp_path, "ansible.cfg", f"[inventory]\n{text}\n")
    write(tmp_path / "sites", "zz.yml", {"all": {"hosts": {"responder.example": {}}}})
    found, said = listed(tmp_path, "sites")
    assert said.err == ""
    assert groups(found)["ungrouped"] == ["responder.example"]
    assert _vendors(groups(found)) == VENDORS


def test_one_site_alone(tmp_path: Path) -> None:
    """Given by its file, nobody reads what lies beside it."""
    _fleet(tmp_path, "devices.csv")
    found, said = listed(tmp_path, "sites/oslo.yml")
    assert said.err == ""
    assert _vendors(groups(found)) == {"vendor_tsi": VENDORS["vendor_tsi"]}


def test_the_playbooks_see_the_merged_devices(tmp_path: Path) -> None:
    _fleet(tmp_path, "../devices.csv")
    task = {"fieldnet.iot.plan": {"path": "{{ iot_site_file }}", "site": "{{ iot_site }}"}, "register": "planned"}
    show = {"ansible.builtin.debug": {"msg": "has {{ planned.plan.firewall.devices | map(attribute='name') | first }}"}}
    write(tmp_path, "play.yml", [{"hosts": "site_oslo:&iot_gateways", "gather_facts": False, "tasks": [task, show]}])
    said = run("playbook", tmp_path, "-i", "sites", "play.yml")
    assert "has b" in said.out, said.out + said.err
    table = (tmp_path / "devices.csv").read_text(encoding="utf-8")
    write(tmp_path, "devices.csv", table + "oslo,c,tsi,monitor,zz,iot\n")
    said = run("playbook", tmp_path, "-i", "sites", "fieldnet.iot.provision")
    assert said.code == 4  # the other site goes on, to a gateway that is none
    assert "devices.csv: row 4: mac: zz is not a MAC address" in said.words
