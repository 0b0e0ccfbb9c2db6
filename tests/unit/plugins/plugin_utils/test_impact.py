"""What a change of vendor specs means for which sites: said of each site, and once for what is alike."""

from __future__ import annotations

import dataclasses
import json
import typing as t
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._fleet import FleetError
from ansible_collections.fieldnet.iot.plugins.plugin_utils._impact._impact import STATES, concerned
from ansible_collections.fieldnet.iot.plugins.plugin_utils._impact._read import impact
from ansible_collections.fieldnet.iot.plugins.plugin_utils._impact._report import bad, headline, markdown, text
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._diff import differences
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Spec
from support.many_sites import write_fleet
from support.random_sites import VENDORS, sites
from support.sites import berlin, site, specs, write

Data = t.Dict[str, t.Any]
_PORT = {"protocol": "tcp"}
MOVED: Data = {"id": "cloud-session", "any_of": [{"id": "primary", "port": 31400, **_PORT}]}
BOTH: Data = {
    "id": "cloud-session",
    "any_of": [{"id": "primary", "port": 31400, **_PORT}, {"id": "fallback", "port": 993, **_PORT}],
}


def _vendors(folder: Path, **files: Data) -> Path:
    folder.mkdir()
    for name, data in files.items():
        write(folder, f"{name}.yml", yaml.safe_dump({"schema": 1, "vendor": name, "extends": name, **data}))
    return folder


def _sentences(found: Data) -> t.List[str]:
    return [change["sentence"] for change in found["changes"]]


def _one(folder: Path, extension: Data, data: t.Optional[Data] = None, vendor: str = "kisi") -> Data:
    """The impact of an extension on Berlin."""
    (folder / "sites").mkdir()
    write(folder / "sites", "berlin.yml", data or berlin())
    return impact([folder / "sites"], [], [_vendors(folder / "new", **{vendor: extension})])


# What an extension changes, and how it reads; the sentence of the source aside, where it is another.
CASES: t.List[t.Tuple[str, Data, t.List[str]]] = [
    (
        "a port moves",
        {"requirements": [BOTH]},
        [
            "flow kisi/cloud-session/primary: port 31314 becomes 31400",
            "checks of kisi/cloud-session: port 31314 becomes 31400",
            "checks of kisi/tls-inspection: port 31314 becomes 31400",
        ],
    ),
    (
        "the fallback goes",
        {"requirements": [{"id": "cloud-session", "any_of": [{"id": "primary", "port": 31314, **_PORT}]}]},
        [
            "flow kisi/cloud-session/fallback is removed: TCP 993",
            "checks of kisi/cloud-session are removed: tcp of port 993",
            "checks of kisi/tls-inspection are removed: tls of port 993",
        ],
    ),
    (
        "the fallback is needed, too",
        {
            "requirements": [
                {
                    "id": "cloud-session",
                    "all_of": [{"id": "primary", "port": 31314, **_PORT}, {"id": "fallback", "port": 993, **_PORT}],
                }
            ]
        },
        ["requirement kisi/cloud-session: the ways its checks are judged change"],
    ),
    (
        "a level",
        {"requirements": [{"id": "captive-portal", "level": "recommended"}]},
        ["requirement kisi/captive-portal: level required becomes recommended"],
    ),
    (
        "a requirement goes",
        {"remove": ["tls-inspection", "hotspot"]},
        [
            "requirement kisi/tls-inspection is removed (required): No TLS inspection",
            "checks of kisi/tls-inspection are removed: tls of port 31314",
            "checks of kisi/tls-inspection are removed: tls of port 993",
            "advice kisi/hotspot is removed: 4G hotspot where there is no Wi-Fi",
        ],
    ),
    (
        "an advice reads otherwise",
        {"requirements": [{"id": "hotspot", "text": "Use ours."}]},
        ["advice kisi/hotspot: text is now: Use ours."],
    ),
    (
        "what no plan has",
        {"title": "Kisi locks"},
        ["the plan's firewall differs in what is only shown"],
    ),
    ("nothing", {"device_types": [{"type": "controller_pro", "title": "Controller"}]}, []),
]


