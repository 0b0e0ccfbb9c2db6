# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet judged by its data alone: every error, what will stay unproven, what sites share."""

from __future__ import annotations

import ipaddress
import typing as t
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess import _outlook
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._digest import Digest, Host
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._fleet import FleetError, load_fleet
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._lint import overlapping
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._validate import validate
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._validate_text import table
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from support.many_sites import name_of, text, write_fleet
from support.sites import Data, berlin, write

Network = ipaddress.IPv4Network


def branch(number: int) -> str:
    """A small site's file."""
    return text(number, devices=10)


def found_in(folder: Path, workers: int = 1) -> Data:
    """What is found in all sites of a folder."""
    return validate([folder], [], workers)


def of_kind(found: Data, kind: str, worth: str = "warnings") -> t.Dict[str, t.Any]:
    """What concerns the requirements, by the first of them; what concerns none, by its text."""
    return {(one["requirements"] or [one["text"]])[0]: one for one in found[worth] if one["kind"] == kind}


def test_a_good_fleet(tmp_path: Path) -> None:
    found = found_in(write_fleet(tmp_path, 20, devices=10))
    assert found["errors"] == []
    vendors = {
        "kisi": {"sites": 20, "devices": 80},
        "spiio": {"sites": 20, "devices": 80},
        "tsi": {"sites": 20, "devices": 40},
    }
    assert found["summary"] == {"files": 20, "sites": 20, "devices": 200, "vendors": vendors}
    assert [site["site"] for site in found["sites"]] == [name_of(number) for number in range(20)]


def test_what_stays_unproven_is_told_once_with_its_remedy_and_sites(tmp_path: Path) -> None:
    found = found_in(write_fleet(tmp_path, 20, devices=10))
    unproven = of_kind(found, "unproven")
    assert unproven["tsi/https"]["sites"] == [name_of(9), name_of(19)]
    assert unproven["tsi/https"]["text"].startswith(
        "add to the site's file under endpoints: {vendor: tsi, requirement:"
    )
    assert len(unproven["kisi/tls-inspection"]["sites"]) == 20
    assert "tls_pins" in unproven["kisi/tls-inspection"]["text"]
    (site,) = (site for site in found["sites"] if site["site"] == name_of(9))
    assert {"tsi/dns", "tsi/https", "tsi/mqtt", "tsi/ntp"} <= set(site["unproven"])


def test_without_probe_hosts_and_ssids(tmp_path: Path) -> None:
    data = berlin()
    data.update(probes=[], ssids=[])
    write(tmp_path, "berlin.yml", data)
    told = found_in(tmp_path)["warnings"]
    by_text = {one["text"]: one["requirements"] for one in told if one["kind"] == "unproven"}
    probe = by_text["name a managed host in VLAN iot under probes in the site's file"]
    assert {"kisi/cloud-session", "spiio/dhcp", "tsi/mqtt"} <= set(probe)
    assert any(text.startswith("describe it under ssids") for text in by_text)


def test_what_the_data_alone_make_unmet(tmp_path: Path) -> None:
    data = berlin()
    data["ssids"][0]["channel"] = 13
    write(tmp_path, "berlin.yml", data)
    assert of_kind(found_in(tmp_path), "unmet")["spiio/wifi-channel"]["sites"] == ["berlin"]


def test_what_is_accepted_or_only_recommended_is_no_warning(tmp_path: Path) -> None:
    data = berlin()
    data["endpoints"] = [row for row in data["endpoints"] if row["vendor"] != "tsi"]
    write(tmp_path, "berlin.yml", data)
    assert "tsi/mqtt" in of_kind(found_in(tmp_path), "unproven")
    data["accepted"] = [{"vendor": "tsi", "requirement": "mqtt", "reason": "the vendor tells nobody"}]
    write(tmp_path, "berlin.yml", data)
    found = found_in(tmp_path)
    assert "tsi/mqtt" not in of_kind(found, "unproven")
    checklist = of_kind(found, "unproven", "notes")
    assert "kisi/power-backup" in checklist
    assert "kisi/power-backup" not in of_kind(found, "unproven")


def test_every_error_of_every_site_and_between_them(tmp_path: Path) -> None:
    write_fleet(tmp_path, 4, devices=10)
    (tmp_path / "branch_00001.yml").write_text(branch(1).replace("vendor: tsi", "vendor: tis"), encoding="utf-8")
    (tmp_path / "branch_00002.yml").write_text("site: [", encoding="utf-8")
    (tmp_path / "zz.yml").write_text(branch(3).replace("branch_00003", "oslo"), encoding="utf-8")
    found = found_in(tmp_path)
    assert found["summary"]["files"] == 5
    assert [site["site"] for site in found["sites"]] == ["branch_00000", "branch_00003"]
    errors = "\n".join(found["errors"])
    assert errors.count("tis is no known vendor; did you mean tsi?") == 5
    assert "branch_00002.yml: line 2: is not YAML" in errors
    assert errors.count("is a duplicate of") == 11
    assert (
        f"{tmp_path}/zz.yml: devices[0].mac: 0c:2a:69:00:00:1e is a duplicate of {tmp_path}/branch_00003.yml: dev"
        in errors
    )


