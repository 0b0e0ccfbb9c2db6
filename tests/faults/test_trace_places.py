# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each place where a packet can die on its way, produced on purpose, and named rightly."""

from __future__ import annotations

import contextlib
import typing as t

import pytest

from support.gateway import CLOUD, CLOUD6, DEVICE, Result, Site, listening
from support.tracing import PORT, chain, flow, knock, traced

BOTH = pytest.mark.parametrize("version", [4, 6])
FILTER = {4: "iptables-nft", 6: "ip6tables-nft"}


@pytest.fixture(scope="module")
def wired() -> t.Iterator[Site]:
    with contextlib.ExitStack() as stack:
        site = Site(stack)
        site.gateway.run("ip", "route", "add", "default", "via", CLOUD)
        site.gateway.run("ip", "-6", "route", "add", "default", "via", CLOUD6)
        yield site


@pytest.fixture
def site(wired: Site) -> t.Iterator[Site]:
    yield wired
    wired.gateway.run("nft", "flush", "ruleset")


@BOTH
def test_a_foreign_rule_is_named_with_its_comment_and_handle(site: Site, version: int) -> None:
    chain(site.gateway, "forward", f'tcp dport 25 accept\ntcp dport {PORT} counter drop comment "ticket 4711"')
    found = traced(site, flow(version))
    assert (found["place"], found["direction"]) == ("dropped", "request")
    assert found["rule"] == {
        "family": "inet",
        "table": "corp",
        "chain": "main",
        "handle": 3,
        "text": f"tcp dport {PORT} counter drop",
        "comment": "ticket 4711",
        "ours": False,
    }
    assert found["reason"] == (
        f"it was dropped on gw by table inet corp, chain main: `tcp dport {PORT} counter drop` (ticket 4711);"
        " not a rule of this collection"
    )
    assert "have whoever owns table inet corp, chain main accept tcp 31314 from " in found["remedy"]


@BOTH
@pytest.mark.parametrize("hook", ["prerouting", "forward", "postrouting"])
def test_a_rule_in_any_hook_is_named(site: Site, version: int, hook: str) -> None:
    chain(site.gateway, hook, f"meta l4proto tcp jump sub\n}}\nchain sub {{\ntcp dport {PORT} drop", priority="10")
    found = traced(site, flow(version))
    assert (found["place"], found["rule"]["chain"], found["rule"]["text"]) == (
        "dropped",
        "sub",
        f"tcp dport {PORT} drop",
    )


@BOTH
def test_a_rejection_is_not_a_drop(site: Site, version: int) -> None:
    chain(site.gateway, "forward", f"udp dport {PORT} reject with icmpx admin-prohibited")
    found = traced(site, flow(version, "udp"))
    assert (found["place"], found["rule"]["text"]) == (
        "rejected",
        f"udp dport {PORT} reject with icmpx admin-prohibited",
    )


@BOTH
def test_a_policy_is_named_where_no_rule_accepts(site: Site, version: int) -> None:
    chain(site.gateway, "forward", "tcp dport 25 accept", policy="drop")
    found = traced(site, flow(version))
    assert (found["place"], found["rule"]["handle"], found["rule"]["text"]) == ("dropped", 0, "policy drop")
    assert found["remedy"].endswith("by a rule, as nothing in it does")


@BOTH
def test_a_rule_of_iptables_is_shown_as_iptables_shows_it(site: Site, version: int) -> None:
    words = f"-A FORWARD -p tcp -m multiport --dports 80,{PORT} -m comment --comment ticket"
    site.gateway.run(FILTER[version], "-A", "FORWARD", "-p", "tcp", "--dport", "25", "-j", "ACCEPT")
    site.gateway.run(FILTER[version], *words.split(), "-j", "DROP")
    rule = traced(site, flow(version))["rule"]
    assert (rule["table"], rule["chain"], rule["text"], rule["comment"], rule["ours"]) == (
        "filter",
        "FORWARD",
        f"{words} -j DROP",
        "ticket",
        False,
    )


def test_a_policy_of_iptables_is_named(site: Site) -> None:
    site.gateway.run("iptables-nft", "-P", "FORWARD", "DROP")
    found = traced(site, flow())
    assert (found["place"], found["rule"]["family"], found["rule"]["text"]) == ("dropped", "ip", "policy drop")


