"""Planning in a task, by playbooks: a part of a plan, and a probe host that makes the checks of its own."""

from __future__ import annotations

import json
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._packed import results_in
from support.inventories import groups, listed, run
from support.sites import berlin, write
from support.split_sites import HERE, PEER, pair

FLEET = "plugin: fieldnet.iot.sites\npath: [sites/]\n"
LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
SITE = {"path": "{{ iot_site_file }}", "site": "{{ iot_site }}"}


@pytest.fixture(name="fleet")
def _fleet(tmp_path: Path) -> Path:
    """A site whose probe hosts have no such interface: nothing leaves this machine, and each check says so."""
    (tmp_path / "sites").mkdir()
    data = pair()
    for probe in data["probes"]:
        probe["interface"] = "nowhere0"
    write(tmp_path / "sites", "berlin.yml", data)
    write(tmp_path, "fleet.yml", FLEET)
    return tmp_path


def _registered(fleet: Path, *tasks: t.Mapping[str, t.Any]) -> t.Any:
    """What each task registered on each probe host; or what the run said, where it failed."""
    named = [{"name": f"Task {number}", "register": f"task_{number}", **task} for number, task in enumerate(tasks)]
    kept = "{{ " + ", ".join(f"task_{number}" for number in range(len(tasks))) + " }}"
    out = {"content": f"{{{{ [{kept[3:-3]}] | to_json }}}}", "dest": f"{fleet}/{{{{ inventory_hostname }}}}.json"}
    keep = {"name": "Keep", "ansible.builtin.copy": {**out, "mode": "0644"}}
    play = {"name": "Try", "hosts": "iot_probes", "gather_facts": False, "vars": LOCAL, "tasks": [*named, keep]}
    write(fleet, "play.yml", yaml.safe_dump([play]))
    said = run("playbook", fleet, "-i", "fleet.yml", "play.yml")
    assert "Traceback" not in said.words
    if said.code:
        return said.words
    return {host: json.loads((fleet / f"{host}.json").read_text(encoding="utf-8")) for host in (HERE, PEER)}


def test_each_host_makes_the_checks_of_its_own(fleet: Path) -> None:
    """As plan and probe do one after the other, packed or not."""
    probing = {"fieldnet.iot.site_probe": {**SITE, "left_out": ["dhcp"]}}
    packing = {"fieldnet.iot.site_probe": {**SITE, "left_out": ["dhcp"], "packed": True}}
    planning = {"fieldnet.iot.plan": {**SITE, "parts": ["checks", "listeners"]}}
    for host, (seen, short, planned) in _registered(fleet, probing, packing, planning).items():
        wanted = [check["id"] for check in planned["checks"] if check["kind"] != "dhcp"]
        assert [result["id"] for result in seen["results"]] == wanted
        assert not {"open", "answered", "intact"} & {result["observation"] for result in seen["results"]}, host
        assert [result["id"] for result in results_in(short) or ()] == wanted
        assert "results" not in short
        assert sum(short["observations"].values()) == len(wanted)
        assert set(planned["plan"]) == {"checks", "listeners"}
        assert planned["listen"]


def test_another_host_s_checks(fleet: Path) -> None:
    seen = _registered(fleet, {"fieldnet.iot.site_probe": {**SITE, "probe": PEER, "left_out": ["dhcp"]}})
    assert seen[HERE][0]["results"][0]["id"] == seen[PEER][0]["results"][0]["id"]


def test_a_part_that_no_plan_has(fleet: Path) -> None:
    said = _registered(fleet, {"fieldnet.iot.plan": {**SITE, "parts": ["firewal"]}})
    assert "parts: a plan has no firewal; it has schema, site, gateway, probes, firewall" in said


def test_bad_data_are_told_before_anything_is_probed(fleet: Path) -> None:
    write(fleet / "sites", "berlin.yml", {**berlin(), "vlans": "none"})
    said = _registered(fleet, {"fieldnet.iot.site_probe": {**SITE, "site": "berlin"}})
    assert "sites/berlin.yml: vlans: " in said
    assert "nothing was touched" in said


def test_the_group_of_those_who_share_a_vlan(fleet: Path) -> None:
    write(fleet / "sites", "oslo.yml", json.dumps(berlin()).replace("berlin", "oslo").replace("02:00:00", "02:00:01"))
    found, _said = listed(fleet, "fleet.yml")
    assert groups(found)["iot_probe_pairs"] == sorted([HERE, PEER])
    assert "probe.oslo.example" in groups(found)["iot_probes"]
