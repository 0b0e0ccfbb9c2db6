# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever passes validation is a rule set that nft takes, with exactly the planned flows; what doesn't is named."""

from __future__ import annotations

import ipaddress
import json
import os
import subprocess
import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import InvalidPolicy
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._firewall import parse
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._nftables_rules import comment_of, remove, render
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._nftables_table import canonical

Options = t.Dict[str, t.Any]
DEFAULTS: Options = {
    "table": "fieldnet_iot",
    "interfaces": [{"name": "vlan40", "subnet": "10.40.0.0/24"}],
    "flows": [],
    "local_networks": ["10.0.0.0/8", "192.168.0.0/16"],
    "log_limit": "10/minute",
    "refuse_with": "reject",
}
FLOW: Options = {"id": "a", "interface": "vlan40", "protocol": "tcp", "port": 443, "to": []}


def load(text: str, table: str = "fieldnet_iot") -> t.List[Options]:
    """What a real kernel holds after a rule set was loaded; in a namespace of its own."""
    unshare = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
    script = f"nft -f - && nft -j -s list table inet {table}"
    done = subprocess.run([*unshare, "sh", "-c", script], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stderr}\n{text}"
    listed: t.List[Options] = json.loads(done.stdout)["nftables"]
    return listed


def problems(**options: t.Any) -> t.List[str]:
    with pytest.raises(InvalidPolicy) as caught:
        parse({**DEFAULTS, **options})
    return caught.value.problems


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"interfaces": []}, "interfaces: there is none; to remove the policy, set state to absent"),
        (
            {"interfaces": [{"name": 'a" accept', "subnet": "10.0.0.0/24"}]},
            'interfaces[0].name: a" accept is not an interface name'
            " (1 to 15 letters, digits, dots, hyphens, underscores)",
        ),
        (
            {"interfaces": [{"name": "lo", "subnet": "10.0.0.0/24"}]},
            "interfaces[0].name: lo is the loopback interface",
        ),
        (
            {"interfaces": [{"name": "vlan40", "subnet": "10.40.0.1/24"}]},
            "interfaces[0].subnet: 10.40.0.1/24 is not an IPv4 subnet (write it as 10.40.0.0/24, host bits zero)",
        ),
        ({"interfaces": DEFAULTS["interfaces"] * 2}, "interfaces[1].name: vlan40 is already that of interfaces[0]"),
        ({"flows": [FLOW, {**FLOW, "port": 80}]}, "flows[1].id: a is already that of flows[0]"),
        ({"flows": [{**FLOW, "port": 0}]}, "flows[0].port: 0 is not a port (1 to 65535)"),
        (
            {"flows": [{**FLOW, "interface": "eth9"}]},
            "flows[0].interface: eth9 is not among the interfaces of the policy",
        ),
        (
            {"flows": [{**FLOW, "to": ["10.0.0.1", "10.0.0.1 accept"]}]},
            "flows[0].to[1]: 10.0.0.1 accept is not an IP address or network",
        ),
        (
            {"flows": [{**FLOW, "id": 'a" ; accept'}]},
            'flows[0].id: a" ; accept is not an id (letters, digits and _ . / : * -, at most 200)',
        ),
        (
            {"table": "filter"},
            "table: filter is not a name of a table of ours (write it as fieldnet_iot: fieldnet_, then a-z, 0-9, _)",
        ),
        (
            {"local_networks": ["fc00::/7"]},
            "local_networks[0]: fc00::/7 is not IPv4 (what is not a flow's destination is rejected over IPv6 anyway)",
        ),
        (
            {"log_limit": "10/minute accept"},
            "log_limit: 10/minute accept is not a rate (write it as 10/minute, or leave it empty to log nothing)",
        ),
    ],
)
def test_what_is_no_policy_is_refused_with_its_place(options: Options, problem: str) -> None:
    assert problems(**options) == [problem]


def test_all_problems_come_at_once() -> None:
    assert len(problems(flows=[{**FLOW, "port": 0, "to": ["x"]}], table="nat", log_limit="often")) == 4


def test_the_same_policy_gives_the_same_bytes() -> None:
    flows = [{**FLOW, "id": name} for name in "abc"]
    interfaces = [{"name": name, "subnet": "10.40.0.0/24"} for name in ("vlan40", "vlan41")]
    one = render(parse({**DEFAULTS, "flows": flows, "interfaces": interfaces}))
    other = render(parse({**DEFAULTS, "flows": flows[::-1], "interfaces": interfaces[::-1]}))
    assert one == other


def test_long_ids_keep_their_own_comment() -> None:
    ids = ["x" * 200, "x" * 199 + "y", "x" * 120]
    comments = [comment_of(flow_id) for flow_id in ids]
    assert len(set(comments)) == 3
    assert max(len(comment) for comment in comments) == 120  # nftables holds 127
    assert comments[2] == ids[2]


