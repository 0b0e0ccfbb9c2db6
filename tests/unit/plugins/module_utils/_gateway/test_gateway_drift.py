# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drift: every difference is told once, by the object that it is about; equality is told by silence."""

from __future__ import annotations

import copy
import json
import subprocess
import typing as t
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._drift import (
    file_drift,
    mapping_drift,
    sentence,
    table_drift,
)
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._drift_words import rule as words
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._files import OwnFile

KEYS = st.sampled_from(["match", "left", "right", "op", "payload", "set", "concat", "prefix", "range", "meta", "key"])
MAC = "02:00:00:00:00:10"
DEVICES = {MAC: "front-door"}
ELEMENT = [{"concat": ["vlan40", MAC, "10.40.0.10"]}, {"goto": {"target": "iot_kisi"}}]
RULE = {"chain": "iot_kisi", "comment": "iot/kisi/cloud", "expr": [{"accept": None}]}
PLAIN = {"chain": "iot_kisi", "expr": [{"drop": None}]}
TABLE: t.Dict[str, t.Any] = {
    "table fieldnet_iot": {"name": "fieldnet_iot"},
    "chain iot_kisi": {"name": "iot_kisi"},
    "map iot_devices": {"name": "iot_devices", "type": ["ifname", "ether_addr", "ipv4_addr"], "elem": [ELEMENT]},
    "set iot_local": {"name": "iot_local", "flags": ["interval"], "elem": [{"prefix": {"addr": "10.0.0.0", "len": 8}}]},
    "counter iot/kisi/cloud": {"name": "iot/kisi/cloud"},
    "rules iot_kisi": [RULE, PLAIN],
}


def drifted(change: t.Callable[[dict[str, t.Any]], object]) -> list[str]:
    live = copy.deepcopy(TABLE)
    change(live)
    return [sentence(entry) for entry in table_drift(TABLE, live, "fieldnet_iot", DEVICES)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda live: live["rules iot_kisi"].pop(0),
            "the rule of flow iot/kisi/cloud is missing: in the chain iot_kisi: accept",
        ),
        (
            lambda live: live["rules iot_kisi"].reverse(),
            "chain iot_kisi is not as planned: its rules stand in another order",
        ),
        (
            lambda live: live["rules iot_kisi"][0].update(expr=[{"drop": None}]),
            "the rule of flow iot/kisi/cloud is not as planned: in the chain iot_kisi: drop",
        ),
        (
            lambda live: live["rules iot_kisi"].append({"chain": "iot_kisi", "expr": [{"accept": None}]}),
            "the rule of the chain iot_kisi is there and nobody planned it: accept",
        ),
        (
            lambda live: live["map iot_devices"].pop("elem"),
            f"device front-door (vlan40 . {MAC} . 10.40.0.10) is missing: in the map iot_devices",
        ),
        (
            lambda live: live["map iot_devices"]["elem"].append(
                [{"concat": ["vlan40", "02:00:00:00:00:66", "10.40.0.66"]}, {"accept": None}]
            ),
            "element of the map iot_devices vlan40 . 02:00:00:00:00:66 . 10.40.0.66 is there and nobody planned it:"
            " in the map iot_devices",
        ),
        (
            lambda live: live["map iot_devices"].update(elem=[[ELEMENT[0], {"accept": None}]]),
            f"device front-door (vlan40 . {MAC} . 10.40.0.10) is not as planned: in the map iot_devices:"
            " accept instead of goto iot_kisi",
        ),
        (lambda live: live.pop("set iot_local"), "set iot_local is missing"),
        (
            lambda live: live["set iot_local"].update(flags=[]),
            'set iot_local is not as planned: flags is [] instead of ["interval"]',
        ),
        (
            lambda live: live.update({"chain x": {}, "rules x": [{"chain": "x", "expr": []}]}),
            "chain x is there and nobody planned it",
        ),
        (lambda live: [live.pop("chain iot_kisi"), live.pop("rules iot_kisi")], "chain iot_kisi is missing"),
        (lambda live: live.pop("counter iot/kisi/cloud"), "counter iot/kisi/cloud is missing"),
    ],
)
def test_one_change_of_the_table_is_one_sentence(change: t.Callable[[dict[str, t.Any]], object], said: str) -> None:
    assert drifted(change) == [said]


def test_a_table_that_is_not_there_is_one_difference() -> None:
    assert table_drift(TABLE, None, "ours", {}) == [
        {"object": "table", "name": "ours", "problem": "missing", "detail": ""}
    ]
    assert table_drift(None, TABLE, "ours", {})[0]["problem"] == "unexpected"
    assert table_drift(None, None, "ours", {}) == table_drift(TABLE, copy.deepcopy(TABLE), "ours", {}) == []