@pytest.mark.parametrize(("extension", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_changes_in_words(extension: Data, expected: t.List[str], tmp_path: Path) -> None:
    found = _one(tmp_path, extension)
    told = [one for one in _sentences(found) if ": source " not in one and not one.startswith("notes ")]
    assert told == expected
    assert found["sites"][0]["state"] == ("changed" if expected else "untouched")


def test_each_site_with_what_was_and_will_be(tmp_path: Path) -> None:
    found = _one(tmp_path, {"requirements": [BOTH]})
    flow = found["sites"][0]["changes"][0]
    assert flow == {
        "part": "flows",
        "action": "changed",
        "id": "iot/kisi/cloud-session/primary",
        "vlan": "iot",
        "vendor": "kisi",
        "requirement": "cloud-session",
        "before": {"port": 31314},
        "after": {"port": 31400},
    }
    assert found["vendors"] == [
        {
            "vendor": "kisi",
            "action": "changed",
            "requirements": {"added": [], "removed": [], "changed": ["cloud-session"]},
        }
    ]


def test_a_type_that_needs_it_no_more(tmp_path: Path) -> None:
    """The flow is the same, and somebody else may open it."""
    data = berlin()
    data["devices"].append(
        {"name": "reader", "vendor": "kisi", "type": "reader_pro", "mac": "02:00:00:00:00:13", "vlan": "iot"}
    )
    found = _one(tmp_path, {"requirements": [{"id": "firmware", "device_types": ["controller_pro"]}]}, data)
    assert "flow kisi/firmware/primary: the devices that may open it change" in _sentences(found)
    flow = next(one for one in found["sites"][0]["changes"] if one["id"] == "iot/kisi/firmware/primary")
    assert (flow["before"], flow["after"]) == (
        {"devices": ["front-door", "reader"]},
        {"devices": ["front-door"]},
    )


def test_by_domain_the_resolver_fills_other_sets(tmp_path: Path) -> None:
    data = berlin()
    data["gateway"]["egress"] = "domains"
    to = {"domains": ["*.electricimp.com", "mirror.acme.example"]}
    found = _one(tmp_path, {"requirements": [{"id": "firmware", "to": to}]}, data)
    told = _sentences(found)
    assert "flow kisi/firmware/primary: domains gain mirror.acme.example" in told
    assert "domain mirror.acme.example is opened" in told


def test_sites_that_become_invalid_or_valid(tmp_path: Path) -> None:
    """Each with the errors that explain it, those of the specs under which it is invalid."""
    folder = tmp_path / "sites"
    folder.mkdir()
    write(folder, "accepts.yml", {**berlin(), "accepted": [_accepted("nat-new")]})
    write(folder, "berlin.yml", {**berlin(), "site": "b"})
    write(folder, "broken.yml", "site: [")
    write(folder, "names.yml", {**berlin(), "site": "n", "accepted": [_accepted("captive-portal")]})
    new = {
        "requirements": [{"id": "nat-new", **_WHOLE}],
        "remove": ["captive-portal"],
    }
    found = impact([folder], [], [_vendors(tmp_path / "new", kisi=new)])
    assert [(Path(one["file"]).name, one["site"], one["state"]) for one in found["sites"]] == [
        ("accepts.yml", "berlin", "becomes_valid"),
        ("berlin.yml", "b", "changed"),
        ("broken.yml", "", "invalid"),
        ("names.yml", "n", "becomes_invalid"),
    ]
    assert found["summary"] == {
        "sites": 4,
        "becomes_invalid": 1,
        "changed": 1,
        "becomes_valid": 1,
        "invalid": 1,
        "untouched": 0,
    }
    assert headline(found) == "Of 4 sites: 1 becomes invalid, 1 changes, 1 becomes valid, 1 is invalid either way"
    assert "  - " + str(folder) in text(found)
    assert "accepted[0].requirement: captive-portal is no requirement of kisi" in found["sites"][3]["errors"][0]
    assert "accepted[0].requirement: nat-new is no requirement of kisi" in found["sites"][0]["errors"][0]
    assert bad(found, ["becomes_invalid", "invalid"]) == [
        "1 becomes invalid: n",
        f"1 is invalid either way: {folder}/broken.yml",
    ]


def _accepted(requirement: str) -> Data:
    return {"vendor": "kisi", "requirement": requirement, "reason": "it is known"}


_WHOLE: Data = {
    "title": "New",
    "kind": "ipv4",
    "level": "recommended",
    "basis": "implied",
    "sources": [{"ref": "requirements", "says": "new"}],
}


def test_four_hundred_sites_in_a_few_lines(tmp_path: Path) -> None:
    """A firmware that moves a port, at 400 sites of which each eighth has none of the devices."""
    folder = write_fleet(tmp_path / "sites", 400, devices=2)
    for path in sorted(folder.iterdir())[::8]:
        text_of = path.read_text(encoding="utf-8").split("endpoints:", maxsplit=1)
        plain = text_of[0] + "devices:" + text_of[1].split("devices:")[-1]
        path.write_text(
            plain.replace("kisi, type: reader_pro", "spiio, type: sensor").replace(", uplink: ethernet", ""),
            encoding="utf-8",
        )
    found = impact([folder], [], [_vendors(tmp_path / "new", kisi={"requirements": [BOTH]})])
    assert {key: count for key, count in found["summary"].items() if count} == {
        "sites": 400,
        "changed": 350,
        "untouched": 50,
    }
    said = text(found)
    assert (
        "  350  flow kisi/cloud-session/primary: port 31314 becomes 31400 (branch_00001, branch_00002, branch_00003"
        in said
    )
    assert len(said.splitlines()) < 20
    assert max(map(len, said.splitlines())) <= 118
    assert "branch_00399" in markdown(found)
    assert len(found["sites"]) == 400


def test_the_same_by_one_process_or_several(tmp_path: Path) -> None:
    folder = write_fleet(tmp_path / "sites", 20, devices=3)
    new = [_vendors(tmp_path / "new", kisi={"requirements": [MOVED]}, tsi={"remove": ["https"]})]
    alone, together = (json.dumps(impact([folder], [], new, workers)) for workers in (1, 3))
    assert alone == together


def test_a_text_stays_short_whatever_changes(tmp_path: Path) -> None:
    folder = tmp_path / "sites"
    folder.mkdir()
    for number in range(60):
        accepted = [_accepted(f"unknown-{number}-{index}") for index in range(3)]
        write(folder, f"s{number:02}.yml", {**berlin(), "site": f"s{number}", "accepted": accepted})
    found = impact([folder], [], [])
    said = text(found)
    assert "and 160 more errors" in said
    assert len(said.splitlines()) < 100


def test_wrong_specs_are_told_with_whose_they_are(tmp_path: Path) -> None:
    old = _vendors(tmp_path / "old", kisi={"remove": ["x"]})
    new = _vendors(tmp_path / "new", kisi={"remove": ["y"]})
    (tmp_path / "sites").mkdir()
    write(tmp_path / "sites", "berlin.yml", berlin())
    with pytest.raises(FleetError) as caught:
        impact([tmp_path / "sites"], [old], [new])
    first, second = caught.value.errors
    assert first.startswith(f"{old}/kisi.yml: remove[0]: x is no requirement of kisi")
    assert second.startswith(f"as proposed: {new}/kisi.yml: remove[0]: y is no requirement of kisi")
    with pytest.raises(FleetError, match="is neither a file nor a folder of sites"):
        impact([tmp_path / "nowhere"], [], [])
    (tmp_path / "empty").mkdir()
    with pytest.raises(FleetError, match="holds no site"):
        impact([tmp_path / "empty"], [], [])


def test_the_folders_of_a_fleets_inventory_count_as_they_are(tmp_path: Path) -> None:
    """And the proposed ones take their place."""
    (tmp_path / "sites").mkdir()
    write(tmp_path / "sites", "berlin.yml", berlin())
    _vendors(tmp_path / "own", kisi={"requirements": [BOTH]})
    fleet = {"plugin": "fieldnet.iot.sites", "path": ["sites"], "vendor_path": ["own"]}
    path = write(tmp_path, "fleet.yml", fleet)
    assert impact([path], [], [tmp_path / "own"])["summary"]["untouched"] == 1
    without = impact([path], [], [])
    assert "flow kisi/cloud-session/primary: port 31400 becomes 31314" in _sentences(without)


def test_markdown_cannot_be_broken_by_a_title(tmp_path: Path) -> None:
    title = "A | B <script> [x](http://y) `z`"
    found = _one(tmp_path, {"requirements": [{"id": "new", **_WHOLE, "title": title}]})
    rows = [line for line in markdown(found).splitlines() if "kisi/new" in line and line.startswith("|")]
    assert len(rows) == 1
    assert rows[0].replace("\\|", "").count("|") == 3
    assert "<script>" not in rows[0].replace("\\<", "")


def _without(spec: Spec, gone: t.Container[str]) -> Spec:
    kept = tuple(one for one in spec.requirements if one.id not in gone)
    return dataclasses.replace(spec, requirements=kept or spec.requirements[:1])


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(data=sites(), draw=st.data())
def test_it_says_so_where_plans_differ_and_only_there(data: Data, draw: st.DataObject) -> None:
    """And the way back is the same the other way round; who is not concerned has the same plan."""
    here = site(data, VENDORS)
    vendor = draw.draw(st.sampled_from(sorted(VENDORS)))
    ids = [one.id for one in VENDORS[vendor].requirements]
    gone = draw.draw(st.lists(st.sampled_from(ids), max_size=3))
    title = draw.draw(st.sampled_from((VENDORS[vendor].title, "Another")))
    changed = {**VENDORS, vendor: dataclasses.replace(_without(VENDORS[vendor], gone), title=title)}
    first, second = make_plan(here, VENDORS), make_plan(here, changed)
    found, back = differences(first, second), differences(second, first)
    assert bool(found) == (first != second)
    swapped = {"added": "removed", "removed": "added", "changed": "changed"}
    assert [(one.part, swapped[one.action], one.id, one.after, one.before) for one in back] == [
        (one.part, one.action, one.id, one.before, one.after) for one in found
    ]
    assert differences(first, first) == []
    assert concerned(here, VENDORS, changed) or first == second


def test_every_state_has_its_words() -> None:
    summary = {"sites": 2 * len(STATES), **dict.fromkeys(STATES, 2)}
    assert headline({"summary": summary}) == (
        "Of 10 sites: 2 become invalid, 2 change, 2 become valid, 2 are invalid either way, 2 are untouched"
    )


def test_vendors_that_come_and_go(tmp_path: Path) -> None:
    (tmp_path / "sites").mkdir()
    write(tmp_path / "sites", "berlin.yml", berlin())
    mine = {"schema": 1, "vendor": "mine", "extends": "kisi"}
    folder = _vendors(tmp_path / "one", mine=mine)
    gained, lost = impact([tmp_path / "sites"], [], [folder]), impact([tmp_path / "sites"], [folder], [])
    assert [(one["vendor"], one["action"]) for one in gained["vendors"]] == [("mine", "added")]
    assert [(one["vendor"], one["action"]) for one in lost["vendors"]] == [("mine", "removed")]
    assert gained["sites"][0]["state"] == lost["sites"][0]["state"] == "untouched"
    assert "mine: is new" in text(gained)
    assert "mine: has no spec any more" in text(lost)
    assert len(gained["vendors"][0]["requirements"]["added"]) == len(specs()["kisi"].requirements)
