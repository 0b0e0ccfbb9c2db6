# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a gateway: silence is no agreement, and no difference gets lost."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._drift_report import document, judge, table

Data = t.Dict[str, t.Any]
SAME = {"changed": False, "differences": [], "drift": []}
LOST = {"object": "flow", "name": "iot/kisi/cloud", "problem": "missing", "detail": ""}
DRIFTED = {"changed": True, "differences": ["table inet fieldnet_iot"], "drift": [LOST]}


@pytest.mark.parametrize(
    ("results", "state", "told"),
    [
        ({"firewall": SAME, "dhcp": SAME}, "agreed", []),
        ({"firewall": SAME, "dns": {"skipped": True}}, "agreed", []),
        ({"firewall": DRIFTED, "dhcp": SAME}, "drifted", ["the rule of flow iot/kisi/cloud is missing"]),
        ({"firewall": {**DRIFTED, "drift": []}}, "drifted", ["state table inet fieldnet_iot is not as planned"]),
        ({"dhcp": {"changed": True}}, "drifted", ["state of the gateway is not as planned"]),
        ({"firewall": {"missing_packages": ["nftables"], "msg": "x"}}, "drifted", ["package nftables is missing"]),
        ({"firewall": {"failed": True, "msg": "no interface vlan99"}}, "failed", []),
        ({"firewall": {"failed": True, "problems": ["a", "b"], "msg": "a; b"}, "dhcp": DRIFTED}, "failed", None),
        ({"firewall": {"failed": True}}, "failed", []),
        ({"firewall": {}, "dhcp": {}}, "failed", []),
        ({"firewall": SAME, "dhcp": {}}, "failed", []),
        ({"firewall": {"skipped": True}}, "failed", []),
        ({}, "failed", []),
        ({"firewall": {"unreachable": True, "msg": "timed out"}, "dhcp": {"skipped": True}}, "unreachable", []),
    ],
)
def test_the_state_of_a_gateway(results: t.Dict[str, Data], state: str, told: t.Optional[t.List[str]]) -> None:
    found = judge("berlin", "gw", results)
    assert found["state"] == state
    assert bool(found["errors"]) == (state in ("failed", "unreachable"))
    if told is not None:
        assert [entry["sentence"] for entry in found["drift"]] == told


def test_the_fleet_is_counted_and_every_difference_told() -> None:
    warned = {**SAME, "warnings": ["docker drops it", "docker drops it"], "obstacles": [{"place": "FORWARD"}]}
    found = document(
        [
            judge("oslo", "gw.oslo", {"firewall": {"unreachable": True, "msg": "timed out"}}),
            judge("berlin", "gw.berlin", {"firewall": DRIFTED}),
            judge("rome", "gw.rome", {"firewall": warned}),
        ]
    )
    assert found["summary"] == {"failed": 0, "unreachable": 1, "drifted": 1, "agreed": 1}
    assert found["sites"][2]["obstacles"] == [{"place": "FORWARD"}]
    said = table(found)
    assert "berlin (gw.berlin): drifted\n  - the rule of flow iot/kisi/cloud is missing\n" in said
    assert "oslo (gw.oslo): unreachable\n  - timed out: see that it is up, " in said
    assert said.count("docker drops it") == 1
    assert said.endswith("1 unreachable, 1 drifted, 1 in agreement\n")


def test_a_fleet_of_none_is_no_agreement() -> None:
    assert table(document([])).endswith("no sites\n")
