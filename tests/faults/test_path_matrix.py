# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fault matrix: each way a path can behave, over TCP and UDP, IPv4 and IPv6, and what the probe must say of it.

Real packets through a real router; the probe is a user without any capability. All cells run at the same time, in one
call of the engine. Needs root (or `unshare --user --map-root-user --net --mount`), iproute2, nftables, util-linux.
"""

from __future__ import annotations

from typing import Any, Iterator, NamedTuple

import pytest

from support.path import (
    CLIENT,
    CLIENT6,
    ROUTER,
    ROUTER6,
    SERVER,
    SERVER6,
    WAN,
    WAN6,
    Path,
    Seen,
    nft,
    sysctl,
)

OPEN, SILENT, CLOSED, RESETS = 1001, 1002, 1003, 1004
DROP, RESET = 1010, 1011
SERVER_DROPS, SERVER_REJECTS, SERVER_PROHIBITS = 1030, 1031, 1032
OWN_DROP, OWN_REJECT = 1040, 1041
# nft's word, the port, and what ICMP and ICMPv6 call it
REJECTS4 = {
    "port-unreachable": (1020, 3, 3, "port-unreachable", "ECONNREFUSED"),
    "admin-prohibited": (1021, 3, 13, "admin-prohibited", "EHOSTUNREACH"),
    "host-unreachable": (1022, 3, 1, "host-unreachable", "EHOSTUNREACH"),
    "net-unreachable": (1023, 3, 0, "net-unreachable", "ENETUNREACH"),
    "host-prohibited": (1024, 3, 10, "host-prohibited", "EHOSTUNREACH"),
    "net-prohibited": (1025, 3, 9, "net-prohibited", "ENETUNREACH"),
    "prot-unreachable": (1026, 3, 2, "protocol-unreachable", "ENOPROTOOPT"),
}
REJECTS6 = {
    "port-unreachable": (1020, 1, 4, "port-unreachable", "ECONNREFUSED"),
    "admin-prohibited": (1021, 1, 1, "admin-prohibited", "EACCES"),
    "addr-unreachable": (1022, 1, 3, "address-unreachable", "EHOSTUNREACH"),
    "no-route": (1023, 1, 0, "no-route", "ENETUNREACH"),
    "policy-fail": (1024, 1, 5, "policy-failed", "EACCES"),
    "reject-route": (1025, 1, 6, "reject-route", "EACCES"),
}
# Targets that fail for the whole address
NO_ROUTE, NO_ROUTE6 = "203.0.113.1", "2001:db8:1::1"
UNREACHABLE, UNREACHABLE6 = "203.0.113.2", "2001:db8:2::1"
PROHIBITED, PROHIBITED6 = "203.0.113.3", "2001:db8:3::1"
BLACKHOLE, BLACKHOLE6 = "203.0.113.4", "2001:db8:4::1"
BEYOND, BEYOND6 = "198.51.100.1", "2001:db8:5::1"  # the client has a route, the router has none
DEAD, DEAD6 = "10.9.1.77", "fd09:1::77"  # on the client's own link, and not there
LATE, LATE6 = "10.9.1.78", "fd09:1::78"
GONE, GONE6 = "10.9.2.77", "fd09:2::77"  # on the server's link, and not there
LOOP, LOOP6 = "198.51.101.1", "2001:db8:6::1"  # the router sends it back to the client's side, and so on
# Linux gives up on a neighbour after three seconds, on a busy machine somewhat later.
TIMEOUTS = {"no-neighbour": 8.0, "gone-behind-router": 8.0}


class Cell(NamedTuple):
    """What the probe must say of one target."""

    host: str
    port: int
    observation: str
    errno: str | None = None
    icmp: tuple[int, int, str, str] | None = None
    says: str = ""


def rejected(host: str, port: int, kind: int, code: int, name: str, errno: str) -> Cell:
    by = ROUTER6 if ":" in host else ROUTER
    return Cell(host, port, "rejected", errno, (kind, code, name, by), f"{by} rejected it with ICMP")


def cells(ipv6: bool, udp: bool) -> dict[str, Cell]:
    """The table: what differs between TCP and UDP, IPv4 and IPv6 is what differs here."""

    def pick(four: str, six: str) -> str:
        return six if ipv6 else four

    server, router, client = pick(SERVER, SERVER6), pick(ROUTER, ROUTER6), pick(CLIENT, CLIENT6)
    unreachable = (1, 4, "port-unreachable") if ipv6 else (3, 3, "port-unreachable")
    prohibited = (1, 1, "admin-prohibited") if ipv6 else (3, 13, "admin-prohibited")
    absent = (1, 3, "address-unreachable") if ipv6 else (3, 1, "host-unreachable")
    unrouted = (1, 0, "no-route") if ipv6 else (3, 0, "net-unreachable")
    expired = (3, 0, "hop-limit-exceeded") if ipv6 else (11, 0, "ttl-exceeded")
    silence = "unproven" if udp else "dropped"
    forbidden = pick("EHOSTUNREACH", "EACCES")
    asked = pick("ARP", "neighbour discovery")
    table = {f"reject-{word}": rejected(server, *row) for word, row in (REJECTS6 if ipv6 else REJECTS4).items()}
    table.update({
        "open": Cell(server, OPEN, "open", says="answered" if udp else "completed the handshake"),
        "dropped": Cell(server, DROP, silence, says="kept silent"),
        "dropped-by-server": Cell(server, SERVER_DROPS, silence, says="kept silent"),
        "prohibited-by-server": Cell(
            server, SERVER_PROHIBITS, "rejected", forbidden, (*prohibited, server), f"{server} itself rejected it"
        ),
        "no-route": Cell(pick(NO_ROUTE, NO_ROUTE6), 80, "no_route", "ENETUNREACH", says="no route"),
        "route-unreachable": Cell(pick(UNREACHABLE, UNREACHABLE6), 80, "no_route", "EHOSTUNREACH", says="unreachable"),
        "route-prohibit": Cell(pick(PROHIBITED, PROHIBITED6), 80, "no_route", "EACCES", says="forbid"),
        "route-blackhole": Cell(pick(BLACKHOLE, BLACKHOLE6), 80, "no_route", "EINVAL", says="throw away"),
        "no-neighbour": Cell(
            pick(DEAD, DEAD6), 80, "no_route", "EHOSTUNREACH", (*absent, client), f"does not answer {asked}"
        ),
        # The same, given up before the kernel does.
        "no-neighbour-yet": Cell(pick(LATE, LATE6), 80, "no_route", says=f"does not answer {asked}"),
        "beyond-router": Cell(
            pick(BEYOND, BEYOND6), 80, "rejected", "ENETUNREACH", (*unrouted, router), f"{router} rejected it"
        ),
        "gone-behind-router": Cell(
            pick(GONE, GONE6), 80, "rejected", "EHOSTUNREACH", (*absent, router), f"{router} rejected it"
        ),
        "loop": Cell(
            pick(LOOP, LOOP6), 80, "rejected", "EHOSTUNREACH", (*expired, server), "exceeded"
        ),
        "own-firewall": Cell(
            server, OWN_REJECT, "rejected", forbidden, (*prohibited, client), "this host's own firewall rejected it"
        ),
    })  # fmt: skip
    if udp:
        table["silent"] = Cell(server, SILENT, "unproven", says="open and silent, or dropped")
        table["closed"] = Cell(server, CLOSED, "closed", "ECONNREFUSED", (*unreachable, server), "nothing listens")
        # A firewall on the target that says port-unreachable is, over UDP, the target saying so.
        table["rejected-by-server"] = Cell(server, SERVER_REJECTS, "closed", "ECONNREFUSED", (*unreachable, server))
        table["own-drop"] = Cell(server, OWN_DROP, "rejected", "EPERM", says="this host's own firewall dropped")
    else:
        table["closed"] = Cell(
            server, CLOSED, "closed_or_reset", "ECONNREFUSED", says=f"reset came back: from {server}"
        )
        table["reset-by-router"] = Cell(server, RESET, "closed_or_reset", "ECONNREFUSED", says="or from a firewall")
        table["resets-once-open"] = Cell(server, RESETS, "open")
        table["rejected-by-server"] = Cell(
            server, SERVER_REJECTS, "rejected", "ECONNREFUSED", (*unreachable, server), f"{server} itself rejected it"
        )
        table["own-drop"] = Cell(server, OWN_DROP, "dropped")
    return table


MATRIX = {
    f"{'udp' if udp else 'tcp'}{6 if ipv6 else 4}/{name}": cell
    for udp in (False, True)
    for ipv6 in (False, True)
    for name, cell in cells(ipv6, udp).items()
}


def router_rules() -> str:
    lines = [f"th dport {DROP} drop", f"tcp dport {RESET} reject with tcp reset"]
    lines += [f"meta nfproto ipv4 th dport {row[0]} reject with icmp type {word}" for word, row in REJECTS4.items()]
    lines += [f"meta nfproto ipv6 th dport {row[0]} reject with icmpv6 type {word}" for word, row in REJECTS6.items()]
    return chain("forward", lines)


def chain(hook: str, lines: list[str]) -> str:
    rules = "\n".join(f"meta l4proto {{ tcp, udp }} {line}" if "th dport" in line else line for line in lines)
    return f"table inet test {{\nchain {hook} {{\ntype filter hook {hook} priority 0\n{rules}\n}}\n}}\n"


@pytest.fixture(scope="module")
def path() -> Iterator[Path]:
    with Path() as built:
        built.answer_without_limit()
        built.serve(tcp_open=[OPEN], tcp_reset=[RESETS], udp_echo=[OPEN], udp_silent=[SILENT])
        nft(built.router, router_rules())
        nft(
            built.server,
            chain("input", [
                f"th dport {SERVER_DROPS} drop",
                f"th dport {SERVER_REJECTS} reject with icmpx type port-unreachable",
                f"th dport {SERVER_PROHIBITS} reject with icmpx type admin-prohibited",
            ]),
        )  # fmt: skip
        own = [f"th dport {OWN_DROP} drop", f"th dport {OWN_REJECT} reject with icmpx type admin-prohibited"]
        nft(built.client, chain("output", own))
        add_routes(built)
        yield built


def add_routes(path: Path) -> None:
    for kind, four, six in (
        ("unreachable", UNREACHABLE, UNREACHABLE6),
        ("prohibit", PROHIBITED, PROHIBITED6),
        ("blackhole", BLACKHOLE, BLACKHOLE6),
    ):
        path.client.run("ip", "route", "add", kind, four)
        path.client.run("ip", "-6", "route", "add", kind, six)
    for four, six in ((BEYOND, BEYOND6), (LOOP, LOOP6)):
        path.client.run("ip", "route", "add", four, "via", ROUTER)
        path.client.run("ip", "-6", "route", "add", six, "via", ROUTER6)
    # A loop behind the router: it sends to the server, which sends back.
    for host, via, via6 in ((path.router, SERVER, SERVER6), (path.server, WAN, WAN6)):
        host.run("ip", "route", "add", LOOP, "via", via)
        host.run("ip", "-6", "route", "add", LOOP6, "via", via6)
    sysctl(path.server, "net.ipv4.ip_forward", "1")
    sysctl(path.server, "net.ipv6.conf.all.forwarding", "1")


def checks() -> list[dict[str, Any]]:
    return [
        {
            "id": name,
            "kind": name[:3],
            "host": cell.host,
            "port": cell.port,
            "timeout": TIMEOUTS.get(name.partition("/")[2], 2.0),
            **({"payload_hex": "70696e67", "expect_hex": "7069"} if name.startswith("udp") else {}),
        }
        for name, cell in MATRIX.items()
    ]


@pytest.fixture(scope="module")
def seen(path: Path) -> Seen:
    return path.probe(checks())


@pytest.mark.parametrize("name", MATRIX)
def test_cell(seen: Seen, name: str) -> None:
    expected, result = MATRIX[name], seen.results[name]
    (address,) = result["addresses"]
    assert result["observation"] == address["observation"] == expected.observation, result["reason"]
    assert expected.says in result["reason"]
    assert address["address"] == expected.host
    if expected.icmp:
        assert tuple(address["icmp"][key] for key in ("type", "code", "name", "from")) == expected.icmp
    else:
        assert address["icmp"] is None
    if expected.errno:
        assert address["errno"] == expected.errno


def test_all_cells_together_cost_little_more_than_one_timeout(seen: Seen) -> None:
    assert list(seen.results) == list(MATRIX), "results are in the order of the checks"
    assert seen.wall < 10.0  # the silent UDP cells of one target wait for its pace
