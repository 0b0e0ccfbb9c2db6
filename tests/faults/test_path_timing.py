# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of many checks costs, and what must stay true when devices limit the ICMP errors they send.

Real packets, real limits, one path of namespaces for each scenario; the slow ones run at the same time.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Callable, Iterator

import pytest

from support.path import ROUTER, SERVER, SERVER6, Path, Seen, nft

OPEN, DROPPED, REJECTED, SECOND, CLOSED = 1001, 1010, 1020, 1030, 2000
ROUTER_RULES = f"""
table inet test {{
  chain forward {{
    type filter hook forward priority 0
    tcp dport {DROPPED} drop
    udp dport {DROPPED}-{DROPPED + 5} drop
    meta nfproto ipv4 tcp dport {REJECTED} reject with icmp type admin-prohibited
    udp dport 53 drop
  }}
}}
"""


def many(count: int, *ports: int, **options: Any) -> list[dict[str, Any]]:
    """So many TCP checks, taking the ports in turn."""
    return [
        {"id": f"{number}", "kind": "tcp", "host": SERVER, "port": ports[number % len(ports)], **options}
        for number in range(count)
    ]


def start(path: Path) -> None:
    path.serve(tcp_open=[OPEN], udp_echo=[OPEN], udp_second=[SECOND], udp_silent=list(range(3000, 3030)))
    nft(path.router, ROUTER_RULES)


def observations(seen: Seen) -> Counter[str]:
    return Counter(result["observation"] for result in seen.results.values())


