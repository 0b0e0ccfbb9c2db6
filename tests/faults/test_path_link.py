# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control: is this host in the subnet, and does the router answer it? Each step that can fail, with its reason."""

from __future__ import annotations

import json
import time
from concurrent.futures import Future, ThreadPoolExecutor
from types import MappingProxyType
from typing import Any, Callable, Iterator, Mapping, NamedTuple

import pytest

from support.path import ROUTER, Path, nft, sysctl

DROP_INPUT = """
table inet test {
  chain input {
    type filter hook input priority 0
    meta l4proto { tcp, udp } drop
  }
}
"""
LINK = {"id": "link", "kind": "link", "interface": "eth0", "router": ROUTER, "subnet": "10.9.1.0/24", "timeout": 1.0}


class Case(NamedTuple):
    """What is broken, what is asked, and what must be said of it."""

    observation: str
    reason: str
    break_it: Callable[[Path], object] = lambda _path: None
    ask: Mapping[str, Any] = MappingProxyType({})
    at_most: float = 1.0
    on: Callable[[Path], Any] = lambda path: path.client


def drop_input(path: Path) -> None:
    nft(path.router, DROP_INPUT)


def known_from_before(path: Path) -> None:
    """The router's hardware address is known, but was not confirmed for long."""
    drop_input(path)
    learn(path)


def learn(path: Path) -> None:
    mac = json.loads(path.router.run("ip", "-j", "link", "show", "dev", "lan"))[0]["address"]
    path.client.run("ip", "neigh", "replace", ROUTER, "dev", "eth0", "lladdr", mac, "nud", "stale")


def gone_since(path: Path) -> None:
    learn(path)
    path.router.run("ip", "address", "flush", "dev", "lan")


def unplug(path: Path) -> None:
    path.router.run("ip", "link", "set", "lan", "down")
    while "DOWN" not in path.client.run("ip", "-br", "link", "show", "dev", "eth0"):
        time.sleep(0.05)  # Linux takes up to a second to notice


def gone_for_sure(path: Path) -> None:
    """Linux asks a neighbour again after five seconds; one shows the same."""
    gone_since(path)
    sysctl(path.client, "net.ipv4.neigh.eth0.delay_first_probe_time", "1")


CASES = {
    "answers": Case("reachable", f"{ROUTER} answered on eth0 (ICMP port-unreachable (3/3))"),
    "drops-all-but-arp": Case("reachable", f"{ROUTER} answers ARP on eth0 (at ", drop_input),
    "known-from-before": Case("reachable", f"{ROUTER} answers ARP on eth0 (at ", known_from_before, at_most=6.9),
    "gone-since": Case("unreachable", "known from before", gone_since, at_most=7.5),
    "gone-for-sure": Case("unreachable", "nobody claims", gone_for_sure, at_most=6.0),
    "absent": Case(
        "unreachable",
        "10.9.1.9 does not answer on eth0: nobody claims its address (ARP)",
        ask={"router": "10.9.1.9"},
        at_most=4.0,
    ),
    "no-interface": Case("unreachable", "this host has no interface eth9", ask={"interface": "eth9"}),
    "down": Case(
        "unreachable",
        "interface eth0 is down",
        lambda path: path.client.run("ip", "link", "set", "eth0", "down"),
    ),
    "no-carrier": Case(
        "unreachable",
        "interface eth0 has no carrier: no cable, or not joined to the wireless network",
        unplug,
    ),
    "other-subnet": Case(
        "unreachable", "interface eth0 has no address in 10.40.0.0/24 (it has 10.9.1.2)", ask={"subnet": "10.40.0.0/24"}
    ),
    "no-address": Case(
        "unreachable",
        "interface eth0 has no address in 10.9.1.0/24 (it has none)",
        lambda path: path.client.run("ip", "-4", "address", "flush", "dev", "eth0"),
    ),
    "router-itself": Case(
        "unreachable",
        f"this host is {ROUTER} itself, so that nothing it probes crosses the router's forward path",
        ask={"interface": "lan"},
        on=lambda path: path.router,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def runs() -> Iterator[dict[str, Future[tuple[dict[str, Any], float]]]]:
    def run(case: Case) -> tuple[dict[str, Any], float]:
        with Path() as path:
            case.break_it(path)
            seen = path.probe([{**LINK, **case.ask}], on=case.on(path))
            return seen.results["link"], seen.wall

    with ThreadPoolExecutor(len(CASES)) as pool:
        yield {name: pool.submit(run, case) for name, case in CASES.items()}


@pytest.mark.parametrize("name", CASES)
def test_link(runs: dict[str, Future[tuple[dict[str, Any], float]]], name: str) -> None:
    result, wall = runs[name].result()
    case = CASES[name]
    assert result["observation"] == case.observation
    assert case.reason in result["reason"]
    assert wall < case.at_most
    assert (result["router_mac"] is not None) == (case.observation == "reachable" or name == "gone-since")