NAMES = st.sampled_from(["chain a", "rules a", "map m", "set s", "counter c", "table t"])
RULES = st.lists(st.sampled_from([RULE, PLAIN, {"chain": "a", "expr": []}]), min_size=1, max_size=4)


@st.composite
def tables(draw: st.DrawFn) -> dict[str, t.Any]:
    found: dict[str, t.Any] = {}
    for name in draw(st.sets(NAMES)):
        kind = name.split()[0]
        if kind == "rules":
            found["chain a"] = {}
            found[name] = draw(RULES)
        elif kind in ("map", "set"):
            elements = sorted(draw(st.sets(st.sampled_from(["1", "2", "3"]))))  # as a canonical table has them
            found[name] = {"elem": [[one, draw(st.booleans())] if kind == "map" else one for one in elements]}
        else:
            found.setdefault(name, {"policy": draw(st.sampled_from(["accept", "drop"]))})
    return found


@given(tables(), tables())
def test_tables_drift_exactly_where_they_differ(one: dict[str, t.Any], other: dict[str, t.Any]) -> None:
    found = table_drift(one, other, "t", {})
    assert bool(found) == (one != other)
    assert all(sentence(entry) for entry in found)
    swapped = {"missing": "unexpected", "unexpected": "missing", "changed": "changed"}
    back = table_drift(other, one, "t", {})
    assert sorted(swapped[entry["problem"]] for entry in back) == sorted(entry["problem"] for entry in found)


def test_thousands_of_differences_are_counted_instead_of_told() -> None:
    expected = {f"device-{number}": "x" for number in range(5000)}
    found = mapping_drift("reservation", expected, {})
    assert len(found) == 201
    assert found[-1]["name"] == "4800 more"


def test_named_things_are_missing_unexpected_or_changed() -> None:
    found = mapping_drift("reservation", {"a": "1", "b": "2"}, {"b": "3", "c": "4"})
    assert [sentence(entry) for entry in found] == [
        "reservation a is missing: 1",
        "reservation b is not as planned: 3 instead of 2",
        "reservation c is there and nobody planned it: 4",
    ]


def test_files_are_missing_unexpected_or_changed(tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.write_text("one\n", encoding="utf-8")
    here.chmod(0o644)
    found = file_drift(
        [
            OwnFile(str(tmp_path / "gone"), "x"),
            OwnFile(str(here), None),
            OwnFile(str(here), "two\n"),
            OwnFile(str(here), "one\n", 0o600),
        ]
    )
    assert [(entry["problem"], entry["detail"]) for entry in found] == [
        ("missing", ""),
        ("unexpected", ""),
        ("changed", "its text"),
        ("changed", "its mode, which shall be 600"),
    ]


@pytest.mark.parametrize(
    "rule",
    [
        "tcp dport 4444 accept",
        'iifname vlan40 ip saddr != 10.40.0.0/24 counter name "x" drop',
        "ct state established,related accept",
        "iifname . ether saddr . ip saddr vmap @iot_devices",
        "ip daddr { 10.0.0.0/8, 192.168.0.1 } udp dport 100-200 jump iot_x",
        "iifname vmap { vlan40 : goto iot_y, vlan41 : accept }",
        "meta l4proto udp counter reject with icmpx admin-prohibited",
    ],
)
def test_a_rule_is_said_as_somebody_would_write_it(rule: str) -> None:
    text = "table inet t {\nmap iot_devices {\ntype ifname . ether_addr . ipv4_addr : verdict\n}\ncounter x {\n}\n"
    text += "chain iot_x {\n}\nchain iot_y {\n}\nchain c {\n" + rule + "\n}\n}\n"
    script = ["unshare", "-rn", "sh", "-c", "nft -f - && nft -s -j list chain inet t c"]
    done = subprocess.run(script, input=text, text=True, capture_output=True, check=True)
    entries = [entry["rule"] for entry in json.loads(done.stdout)["nftables"] if "rule" in entry]
    assert [words(entry["expr"]) for entry in entries] == [rule]


@given(st.recursive(st.none() | st.integers() | st.text(max_size=3), lambda x: st.lists(x) | st.dictionaries(KEYS, x)))
def test_whatever_nft_may_show_is_said(value: t.Any) -> None:
    assert isinstance(words([value, {"match": value}, {"vmap": value}, {"reject": value}, {"jump": value}]), str)
