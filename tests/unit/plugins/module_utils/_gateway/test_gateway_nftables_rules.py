# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever passes validation is a rule set that nft takes, with exactly the planned flows."""

from __future__ import annotations

import json
import os
import subprocess
import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._domains import apex, set_name
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import InvalidPolicy
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._firewall_parse import parse
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._nftables._names import comment_of, counter_of
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._nftables._rules import remove, render
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._nftables._table import canonical
from support.policies import DEVICE, FLOW, INTERFACE, OPTIONS, PROFILE, Options, policies
from support.ruleset import Grant, grants, load, networks, other_accepts

# What is accepted beside the flows: the chain, and the counter.
ALWAYS = {
    ("iot_input", "gateway/dhcp"),
    ("iot_input", "gateway/icmpv6"),
    ("iot_input", "gateway/echo"),
    ("iot_input", "gateway/dns-redirected"),
    ("iot_input", "gateway/ntp-redirected"),
    ("iot_learn", "learned"),
}


def of(**options: t.Any) -> t.List[Options]:
    return load(render(parse({**OPTIONS, **options})))


def test_the_same_policy_gives_the_same_bytes() -> None:
    flows = [{**FLOW, "id": name, "to": ["10.9.0.1", "10.8.0.1"]} for name in "abc"]
    profiles = [{**PROFILE, "name": f"p_{name}", "flows": ["a", "b", "c"]} for name in "xyz"]
    devices = [{**DEVICE, "mac": f"02:00:00:00:00:1{n}", "ip": f"10.40.0.1{n}", "profile": "p_x"} for n in range(3)]
    interfaces = [INTERFACE, {**INTERFACE, "name": "vlan41"}]
    options = {**OPTIONS, "flows": flows, "interfaces": interfaces, "profiles": profiles, "devices": devices}
    reverse = {key: value[::-1] if isinstance(value, list) else value for key, value in options.items()}
    assert render(parse(options)) == render(parse(reverse))


def test_long_ids_keep_their_own_comment() -> None:
    ids = ["x" * 200, "x" * 199 + "y", "x" * 120]
    comments = [comment_of(flow_id) for flow_id in ids]
    assert len(set(comments)) == 3
    assert max(len(comment) for comment in comments) == 120  # nftables holds 127
    assert comments[2] == ids[2]


def test_every_chain_of_the_kernels_looks_at_packets_from_iot_interfaces_alone() -> None:
    listed = of(interfaces=[{**INTERFACE, "redirect": ["dns"]}])
    hooks = {entry["chain"]["name"]: entry["chain"] for entry in listed if entry.get("chain", {}).get("hook")}
    assert {(chain["hook"], chain["prio"], chain["policy"]) for chain in hooks.values()} == {
        ("forward", -10, "accept"),
        ("input", -10, "accept"),
        ("prerouting", -110, "accept"),
    }
    for name in hooks:
        first = next(entry["rule"]["expr"] for entry in listed if entry.get("rule", {}).get("chain") == name)
        assert first[-1] == {"accept": None}
        assert first[0]["match"]["left"] == {"meta": {"key": "iifname"}}
        assert (first[0]["match"]["op"], first[0]["match"]["right"]) == ("!=", "vlan40")
    names = next(entry["set"]["elem"] for entry in listed if entry.get("set", {}).get("name") == "iot_interfaces")
    assert names == ["vlan40"]


@pytest.mark.parametrize(
    "name", ["drop", "fwd", "ip", "1", "eth0.41", "br-lan", "a_b", "table", "meta", "devices", "wg-0.x_y"]
)
def test_names_like_keywords_load(name: str) -> None:
    profile = "".join(letter if letter.isalnum() else "_" for letter in name.lower()).replace("1", "one", 1)
    listed = of(
        interfaces=[{**INTERFACE, "name": name, "redirect": ["dns", "ntp"]}],
        flows=[{**FLOW, "id": name, "interface": name, "to": ["0.0.0.0/0"]}],
        profiles=[{**PROFILE, "name": profile, "interface": name, "flows": [name]}],
        devices=[{**DEVICE, "interface": name, "profile": profile}],
    )
    assert {(grant.interface, grant.comment) for grant in grants(listed)} == {(name, name)}


