# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From where a check is made, to which of a name's addresses, and what a kernel that keeps no ICMP errors can tell.

Real packets; the probe is a user without any capability. The client has a second way to the server, by eth1. What can
be asked at the same time is, in one call of the engine.
"""

from __future__ import annotations

import json
from typing import Any, Iterator

import pytest

from support.path import CLIENT, CLIENT6, ROUTER, SERVER, SERVER6, Path, nft, sysctl, wire

OPEN, PEER, CLOSED = 1001, 1002, 1003
REJECTED, PROHIBITED, ABSENT = 1020, 1021, 1022
SECOND, SECOND6 = "10.9.1.3", "fd09:1::3"  # the client's second address on eth0
OTHER, OTHER6 = "10.9.3.2", "fd09:3::2"  # the client's address on eth1
HALF, HALF6 = "10.9.2.3", "fd09:2::3"  # another server address: the router drops what is for HALF6
HOSTS = f"{SERVER} both\n{SERVER6} both\n{HALF} half\n{HALF6} half\n{SERVER} four\n{SERVER6} six\n"
RULES = f"""
table inet test {{
  chain forward {{
    type filter hook forward priority 0
    ip6 daddr {HALF6} drop
    meta nfproto ipv4 meta l4proto {{ tcp, udp }} th dport {REJECTED} reject with icmp type port-unreachable
    meta nfproto ipv4 meta l4proto {{ tcp, udp }} th dport {PROHIBITED} reject with icmp type admin-prohibited
    meta nfproto ipv4 meta l4proto {{ tcp, udp }} th dport {ABSENT} reject with icmp type host-unreachable
  }}
}}
"""


@pytest.fixture(scope="module")
def path() -> Iterator[Path]:
    with Path() as built:
        built.answer_without_limit()
        built.serve(tcp_open=[OPEN], udp_echo=[OPEN], udp_peer=[PEER])
        nft(built.router, RULES)
        for host, interface, *addresses in (
            (built.client, "eth0", f"{SECOND}/24", f"{SECOND6}/64"),
            (built.server, "eth0", f"{HALF}/24", f"{HALF6}/64"),
        ):
            add_addresses(host, interface, *addresses)
        wire(built.client, "eth1", built.router, "lan1")
        add_addresses(built.client, "eth1", f"{OTHER}/24", f"{OTHER6}/64")
        add_addresses(built.router, "lan1", "10.9.3.1/24", "fd09:3::1/64")
        built.client.run("ip", "route", "add", "10.9.2.0/24", "via", "10.9.3.1", "metric", "500")
        built.client.run("ip", "-6", "route", "add", "fd09:2::/64", "via", "fd09:3::1", "metric", "5000")
        built.server.run("ip", "route", "add", "10.9.3.0/24", "via", "10.9.2.1")
        built.server.run("ip", "-6", "route", "add", "fd09:3::/64", "via", "fd09:2::1")
        yield built


def add_addresses(host: Any, interface: str, *addresses: str) -> None:
    for address in addresses:
        family = ("-6",) if ":" in address else ()
        host.run("ip", *family, "address", "add", address, "dev", interface, *(("nodad",) if family else ()))


def one(path: Path, **check: Any) -> dict[str, Any]:
    how = {name: check.pop(name) for name in ("blind",) if name in check}
    (result,) = path.probe([{"timeout": 1.0, **check}], HOSTS, **how).results.values()
    return result


def by_address(result: dict[str, Any]) -> dict[str, str]:
    return {entry["address"]: entry["observation"] for entry in result["addresses"]}


# Where a check is bound, what it asks, and where the server sees it come from.
BOUND: list[tuple[dict[str, str], str, str]] = [
    ({}, SERVER, CLIENT),
    ({"source": SECOND}, SERVER, SECOND),
    ({"interface": "eth0"}, SERVER, CLIENT),
    ({"interface": "eth1"}, SERVER, OTHER),
    ({"interface": "eth1", "source": OTHER}, SERVER, OTHER),
    ({"source": SECOND6}, SERVER6, SECOND6),
    ({"interface": "eth0", "source": CLIENT6}, SERVER6, CLIENT6),
    ({"interface": "eth1"}, SERVER6, OTHER6),
    ({"source": SECOND6}, "both", SECOND6),
    ({"source": SECOND}, "both", SECOND),
]
NOWHERE = [
    ({"interface": "eth9"}, "this host has no interface eth9"),
    ({"source": "10.9.1.99"}, "source 10.9.1.99 is not an address of this host"),
    ({"source": "fd09:1::99"}, "source fd09:1::99 is not an address of this host"),
]
OF_NO_FAMILY = [("four", "ipv6"), ("six", "ipv4"), (SERVER, "ipv6"), (SERVER6, "ipv4")]
KINDS = ["tcp", "udp"]


@pytest.fixture(scope="module")
def seen(path: Path) -> dict[str, dict[str, Any]]:
    checks: dict[str, dict[str, Any]] = {
        f"bound-{number}": {"kind": "udp", "host": host, "port": PEER, **bound}
        for number, (bound, host, _seen_from) in enumerate(BOUND)
    }
    for kind in KINDS:
        common = {"kind": kind, "port": OPEN}
        for number, (bound, _reason) in enumerate(NOWHERE):
            checks[f"nowhere-{kind}-{number}"] = {**common, "host": "both", **bound}
        for host, family in OF_NO_FAMILY:
            checks[f"family-{kind}-{host}"] = {**common, "host": host, "family": family}
    return path.probe([{"id": name, "timeout": 2.0, **check} for name, check in checks.items()], HOSTS).results


@pytest.mark.parametrize("number", range(len(BOUND)))
def test_the_server_sees_where_a_check_was_bound(seen: dict[str, dict[str, Any]], number: int) -> None:
    (bound, _host, seen_from), result = BOUND[number], seen[f"bound-{number}"]
    (address,) = result["addresses"]
    assert bytes.fromhex(address["reply_hex"]).decode() == seen_from
    family = {"family": "any"} if "source" not in bound else {"family": "ipv6" if ":" in seen_from else "ipv4"}
    assert result["bound"] == {"interface": None, "source": None, **bound, **family}


def test_tcp_leaves_by_the_bound_interface(path: Path) -> None:
    rule = f"chain input {{\ntype filter hook input priority 0\nip saddr {OTHER} counter\n}}"
    nft(path.server, f"table inet count {{\n{rule}\n}}\n")
    assert one(path, kind="tcp", host=SERVER, port=OPEN, interface="eth1")["observation"] == "open"
    listed = json.loads(path.server.run("nft", "-j", "list", "table", "inet", "count"))
    (expression,) = [entry["rule"]["expr"] for entry in listed["nftables"] if "rule" in entry]
    (counter,) = [part["counter"] for part in expression if "counter" in part]
    assert counter["packets"] > 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", range(len(NOWHERE)))
def test_a_place_that_is_none_is_not_run(seen: dict[str, dict[str, Any]], kind: str, number: int) -> None:
    result = seen[f"nowhere-{kind}-{number}"]
    assert (result["observation"], result["reason"]) == ("not_run", NOWHERE[number][1])
    assert result["target"] == f"both:{OPEN}"


def test_every_address_of_a_name_is_reported(path: Path) -> None:
    result = one(path, kind="tcp", host="both", port=OPEN)
    assert by_address(result) == {
        SERVER: "open",
        SERVER6: "open",
    }
    assert "the same at 1 more" in result["reason"]


def test_a_blackholed_ipv6_beside_a_working_ipv4_is_open_and_says_so(path: Path) -> None:
    result = one(path, kind="tcp", host="half", port=OPEN)
    assert by_address(result) == {HALF: "open", HALF6: "dropped"}
    assert result["observation"] == "open"
    assert f"{HALF6} dropped" in result["reason"]
    udp = one(path, kind="udp", host="half", port=OPEN)
    assert by_address(udp) == {HALF: "open", HALF6: "unproven"}


@pytest.mark.parametrize(
    ("family", "observation", "addresses"), [("ipv4", "open", [HALF]), ("ipv6", "dropped", [HALF6])]
)
def test_the_family_decides_which_addresses_count(
    path: Path, family: str, observation: str, addresses: list[str]
) -> None:
    result = one(path, kind="tcp", host="half", port=OPEN, family=family)
    assert result["observation"] == observation
    assert [entry["address"] for entry in result["addresses"]] == addresses


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("host", "family"), OF_NO_FAMILY)
def test_no_address_of_the_family_is_a_name_error(
    seen: dict[str, dict[str, Any]], kind: str, host: str, family: str
) -> None:
    result = seen[f"family-{kind}-{host}"]
    assert result["observation"] == "name_error"
    assert family in result["reason"]
    assert result["addresses"] == []


def test_a_host_without_ipv6_says_so_and_uses_ipv4() -> None:
    with Path() as path:
        path.serve(tcp_open=[OPEN], udp_echo=[OPEN])
        sysctl(path.client, "net.ipv6.conf.all.disable_ipv6", "1")
        for kind in ("tcp", "udp"):
            result = one(path, kind=kind, host="both", port=OPEN)
            assert result["observation"] == "open"
            assert by_address(result) == {SERVER: "open", SERVER6: "no_route"}


def test_a_name_with_a_thousand_addresses_costs_no_more_than_sixteen(path: Path) -> None:
    hosts = "".join(f"10.9.2.{low} many\n" for low in range(4, 250)) + "".join(
        f"fd09:2::{low:x} many\n" for low in range(16, 770)
    )
    seen = path.probe([{"id": "many", "kind": "tcp", "host": "many", "port": OPEN, "timeout": 1.0}], hosts)
    assert len(seen.results["many"]["addresses"]) == 16
    assert seen.wall < 6.0  # one after the other would be 16


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_socket_that_meets_itself_is_not_an_open_port(path: Path, host: str) -> None:
    """With one source port to choose from, the kernel connects the probe to its own socket."""
    sysctl(path.client, "net.ipv4.ip_local_port_range", "40000 40000")
    try:
        result = one(path, kind="tcp", host=host, port=40000)
    finally:
        sysctl(path.client, "net.ipv4.ip_local_port_range", "32768 60999")
    assert result["observation"] == "closed_or_reset"
    assert "the probe met its own socket" in result["reason"]


def test_what_wait_for_takes_for_a_closed_port_is_not(path: Path) -> None:
    """ansible-core's wait_for with state=stopped succeeds for each of these."""
    seen = path.probe(
        [
            {"id": "name", "kind": "tcp", "host": "does-not-exist.invalid", "port": 31314},
            {"id": "route", "kind": "tcp", "host": "203.0.113.1", "port": 31314},
        ]
    )
    assert seen.results["name"]["observation"] == "name_error"
    assert "does-not-exist.invalid did not resolve" in seen.results["name"]["reason"]
    assert seen.results["route"]["observation"] == "no_route"
    assert "this host has no route" in seen.results["route"]["reason"]


