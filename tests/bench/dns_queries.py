#!/usr/bin/env python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""5,000 DNS queries in one call of the engine, beside the same made one after the other.

On loopback, against a server that answers at once and one that takes 20 ms, as a resolver on the way to others does.
Prints figures; judges none.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
import typing as t
from collections import deque
from pathlib import Path

ADDRESS = "127.0.0.1"
QUERIES = 5000
ONE_BY_ONE = 200  # of them, which is enough to know the pace
LATENCIES = (0.0, 0.02)
_ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(_ROOT / "build" / "src"), str(_ROOT / "tests")]
if t.TYPE_CHECKING:
    from support.figures import Section
_ANSWER = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x01\x2c\x00\x04" + socket.inet_aton("203.0.113.10")


def serve(latency: float) -> None:
    """Answer every query after a while, until killed; says its port first."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    sock.bind((ADDRESS, 0))
    print(sock.getsockname()[1], flush=True)
    due: deque[tuple[float, bytes, t.Any]] = deque()
    while True:
        while due and due[0][0] <= time.monotonic():
            _when, reply, peer = due.popleft()
            sock.sendto(reply, peer)
        sock.settimeout(max(0.0001, due[0][0] - time.monotonic()) if due else None)
        with contextlib.suppress(socket.timeout):
            query, peer = sock.recvfrom(4096)
            end = query.index(b"\0", 12) + 5
            head = query[:2] + b"\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"
            due.append((time.monotonic() + latency, head + query[12:end] + _ANSWER, peer))


@contextlib.contextmanager
def server(latency: float) -> t.Iterator[int]:
    """The server in a process of its own; its port."""
    command = [sys.executable, __file__, "--serve", str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None:
                raise RuntimeError("the server has no output")
            yield int(process.stdout.readline())
        finally:
            process.kill()


def measure(section: Section, latency: float) -> None:
    """Both ways beside each other."""
    from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _model, _run

    with server(latency) as port:
        names = (f"n{number}.example.com" for number in range(QUERIES))
        raw = [{"kind": "dns", "name": name, "server": ADDRESS, "port": port, "timeout": 5} for name in names]
        checks = _model.parse_checks(raw)
        start = time.monotonic()
        results = _run.run_checks(checks)
        together = time.monotonic() - start
        start = time.monotonic()
        for check in checks[:ONE_BY_ONE]:
            _run.run_checks([check])
        alone = (time.monotonic() - start) / ONE_BY_ONE * QUERIES
    answered = sum(result["observation"] == "answered" for result in results)
    if answered < QUERIES * 0.9:
        sys.exit(f"tests/bench/dns_queries: only {answered} of {QUERIES} were answered")
    name = f"{QUERIES:,} DNS queries, a server that takes {latency * 1000:.0f} ms"
    section.ratio(name, f"one after the other (from {ONE_BY_ONE} of them)", together / alone)
    section.figure(name, QUERIES / together, "a second")
    section.figure(f"{name}: answered", answered)


def main() -> None:
    """Measure."""
    from support.figures import Section

    with Section("DNS queries", "Over UDP on loopback, in one call of the engine.") as section:
        for latency in LATENCIES:
            measure(section, latency)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(float(sys.argv[2]))
    main()