@BOTH
@pytest.mark.parametrize("place", ["FORWARD", "PREROUTING"])
def test_what_iptables_legacy_drops_is_missed_in_its_hook(site: Site, version: int, place: str) -> None:
    program = {4: "iptables-legacy", 6: "ip6tables-legacy"}[version]
    table = ["-t", "filter" if place == "FORWARD" else "raw"]
    site.gateway.run(program, *table, "-A", place, "-p", "tcp", "--dport", str(PORT), "-j", "DROP")
    try:
        found = traced(site, flow(version))
    finally:
        site.gateway.run(program, *table, "-F")
    assert found["place"] == "vanished"
    assert f"in the hook {place.lower()}" in found["reason"]
    assert "iptables-legacy-save" in found["remedy"]


@pytest.mark.parametrize("switch", ["net.ipv4.ip_forward", "net.ipv4.conf.vlan40.forwarding"])
def test_forwarding_that_is_off(site: Site, switch: str) -> None:
    site.gateway.sysctl(switch, "0")
    try:
        found = traced(site, flow())
    finally:
        site.gateway.sysctl("net.ipv4.ip_forward", "1")
        site.gateway.sysctl("net.ipv4.conf.vlan40.forwarding", "1")
    assert (found["place"], found["remedy"]) == ("forwarding_off", f"sysctl -w {switch}=1")


def test_forwarding_of_ipv6_that_is_off(site: Site) -> None:
    site.gateway.sysctl("net.ipv6.conf.all.forwarding", "0")
    try:
        found = traced(site, flow(6))
    finally:
        site.gateway.sysctl("net.ipv6.conf.all.forwarding", "1")
    assert (found["place"], found["remedy"]) == ("forwarding_off", "sysctl -w net.ipv6.conf.all.forwarding=1")


@pytest.mark.parametrize("kind", ["blackhole", "unreachable", "prohibit", ""])
@pytest.mark.parametrize("target", ["198.51.100.7", "2001:db8:77::7"])
def test_a_route_that_is_not_there_or_leads_nowhere(site: Site, kind: str, target: str) -> None:
    version = 6 if ":" in target else 4
    ip = ["ip", f"-{version}", "route"]
    wanted = flow(version, destination=target)
    way = [
        *([kind] if kind else []),
        "default" if not kind else target,
        *(["via", CLOUD6 if version == 6 else CLOUD] if not kind else []),
    ]
    site.gateway.run(*ip, "del" if not kind else "add", *way)
    try:
        found = traced(site, wanted)
    finally:
        site.gateway.run(*ip, "add" if not kind else "del", *way)
    assert found["place"] == "no_route", found
    assert target in found["reason"]


def test_the_reverse_path_filter(site: Site) -> None:
    site.gateway.sysctl("net.ipv4.conf.all.rp_filter", "1")
    site.gateway.run("ip", "route", "add", f"{DEVICE}/32", "dev", "wan0")
    try:
        found = traced(site, flow())
    finally:
        site.gateway.run("ip", "route", "del", f"{DEVICE}/32", "dev", "wan0")
        site.gateway.sysctl("net.ipv4.conf.all.rp_filter", "0")
    assert found["place"] == "reverse_path", found
    assert f"the route back to {DEVICE} leads through wan0" in found["reason"]


@BOTH
def test_a_next_device_that_is_not_there(site: Site, version: int) -> None:
    target = {4: "203.0.113.77", 6: "2001:db8:99::77"}[version]
    found = traced(site, flow(version, destination=target))
    assert found["place"] == "no_neighbour", found
    assert f"the next device, {target} on wan0" in found["reason"]


@BOTH
def test_silence_upstream(site: Site, version: int) -> None:
    found = traced(site, flow(version, "udp"), lambda: silent(site, flow(version, "udp")))
    assert (found["place"], found["direction"]) == ("unanswered", "request"), found
    assert "it left gw through wan0" in found["reason"]


def silent(site: Site, wanted: Result) -> None:
    """The cloud drops what it gets, but for neighbour discovery."""
    chain(site.cloud, "input", "meta l4proto ipv6-icmp accept", policy="drop")
    try:
        knock(site.device, wanted)
    finally:
        site.cloud.run("nft", "flush", "ruleset")


@BOTH
def test_an_answer_that_is_dropped(site: Site, version: int) -> None:
    chain(site.gateway, "forward", f'iifname "wan0" tcp sport {PORT} drop')
    with listening(site.cloud, PORT):
        found = traced(site, flow(version))
    assert (found["place"], found["direction"]) == ("dropped", "reply")
    assert found["rule"]["text"] == f'iifname "wan0" tcp sport {PORT} drop'
    assert found["reason"].startswith("the answer was dropped on gw by ")
    assert "accept the answers to tcp 31314 from " in found["remedy"]