@pytest.mark.parametrize("count", [30, 200])
def test_half_of_the_checks_dropped_cost_one_timeout(count: int) -> None:
    with Path() as path:
        start(path)
        seen = path.probe(many(count, OPEN, DROPPED, timeout=3.0))
    assert observations(seen) == {"open": count // 2, "dropped": count // 2}
    assert 3.0 <= seen.wall < 5.9  # less than two timeouts
    assert seen.peak_mb < 80


SCENARIOS: dict[str, Callable[[Path], Seen]] = {
    # 14 closed ports of one target: Linux would send 6 ICMP errors, then 1 a second
    "closed-udp": lambda path: path.probe(
        [{"kind": "udp", "host": SERVER, "port": CLOSED + number, "timeout": 1.0} for number in range(14)]
    ),
    "closed-udp6": lambda path: path.probe(
        [{"kind": "udp", "host": SERVER6, "port": CLOSED + number, "timeout": 1.0} for number in range(14)]
    ),
    "silent-udp": lambda path: path.probe(
        [{"kind": "udp", "host": SERVER, "port": 3000 + number, "timeout": 3.0} for number in range(30)]
    ),
    "answering-udp": lambda path: path.probe(
        [{"kind": "udp", "host": SERVER, "port": OPEN, "payload_hex": "00", "timeout": 3.0} for _number in range(100)]
    ),
    "rejected-tcp": lambda path: path.probe([*many(20, REJECTED, timeout=2.0)]),
    "dropped-beside-rejected": lambda path: path.probe(
        [
            *({**check, "id": f"d{check['id']}"} for check in many(20, DROPPED, timeout=2.0)),
            *many(2, REJECTED, timeout=2.0),
        ]
    ),
    "time-limit": lambda path: path.probe(
        [
            *many(3, DROPPED, timeout=30.0),
            {"id": "udp", "kind": "udp", "host": SERVER, "port": DROPPED, "timeout": 30.0},
            {"id": "open", "kind": "tcp", "host": SERVER, "port": OPEN},
        ],
        limit=1.5,
    ),
    "flaky": lambda path: path.probe(
        [
            {"id": "second", "kind": "udp", "host": SERVER, "port": SECOND, "timeout": 0.5, "attempts": 5},
            {"id": "once", "kind": "udp", "host": SERVER, "port": OPEN, "timeout": 0.5, "attempts": 5},
            {"id": "never", "kind": "tcp", "host": SERVER, "port": DROPPED, "timeout": 0.5, "attempts": 3},
        ]
    ),
    "dead-nameserver": lambda path: path.probe(
        [
            *({"id": f"n{number}", "kind": "tcp", "host": f"n{number}.example", "port": 80} for number in range(40)),
            {"id": "udp", "kind": "udp", "host": "n1.example", "port": 80},
            {"id": "open", "kind": "tcp", "host": SERVER, "port": OPEN},
        ],
        nameserver="10.9.2.53",
    ),
}


Runs = dict[str, Future[Seen]]


@pytest.fixture(scope="module")
def runs() -> Iterator[Runs]:
    def run(scenario: Callable[[Path], Seen]) -> Seen:
        with Path() as path:
            start(path)
            return scenario(path)

    with ThreadPoolExecutor(len(SCENARIOS)) as pool:
        yield {name: pool.submit(run, scenario) for name, scenario in SCENARIOS.items()}


@pytest.mark.parametrize("name", ["closed-udp", "closed-udp6"])
def test_closed_udp_ports_of_one_target_are_all_found_closed(runs: Runs, name: str) -> None:
    seen = runs[name].result()
    assert observations(seen) == {"closed": 14}
    assert seen.wall >= 7.0  # asked all at once, most would have been silent


def test_silent_udp_ports_of_one_target_need_not_wait_so_long(runs: Runs) -> None:
    seen = runs["silent-udp"].result()
    assert observations(seen) == {"unproven": 30}
    assert seen.wall < 9.0


def test_udp_ports_that_answer_are_not_held_back(runs: Runs) -> None:
    seen = runs["answering-udp"].result()
    assert observations(seen) == {"open": 100}
    assert seen.wall < 4.0  # at the pace of the closed ones it would be 50


def test_what_a_rejecting_router_was_too_slow_to_say_is_asked_again(runs: Runs) -> None:
    """A Linux router sends 6 ICMP errors at once, then one a second: of 20 rejects most would look like drops."""
    seen = runs["rejected-tcp"].result()
    found = observations(seen)
    assert set(found) <= {"rejected", "dropped"}
    assert found["rejected"] >= 6 + 10
    assert seen.wall < 30.0
    for result in seen.results.values():
        if result["observation"] == "dropped":
            assert f"{ROUTER} rejected other checks of this run" in result["reason"]


def test_a_drop_beside_rejects_stays_a_drop_and_costs_little(runs: Runs) -> None:
    seen = runs["dropped-beside-rejected"].result()
    assert observations(seen) == {"rejected": 2, "dropped": 20}
    assert sum("asked again by itself" in result["reason"] for result in seen.results.values()) == 3
    assert seen.wall < 15.0  # asking all 20 again would take 23


def test_the_time_limit_ends_what_is_not_done(runs: Runs) -> None:
    seen = runs["time-limit"].result()
    assert observations(seen) == {"not_run": 3, "unproven": 1, "open": 1}
    assert "time limit" in seen.results["0"]["reason"]
    assert seen.wall < 3.5


def test_a_pass_after_a_failure_is_flaky(runs: Runs) -> None:
    seen = runs["flaky"].result()
    second, once, never = (seen.results[name] for name in ("second", "once", "never"))
    assert (second["observation"], second["attempts"], second["flaky"]) == ("open", 2, True)
    assert (once["observation"], once["attempts"], once["flaky"]) == ("open", 1, False)
    assert (never["observation"], never["attempts"], never["flaky"]) == ("dropped", 3, False)
    assert never["elapsed"] >= 1.5


def test_a_dead_name_server_holds_up_nobody(runs: Runs) -> None:
    seen = runs["dead-nameserver"].result()
    assert observations(seen) == {"name_error": 41, "open": 1}
    assert "no name server answered in time" in seen.results["n0"]["reason"]
    assert seen.results["open"]["elapsed"] < 1.0
    assert seen.wall < 8.0
    assert seen.lingered < 15.0, "a lookup that hangs (30 s) must not hold the process"
