#!/usr/bin/env python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""2,000 reservations in each DHCP server: to apply them, to find them unchanged, to change one; and the memory.

Real servers in network namespaces, so that it needs root. Each figure is a process of its own. Prints figures; judges
none.
"""

from __future__ import annotations

import json
import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
import typing as t
from pathlib import Path

COUNT = 2000
SUBNET = "10.40.0.0/20"
_ROOT = Path(__file__).resolve().parents[2]
_PATHS = [str(_ROOT / "build" / "src"), str(_ROOT / "tests")]
if t.TYPE_CHECKING:
    from support.figures import Section


def entries(last: str) -> list[dict[str, str]]:
    """Reservations outside the pool; the last one has a name of its own."""
    found = []
    for number in range(COUNT):
        place = 256 + number
        mac = f"0c:2a:69:00:{number >> 8:02x}:{number & 255:02x}"
        found.append(
            {"name": f"device-{number}", "mac": mac, "ip": f"10.40.{place >> 8}.{place & 255}", "subnet": SUBNET}
        )
    return [*found[:-1], {**found[-1], "name": last}]


def hold(last: str) -> None:
    """In a process of its own: what the module does, from its options on; its server comes by standard input."""
    from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._transaction import converge
    from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dhcp import read
    from support.dhcp_gateways import Server

    server: Server = pickle.loads(sys.stdin.buffer.read())
    subnets = [{"subnet": SUBNET, "captive_portal": "unrestricted"}]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    with server.segment.gateway.entered():
        change = converge(lambda: server.steps(read(entries(last), subnets)), False, store=server.store)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": seconds, "peak": peak, "more": peak - before, "changed": bool(change.differences)}))


def measure(section: Section, backend: str) -> None:
    """The figures of one server."""
    from support.dhcp_gateways import serving

    with tempfile.TemporaryDirectory() as folder, serving(backend, Path(folder), wide=True) as server:
        runs: list[dict[str, t.Any]] = []
        for last in ("first", "first", "second"):
            command = [sys.executable, __file__, "--hold", last]
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(_PATHS)}
            done = subprocess.run(
                command, input=pickle.dumps(server), env=environment, capture_output=True, check=False
            )
            if done.returncode:
                sys.exit(f"tests/bench/dhcp: {backend} failed\n{done.stderr.decode()[-2000:]}")
            runs.append(json.loads(done.stdout))
        if [run["changed"] for run in runs] != [True, False, True]:
            sys.exit(f"tests/bench/dhcp: {backend} did not change what was to change")
        mac = entries("second")[-1]["mac"]
        if server.segment.lease(mac) != entries("second")[-1]["ip"]:
            sys.exit(f"tests/bench/dhcp: {backend} does not give the last one its address")
    peak, more = max(run["peak"] for run in runs) / 1024, max(run["more"] for run in runs) / 1024
    for what, run in zip(("apply", "found unchanged", "one changed"), runs, strict=True):
        section.figure(f"{backend}: {what}", run["seconds"], "s")
    section.figure(f"{backend}: peak memory, and of it for the reservations", f"{peak:.0f}, {more:.0f}", "MiB")


def main() -> None:
    """A row for each server."""
    sys.path[:0] = _PATHS
    from support.figures import Section

    how = f"{COUNT:,} reservations in a real server, without Ansible's own time; each figure a process."
    with Section("DHCP reservations", how) as section:
        for backend in ("dnsmasq", "kea", "isc"):
            measure(section, backend)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--hold"]:
        hold(sys.argv[2])
    else:
        main()
