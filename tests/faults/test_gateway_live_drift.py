# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody changed in our table is named by what it was; what packets and resolvers leave there is no change."""

from __future__ import annotations

import contextlib
import time
import typing as t

import pytest

from support.firewall import WEB, apply, flow, policy
from support.gateway import CLOUD, DEVICE, DEVICE_MAC, STRANGER_MAC, Result, Site, connect, listening, run_module

NAMED = {**flow("named", "tcp", 8443), "domains": ["*.vendor.example"]}
OPTIONS: Result = {**policy([WEB, NAMED]), "egress": "domains"}
TABLE = "inet fieldnet_iot"


@pytest.fixture
def site() -> t.Iterator[Site]:
    with contextlib.ExitStack() as stack:
        yield Site(stack)


def drift(site: Site, options: t.Optional[Result] = None) -> list[tuple[str, str, str]]:
    result = run_module(site.gateway, "firewall_policy", {**(options or OPTIONS), "_check": True})
    assert not result.get("failed"), result
    assert bool(result["drift"]) == result["changed"]
    return sorted((one["object"], one["name"], one["problem"]) for one in result["drift"])


def learned(site: Site) -> Result:
    result = run_module(site.gateway, "learned_info", {"resolver_unit": ""})
    assert not result.get("failed"), result
    return result


def test_no_table_is_one_difference_and_a_new_one_is_none(site: Site) -> None:
    assert drift(site) == [("table", TABLE, "missing")]
    apply(site, OPTIONS)
    assert drift(site) == []
    assert drift(site, {"state": "absent", "persist": False}) == [("table", TABLE, "unexpected")]


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("insert rule {table} iot_forward tcp dport 4444 accept", ("rule", "the chain iot_forward", "unexpected")),
        ("flush chain {table} iot_outside_vendor", ("flow", "web", "missing")),
        ("add rule {table} iot_profile_vendor accept", ("rule", "the chain iot_profile_vendor", "unexpected")),
        ("add chain {table} iot_theirs", ("chain", "iot_theirs", "unexpected")),
        ("add counter {table} theirs", ("counter", "theirs", "unexpected")),
        ("add element {table} iot_interfaces {{ wan9 }}", ("element of the set iot_interfaces", "wan9", "unexpected")),
        ("flush map {table} iot_devices", ("device", f"device (vlan40 . {DEVICE_MAC} . {DEVICE})", "missing")),
        ("add chain {table} iot_forward {{ policy drop; }}", ("chain", "iot_forward", "changed")),
    ],
)
def test_one_change_by_hand_is_one_difference(site: Site, command: str, found: tuple[str, str, str]) -> None:
    apply(site, OPTIONS)
    site.gateway.run("nft", command.format(table=TABLE))
    seen = drift(site)
    assert found in seen
    assert len(seen) == (2 if "flush chain" in command else 1)
    apply(site, OPTIONS)
    assert drift(site) == []


def test_packets_and_resolvers_change_nothing_that_was_planned(site: Site) -> None:
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    learning = {**OPTIONS, "mode": "learn", "learn_until": until}
    apply(site, learning)
    sets = [one for one in learned(site)["sets"] if one.startswith("d4_")]
    site.gateway.run("nft", f"add element {TABLE} {sets[0]} {{ {CLOUD} }}")
    with listening(site.cloud, 8443), listening(site.cloud, 25):
        assert connect(site.device, CLOUD, 8443) == connect(site.device, CLOUD, 25) == "open"
        assert connect(site.stranger, CLOUD, 25) == "open"
    assert drift(site, learning) == []


def test_what_was_counted_is_read_as_data(site: Site) -> None:
    nothing = learned(site)
    assert (nothing["present"], nothing["learns"], nothing["used"]) == (False, False, [])
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    apply(site, {**policy([WEB]), "mode": "learn", "learn_until": until})
    with listening(site.cloud, 443), listening(site.cloud, 25):
        assert connect(site.device, CLOUD, 443) == connect(site.device, CLOUD, 25) == "open"
        assert connect(site.stranger, CLOUD, 25) == "open"
    found = learned(site)
    assert found["present"]
    assert found["learns"]
    assert {(one["mac"], one["destination"], one["protocol"], one["port"]) for one in found["used"]} == {
        (DEVICE_MAC, CLOUD, "tcp", 25),
        (STRANGER_MAC, CLOUD, "tcp", 25),
    }
    assert all(one["packets"] > 1 and one["bytes"] > 60 and one["expires"] > 0 for one in found["used"])
    assert found["counters"]["flow/web"]["packets"] > 1
    assert STRANGER_MAC in [one["mac"] for one in found["unknown"]]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"table": "nat; flush ruleset"}, "table: nat; flush ruleset is not a name of a table of ours"),
        ({"resolver_unit": "-x.service"}, "resolver_unit: -x.service is not a systemd unit"),
        ({"resolver_unit": "dnsmasq.service --vacuum-size=1"}, "is not a systemd unit"),
    ],
)
def test_what_is_no_table_or_unit_is_refused(site: Site, options: Result, complaint: str) -> None:
    assert complaint in run_module(site.gateway, "learned_info", options)["msg"]
