"""A spec that extends another: only what differs is in its file, and what is wrong with it is told there."""

from __future__ import annotations

import copy
import dataclasses
import json
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._extend import extend
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Requirement, Spec
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._vendors import BUILT_IN, load_specs, parse_spec
from support.extensions import KISI, NOTES, Data, load
from support.mud import document, matches
from support.sites import berlin, site, specs

MOVED: Data = {
    **KISI,
    "sources": [NOTES],
    "requirements": [
        {
            "id": "cloud-session",
            "any_of": [{"id": "primary", "protocol": "tcp", "port": 31400}],
            "sources": [{"ref": "notes", "says": "Sessions use TCP 31400."}],
        }
    ],
}


def _spec(folder: Path, data: Data) -> Spec:
    found, errors = load(folder, own=data)
    assert errors == []
    return found[data["vendor"]]


def _of(spec: Spec, name: str) -> Requirement:
    found = spec.requirement(name)
    assert found is not None
    return found


def test_a_new_port_instead_of_the_vendors(tmp_path: Path) -> None:
    """The rest of the requirement stays, and so does every other; whom the verdict follows is said first."""
    spec, base = _spec(tmp_path, MOVED), specs()["kisi"]
    session, before = _of(spec, "cloud-session"), _of(base, "cloud-session")
    assert [port.port for port in session.ports] == [31400]
    assert session.domains == before.domains
    assert session.sources == (session.sources[0], *before.sources)
    assert session.sources[0].says == "Sessions use TCP 31400."
    assert spec.documents == {**base.documents, "notes": "Kisi firmware 2.9"}
    assert spec.requirements[1:] == base.requirements[1:]
    assert (spec.vendor, spec.extends, session.changed) == ("kisi", "kisi", ("any_of",))


def test_the_plan_says_who_changed_it(tmp_path: Path) -> None:
    found, _errors = load(tmp_path, own=MOVED)
    sources = {
        one["id"]: one["source"]
        for one in make_plan(site(berlin(), found), found)["requirements"]
        if one["vendor"] == "kisi"
    }
    assert sources["cloud-session"] == (
        'Kisi firmware 2.9: "Sessions use TCP 31400." (any_of changed by the spec that extends kisi)'
    )
    assert "changed" not in sources["firmware"]


def test_beside_the_vendors_own(tmp_path: Path) -> None:
    found, errors = load(tmp_path, own={**MOVED, "vendor": "kisi_new", "title": "Kisi, new firmware"})
    assert errors == []
    assert found["kisi"] == specs()["kisi"]
    assert found["kisi_new"].title == "Kisi, new firmware"
    assert [port.port for port in _of(found["kisi_new"], "cloud-session").ports] == [31400]


def test_what_is_removed_added_and_changed(tmp_path: Path) -> None:
    data = {
        **KISI,
        "ipv6": "supported",
        "sources": [{**NOTES, "id": "requirements", "title": "Requirements, 2nd edition"}],
        "device_types": [
            {"type": "reader_pro", "title": "Reader Pro 3"},
            {"type": "lock", "title": "Lock", "uplinks": [{"medium": "wifi"}]},
        ],
        "requirements": [
            {
                "id": "power",
                "title": "Power",
                "kind": "advice",
                "level": "recommended",
                "basis": "stated",
                "text": "Charge it.",
                "device_types": ["lock"],
                "sources": [{"ref": "requirements", "says": "Charge it."}],
            }
        ],
        "remove": ["hotspot", "placement"],
    }
    spec, base = _spec(tmp_path, data), specs()["kisi"]
    assert spec.ipv6
    assert spec.documents["requirements"] == "Requirements, 2nd edition"
    assert {kind.type: kind.title for kind in spec.device_types}["reader_pro"] == "Reader Pro 3"
    assert spec.uplinks == {**base.uplinks, "lock": ("wifi",)}
    assert [one.id for one in spec.requirements] == [
        *(one.id for one in base.requirements if one.id not in ("hotspot", "placement")),
        "power",
    ]
    assert _of(spec, "power").changed == ()


def test_all_of_takes_the_place_of_any_of(tmp_path: Path) -> None:
    ports = [{"id": "tls", "protocol": "tcp", "port": 443}]
    spec = _spec(tmp_path, {**KISI, "requirements": [{"id": "cloud-session", "all_of": ports}]})
    session = _of(spec, "cloud-session")
    assert (session.any_of, [port.port for port in session.all_of]) == ((), [443])
    assert session.changed == ("all_of",)


def test_who_changes_what_documents_differ_in_has_settled_it(tmp_path: Path) -> None:
    """Else the plan would say that the verdict follows a document that it does not follow any more."""
    assert _of(specs()["kisi"], "wifi-band").conflict
    wifi = {"property": "band_ghz", "allowed": [2.4, 5]}
    says = [{"ref": "architecture", "says": "5 GHz on older revisions only"}]
    spec = _spec(
        tmp_path,
        {
            **KISI,
            "requirements": [
                {"id": "wifi-band", "wifi": wifi, "sources": says},
                {"id": "firmware", "to": {"domains": ["*.electricimp.com", "mirror.acme.example"]}},
                {"id": "dns-tcp", "level": "required", "conflict": {"text": "Ours.", "uses": "requirements"}},
            ],
        },
    )
    assert _of(spec, "wifi-band").conflict == {}
    assert _of(spec, "firmware").conflict == _of(specs()["kisi"], "firmware").conflict
    assert _of(spec, "dns-tcp").conflict == {"text": "Ours.", "uses": "requirements"}