BLIND = [
    ("tcp", OPEN, "open", None),
    ("tcp", CLOSED, "closed_or_reset", "ECONNREFUSED"),
    ("tcp", REJECTED, "closed_or_reset", "ECONNREFUSED"),
    ("tcp", PROHIBITED, "rejected", "EHOSTUNREACH"),
    ("udp", OPEN, "open", None),
    ("udp", CLOSED, "closed_or_reset", "ECONNREFUSED"),
    ("udp", REJECTED, "closed_or_reset", "ECONNREFUSED"),
    ("udp", PROHIBITED, "rejected", "EHOSTUNREACH"),
    ("udp", ABSENT, "unproven", None),
]


@pytest.fixture(scope="module")
def blind(path: Path) -> dict[str, dict[str, Any]]:
    common = {"host": SERVER, "timeout": 2.0}
    checks = [
        {"id": f"{kind}-{port}", "kind": kind, "port": port, "payload_hex": "00" if kind == "udp" else None, **common}
        for kind, port, _observation, _errno in BLIND
    ]
    return path.probe(checks, HOSTS, blind="both").results


@pytest.mark.parametrize(("kind", "port", "observation", "errno"), BLIND)
def test_without_an_error_queue_the_errno_is_used_and_said_to_be_all(
    blind: dict[str, dict[str, Any]], kind: str, port: int, observation: str, errno: str | None
) -> None:
    result = blind[f"{kind}-{port}"]
    (address,) = result["addresses"]
    assert (result["observation"], address["errno"], address["icmp"]) == (observation, errno, None)
    if errno:
        assert "this system" in result["reason"]


def test_a_kernel_before_5_8_still_tells_for_udp(path: Path) -> None:
    result = one(path, kind="udp", host=SERVER, port=REJECTED, blind="tcp")
    assert (result["observation"], result["addresses"][0]["icmp"]["from"]) == ("rejected", ROUTER)
