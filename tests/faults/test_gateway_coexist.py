# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What else on a gateway drops the planned flows: named, and cured by exactly what the finding says, or passed over."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import typing as t

import pytest

from support.gateway import CLOUD, IMPORT_ROOT, Result, Site, connect, listening

PORT = 31314
FLOWS = [{"interface": "vlan40", "subnet": "10.40.0.0/24", "protocol": "tcp", "port": PORT}]
ASK = """
import json, sys
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._foreign._coexist import Flow, foreign_drops
flows = [Flow(**{**flow, "to": tuple(flow.get("to", ()))}) for flow in json.load(sys.stdin)]
found = foreign_drops("fieldnet_iot", flows)
print(json.dumps([{**finding.data(), "sentence": finding.sentence()} for finding in found]))
"""
DROPPING = "type filter hook forward priority 5; policy drop;"
ANSWERS = "ct state established,related accept"


@pytest.fixture
def site() -> t.Iterator[Site]:
    with contextlib.ExitStack() as stack:
        site = Site(stack)
        site.gateway.run("ip", "route", "add", "default", "via", CLOUD)
        yield site


def findings(site: Site, *more: Result) -> list[Result]:
    done = subprocess.run(
        ["ip", "netns", "exec", site.gateway.name, sys.executable, "-c", ASK],
        input=json.dumps([*FLOWS, *more]),
        env={"PYTHONPATH": str(IMPORT_ROOT)},
        text=True,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found: list[Result] = json.loads(done.stdout)
    return found


def load(site: Site, text: str) -> None:
    site.gateway.run("nft", "-f", "-", stdin=text)


def chain(*rules: str, head: str = DROPPING, more: str = "") -> str:
    return f"table inet office {{\n{more}\nchain forward {{\n{head}\n" + "\n".join(rules) + "\n}\n}\n"


def passes(site: Site, port: int = PORT) -> bool:
    with listening(site.cloud, port):
        return connect(site.device, CLOUD, port) == "open"


def cure(site: Site, found: t.Sequence[Result]) -> None:
    for finding in found:
        assert finding["remedy"], finding
        for command in finding["remedy"]:
            site.gateway.run("sh", "-c", command)


def test_a_host_without_rules_or_with_ours_alone_raises_no_alarm(site: Site) -> None:
    assert findings(site) == []
    load(site, "table inet fieldnet_iot { chain iot_forward { " + DROPPING + " }\n}\n")
    assert findings(site) == []


@pytest.mark.parametrize(
    "rules",
    [
        ['iifname "vlan40" accept', ANSWERS],
        [
            "ct state vmap { established : accept, related : accept, invalid : drop }",
            'iifname { "lan0", "vlan40" } accept',
        ],
        [ANSWERS, 'iifname "vlan*" oifname "wan0" accept', "counter reject"],
        [ANSWERS, "ip saddr 10.40.0.0/16 tcp dport 30000-32000 accept"],
        [ANSWERS, "ip saddr { 192.168.0.0/16, 10.40.0.0/24 } meta l4proto tcp accept"],
        [ANSWERS, 'iifname vmap { "wan0" : drop, "vlan40" : jump its_devices }'],
        [ANSWERS, 'iifname != { "wan0", "lan0" } accept'],
        [ANSWERS, 'iifname "vlan40" tcp dport 25 reject', 'iif "vlan40" accept'],
    ],
)
def test_what_is_accepted_already_raises_no_alarm(site: Site, rules: list[str]) -> None:
    load(site, chain(*rules, more="chain its_devices {\ntcp dport 25 drop\ntcp dport 31314 accept\n}"))
    assert passes(site)
    assert findings(site) == []


@pytest.mark.parametrize(
    "rules",
    [
        [],
        [ANSWERS],
        ['iifname "vlan40" accept'],
        [ANSWERS, 'iifname "lan0" accept', 'iifname "vlan40" oifname "lan0" accept'],
        [ANSWERS, "ip saddr 10.41.0.0/16 accept", "tcp dport 1-1000 accept", "meta l4proto udp accept"],
        [ANSWERS, 'iifname vmap { "wan0" : accept, "vlan40" : jump its_devices }'],
        [ANSWERS, "ct status dnat accept", "jump its_devices"],
    ],
)
def test_a_default_drop_is_named_and_its_remedy_helps(site: Site, rules: list[str]) -> None:
    load(site, chain(*rules, more="chain its_devices {\ntcp dport 25 accept\nreturn\naccept\n}"))
    assert not passes(site)
    found = findings(site)
    assert [(one["place"], one["certain"]) for one in found] == [("the chain forward of the table inet office", True)]
    cure(site, found)
    assert passes(site)
    assert findings(site) == []


def test_a_catch_all_at_the_end_is_a_default_drop_too(site: Site) -> None:
    load(site, chain(ANSWERS, "counter reject with icmpx admin-prohibited", head=DROPPING.replace("drop", "accept")))
    (found,) = findings(site)
    assert not passes(site)
    assert found["remedy"] == ["nft insert rule inet office forward iifname '\"vlan40\"' accept"]
    cure(site, [found])
    assert passes(site)


def test_a_single_forbidden_service_is_opened_alone(site: Site) -> None:
    load(site, chain(ANSWERS, "tcp dport 25 drop", 'iifname "vlan40" accept'))
    mail = {**FLOWS[0], "port": 25}
    (found,) = findings(site, mail)
    assert found["problem"] == "drops what devices behind vlan40 send (tcp 25)"
    cure(site, [found])
    assert passes(site, 25)
    assert findings(site, mail) == []


@pytest.mark.parametrize("rule", ["iifname @its_devices accept", "limit rate 5/second accept", "meta mark 7 accept"])
def test_what_cannot_be_judged_is_told_as_a_doubt(site: Site, rule: str) -> None:
    load(site, chain(ANSWERS, rule, more="set its_devices {\ntype ifname\n}"))
    (found,) = findings(site)
    assert not found["certain"]
    assert "unless a rule that can't be judged from outside accepts it" in found["sentence"]


def test_services_of_the_gateway_itself_are_not_forwarded(site: Site) -> None:
    load(site, chain(ANSWERS, 'iifname "vlan40" tcp dport 31314 accept'))
    assert findings(site, {**FLOWS[0], "protocol": "udp", "port": 53, "to": ["10.40.0.1"]}) == []
    (found,) = findings(site, {**FLOWS[0], "protocol": "udp", "port": 53, "to": ["203.0.113.53"]})
    assert "(udp 53)" in found["problem"]


@pytest.mark.parametrize("program", ["iptables-nft", "iptables-legacy"])
def test_docker_is_told_what_docker_reads(site: Site, program: str) -> None:
    for arguments in (
        "-P FORWARD DROP",
        "-N DOCKER-USER",
        "-A DOCKER-USER -j RETURN",
        "-A FORWARD -j DOCKER-USER",
        "-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
        "-A FORWARD -i docker0 ! -o docker0 -j ACCEPT",
    ):
        site.gateway.run(program, *arguments.split())
    assert not passes(site)
    (found,) = findings(site)
    assert found["certain"]
    assert found["remedy"] == [
        f"{program} -I DOCKER-USER -i vlan40 -j ACCEPT",
        f"{program} -I DOCKER-USER -o vlan40 -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
    ]
    cure(site, [found])
    assert passes(site)
    assert findings(site) == []


@pytest.mark.parametrize("program", ["iptables-nft", "iptables-legacy"])
@pytest.mark.parametrize(
    "rules",
    [
        ["-i vlan+ -j ACCEPT", "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"],
        [
            "-m state --state RELATED,ESTABLISHED -j ACCEPT",
            "-s 10.40.0.0/24 -p tcp -m multiport --dports 80,31314 -m comment --comment devices -j ACCEPT",
        ],
    ],
)
def test_iptables_that_accepts_already_raises_no_alarm(site: Site, program: str, rules: list[str]) -> None:
    site.gateway.run(program, "-P", "FORWARD", "DROP")
    for rule in rules:
        site.gateway.run(program, "-A", "FORWARD", *rule.split())
    assert passes(site)
    assert findings(site) == []


def test_a_table_with_an_owner_is_left_to_its_owner(site: Site) -> None:
    with subprocess.Popen(
        ["ip", "netns", "exec", site.gateway.name, "nft", "-i"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as owner:
        assert owner.stdin
        owner.stdin.write(
            "add table inet vpn { flags owner; }\n"
            f"add chain inet vpn forward {{ {DROPPING} }}\n"
            f"add rule inet vpn forward {ANSWERS}\n"
        )
        owner.stdin.flush()
        while "ct state" not in site.gateway.run("nft", "list", "ruleset"):
            assert owner.poll() is None
        (found,) = findings(site)
        owner.stdin.close()
    assert found["place"] == "the chain forward of the table inet vpn"
    assert not found["remedy"]
    assert found["advice"] == "Only nft, which owns the table, can change it: have it accept vlan40 there"


def test_a_table_that_sleeps_drops_nothing(site: Site) -> None:
    load(site, chain() + "add table inet office { flags dormant; }\n")
    assert passes(site)
    assert findings(site) == []


@pytest.mark.parametrize("switch", ["net.ipv4.ip_forward", "net.ipv4.conf.vlan40.forwarding"])
def test_a_host_that_does_not_forward_is_told_so(site: Site, switch: str) -> None:
    site.gateway.sysctl(switch, "0")
    assert not passes(site)
    (found,) = findings(site)
    assert switch in found["place"]
    cure(site, [found])
    assert passes(site)
    assert findings(site) == []


def test_reading_changes_nothing(site: Site) -> None:
    load(site, chain(ANSWERS, "counter"))
    before = site.gateway.run("nft", "-j", "list", "ruleset")
    findings(site)
    assert site.gateway.run("nft", "-j", "list", "ruleset") == before
