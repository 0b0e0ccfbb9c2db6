# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a gateway is asked to follow, and what its answer makes of an assessment."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._trace._flows import parse_flows
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._assess import assess
from ansible_collections.fieldnet.iot.plugins.plugin_utils._explain._flows import Explaining, explaining, failed
from ansible_collections.fieldnet.iot.plugins.plugin_utils._explain._one import one_flow
from ansible_collections.fieldnet.iot.plugins.plugin_utils._explain._read import Traced, read
from ansible_collections.fieldnet.iot.plugins.plugin_utils._explain._words import explain
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from support.results import saw
from support.sites import Data, berlin, site, specs

SITE = site(berlin())
PLAN = make_plan(SITE, specs())
PROBE = {"mac": "02:00:00:00:00:20", "source": "10.40.0.20", "interface": "vlan40"}
DROPPED: Data = {
    "place": "dropped",
    "direction": "request",
    "rule": {"table": "corp"},
    "changes": [],
    "packets": 2,
    "answers": 0,
    "reason": "it was dropped on gw by table inet corp, chain main",
    "remedy": "have whoever owns it accept it",
}


def results(address: str = "203.0.113.10", **seen: str) -> list[Data]:
    """What was looked up is told too."""
    found = saw(PLAN, **seen)
    return [{**one, "addresses": [{"address": address, "observation": one["observation"]}]} for one in found]


def followed(found: t.Sequence[Data]) -> Explaining:
    return explaining(PLAN, SITE, found, failed(PLAN, found))


def test_where_everything_works_nothing_is_followed() -> None:
    assert followed(results()) == Explaining([], {}, {})


def test_the_flows_of_what_is_unmet() -> None:
    found = followed(results(kisi_cloud_session="dropped"))
    assert [(flow["protocol"], flow["destination"], flow["port"]) for flow in found.flows] == [
        ("tcp", "203.0.113.10", 993),
        ("tcp", "203.0.113.10", 31314),
    ]
    assert all(PROBE.items() <= flow.items() for flow in found.flows)
    (host,) = found.checks
    assert (host, sorted(check["id"] for check in found.checks[host])) == (
        "probe.berlin.example",
        sorted(found.of.values()),
    )
    errors: list[str] = []
    assert [flow.id for flow in parse_flows(found.flows, errors)] == list(found.of)
    assert errors == []


def test_a_fallback_that_works_is_no_reason_to_ask() -> None:
    assert followed(results(kisi_cloud_session_primary="dropped")).flows == []


def test_what_could_not_be_looked_up_is_a_question_to_the_resolver() -> None:
    found = followed(results(kisi_cloud_session="name_error"))
    assert {(flow["protocol"], flow["destination"], flow["port"]) for flow in found.flows} == {("udp", "10.40.0.1", 53)}


def test_an_address_of_ipv6_is_known_by_the_probe_s_mac_address() -> None:
    found = followed(results("2001:db8::7", kisi_cloud_session="dropped"))
    assert {(flow["source"], flow["mac"]) for flow in found.flows} == {("::/0", PROBE["mac"])}


def test_what_stays_inside_the_vlan_is_not_the_gateway_s_to_say() -> None:
    assert followed(results("10.40.0.99", kisi_cloud_session="dropped")).flows == []


def test_what_should_be_blocked_and_is_not_is_not_followed() -> None:
    data = {**berlin(), "blocked": [{"vlan": "iot", "host": "203.0.113.9", "port": 25, "reason": "no mail"}]}
    plan = make_plan(site(data), specs())
    assert failed(plan, saw(plan)) == set()


def judged(told: Data, again: dict[str, str] | None = None, **seen: str) -> tuple[Data, Data]:
    """The assessment of a failed cloud session, without and with a trace."""
    found = results(**(seen or {"kisi_cloud_session": "dropped"}))
    asked = followed(found)._asdict()
    before = assess(PLAN, found)
    if "place" in told:
        told = {"results": [{"id": name, **told} for name in asked["of"]]}
    after = explain(before, Traced(asked, told, again or {}))
    assert [one["verdict"] for one in before["requirements"]] == [one["verdict"] for one in after["requirements"]]
    assert before["readiness"] == after["readiness"]
    return tuple(
        next(one for one in each["requirements"] if (one["vendor"], one["id"]) == ("kisi", "cloud-session"))
        for each in (before, after)
    )