def test_a_table_that_is_not_there_yet_can_be_replaced_and_removed() -> None:
    unshare = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
    text = render(parse(OPTIONS)) * 2 + remove("fieldnet_iot") * 2
    assert "destroy" not in text  # a syntax error for nft 1.0.6
    done = subprocess.run([*unshare, "sh", "-c", "nft -f - && nft list tables"], input=text, text=True, check=True)
    assert not done.stdout


def test_equal_tables_are_equal_in_whatever_order_the_kernel_lists_them() -> None:
    devices = [{**DEVICE, "mac": f"02:00:00:00:00:{n}", "ip": f"10.40.0.{n}"} for n in range(10, 60)]
    text = render(parse({**OPTIONS, "devices": devices, "egress": "domains"}))
    seen = [canonical(json.dumps({"nftables": load(text)})) for _run in range(3)]
    assert seen[0] == seen[1] == seen[2]


def planned(options: Options) -> t.Set[Grant]:
    """What a policy says, device by device; written apart from the code under test."""
    flows = {flow["id"]: flow for flow in options["flows"]}
    profiles = {profile["name"]: profile for profile in options["profiles"]}
    found = set()
    for device in options["devices"]:
        profile = profiles[device["profile"]]
        sources = [device["ip"]] if device["ip"] else ["roaming"]
        if options["binding"] == "mac" and device["ip"]:
            sources.append("roaming")
        for source in [*sources, *(["IPv6"] if profile["ipv6"] else [])]:
            for flow in (flows[flow_id] for flow_id in profile["flows"]):
                for to in destinations(flow, options["egress"], 6 if source == "IPv6" else 4):
                    counter = counter_of(flow["id"], profile["probe"])
                    comment = comment_of(flow["id"])
                    key = (device["interface"], device["mac"], source, flow["protocol"], flow["port"])
                    found.add(Grant(*key, to, comment, counter))
    return found


def destinations(flow: Options, egress: str, version: int) -> t.Iterator[str]:
    domains = flow["domains"] if egress == "domains" else []
    for domain in domains:
        yield f"outside @{set_name(apex(domain), version)}"
    named = [target for target in flow["to"] if (":" in target) == (version == 6)]
    if named:
        yield networks(named)
    if not domains and not flow["to"]:
        yield "outside"


@pytest.mark.bulk
@settings(max_examples=150)
@given(policies())
def test_whatever_is_valid_loads_with_exactly_its_flows(options: Options) -> None:
    policy = parse(options)
    listed = load(render(policy), policy.table)
    assert grants(listed) == planned(options)
    for chain, what in other_accepts(listed) - ALWAYS:
        # Who is not from an IoT interface, and answers in connections that others opened; errors of known devices.
        assert (
            '"iifname"' in what
            or what.startswith('[{"match": {"op": "==", "left": {"ct": {"key": "direction"}}, "right": "reply"}}')
            or (chain == "iot_refuse" and '"related"' in what)
            or chain == "iot_redirect"
        ), (chain, what)


def test_learning_has_a_beginning_too() -> None:
    """A gateway without a battery starts in 1970: until it knows the time, it enforces."""
    listed = of(mode="learn", learn_until="2026-12-01T18:00:00Z")
    ranges = [
        expression["match"]["right"]["range"]
        for entry in listed
        for expression in entry.get("rule", {}).get("expr", [])
        if expression.get("match", {}).get("left") == {"meta": {"key": "time"}}
    ]
    assert len(ranges) == 3
    assert {(first[:10], last[:10]) for first, last in ranges} == {("2026-11-01", "2026-12-01")}


