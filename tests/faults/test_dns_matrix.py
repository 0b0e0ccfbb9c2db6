# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fault matrix of DNS: what servers and routers do to a query, over UDP, TCP and TLS, IPv4 and IPv6.

Real packets through a real router; the probe is a user without any capability. Queries that the router treats apart
come from ports of the server's that are redirected to its resolver.
"""

from __future__ import annotations

import sys
from pathlib import Path as File
from typing import Any, Iterator, NamedTuple

import pytest

from support.path import ROUTER, ROUTER6, SERVER, SERVER6, Path, Seen, nft

ADDRESS, VENDOR = "203.0.113.10", "electricimp.com"
RESOLVER = File(__file__).resolve().parents[1] / "support" / "resolver.py"
DROP, PROHIBIT, RESET, ONLY_UDP, CLOSED = 5301, 5302, 5303, 5304, 5305


class Cell(NamedTuple):
    """A query, and what the probe must say of it."""

    observation: str
    says: str
    name: str = "imp01"
    port: int = 53
    more: dict[str, Any] = {}  # noqa: RUF012  # a default that nobody changes


def cells(server: str, transport: str) -> dict[str, Cell]:
    router, udp = (ROUTER6 if ":" in server else ROUTER), transport == "udp"
    silence = "unproven" if udp else "dropped"
    table = {
        "answered": Cell("answered", f"{server} answered NOERROR: {ADDRESS}"),
        "nxdomain": Cell("wrong_answer", "answered NXDOMAIN; expected NOERROR", "x.example"),
        "nxdomain-expected": Cell("answered", "answered NXDOMAIN", "x.example", more={"expect_rcode": "NXDOMAIN"}),
        "servfail": Cell("wrong_answer", "answered SERVFAIL; expected NOERROR", "servfail"),
        "refused": Cell("wrong_answer", "answered REFUSED; expected NOERROR", "refused"),
        "empty": Cell("wrong_answer", "answered NOERROR, but with no A record", "empty"),
        "garbage": Cell("unproven", "what came in its name does not count: it is not", "garbage"),
        "stranger": Cell("unproven", "another id or question", "stranger"),
        "long": Cell("answered", "having been too long for UDP" if udp else "198.51.100.0", "long"),
        "dropped": Cell(silence, f"{server} kept silent", port=DROP),
        "rejected": Cell("rejected", f"{router} rejected it with ICMP", port=PROHIBIT),
        "closed": Cell("closed" if udp else "closed_or_reset", server, port=CLOSED),
    }
    if udp:
        table["silent"] = Cell("unproven", f"{server} kept silent", "silent")
        table["long-without-tcp"] = Cell("dropped", "to which the answer too long for UDP had sent", "long", ONLY_UDP)
    else:
        table["silent"] = Cell("closed_or_reset", "closed the connection without an answer", "silent")
        table["reset"] = Cell("closed_or_reset", "or from a firewall in its name", port=RESET)
        table["tls-cut"] = Cell("tls_error", "right after the TLS ClientHello", port=853, more={"transport": "tls"})
        table["tls-dropped"] = Cell("dropped", "kept silent", port=DROP, more={"transport": "tls"})
        table["https-rejected"] = Cell("rejected", f"{router} rejected", port=PROHIBIT, more={"transport": "https"})
    return table


MATRIX = {
    f"{transport}{4 if server == SERVER else 6}/{name}": (server, transport, cell)
    for transport in ("udp", "tcp")
    for server in (SERVER, SERVER6)
    for name, cell in cells(server, transport).items()
}


def rules(hook: str, kind: str, *lines: str) -> str:
    text = "\n".join(lines)
    return f"table inet {kind} {{\nchain {hook} {{\ntype {kind} hook {hook} priority 0\n{text}\n}}\n}}\n"


@pytest.fixture(scope="module")
def seen() -> Iterator[Seen]:
    with Path() as path:
        path.answer_without_limit()
        server = path.server.start(sys.executable, str(RESOLVER), ADDRESS)
        if server.stdout is None or server.stdout.readline() != "ready\n":
            raise RuntimeError("the resolver did not start")
        nft(path.server, rules("prerouting", "nat", f"meta l4proto {{ tcp, udp }} th dport {ONLY_UDP} redirect to :53"))
        both = "meta l4proto { tcp, udp } th dport"
        nft(
            path.router,
            rules(
                "forward", "filter",
                f"{both} {DROP} drop",
                f"{both} {PROHIBIT} reject with icmpx type admin-prohibited",
                f"tcp dport {RESET} reject with tcp reset",
                f"tcp dport {ONLY_UDP} drop",
            ),
        )  # fmt: skip
        # The last one has ssl loaded while the probe may still read the folder of this Python.
        loads_ssl = {"id": "tls", "kind": "tls", "host": SERVER, "port": CLOSED}
        yield path.probe([*(check(name) for name in MATRIX), loads_ssl])


def check(name: str) -> dict[str, Any]:
    server, transport, cell = MATRIX[name]
    asked = cell.name if "." in cell.name else f"{cell.name}.{VENDOR}"
    where = {"server": server, "port": cell.port, "transport": transport}
    return {"id": name, "kind": "dns", "name": asked, "timeout": 2.0, **where, **cell.more}


@pytest.mark.parametrize("name", MATRIX)
def test_cell(seen: Seen, name: str) -> None:
    server, _transport, cell = MATRIX[name]
    result = seen.results[name]
    assert result["observation"] == result["addresses"][-1]["observation"] == cell.observation, result["reason"]
    assert cell.says in result["reason"]
    assert {entry["address"] for entry in result["addresses"]} == {server}
    if cell.observation == "rejected":
        assert result["addresses"][0]["icmp"]["from"] == (ROUTER6 if ":" in server else ROUTER)


def test_all_cells_together_cost_little_more_than_one_timeout(seen: Seen) -> None:
    assert list(seen.results) == [*MATRIX, "tls"]
    assert seen.wall < 10.0  # the silent UDP cells of one target wait for its pace