def test_an_extension_of_an_extension(tmp_path: Path) -> None:
    """Whatever the files are called: who extends a vendor extends the changed one, and what changed adds up."""
    found, errors = load(
        tmp_path,
        a={**KISI, "vendor": "kisi_lab", "extends": "kisi_berlin", "remove": ["placement"]},
        b={
            **KISI,
            "vendor": "kisi_berlin",
            "requirements": [{"id": "cloud-session", "level": "recommended"}],
        },
        c=MOVED,
    )
    assert errors == []
    lab = _of(found["kisi_lab"], "cloud-session")
    assert (lab.ports[0].port, lab.level, lab.changed) == (31400, "recommended", ("any_of", "level"))
    assert found["kisi_lab"].requirement("placement") is None
    assert found["kisi_berlin"].requirement("placement") is not None


DOCS = Path(__file__).resolve().parents[4] / "docs" / "vendor-spec.md"


def test_the_examples_of_the_documentation(tmp_path: Path) -> None:
    """As somebody copies them."""
    written = re.findall(r"```yaml\n# vendors/(\w+\.yml)\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    for name, example in written:
        (tmp_path / name).write_text(example, encoding="utf-8")
    found, errors = load_specs([tmp_path])
    assert [name for name, _example in written] == ["kisi.yml", "kisi_lab.yml"]
    assert errors == []
    lab = found["kisi_lab"]
    assert [port.port for port in _of(lab, "cloud-session").ports] == [31400, 993]
    assert _of(lab, "firmware").domains == ("mirror.acme.example",)
    assert lab.requirement("hotspot") is None


def test_a_mud_file_is_a_spec_that_another_may_extend(tmp_path: Path) -> None:
    """What MUD has no words for is added; what it says and no spec carries is in the plan's notes."""
    (tmp_path / "lamp.json").write_text(json.dumps(document(matches("cloud.example.com"))), encoding="utf-8")
    kind = {"type": "lamp_2000", "uplinks": [{"medium": "wifi"}]}
    bulb = {"vendor": "bulb", "extends": "lamps_lamp_2000", "device_types": [kind]}
    found, errors = load(tmp_path, own={"schema": 1, **bulb})
    assert errors == []
    assert found["lamps_lamp_2000"].uplinks == {"lamp_2000": ("ethernet", "wifi")}
    assert found["bulb"].uplinks == {"lamp_2000": ("wifi",)}
    assert [port.port for port in _of(found["bulb"], "to-cloud-example-com").ports] == [443]
    data = berlin()
    data["devices"].append(
        {"name": "bulb", "vendor": "bulb", "type": "lamp_2000", "mac": "02:00:00:00:00:13", "vlan": "iot"}
    )
    notes = make_plan(site(data, found), found)["notes"]
    assert "lamp.json: MUD says nothing of uplinks and Wi-Fi: both Ethernet and Wi-Fi are taken as possible" in notes


def _raw(vendor: str) -> Data:
    found: Data = yaml.safe_load((BUILT_IN / f"{vendor}.yml").read_text(encoding="utf-8"))
    for one in found["sources"]:
        one["retrieved"] = str(one["retrieved"])
    return found


RAW = {vendor: _raw(vendor) for vendor in ("kisi", "spiio", "tsi")}
_VENDOR = st.sampled_from(sorted(RAW))


def _parsed(data: Data) -> Spec:
    spec, problems = parse_spec(data)
    assert problems == []
    assert spec is not None
    return spec


@given(vendor=_VENDOR, data=st.data())
def test_what_repeats_the_base_changes_nothing(vendor: str, data: st.DataObject) -> None:
    """Any keys of any entries, as they are in the base."""
    base = RAW[vendor]
    own: Data = {"schema": 1, "vendor": vendor, "extends": vendor}
    for name, key in (("sources", "id"), ("device_types", "type"), ("requirements", "id")):
        entries = data.draw(st.lists(st.sampled_from(base[name]), unique_by=str))
        own[name] = [
            {field: entry[field] for field in entry if field == key or data.draw(st.booleans())} for entry in entries
        ]
    found = extend(copy.deepcopy(base), own)
    # Sources that are named again are the first; which documents say it does not change.
    plain = _parsed(base)
    merged = _parsed(found.data)
    assert found.changed == {}
    assert [dataclasses.replace(one, sources=()) for one in merged.requirements] == [
        dataclasses.replace(one, sources=()) for one in plain.requirements
    ]
    assert [one.sources for one in merged.requirements] == [one.sources for one in plain.requirements]
    assert dataclasses.replace(merged, requirements=()) == dataclasses.replace(plain, requirements=())


@given(vendor=_VENDOR, data=st.data())
def test_what_is_added_and_then_removed_was_never_there(vendor: str, data: st.DataObject) -> None:
    """And neither merge touches the data that it was given."""
    base, other = RAW[vendor], RAW[data.draw(_VENDOR)]
    before = copy.deepcopy((base, other))
    added = data.draw(st.lists(st.sampled_from(other["requirements"]), unique_by=lambda one: str(one["id"])))
    renamed = [{**one, "id": f"x-{one['id']}"} for one in added]
    common = {"schema": 1, "vendor": vendor, "extends": vendor}
    more = extend(base, {**common, "requirements": renamed})
    assert [one["id"] for one in more.data["requirements"][len(base["requirements"]) :]] == [
        one["id"] for one in renamed
    ]
    again = extend(more.data, {**common, "remove": [one["id"] for one in renamed]})
    assert again.data == base
    assert (base, other) == before


_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["kisi", "nat"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "type", "says", "ref", "sources", "any_of", "wifi"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@given(own=st.dictionaries(st.sampled_from(["sources", "device_types", "requirements", "remove", "title"]), _JUNK))
def test_junk_is_refused_and_never_raises(own: Data, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("vendors")
    found, errors = load(folder, own={**KISI, **own})
    assert errors or found["kisi"].extends == "kisi"
    assert all(error.startswith(f"{folder}/own.yml: ") for error in errors)