def test_rules_only_look_at_packets_from_iot_interfaces() -> None:
    listed = load(render(parse({**DEFAULTS, "flows": [FLOW]})))
    chains = [entry["chain"] for entry in listed if "chain" in entry]
    hooks = {chain["name"]: chain for chain in chains if "hook" in chain}
    assert {(chain["hook"], chain["prio"], chain["policy"]) for chain in hooks.values()} == {
        ("forward", -10, "accept"),
        ("input", -10, "accept"),
    }
    for name in hooks:
        rules = [entry["rule"]["expr"] for entry in listed if entry.get("rule", {}).get("chain") == name]
        assert len(rules) == 1
        assert rules[0][0]["vmap"]["key"] == {"meta": {"key": "iifname"}}
        assert [element[0] for element in rules[0][0]["vmap"]["data"]["set"]] == ["vlan40"]


@pytest.mark.parametrize("name", ["drop", "fwd", "ip", "1", "eth0.41", "br-lan", "a_b", "table", "meta", "wg-0.x_y"])
def test_interfaces_named_like_keywords_load(name: str) -> None:
    interfaces = [{"name": name, "subnet": "10.40.0.0/24"}]
    load(render(parse({**DEFAULTS, "interfaces": interfaces, "flows": [{**FLOW, "interface": name, "to": ["::/0"]}]})))


def test_a_table_that_is_not_there_yet_can_be_replaced_and_removed() -> None:
    unshare = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
    text = render(parse(DEFAULTS)) * 2 + remove("fieldnet_iot") * 2
    assert "destroy" not in text  # a syntax error for nft 1.0.6
    done = subprocess.run([*unshare, "sh", "-c", "nft -f - && nft list tables"], input=text, text=True, check=True)
    assert not done.stdout


def test_equal_tables_are_equal_in_whatever_order_the_kernel_lists_them() -> None:
    interfaces = [{"name": f"vlan{number}", "subnet": "10.40.0.0/24"} for number in range(40, 60)]
    text = render(parse({**DEFAULTS, "interfaces": interfaces}))
    seen = [canonical(json.dumps({"nftables": load(text)})) for _run in range(3)]
    assert seen[0] == seen[1] == seen[2]


NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,14}", fullmatch=True).filter(lambda name: name != "lo")
IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_./:*-]{0,199}", fullmatch=True)
TARGETS = st.one_of(
    st.builds(
        lambda address, length: str(ipaddress.ip_network(f"{address}/{length}", strict=False)),
        st.ip_addresses(v=4),
        st.integers(0, 32),
    ),
    st.builds(
        lambda address, length: str(ipaddress.ip_network(f"{address}/{length}", strict=False)),
        st.ip_addresses(v=6),
        st.integers(0, 128),
    ),
    st.ip_addresses().map(str),
)
SUBNETS = st.builds(
    lambda address, length: str(ipaddress.ip_network(f"{address}/{length}", strict=False)),
    st.ip_addresses(v=4),
    st.integers(1, 32),
)


@st.composite
def policies(draw: st.DrawFn) -> Options:
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    ids = draw(st.lists(IDS, max_size=8, unique=True))
    return {
        "table": draw(st.from_regex(r"fieldnet_[a-z0-9_]{1,40}", fullmatch=True)),
        "interfaces": [{"name": name, "subnet": draw(SUBNETS)} for name in names],
        "flows": [
            {
                "id": flow_id,
                "interface": draw(st.sampled_from(names)),
                "protocol": draw(st.sampled_from(["tcp", "udp"])),
                "port": draw(st.integers(1, 65535)),
                "to": draw(st.lists(TARGETS, max_size=4)),
            }
            for flow_id in ids
        ],
        "local_networks": draw(st.lists(SUBNETS, max_size=5)),
        "log_limit": draw(st.sampled_from(["", "1/second", "99999/day"])),
        "refuse_with": draw(st.sampled_from(["reject", "drop"])),
    }


@settings(max_examples=150, deadline=None)
@given(policies())
def test_whatever_is_valid_loads_with_exactly_its_flows(options: Options) -> None:
    policy = parse(options)
    listed = load(render(policy), policy.table)
    found = {
        (entry["rule"]["comment"], entry["rule"]["chain"]) for entry in listed if entry.get("rule", {}).get("comment")
    }
    assert found == {
        (comment_of(flow.id), f"iot_{'named' if flow.to else 'open'}_{flow.interface}") for flow in policy.flows
    }
    accepting = [entry["rule"] for entry in listed if {"accept": None} in entry.get("rule", {}).get("expr", [])]
    assert all("comment" in rule or rule["chain"].startswith("iot_input_") for rule in accepting)


@settings(max_examples=300, deadline=None)
@given(
    st.fixed_dictionaries(
        {
            "table": st.text(),
            "interfaces": st.lists(st.fixed_dictionaries({"name": st.text(), "subnet": st.text()}), max_size=2),
            "flows": st.lists(
                st.fixed_dictionaries(
                    {
                        "id": st.text(),
                        "interface": st.text(),
                        "protocol": st.sampled_from(["tcp", "udp"]),
                        "port": st.integers(),
                        "to": st.lists(st.text(), max_size=2),
                    }
                ),
                max_size=2,
            ),
            "local_networks": st.lists(st.text(), max_size=2),
            "log_limit": st.text(),
            "refuse_with": st.just("reject"),
        }
    )
)
def test_hostile_text_is_refused_or_becomes_a_rule_set_that_loads(options: Options) -> None:
    try:
        policy = parse(options)
    except InvalidPolicy:
        return
    load(render(policy), policy.table)
