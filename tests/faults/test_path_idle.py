# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Idle sessions through a router that forgets them: real connection tracking, with a short memory.

Needs root (or `unshare --user --map-root-user --net --mount`), iproute2, nftables, util-linux.
"""

from __future__ import annotations

import sys
import threading
import time
from typing import Any, Iterator

import pytest

from support.path import SERVER, SERVER6, Path, nft, sysctl

PORT = 7000
FORGETS_AFTER = 3  # seconds
TIMES = [0.5, 1.5, 4.5, 6]
KEEPS_SESSIONS = f"""
import socket
listener = socket.socket(socket.AF_INET6)
listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
listener.bind(("::", {PORT}))
listener.listen(64)
print("ready", flush=True)
kept = []
while True:
    kept.append(listener.accept())
"""
# A session is a session only from its first packet: one that the router forgot is none any more.
REMEMBERS = """
table inet state {{
  chain forward {{
    type filter hook forward priority 0; policy drop;
    ct state established accept
    ct state new tcp flags & (syn | ack) == syn accept
    meta l4proto icmpv6 accept
    {rest}
  }}
}}
"""

LATE = f"""
table inet late {{
  chain forward {{
    type filter hook forward priority 0
    tcp dport {PORT} drop
  }}
}}
"""


@pytest.fixture(scope="module")
def path() -> Iterator[Path]:
    yield from keeping_sessions()


@pytest.fixture
def fresh() -> Iterator[Path]:
    """Without the sessions of other tests, whose lost bytes are sent again for long."""
    yield from keeping_sessions()


def keeping_sessions() -> Iterator[Path]:
    with Path() as found:
        server = found.server.start(sys.executable, "-c", KEEPS_SESSIONS)
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
        yield found


def forgetful(path: Path, rest: str) -> None:
    nft(path.router, "flush ruleset" + REMEMBERS.format(rest=rest))
    sysctl(path.router, "net.netfilter.nf_conntrack_tcp_loose", "0")
    sysctl(path.router, "net.netfilter.nf_conntrack_tcp_timeout_established", str(FORGETS_AFTER))


def hold(path: Path, host: str, **options: Any) -> tuple[dict[str, Any], float]:
    check = {"id": "idle", "kind": "idle", "host": host, "port": PORT, "timeout": 1.5, "idle_times": TIMES, **options}
    seen = path.probe([check])
    return seen.results["idle"], seen.wall


def speakers(path: Path) -> set[str]:
    """The clients whose bytes have come to the server, which reads none; they may have hung up since."""
    listed = path.server.run("ss", "-Htn", "state", "connected", "sport", "=", f":{PORT}")
    rows = [line.split() for line in listed.splitlines()]
    return {row[-1] for row in rows if int(row[-4])}


def outcomes(seen: dict[str, Any]) -> list[str]:
    return [session["outcome"] for session in seen["sessions"]]


@pytest.mark.parametrize("host", [SERVER, SERVER6])
def test_the_time_after_which_the_router_forgets_is_found(path: Path, host: str) -> None:
    forgetful(path, "")
    seen, wall = hold(path, host)
    assert outcomes(seen) == ["survived", "survived", "dropped", "dropped"]
    assert (seen["observation"], seen["longest_survived"], seen["shortest_lost"]) == ("open", 1.5, 4.5)
    assert seen["reason"].endswith("still carries a session after 1.5 s of silence, but lost one after 4.5 s")
    assert wall < sum(TIMES) - 0.5, "the longest span, not their sum"


def test_a_router_that_resets_what_it_forgot(path: Path) -> None:
    forgetful(path, "reject with tcp reset")
    seen, _wall = hold(path, SERVER)
    assert outcomes(seen) == ["survived", "survived", "reset", "reset"]
    assert (seen["observation"], seen["longest_survived"], seen["shortest_lost"]) == ("open", 1.5, 4.5)


@pytest.mark.parametrize(
    ("rest", "observation", "how"),
    [
        ("", "dropped", "nothing acknowledged the next byte"),
        ("reject with tcp reset", "closed_or_reset", "a reset answered the next byte, or came before it"),
    ],
)
def test_a_path_that_loses_every_session(path: Path, rest: str, observation: str, how: str) -> None:
    forgetful(path, rest)
    seen, _wall = hold(path, SERVER, idle_times=[4])
    assert (seen["observation"], seen["longest_survived"], seen["shortest_lost"]) == (observation, None, 4)
    assert seen["reason"] == f"the path to {SERVER} lost every session, the shortest after 4 s of silence: {how}"


def test_a_rule_that_comes_in_the_middle_of_the_silence(fresh: Path) -> None:
    def drop() -> None:
        deadline = time.monotonic() + 30
        while not speakers(fresh) and time.monotonic() < deadline:  # the byte after the first silence
            time.sleep(0.05)
        nft(fresh.router, LATE)

    thread = threading.Thread(target=drop)
    thread.start()
    try:
        seen, _wall = hold(fresh, SERVER, idle_times=[0.5, 10])
    finally:
        thread.join()
    assert outcomes(seen) == ["survived", "dropped"]


def test_a_router_without_memory_keeps_them_all(path: Path) -> None:
    nft(path.router, "flush ruleset")
    seen, _wall = hold(path, SERVER)
    assert (seen["observation"], outcomes(seen)) == ("open", ["survived"] * 4)