@BOTH
def test_an_answer_that_is_delivered(site: Site, version: int) -> None:
    with listening(site.cloud, PORT):
        found = traced(site, flow(version))
    assert (found["place"], found["direction"]) == ("delivered", "reply")
    assert found["answers"] >= 1
    assert "refuses" not in found["reason"]
    assert "lost inside the VLAN" in found["remedy"]


@BOTH
def test_a_refusal_is_an_answer(site: Site, version: int) -> None:
    found = traced(site, flow(version))
    assert found["place"] == "delivered"
    assert "refuses the connection (TCP reset)" in found["reason"]


def test_masquerade_is_told_and_its_answers_are_followed(site: Site) -> None:
    chain(site.gateway, "postrouting", 'oifname "wan0" masquerade', head="nat", priority="100")
    with listening(site.cloud, PORT):
        found = traced(site, flow())
    assert found["place"] == "delivered"
    (change,) = found["changes"]
    assert (change["end"], change["before"], change["after"]) == ("source", DEVICE, "203.0.113.1")
    assert change["rule"]["text"] == 'oifname "wan0" masquerade'


def test_an_answer_to_a_masqueraded_request_that_is_dropped(site: Site) -> None:
    chain(site.gateway, "postrouting", 'oifname "wan0" masquerade', head="nat", priority="100")
    chain(site.gateway, "forward", f"tcp sport {PORT} drop", table="inet office")
    with listening(site.cloud, PORT):
        found = traced(site, flow())
    assert (found["place"], found["direction"], found["rule"]["table"]) == ("dropped", "reply", "office")


@BOTH
def test_a_new_destination_is_told(site: Site, version: int) -> None:
    target = {4: "192.168.7.10", 6: "2001:db8:7::10"}[version]
    to = f"dnat ip{'6' if version == 6 else ''} to {f'[{target}]' if version == 6 else target}:8080"
    chain(site.gateway, "prerouting", f"tcp dport {PORT} {to}", head="nat", priority="-100")
    with listening(site.office, 8080):
        found = traced(site, flow(version))
    assert found["place"] == "delivered", found
    (change,) = found["changes"]
    assert (change["end"], target in change["after"], change["rule"]["text"]) == (
        "destination",
        True,
        f"tcp dport {PORT} {to}",
    )


def test_a_redirect_to_a_port_where_nothing_answers(site: Site) -> None:
    chain(site.gateway, "prerouting", f"udp dport {PORT} redirect to :5353", head="nat", priority="-100")
    chain(site.gateway, "output", "meta l4proto icmp drop", table="inet quiet")
    found = traced(site, flow(4, "udp"))
    assert found["place"] == "unanswered_here", found
    assert "became 10.40.0.1:5353" in found["reason"]


@BOTH
def test_the_gateway_s_own_service_behind_its_own_input(site: Site, version: int) -> None:
    chain(site.gateway, "input", "udp dport 53 drop")
    found = traced(site, flow(version, "udp", 53, destination={4: "10.40.0.1", 6: "2001:db8:40::1"}[version]))
    assert (found["place"], found["rule"]["text"]) == ("dropped", "udp dport 53 drop")


@BOTH
def test_the_gateway_s_own_answer_that_is_dropped(site: Site, version: int) -> None:
    chain(site.gateway, "output", f"tcp sport {PORT} drop")
    with listening(site.gateway, PORT):
        found = traced(site, flow(version, destination={4: "10.40.0.1", 6: "2001:db8:40::1"}[version]))
    assert (found["place"], found["direction"]) == ("dropped", "reply")


@BOTH
def test_nothing_came(site: Site, version: int) -> None:
    found = traced(site, flow(version), lambda: None)
    assert (found["place"], found["packets"]) == ("never_arrived", 0)
    assert "reached vlan40 of gw within " in found["reason"]


def test_a_rule_at_the_interface_itself(site: Site) -> None:
    chain(site.gateway, 'ingress device "vlan40"', f"tcp dport {PORT} drop", table="netdev guard")
    found = traced(site, flow())
    assert (found["place"], found["rule"]["family"], found["rule"]["table"]) == ("dropped", "netdev", "guard")
