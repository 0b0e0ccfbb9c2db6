#!/usr/bin/env python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the project promises of its speed, measured in the lab beside what a user would use instead.

Runs inside tests/lab/enter (`make bench` does), and writes docs/measured.md. Judges no figure: times differ from
machine to machine, ratios of one run much less.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What is imported below is found by this alone, so it comes first: hence the E402.
sys.path.insert(0, str(ROOT / "tests"))

from support.figures import FOLDER, Section, kept, machine, page  # noqa: E402

BENCH = ROOT / "tests" / "bench"
OUT = ROOT / "build" / "bench"
LAB = str(ROOT / "tests" / "lab" / "lab")
PAGE = ROOT / "docs" / "measured.md"
SCRIPTS = tuple(
    f"{name}.py" for name in ("engine", "dns_queries", "firewall", "dhcp", "report", "fleet", "inventory", "sites")
)
DROPPED = range(40001, 40016)
OPEN = (31314, 993, 443, 80, 8883)
TIMEOUT = 3


def play(playbook: str, *options: str) -> tuple[float, str]:
    """Seconds that ansible-playbook takes, and what it prints."""
    inventory = ["-i", "build/lab/hosts.yml", "-i", "extensions/molecule/site/sites"]
    start = time.monotonic()
    done = subprocess.run(
        ["ansible-playbook", *inventory, playbook, *options], cwd=ROOT, capture_output=True, text=True, check=False
    )
    elapsed = time.monotonic() - start
    if done.returncode:
        sys.exit(f"tests/bench/run: {playbook} failed\n{done.stdout[-4000:]}{done.stderr[-2000:]}")
    return elapsed, done.stdout


def checks_of(names: list[str], dropped: int, answered: int) -> list[dict[str, object]]:
    """So many checks of ports that are dropped, and of ports that are open."""
    silent = [(name, port) for name in names for port in DROPPED][:dropped]
    loud = [(name, port) for name in names for port in OPEN][:answered]
    return [
        {"id": f"{host}/{port}", "kind": "tcp", "host": host, "port": port, "interface": "iot0", "timeout": TIMEOUT}
        for host, port in silent + loud
    ]


def timed(playbook: str, checks: list[dict[str, object]]) -> tuple[float, str]:
    """What a playbook over these checks takes."""
    variables = OUT / "checks.json"
    variables.write_text(json.dumps({"checks": checks, "wait_timeout": TIMEOUT}), encoding="utf-8")
    return play(str(BENCH / playbook), "-e", f"@{variables}")


def probing(section: Section) -> None:
    """Half of the checks dropped: one call of ours, and a loop of wait_for."""
    for port in DROPPED:
        subprocess.run([LAB, "fault", "silence", "tcp", str(port)], check=True)
    names = [f"imp{number:02}.electricimp.com" for number in range(1, 25)]
    base, _out = play(str(BENCH / "ping.yml"))
    theirs, _out = timed("wait_for.yml", checks_of(names, 15, 15))
    for count in (30, 200):
        ours, out = timed("probe.yml", checks_of(names, count // 2, count // 2))
        slowest = re.search(r"longest_check=([0-9.]+)", out)
        if slowest is None:
            sys.exit(f"tests/bench/run: no duration of a check in\n{out[-2000:]}")
        what = f"{count} TCP checks, half of them dropped, timeout {TIMEOUT} s"
        how = "a loop of wait_for" if count == 30 else "a loop of wait_for, from 30 of them"
        section.ratio(what, how, ours / (theirs * count / 30))
        section.figure(what, ours, "s", aim=f"under {TIMEOUT + 1} s beside the ping" if count == 200 else "")
        section.figure(f"{what}: the slowest of them", float(slowest.group(1)), "s")
    section.figure("ansible.builtin.ping", base, "s")


def one_call(section: Section) -> None:
    """30 open targets in one call, beside a ping of the same host."""
    checks = checks_of([f"imp{number:02}.electricimp.com" for number in range(1, 7)], 0, 30)
    pairs = [(timed("probe.yml", checks)[0], play(str(BENCH / "ping.yml"))[0]) for _run in range(3)]
    ratio = sorted(ours / ping for ours, ping in pairs)[1]
    section.ratio("fieldnet.iot.probe with 30 open targets", "ansible.builtin.ping", ratio, aim="1.3 or less")


def provisioning(section: Section) -> None:
    """The first run of provision, an unchanged one beside the same with stock modules, and the calls that it takes."""
    first, _out = play("fieldnet.iot.provision")
    _again, out = play("fieldnet.iot.provision", "-vvv")
    again = min(play("fieldnet.iot.provision")[0] for _run in range(3))
    # Each module is also copied and made executable; only its start counts.
    names = re.findall(r"python3 \S+AnsiballZ_(\w+)\.py", out)
    changed = re.findall(r"^gateway .*changed=(\d+)", out, re.MULTILINE)
    if changed[-1:] != ["0"]:
        sys.exit(f"tests/bench/run: an unchanged gateway was changed\n{out[-2000:]}")
    section.figure("first run", first, "s")
    section.figure("unchanged", again, "s")
    section.figure("module calls on an unchanged gateway", f"{len(names)} ({', '.join(names)})")
    play(str(BENCH / "stock.yml"))
    stock = min(play(str(BENCH / "stock.yml"))[0] for _run in range(3))
    section.ratio("an unchanged gateway", "template, validate and handlers", again / stock)


def main() -> None:
    """Each bench by itself; then boot the lab, measure, take it down; and write the page."""
    os.environ.setdefault("ANSIBLE_COLLECTIONS_PATH", str(ROOT / "build" / "collections"))
    os.environ["PYTHONPATH"] = str(ROOT / "build" / "src")
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    os.environ[FOLDER] = str(OUT)
    measured_on = machine(time.strftime("%Y-%m-%d"), os.getloadavg()[0])
    for script in SCRIPTS:
        subprocess.run([sys.executable, str(BENCH / script)], cwd=ROOT, check=True)
    subprocess.run([LAB, "up"], check=True)
    try:
        with Section("One probe host over SSH") as section:
            probing(section)
            one_call(section)
        with Section("One gateway over SSH", "fieldnet.iot.provision with nftables and dnsmasq.") as section:
            provisioning(section)
    finally:
        subprocess.run([LAB, "down"], check=False)
    PAGE.write_text(page(kept(OUT), measured_on), encoding="utf-8")
    print(f"\n{PAGE.relative_to(ROOT)} has all of it")


if __name__ == "__main__":
    main()
