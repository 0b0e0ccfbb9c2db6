#!/usr/bin/env python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the project promises of its speed, measured in the lab beside what a user would use instead.

Runs inside tests/lab/enter (`make bench` does). Prints figures; judges none: times differ from machine to machine,
ratios of one run much less.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT / "tests" / "bench"
OUT = ROOT / "build" / "bench"
LAB = str(ROOT / "tests" / "lab" / "lab")
DROPPED = range(40001, 40016)
NAMES = ("imp01.electricimp.com", "imp02.electricimp.com", "imp03.electricimp.com")
OPEN = (31314, 993, 443, 80, 8883)
TIMEOUT = 3


def play(playbook: str, *options: str) -> tuple[float, str]:
    """Seconds that ansible-playbook takes, and what it prints."""
    inventory = ["-i", "build/lab/hosts.yml", "-i", "extensions/molecule/default/sites"]
    start = time.monotonic()
    done = subprocess.run(
        ["ansible-playbook", *inventory, playbook, *options], cwd=ROOT, capture_output=True, text=True, check=False
    )
    elapsed = time.monotonic() - start
    if done.returncode:
        sys.exit(f"tests/bench/run: {playbook} failed\n{done.stdout[-4000:]}{done.stderr[-2000:]}")
    return elapsed, done.stdout


def probing() -> None:
    """30 checks, half of them dropped: one call of ours, and a loop of wait_for."""
    for port in DROPPED:
        subprocess.run([LAB, "fault", "silence", "tcp", str(port)], check=True)
    pairs = [(NAMES[0], port) for port in DROPPED] + [(name, port) for name in NAMES for port in OPEN]
    checks = [
        {"id": f"{host}/{port}", "kind": "tcp", "host": host, "port": port, "interface": "iot0", "timeout": TIMEOUT}
        for host, port in pairs
    ]
    OUT.mkdir(parents=True, exist_ok=True)
    variables = OUT / "probing.json"
    variables.write_text(json.dumps({"checks": checks, "wait_timeout": TIMEOUT}), encoding="utf-8")
    base, _out = play(str(BENCH / "ping.yml"))
    ours, out = play(str(BENCH / "probe.yml"), "-e", f"@{variables}")
    inside = re.search(r"longest_check=([0-9.]+)", out)
    theirs, _out = play(str(BENCH / "wait_for.yml"), "-e", f"@{variables}")
    print(f"30 TCP checks, 15 of them dropped, timeout {TIMEOUT} s, from the probe host:")
    print(f"  the slowest of its checks               {inside.group(1) if inside else '?':>8} s")
    print(f"  the call, beside one of ping            +{ours - base:>7.2f} s")
    print(f"  ansible-playbook with fieldnet.iot.probe{ours:>9.2f} s   (with ansible.builtin.ping: {base:.2f} s)")
    print(f"  ansible-playbook with a wait_for loop   {theirs:>9.2f} s   {theirs / ours:.1f} times as long")


def one_call() -> None:
    """30 open targets in one call, beside a ping of the same host."""
    checks = [
        {"id": f"{number}", "kind": "tcp", "host": NAMES[number % 3], "port": OPEN[number % 5], "interface": "iot0"}
        for number in range(30)
    ]
    variables = OUT / "open.json"
    variables.write_text(json.dumps({"checks": checks}), encoding="utf-8")
    pairs = [
        (play(str(BENCH / "probe.yml"), "-e", f"@{variables}")[0], play(str(BENCH / "ping.yml"))[0]) for _ in range(3)
    ]
    ratio = sorted(ours / ping for ours, ping in pairs)[1]
    print(f"fieldnet.iot.probe with 30 open targets beside ansible.builtin.ping: {ratio:.2f} times as long")


def provisioning() -> None:
    """The first and the second run of provision, and how many module calls an unchanged gateway takes."""
    first, _out = play("fieldnet.iot.provision")
    again, out = play("fieldnet.iot.provision", "-vvv")
    # Each module is also copied and made executable; only its start counts.
    names = re.findall(r"python3 \S+AnsiballZ_(\w+)\.py", out)
    changed = re.findall(r"^gateway .*changed=(\d+)", out, re.MULTILINE)
    print("Provisioning one gateway over SSH:")
    print(f"  first run {first:.2f} s; second run {again:.2f} s, changed={changed[-1] if changed else '?'}")
    print(f"  module calls on an unchanged gateway: {len(names)} ({', '.join(names)})")


def main() -> None:
    """Boot the lab, measure, and take it down."""
    os.environ.setdefault("ANSIBLE_COLLECTIONS_PATH", str(ROOT / "build" / "collections"))
    os.environ["PYTHONPATH"] = str(ROOT / "build" / "src")
    for script in ("engine.py", "dns_queries.py"):
        subprocess.run([sys.executable, str(BENCH / script)], cwd=ROOT, check=True)
    subprocess.run([LAB, "up"], check=True)
    try:
        probing()
        one_call()
        provisioning()
    finally:
        subprocess.run([LAB, "down"], check=False)


if __name__ == "__main__":
    main()