def test_a_site_that_cannot_be_planned_hides_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(site: t.Any, _specs: t.Any) -> t.Any:
        if site.name == "branch_00001":
            raise KeyError("vlan40")
        return make_plan(site, _specs)

    monkeypatch.setattr(_outlook, "make_plan", fails)
    found = found_in(write_fleet(tmp_path, 3, devices=10))
    assert found["errors"] == [
        f"{tmp_path}/branch_00001.yml: cannot be planned: KeyError: 'vlan40': this is a fault of fieldnet.iot; report"
        " it with this file"
    ]
    assert found["summary"]["sites"] == 3


def test_no_site_at_all(tmp_path: Path) -> None:
    assert "holds no site" in found_in(tmp_path)["errors"][0]
    assert "neither a file nor a folder" in validate([tmp_path / "sties"], [])["errors"][0]


@settings(max_examples=15)
@given(st.data())
def test_several_processes_say_the_same(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """However the files are spoiled, and a table that several of them read."""
    folder = write_fleet(tmp_path_factory.mktemp("fleet") / "sites", 20, devices=6, tables=True)
    table = folder.parent / "tables" / "region-000.csv"
    rows = st.sampled_from(["", "branch_00004,x,kisi,reader_pro,zz,,iot,\n", "oslo,x,kisi,reader_pro,,,iot,\n", ",\n"])
    table.write_text(table.read_text(encoding="utf-8") + data.draw(rows), encoding="utf-8")
    for number in data.draw(st.lists(st.integers(0, 19), max_size=8)):
        spoilt = data.draw(st.sampled_from([branch(0), "a: [", branch(number).replace("kisi", "kissi"), "", "- 1"]))
        (folder / f"{name_of(number)}.yml").write_text(spoilt, encoding="utf-8")
    assert found_in(folder, workers=3) == found_in(folder)


def test_of_a_fleet_only_the_wanted_sites_are_kept_and_all_are_checked(tmp_path: Path) -> None:
    write_fleet(tmp_path, 5, devices=5)
    fleet = load_fleet([tmp_path], [], lambda site: site.name == name_of(2))
    assert [site.name for site in fleet.sites] == [name_of(2)]
    assert [site.name for site in fleet.digests] == [name_of(number) for number in range(5)]


def test_other_runs_show_the_first_errors_and_have_all(tmp_path: Path) -> None:
    for number in range(130):
        write(tmp_path, f"{name_of(number)}.yml", "- no site")
    with pytest.raises(FleetError) as caught:
        load_fleet([tmp_path], [])
    assert len(caught.value.errors) == 130
    lines = str(caught.value).splitlines()
    assert lines[0] == "130 errors in the sites' data; nothing was touched:"
    assert lines[-1] == "and 30 more, which the playbook fieldnet.iot.validate writes down"
    assert len(lines) == 102


def site(name: str, *subnets: str) -> Digest:
    """As little of a site as overlaps need."""
    return Digest(name, Host(f"gw.{name}.example"), (), (), subnets)


def test_overlapping_subnets_are_one_warning() -> None:
    assert overlapping([site("a", "10.1.0.0/24", "10.1.1.0/24"), site("b", "10.2.0.0/24")]) == []
    alike = [site(name, "10.40.0.0/24") for name in "abcde"]
    assert overlapping([*alike, site("x", "10.50.0.0/16"), site("y", "10.50.3.0/24", "10.50.4.0/24")]) == [
        "subnets of several sites overlap: 10.40.0.0/24 (a, b, c and 2 more), 10.50.0.0/16 with 10.50.3.0/24,"
        " 10.50.4.0/24 (x, y). No route may join them"
    ]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 15), st.integers(26, 32)), max_size=8))
def test_overlaps_are_found_exactly_where_two_sites_have_an_address(rows: t.List[t.Tuple[str, int, int]]) -> None:
    first = int(Network("10.0.0.0/24")[0])
    nets = [(name, Network((first + 16 * place, prefix), strict=False)) for name, place, prefix in rows]
    own = {name: [net for owner, net in nets if owner == name] for name in "abc"}
    meets = any(one.overlaps(other) for a in "abc" for b in "abc" if a < b for one in own[a] for other in own[b])
    assert bool(overlapping([site(name, *map(str, own[name])) for name in "abc"])) == meets


def test_what_is_printed_stays_short(tmp_path: Path) -> None:
    write_fleet(tmp_path, 150, devices=5)
    for number in range(150):
        path = tmp_path / f"{name_of(number)}.yml"
        data = path.read_text(encoding="utf-8")
        wrong = "schema: 2" if number < 120 else f"schema: 1\nresponder: {{host: r{number}.example}}"
        path.write_text(data.replace("schema: 1", wrong), encoding="utf-8")
    found = found_in(tmp_path)
    shown = table(found, 100)
    assert "120 errors:\n" in shown
    assert shown.count("schema: 2 is not one of: 1") == 100
    assert "  and 20 more; the document that is written with dest (iot_report) has all\n" in shown
    assert table(found, 0).count("schema: 2 is not one of: 1") == 120
    assert max(map(len, table({**found, "errors": []}, 100).splitlines())) <= 118
    assert len(table({**found, "errors": []}, 100).splitlines()) < 80
    assert shown.rstrip().splitlines()[-1].startswith("30 sites (120 files refused), 150 devices: 120 errors, ")
