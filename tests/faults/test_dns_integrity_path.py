# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resolvers that lie and routers that answer in their place: real packets, a real dnsmasq, an unprivileged probe.

The client's resolver is on the server; in between, the router does what the test wants. Needs root (or `unshare --user
--map-root-user --net --mount`), iproute2, nftables, util-linux and dnsmasq.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path as File
from typing import Any, Iterator

import pytest

from support.path import ROUTER, ROUTER6, SERVER, SERVER6, WAN, Path, nft
from support.segment import Host

NAME, ADDRESS, LIE = "imp01.electricimp.com", "203.0.113.10", "198.51.100.66"
DARK, DARK6 = "192.0.2.53", "2001:db8::53"
RESOLVER = File(__file__).resolve().parents[1] / "support" / "resolver.py"


@pytest.fixture
def path() -> Iterator[Path]:
    with Path() as built:
        for dark, via in ((DARK, ROUTER), (DARK6, ROUTER6)):
            built.client.run("ip", *(["-6"] if ":" in dark else []), "route", "add", dark, "via", via)
        yield built


def resolver(host: Host, how: str = ADDRESS) -> None:
    process = host.start(sys.executable, str(RESOLVER), how)
    if process.stdout is None or process.stdout.readline() != "ready\n":
        raise RuntimeError("the resolver did not start")


def dnsmasq(host: Host, *options: str) -> None:
    """A forwarder as small gateways run it, with its upstream on the server."""
    if not shutil.which("dnsmasq"):
        raise RuntimeError("the fault tests need the package dnsmasq-base: install it")
    process = host.start(
        "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--user=root",
        "--pid-file=", "--log-facility=/dev/null", f"--server={SERVER}", *options,
    )  # fmt: skip
    while ":53 " not in host.run("ss", "-Hlnu"):
        if process.poll() is not None:
            raise RuntimeError("dnsmasq did not start")
        time.sleep(0.02)


def nat(rule: str) -> str:
    return f"table inet test {{\nchain p {{\ntype nat hook prerouting priority dstnat\n{rule}\n}}\n}}\n"


def forward(rule: str) -> str:
    return f"table inet test {{\nchain f {{\ntype filter hook forward priority 0\n{rule}\n}}\n}}\n"


def examine(path: Path, server: str = SERVER, **options: Any) -> dict[str, Any]:
    check = {"id": "it", "kind": "dns_integrity", "server": server, "names": [NAME], "timeout": 1.0, **options}
    return path.probe([check]).results["it"]


def results(seen: dict[str, Any], test: str) -> set[str]:
    return {finding["result"] for finding in seen["findings"] if finding["test"] == test}


@pytest.mark.parametrize("server", [SERVER, SERVER6])
def test_an_honest_resolver_behind_an_honest_router(path: Path, server: str) -> None:
    resolver(path.server)
    seen = examine(path, server)
    assert seen["observation"] == "intact", seen["reason"]
    assert seen["dark_address"] == (DARK6 if ":" in server else DARK)


@pytest.mark.parametrize("server", [SERVER, SERVER6])
def test_a_transparent_interceptor(path: Path, server: str) -> None:
    """The router turns all DNS that crosses it to itself, and its resolver tells the truth."""
    resolver(path.server)
    resolver(path.router)
    nft(path.router, nat('iifname "lan" udp dport 53 redirect'))
    seen = examine(path, server)
    assert (seen["observation"], results(seen, "name"), results(seen, "nxdomain")) == (
        "intercepted",
        {"intact"},
        {"intact"},
    )
    dark = seen["dark_address"]
    assert seen["reason"].startswith(f"somebody answers in the name of {dark}, where no DNS runs")


def test_a_redirect_that_the_site_wants(path: Path) -> None:
    resolver(path.server)
    resolver(path.router)
    nft(path.router, nat('iifname "lan" udp dport 53 redirect'))
    seen = examine(path, redirected=True)
    assert (seen["observation"], results(seen, "dark_address")) == ("intact", {"intact"})


def test_an_interceptor_that_sends_all_to_another_resolver(path: Path) -> None:
    resolver(path.server)
    nft(path.router, nat(f'iifname "lan" udp dport 53 dnat ip to {SERVER}'))
    seen = examine(path, WAN)
    assert seen["observation"] == "intercepted", seen["reason"]


def test_a_router_that_rejects_dns_to_anybody_else_is_no_interceptor(path: Path) -> None:
    resolver(path.server)
    path.router.run("ip", "route", "add", DARK, "via", SERVER)
    nft(path.router, forward(f"ip daddr != {SERVER} udp dport 53 reject with icmp type admin-prohibited"))
    seen = examine(path)
    assert (seen["observation"], results(seen, "dark_address")) == ("intact", {"intact"})
    assert f"{ROUTER} rejected it with ICMP admin-prohibited" in seen["findings"][-1]["reason"]


def test_dnsmasq_that_tells_the_truth(path: Path) -> None:
    resolver(path.server)
    dnsmasq(path.router)
    assert examine(path, ROUTER, other_server=SERVER)["observation"] == "intact"


def test_dnsmasq_that_rewrites_nxdomain(path: Path) -> None:
    resolver(path.server)
    dnsmasq(path.router, f"--server=/electricimp.com/{SERVER}", f"--address=/#/{LIE}")
    seen = examine(path, ROUTER, other_server=SERVER)
    assert (seen["observation"], results(seen, "nxdomain")) == ("rewritten", {"rewritten"})
    assert f"{ROUTER} answered NOERROR: {LIE} for " in seen["reason"]


@pytest.mark.parametrize("sink", ["0.0.0.0", "10.9.1.1", "127.0.0.1"])
def test_dnsmasq_as_a_sinkhole(path: Path, sink: str) -> None:
    resolver(path.server)
    dnsmasq(path.router, f"--address=/electricimp.com/{sink}")
    seen = examine(path, ROUTER, other_server=SERVER)
    assert (seen["observation"], results(seen, "name"), results(seen, "other_server")) == (
        "sinkholed",
        {"sinkholed"},
        {"sinkholed"},
    )
    assert f"{ROUTER} answered NOERROR: {sink} for {NAME}" in seen["reason"]
    wanted = examine(path, ROUTER, private_ok=[NAME])
    assert wanted["observation"] == "intact", wanted["reason"]


def test_dnsmasq_that_denies_the_name(path: Path) -> None:
    resolver(path.server)
    dnsmasq(path.router, "--address=/electricimp.com/")
    seen = examine(path, ROUTER, other_server=SERVER)
    assert seen["observation"] == "wrong_answer"
    assert results(seen, "other_server") == {"wrong_answer"}


def test_dnsmasq_without_an_upstream_that_answers(path: Path) -> None:
    """It keeps silent, or refuses: neither says anything about its honesty."""
    dnsmasq(path.router)
    seen = examine(path, ROUTER)
    assert seen["observation"] == "unproven", seen["reason"]


def test_a_resolver_that_says_that_it_blocks(path: Path) -> None:
    resolver(path.server, "blocked")
    seen = examine(path)
    assert seen["observation"] == "sinkholed"
    assert "extended error 15, blocked" in seen["reason"]


@pytest.mark.parametrize("how", ["SERVFAIL", "REFUSED"])
def test_a_resolver_that_fails_at_everything(path: Path, how: str) -> None:
    resolver(path.server, how)
    seen = examine(path)
    assert seen["observation"] == "unproven"
    assert how in seen["reason"]


@pytest.mark.parametrize(
    ("rule", "observation", "says"),
    [
        ("udp dport 53 drop", "unproven", f"{SERVER} kept silent"),
        ("udp dport 53 reject with icmp type admin-prohibited", "rejected", f"{ROUTER} rejected it"),
        ("udp dport 53 reject with icmp type host-unreachable", "rejected", f"{ROUTER} rejected it"),
        ("", "closed", "nothing listens"),
    ],
)
def test_a_resolver_that_is_out_of_reach(path: Path, rule: str, observation: str, says: str) -> None:
    if rule:
        resolver(path.server)
        nft(path.router, forward(rule))
    started = time.monotonic()
    seen = examine(path, names=[f"n{number}.electricimp.com" for number in range(20)])
    assert (seen["observation"], says in seen["reason"]) == (observation, True), seen["reason"]
    assert time.monotonic() - started < 16  # one after the other would take 20, and Python takes its time to start