ANY = st.one_of(
    st.text(max_size=12), st.sampled_from(['"', "}", "vlan40", "a", "10.40.0.10", "accept", "\n", "iot_kisi"])
)


@pytest.mark.bulk
@settings(max_examples=300)
@given(
    st.fixed_dictionaries(
        {
            "table": st.one_of(ANY, st.just("fieldnet_iot")),
            "egress": st.sampled_from(["ports", "domains"]),
            "binding": st.sampled_from(["mac-ip", "mac"]),
            "unknown_devices": st.just("reject"),
            "refuse_with": st.just("reject"),
            "log_limit": st.one_of(ANY, st.just("")),
            "mode": st.sampled_from(["enforce", "learn"]),
            "learn_until": st.one_of(ANY, st.just("2026-12-01T18:00:00Z")),
            "local_networks": st.lists(ANY, max_size=2),
            "interfaces": st.lists(
                st.fixed_dictionaries(
                    {
                        "name": ANY,
                        "subnet": st.one_of(ANY, st.just("10.40.0.0/24")),
                        "router": ANY,
                        "redirect": st.lists(st.one_of(ANY, st.just("dns")), max_size=2),
                        "redirect_exempt": st.lists(ANY, max_size=1),
                    }
                ),
                max_size=2,
            ),
            "flows": st.lists(
                st.fixed_dictionaries(
                    {
                        "id": ANY,
                        "interface": ANY,
                        "protocol": st.sampled_from(["tcp", "udp"]),
                        "port": st.integers(),
                        "to": st.lists(ANY, max_size=2),
                        "domains": st.lists(ANY, max_size=2),
                    }
                ),
                max_size=2,
            ),
            "profiles": st.lists(
                st.fixed_dictionaries(
                    {
                        "name": ANY,
                        "interface": ANY,
                        "title": ANY,
                        "flows": st.lists(ANY, max_size=2),
                        "ipv6": st.booleans(),
                        "probe": st.booleans(),
                    }
                ),
                max_size=2,
            ),
            "devices": st.lists(
                st.fixed_dictionaries(
                    {
                        "name": ANY,
                        "interface": ANY,
                        "mac": st.one_of(ANY, st.just("02:00:00:00:00:10")),
                        "ip": ANY,
                        "profile": ANY,
                    }
                ),
                max_size=2,
            ),
        }
    )
)
def test_hostile_text_is_refused_or_becomes_a_rule_set_that_loads(options: Options) -> None:
    try:
        policy = parse(options)
    except InvalidPolicy:
        return
    load(render(policy), policy.table)


HOSTILE = ['x" accept', "x}\nflush ruleset", "x; accept", "$(reboot)", "vlan40\n", "a\0b", "x'"]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    "place",
    [
        ("interfaces", "name"),
        ("interfaces", "subnet"),
        ("interfaces", "router"),
        ("interfaces", "redirect"),
        ("interfaces", "redirect_exempt"),
        ("flows", "id"),
        ("flows", "interface"),
        ("flows", "to"),
        ("flows", "domains"),
        ("profiles", "name"),
        ("profiles", "interface"),
        ("profiles", "title"),
        ("profiles", "flows"),
        ("devices", "interface"),
        ("devices", "mac"),
        ("devices", "ip"),
        ("devices", "profile"),
    ],
    ids=".".join,
)
def test_hostile_text_is_refused_wherever_it_stands(place: t.Tuple[str, str], text: str) -> None:
    part, key = place
    entry = OPTIONS[part][0]
    changed = {**entry, key: [text] if isinstance(entry[key], list) else text}
    with pytest.raises(InvalidPolicy) as caught:
        parse({**OPTIONS, part: [changed]})
    assert any(f"{part}[0].{key}" in problem for problem in caught.value.problems)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_devices_name_reaches_no_rule(text: str) -> None:
    assert text not in render(parse({**OPTIONS, "devices": [{**DEVICE, "name": text}]}))
