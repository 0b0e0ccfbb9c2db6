#!/usr/bin/env python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine by itself, on loopback: connects a second beside nmap -sT and asyncio, memory, import, weight on the wire.

Each measurement is a process of its own, so that none warms up another.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import multiprocessing
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

# What is imported below is found by this alone, so it comes first: hence the E402.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.figures import Section

COUNT = 10_000
CLOSED = range(20_000, 20_000 + COUNT)  # nobody listens there; below what the kernel hands out
MODULE = "ansible_collections.fieldnet.iot.plugins.module_utils._probe"


def ours(ports: list[int]) -> tuple[float, str]:
    """Seconds of one run over all ports, and what was seen most."""
    from ansible_collections.fieldnet.iot.plugins.module_utils._probe._model import parse_checks
    from ansible_collections.fieldnet.iot.plugins.module_utils._probe._run import run_checks

    raw = [{"id": str(i), "kind": "tcp", "host": "127.0.0.1", "port": port} for i, port in enumerate(ports)]
    checks = parse_checks(raw, {}, "checks")
    start = time.perf_counter()
    results = run_checks(checks)
    return time.perf_counter() - start, results[0]["observation"]


def with_asyncio(ports: list[int]) -> tuple[float, str]:
    """The same with asyncio.open_connection, 1,000 at a time."""

    async def one(gate: asyncio.Semaphore, port: int) -> str:
        async with gate:
            try:
                _reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                return "closed"
            writer.transport.abort()
            return "open"

    async def every() -> list[str]:
        gate = asyncio.Semaphore(1000)
        return await asyncio.gather(*(one(gate, port) for port in ports))

    start = time.perf_counter()
    seen = asyncio.run(every())
    return time.perf_counter() - start, seen[0]


def with_nmap(_ports: list[int]) -> tuple[float, str]:
    """nmap -sT over the closed ports, without its own name lookups and host discovery."""
    program = shutil.which("nmap")
    if not program:
        return 0.0, "not installed"
    ports = f"{CLOSED[0]}-{CLOSED[-1]}"
    start = time.perf_counter()
    subprocess.run([program, "-sT", "-n", "-Pn", "-p", ports, "127.0.0.1"], capture_output=True, check=True)
    return time.perf_counter() - start, "closed"


def accept(listener: socket.socket) -> None:
    """Take connections and drop them, until killed."""
    while True:
        with contextlib.suppress(OSError):
            listener.accept()[0].close()


@contextlib.contextmanager
def open_port() -> Iterator[int]:
    """A port of loopback where somebody accepts, in a process of its own."""
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as listener:
        process = multiprocessing.get_context("fork").Process(target=accept, args=(listener,), daemon=True)
        process.start()
        try:
            yield listener.getsockname()[1]
        finally:
            process.kill()
            process.join()


def _in_child(measure: Callable[[list[int]], tuple[float, str]], ports: list[int], pipe: object) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    seconds, seen = measure(ports)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    pipe.send((seconds, seen, peak))  # type: ignore[attr-defined]  # one end of multiprocessing.Pipe


def measured(measure: Callable[[list[int]], tuple[float, str]], ports: list[int]) -> tuple[float, str, int]:
    """The median of three runs: seconds, what was seen, peak memory in MB."""
    runs: list[tuple[float, str, int]] = []
    for _run in range(3):
        receiver, sender = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.get_context("fork").Process(target=_in_child, args=(measure, ports, sender))
        process.start()
        runs.append(receiver.recv())
        process.join()
    return sorted(runs)[1]


def connects(section: Section) -> None:
    """10,000 connects, refused and accepted."""
    refused = 0.0
    with open_port() as port:
        for what, ports in (("refused", list(CLOSED)), ("accepted", [port] * COUNT)):
            mine, seen, peak = measured(ours, ports)
            other, _seen, _peak = measured(with_asyncio, ports)
            if seen != ("closed_or_reset" if what == "refused" else "open"):
                sys.exit(f"tests/bench/engine: {what} connects were seen as {seen}")
            name = f"{COUNT:,} TCP connects, {what}"
            section.ratio(name, "asyncio.open_connection, 1,000 at a time", mine / other)
            section.figure(name, COUNT / mine, "a second", aim="50,000 or more")
            section.figure(f"{name}: peak memory", peak, "MiB", aim="under 80")
            if what == "refused":
                refused = mine
    theirs, seen, _peak = measured(with_nmap, [])
    if theirs:
        section.ratio(f"{COUNT:,} TCP connects, refused", "nmap -sT", refused / theirs)
    else:
        section.figure("nmap -sT", seen)


def weight(section: Section) -> None:
    """Import time of the engine in a fresh interpreter, and the payload that Ansible sends."""
    script = "; ".join(
        (
            "import sys, time",
            "start = time.perf_counter()",
            f"import {MODULE}._run",
            "print(time.perf_counter() - start, {'ssl', 'dns'} & set(sys.modules))",
        )
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    seconds, loaded = done.stdout.split(None, 1)
    section.figure("import of the engine", float(seconds) * 1000, "ms")
    section.figure("of ssl and dnspython, loaded by it", "none" if loaded.strip() == "set()" else loaded.strip())
    port: list[dict[str, object]] = [{"host": "127.0.0.1", "port": 9}]
    calls: tuple[tuple[str, dict[str, object]], ...] = (
        ("ansible.builtin.ping", {}),
        ("fieldnet.iot.port_probe", {"targets": port}),
        ("fieldnet.iot.probe", {"checks": [{"kind": "tcp", **port[0]}]}),
    )
    for name, options in calls:
        section.figure(f"what Ansible sends for {name}", payload(name, options) / 1000, "kB")


def payload(name: str, options: dict[str, object]) -> int:
    """The bytes that Ansible copies to a host for a call."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [
                "ansible",
                "localhost",
                "-m",
                name,
                "-a",
                json.dumps(options) if options else "",
                "-e",
                f"ansible_remote_tmp={folder}",
            ],
            env={**os.environ, "ANSIBLE_KEEP_REMOTE_FILES": "1"},
            capture_output=True,
            check=True,
        )
        return sum(path.stat().st_size for path in Path(folder).rglob("AnsiballZ_*.py"))


def main() -> None:
    """Tell all figures."""
    how = "The engine by itself, on loopback; each figure the median of three processes."
    with Section("Probing engine", how) as section:
        connects(section)
        weight(section)


if __name__ == "__main__":
    main()