def test_the_place_stands_in_reason_and_remedy() -> None:
    before, after = judged(DROPPED)
    assert after["reason"] == f"{before['reason']}; asked again and traced: {DROPPED['reason']}"
    assert after["remedy"] == DROPPED["remedy"]
    assert [one["rule"] for one in after["traced"]] == [{"table": "corp"}] * 2
    assert after["traced"][0]["check"] in {seen["id"] for seen in after["observations"]}


def test_what_passes_the_second_time_is_said_to() -> None:
    before, after = judged(DROPPED, {"iot/kisi/cloud-session/primary/imp01.electricimp.com": "open"})
    assert after["reason"] == f"{before['reason']}; asked again (this time: open) and traced: {DROPPED['reason']}"
    assert judged(DROPPED, {"iot/kisi/cloud-session/primary/imp01.electricimp.com": "dropped"}) == judged(DROPPED)


def test_what_the_tasks_registered_is_read() -> None:
    probed = {"results": [{"results": [{"id": "a", "observation": "open"}]}, {"failed": True}]}
    tasks: dict[str, Data] = {
        "f": {"flows": [{}], "of": {}},
        "s": {"token": "t", "results": []},
        "a": probed,
        "e": {"results": [DROPPED]},
    }
    names = {"asked": "f", "started": "s", "again": "a", "ended": "e"}
    assert read(tasks.__getitem__, names) == Traced(tasks["f"], tasks["e"], {"a": "open"})
    tasks["e"] = {"skipped": True}
    assert read(tasks.__getitem__, names).said == tasks["s"]
    tasks["f"] = {"flows": []}
    assert read(tasks.__getitem__, names) == Traced({}, {}, {})
    assert read(lambda _name: {}, {}) == Traced({}, {}, {})


def test_what_is_met_stays_as_it_is() -> None:
    found = results(kisi_cloud_session="dropped")
    asked = followed(found)._asdict()
    before = assess(PLAN, found)
    after = explain(before, Traced(asked, {"results": [{"id": name, **DROPPED} for name in asked["of"]]}, {}))
    changed = [one["id"] for one, other in zip(before["requirements"], after["requirements"]) if one != other]
    assert changed == ["cloud-session"]


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (
            {**DROPPED, "place": "untraceable", "reason": "gw can't trace packets: no nft"},
            "gw can't trace packets: no nft",
        ),
        ({"failed": True, "msg": "unreachable\n"}, "unreachable"),
        ({}, "the gateway was not asked"),
    ],
)
def test_a_gateway_that_cannot_say_leaves_the_verdict_and_the_remedy(told: Data, why: str) -> None:
    before, after = judged(told)
    assert after == {**before, "reason": f"{before['reason']}; not traced: {why}"}


def test_one_flow_is_a_check_of_each_probe_host() -> None:
    errors: list[str] = []
    plan = one_flow(SITE, {"host": "imp01.electricimp.com", "port": "31314", "protocol": "tcp", "vlan": ""}, errors)
    (check,) = plan["checks"]
    assert (check["kind"], check["host"], check["port"], check["nameservers"], errors) == (
        *("tcp", "imp01.electricimp.com", 31314, ["10.40.0.1"]),
        [],
    )


def test_a_wrong_flow_is_refused_with_every_error() -> None:
    errors: list[str] = []
    one_flow(SITE, {"host": "a b", "port": "0", "protocol": "tcp", "vlan": "office"}, errors)
    assert errors == [
        "flow.host: a b is neither a DNS name nor an IP address",
        "flow.port: 0 is not a port (1 to 65535)",
        "flow.vlan: berlin has no VLAN office (it has iot)",
    ]
