"""A fleet's inventory from the cache: the same hosts, and never old ones."""

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

import pytest

from support.inventories import Said, groups, listed, run, site
from support.sites import Data, write

FLEET = "plugin: fieldnet.iot.sites\npath: [sites/]\ncache: true\ncache_plugin: ansible.builtin.jsonfile\n"
TABLE = "name,vendor,type,mac,vlan\nback,tsi,monitor,02:00:00:00:02:99,iot\n"


@pytest.fixture(name="fleet")
def _fleet(tmp_path: Path) -> Path:
    (tmp_path / "sites").mkdir()
    write(tmp_path / "sites", "berlin.yml", site("berlin", 1))
    oslo = site("oslo", 2, devices_csv=["../oslo.csv"])
    oslo["devices"] = oslo["devices"][:1]
    write(tmp_path / "sites", "oslo.yml", oslo)
    write(tmp_path, "oslo.csv", TABLE)
    write(tmp_path, "fleet.yml", FLEET + f"cache_connection: {tmp_path}/cache\n")
    return tmp_path


def _again(fleet: Path, *arguments: str, hit: bool) -> t.Tuple[t.Dict[str, t.List[str]], Said]:
    """The groups; a mark in the cache shows whether they come from there."""
    file = next((fleet / "cache").glob("*"), None)
    if file:
        kept = json.loads(file.read_text(encoding="utf-8"))
        value = json.loads(kept["__payload__"]) if "__payload__" in kept else kept
        for one in value["sites"]:
            one[5] = ["marked"]
        file.write_text(json.dumps({**kept, "__payload__": json.dumps(value)} if "__payload__" in kept else value))
    found, said = listed(fleet, "fleet.yml", *arguments)
    assert said.code == 0, said.err
    assert ("tag_marked" in found) is hit
    return groups(found), said


def test_hit(fleet: Path) -> None:
    first, _said = _again(fleet, hit=False)
    second, _said = _again(fleet, hit=True)
    second.pop("tag_marked")
    assert first == second
    if "--flush-cache" in run("inventory", fleet, "--help").out:  # newer than ansible-core 2.18, in this command
        assert _again(fleet, "--flush-cache", hit=False)[0] == first
        _again(fleet, hit=True)


def _edit(path: Path) -> None:
    """As an editor does that keeps size and time."""
    before = path.stat()
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("kisi", "kisu"), encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _new(fleet: Path) -> None:
    write(fleet / "sites", "paris.yml", site("paris", 3))


CHANGES: t.Sequence[t.Tuple[str, t.Callable[[Path], object], str]] = [
    ("a site is edited", lambda fleet: _edit(fleet / "sites" / "berlin.yml"), "vendor_kisu"),
    ("a site is added", _new, "site_paris"),
    ("a site is removed", lambda fleet: (fleet / "sites" / "berlin.yml").unlink(), "site_oslo"),
    (
        "a table is edited",
        lambda fleet: write(fleet, "oslo.csv", TABLE.replace("tsi,monitor", "spiio,sensor")),
        "spiio",
    ),
    ("a table is gone", lambda fleet: (fleet / "oslo.csv").unlink(), "site_oslo"),
]


@pytest.mark.parametrize(("why", "change", "group"), CHANGES)
def test_read_anew_when(why: str, change: t.Callable[[Path], object], group: str, fleet: Path) -> None:
    _again(fleet, hit=False)
    change(fleet)
    found, _said = _again(fleet, hit=False)
    assert [name for name in found if group in name], why
    assert ("site_berlin" in found) is (why != "a site is removed")
    _again(fleet, hit=True)


def test_the_mode_and_a_spec_count(fleet: Path) -> None:
    """A site that was right by the spec that is gone is wrong."""
    (fleet / "vendors").mkdir()
    write(fleet / "vendors", "acme.yml", ACME)
    data = site("oslo", 2)
    data["devices"] = [{**data["devices"][1], "vendor": "acme", "type": "lock"}]
    write(fleet / "sites", "oslo.yml", {**data, "endpoints": []})
    file = (fleet / "fleet.yml").read_text(encoding="utf-8")
    _again(fleet, hit=False)
    write(fleet, "fleet.yml", file + "vendor_path: vendors/\ninvalid_sites: skip\n")
    assert "vendor_acme" in _again(fleet, hit=False)[0]
    _again(fleet, hit=True)
    write(fleet / "vendors", "acme.yml", {**ACME, "device_types": [{**ACME["device_types"][0], "type": "safe"}]})
    found, said = _again(fleet, hit=False)
    assert "site_oslo" not in found
    assert "devices[0].type: lock is no device type of acme" in said.words
    assert "is left out of this run" in _again(fleet, hit=True)[1].words


@pytest.mark.parametrize("junk", ["{}", "[1, 2]", '{"tables": 5, "state": [], "sites": [[1]]}', "nonsense"])
def test_junk_in_the_cache(junk: str, fleet: Path) -> None:
    first, _said = _again(fleet, hit=False)
    next((fleet / "cache").glob("*")).write_text(junk, encoding="utf-8")
    found, said = listed(fleet, "fleet.yml")
    assert groups(found) == first
    assert "Traceback" not in said.err


def test_a_cache_that_cannot_be_used(fleet: Path) -> None:
    """Ansible itself would go on without the hosts, and succeed."""
    write(fleet, "fleet.yml", FLEET + "cache_connection: /proc/nowhere\n")
    found, said = listed(fleet, "fleet.yml")
    assert said.code == 4
    assert found == {}
    assert "fleet.yml: error in 'jsonfile' cache plugin" in said.words.replace("Error in", "error in")


ACME: Data = {
    "schema": 1,
    "vendor": "acme",
    "title": "Acme",
    "sources": [{"id": "manual", "title": "Manual", "retrieved": "2026-11-20"}],
    "device_types": [{"type": "lock", "title": "Lock", "uplinks": [{"medium": "wifi"}]}],
    "requirements": [
        {
            "id": "dns",
            "title": "DNS",
            "kind": "dns",
            "level": "required",
            "basis": "stated",
            "all_of": [{"id": "udp", "protocol": "udp", "port": 53}],
            "sources": [{"ref": "manual", "says": "UDP 53"}],
        }
    ],
}
