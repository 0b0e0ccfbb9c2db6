"""What is wrong with a spec that extends another is told where somebody wrote it."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._vendors import load_specs
from support.extensions import KISI, NOTES, Data, load
from support.sites import specs


def test_a_mud_file_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "lamp.json").write_text("{]", encoding="utf-8")
    _specs, errors = load(tmp_path, own=KISI)
    assert len(errors) == 1
    assert errors[0].startswith(f"{tmp_path}/lamp.json: ")


CASES: t.List[t.Tuple[str, Data, t.List[str]]] = [
    ("an unknown base", {"extends": "kissi"}, ["extends: kissi is no vendor with a spec; did you mean kisi?"]),
    (
        "itself",
        {"vendor": "acme", "extends": "acme"},
        ["extends: acme is no vendor with a spec (known: kisi, spiio, tsi)"],
    ),
    (
        "another vendor's name",
        {"vendor": "tsi"},
        ["vendor: tsi has a spec already; a vendor has one spec"],
    ),
    ("a key", {"removed": ["nat"]}, ["has an unknown key removed; did you mean remove?"]),
    (
        "a removal of what isn't there",
        {"remove": ["nat", "hotspott"]},
        ["remove[1]: hotspott is no requirement of kisi; did you mean hotspot?"],
    ),
    (
        "a removal of what is changed",
        {"remove": ["nat"], "requirements": [{"id": "nat", "text": "Fine."}]},
        ["remove[0]: nat is changed under requirements, too; do one of them"],
    ),
    (
        "everything removed",
        {"remove": [one.id for one in specs()["kisi"].requirements]},
        ["remove: leaves no requirement of kisi"],
    ),
    (
        "the same twice",
        {"requirements": [{"id": "nat", "text": "a"}, {"id": "nat", "text": "b"}]},
        ["requirements[1].id: nat is there twice"],
    ),
    (
        "a document twice",
        {"sources": [NOTES, NOTES], "device_types": [{"type": "lock"}, {"type": "lock"}]},
        ["sources[1].id: notes is there twice", "device_types[1].type: lock is there twice"],
    ),
    (
        "another kind",
        {"requirements": [{"id": "nat", "kind": "checklist"}]},
        ["requirements[0].kind: nat of kisi is of kind advice; remove it, and give what you add another id"],
    ),
    (
        "a value",
        {"requirements": [{"id": "nat", "text": "Fine."}, {"id": "firmware", "any_of": [{"id": "a", "port": 0}]}]},
        [
            "requirements[1].any_of[0]: has no protocol",
            "requirements[1].any_of[0].port: 0 is not a port (1 to 65535)",
        ],
    ),
    (
        "several, each at its place in this file, and what is new must be whole",
        {
            "remove": ["wifi"],
            "requirements": [
                {"id": "nat", "text": "Fine."},
                {"id": "new", "kind": "outbound"},
                {"id": "also-new", "title": "New", "kind": "advice"},
            ],
            "device_types": [{"type": "reader_pro"}, {"type": "lock"}],
        },
        [
            "remove[0]: wifi is no requirement of kisi; did you mean wifi-band?",
            "device_types[1]: has no title",
            "device_types[1]: has no uplinks",
            *(f"requirements[1]: has no {key}" for key in ("title", "level", "basis", "sources")),
            *(f"requirements[2]: has no {key}" for key in ("level", "basis", "sources")),
        ],
    ),
    (
        "what fits no longer together",
        {
            "requirements": [
                {"id": "nat", "sources": [{"ref": "rumour", "says": "Fine."}]},
                {"id": "cloud-session", "device_types": ["readr_pro"]},
                {
                    "id": "firmware",
                    "any_of": [{"id": "a", "protocol": "tcp", "port": 1}],
                    "all_of": [{"id": "a", "protocol": "tcp", "port": 1}],
                },
            ]
        },
        [
            "requirements[1].device_types: readr_pro is no device type of this spec; did you mean reader_pro?",
            "requirements[2]: has both any_of and all_of; give one",
            "requirements[0]: names the source rumour, which is not among the sources of this spec"
            " (known: architecture, requirements)",
        ],
    ),
]


@pytest.mark.parametrize(("data", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_exact_messages(data: Data, expected: t.List[str], tmp_path: Path) -> None:
    _specs, errors = load(tmp_path, own={**KISI, **data})
    assert errors == [f"{tmp_path}/own.yml: {message}" for message in expected]


def test_a_vendor_is_changed_in_one_file(tmp_path: Path) -> None:
    _specs, errors = load(tmp_path, a=KISI, b=KISI, c={**KISI, "vendor": "mine"}, d={**KISI, "vendor": "mine"})
    assert errors == [
        f"{tmp_path}/b.yml: extends: kisi is changed by {tmp_path}/a.yml already; make one file of the two",
        f"{tmp_path}/d.yml: vendor: mine has a spec already; a vendor has one spec",
    ]


def test_a_folder_is_read_once_whatever_it_is_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The playbook's variable and the inventory may name the same."""
    load(tmp_path, own=KISI)
    monkeypatch.chdir(tmp_path.parent)
    found, errors = load_specs([tmp_path, Path(tmp_path.name), tmp_path / ".." / tmp_path.name])
    assert errors == []
    assert found["kisi"].extends == "kisi"


def test_a_circle_is_told_and_ends(tmp_path: Path) -> None:
    _specs, errors = load(
        tmp_path,
        a={**KISI, "vendor": "a", "extends": "b"},
        b={**KISI, "vendor": "b", "extends": "a"},
        c={**KISI, "vendor": "c", "extends": "a"},
    )
    assert errors == [
        f"{tmp_path}/a.yml: extends: a extends b extends a; one of them must be a whole spec",
        f"{tmp_path}/b.yml: extends: b extends a extends b; one of them must be a whole spec",
    ]


def test_errors_of_a_base_are_told_once(tmp_path: Path) -> None:
    _specs, errors = load(
        tmp_path,
        base={"schema": 1, "vendor": "acme"},
        own={**KISI, "vendor": "mine", "extends": "acme"},
        own_too={**KISI, "vendor": "mine_too", "extends": "mine"},
    )
    assert errors
    assert {error.split(": ")[0] for error in errors} == {f"{tmp_path}/base.yml"}
