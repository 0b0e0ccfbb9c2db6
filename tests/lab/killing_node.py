# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""On the lab's gateway: runs modules that die at each of their external commands; `killing` brings it there."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from . import gateway_shims
from .gateway_shims import HOME, MODULES, STATE
from .gateway_state import difference, shell, snapshot, traces

RESERVATIONS = [{"name": "front-door", "mac": "02:00:00:00:00:10", "ip": "10.40.0.10", "subnet": "10.40.0.0/24"}]
Options = dict[str, Any]
Call = tuple[str, Options]


def policy(*ports: int) -> Options:
    """The firewall policy that opens some ports."""
    flows = [{"id": f"iot/{port}", "interface": "iot0", "protocol": "tcp", "port": port} for port in ports]
    profile = {"name": "iot_door", "interface": "iot0", "title": "door", "flows": [flow["id"] for flow in flows]}
    device = {"name": "door", "interface": "iot0", "mac": "02:00:00:00:00:10", "profile": "iot_door"}
    interface = {"name": "iot0", "subnet": "10.40.0.0/24", "router": "10.40.0.1"}
    return {"interfaces": [interface], "flows": flows, "profiles": [profile], "devices": [device]}


def by_domain() -> Options:
    """The firewall policy that has a domain's sets."""
    options = policy(31314)
    options["flows"][0]["domains"] = ["*.electricimp.com"]
    return {**options, "egress": "domains"}


def reservations(backend: str) -> Call:
    """The module that holds one reservation."""
    return "dhcp_reservations", {"backend": backend, "reservations": RESERVATIONS}


def none(backend: str) -> Call:
    """The module that holds none any more."""
    return "dhcp_reservations", {"backend": backend, "state": "absent"}


@dataclass(frozen=True)
class Case:
    """How to come to an old state, and from it to a new one; the last call is the one that is killed."""

    old: tuple[Call, ...]
    new: Call
    before: tuple[Call, ...] = ()
    set_up: str = "true"
    timer: int = 1
    ways: tuple[str, ...] = field(default=("before", "after"))


BEFORE = ("before",)
FIREWALL_ABSENT: Call = ("firewall_policy", {"state": "absent"})
KEA = "systemctl disable --now -q dnsmasq; systemctl enable --now -q kea-dhcp4-server; sleep 0.5"
DNSMASQ = "systemctl disable --now -q kea-dhcp4-server; systemctl enable --now -q dnsmasq"
CASES: dict[str, Case] = {
    "firewall-first": Case((FIREWALL_ABSENT,), ("firewall_policy", policy(31314)), ways=BEFORE),
    "firewall-update": Case((("firewall_policy", policy(31314)),), ("firewall_policy", policy(443, 993))),
    "firewall-absent": Case((("firewall_policy", policy(31314)),), FIREWALL_ABSENT, ways=BEFORE),
    "dnsmasq": Case((none("dnsmasq"),), reservations("dnsmasq"), set_up=DNSMASQ),
    "domains": Case(
        (("firewall_policy", by_domain()), ("dns_policy", {"state": "absent"})),
        ("dns_policy", {"domains": ["*.electricimp.com"], "routers": ["10.40.0.1"]}),
        set_up=DNSMASQ,
        ways=BEFORE,
    ),
    "kea": Case((none("kea"),), reservations("kea"), set_up=KEA, ways=BEFORE),
    "confirmation": Case(
        (FIREWALL_ABSENT, none("dnsmasq")),
        ("transaction", {"id": "RUN", "state": "confirmed"}),
        before=(
            ("firewall_policy", {**policy(31314), "transaction": "RUN"}),
            ("dhcp_reservations", {**reservations("dnsmasq")[1], "transaction": "RUN"}),
        ),
        set_up=DNSMASQ,
        timer=3,
        ways=BEFORE,
    ),
}


def start(call: Call, run: str, timer: int) -> subprocess.Popen[str]:
    """A module's process, run as Ansible runs it, but for the connection."""
    name, options = call
    options = {key: run if value == "RUN" else value for key, value in options.items()}
    if name != "transaction":
        options["rollback_after"] = timer
    process = subprocess.Popen(
        [sys.executable, "-B", "-m", f"{MODULES}.{name}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=(HOME / "errors").open("w"),
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(HOME / "lib")},
        start_new_session=True,
        text=True,
    )
    assert process.stdin
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(json.dumps({"ANSIBLE_MODULE_ARGS": options}))
        process.stdin.close()
    return process


def module(call: Call, run: str = "", timer: int = 600) -> Options:
    """A module's answer; none, if it was killed."""
    process = start(call, run, timer)
    assert process.stdout
    answer = process.stdout.read().strip()
    process.wait(timeout=120)
    return json.loads(answer) if answer.startswith("{") else {}


def succeed(call: Call, run: str = "", timer: int = 600) -> Options:
    """The same, and it must."""
    answer = module(call, run, timer)
    if not answer or answer.get("failed"):
        errors = (HOME / "errors").read_text()
        sys.exit(f"{call}: {answer.get('msg', errors)}")
    return answer


def identity() -> str:
    """A transaction's id that was never used."""
    return f"run-{time.monotonic_ns()}"


def settle(name: str, began: float, seconds: float) -> str:
    """Wait until the host has helped itself, compare, go back to the old state: "old" or "new"."""
    where = gateway_shims.where()
    wait_for_the_end(f"{name}, {where}", began, seconds)
    wanted = json.loads((HOME / f"{name}.json").read_text())
    expected = _expected(wanted["first"])
    gateway_shims.plan("nothing", 0)
    found = difference(wanted[expected], snapshot())
    if found:
        sys.exit(f"{name}, {where}: the {expected} state is not there: {found}")
    if expected == "new":
        back_to_old(name)
    return expected


def wait_for_the_end(what: str, began: float, seconds: float) -> None:
    """Until the host shows no trace of an open transaction any more."""
    while traces():
        if time.monotonic() - began > seconds:
            doing = shell(f"cat {STATE}/transaction/output; ps -eo pid,ppid,etimes,args | grep -v '[]]$'; true")
            sys.exit(f"{what}: after {seconds} s there still is {traces()}\n{doing}")
        time.sleep(0.05)


def _expected(first: int) -> str:
    """What must be there: the new state, once there is a journal no more."""
    at = int((HOME / "plan").read_text().split()[1])
    seen = gateway_shims.seen()
    return "old" if at < first or ".opening~" in seen or "transaction" in seen else "new"


def back_to_old(name: str) -> None:
    """By the modules themselves, and checked."""
    for call in CASES[name].old:
        succeed(call)
    wanted = json.loads((HOME / f"{name}.json").read_text())
    found = difference(wanted["old"], snapshot())
    if found:
        sys.exit(f"{name}: the module does not lead back: {found}")


def prepare(name: str) -> range:
    """Learn how old and new look, and which commands lead from one to the other, from the last that only looks on."""
    case = CASES[name]
    gateway_shims.install()
    shell(case.set_up)
    for call in case.old:
        succeed(call)
    before = snapshot()
    run = identity()
    for call in case.before:
        succeed(call, run)
    gateway_shims.plan("count", 0)
    succeed(case.new, run)
    calls = gateway_shims.calls()
    gateway_shims.plan("nothing", 0)
    first = next(number for number, call in enumerate(calls, 1) if "opening" in call or "transaction" in call)
    (HOME / f"{name}.json").write_text(json.dumps({"old": before, "new": snapshot(), "first": first}))
    back_to_old(name)
    if traces():
        sys.exit(f"{name}: a confirmed change leaves {traces()}")
    return range(max(1, first - 1), len(calls) + 1)


def kill(name: str) -> None:
    """SIGKILL at every command, before it and after it."""
    began = time.monotonic()
    calls = prepare(name)
    case = CASES[name]
    ends = {"old": 0, "new": 0}
    longest = 0.0
    for at in calls:
        for how in case.ways:
            run = identity()
            for call in case.before:
                succeed(call, run, case.timer)
            gateway_shims.plan(how, at)
            if module(case.new, run, case.timer):
                sys.exit(f"{name}: {how} {at} killed nothing")
            killed = time.monotonic()
            ends[settle(name, killed, case.timer + 15)] += 1
            longest = max(longest, time.monotonic() - killed)
    print(f"{name}: killed {' and '.join(case.ways)} each of {len(calls)} commands:", end=" ")
    print(f"{ends['old']} times the old state, {ends['new']} times confirmed already;", end=" ")
    print(f"at most {longest:.1f} s, with a timer of {case.timer} s ({time.monotonic() - began:.0f} s)")


def cut(name: str, at: int) -> None:
    """Run until a command, and wait there for the power cut."""
    run = identity()
    for call in CASES[name].before:
        succeed(call, run)
    gateway_shims.plan("cut", at)
    start(CASES[name].new, run, 600)
    while not gateway_shims.reached():
        time.sleep(0.02)


def refuse() -> None:
    """A daemon that refuses brings everything down that belongs to the transaction."""
    gateway_shims.install()
    for daemon, set_up, break_it, mend in (
        (
            "dnsmasq",
            DNSMASQ,
            # A restart that fails once: whatever a checker does not see.
            "mkdir /run/systemd/system/dnsmasq.service.d; printf '[Service]\nExecStartPre=/bin/sh -c"
            ' "test ! -e /run/once || { rm /run/once; exit 1; }"\n\' >/run/systemd/system/dnsmasq.service.d/once.conf;'
            " touch /run/once; systemctl daemon-reload",
            "rm -r /run/systemd/system/dnsmasq.service.d; systemctl daemon-reload",
        ),
        (
            "kea",
            KEA,
            # A reload that is fatal, on which Kea's checker is silent.
            "cp -p /etc/kea/kea-dhcp4.conf /root; sed -i s,/var/lib/kea/kea-l,/nowhere/l, /etc/kea/kea-dhcp4.conf",
            "cp -p /root/kea-dhcp4.conf /etc/kea; systemctl restart kea-dhcp4-server",
        ),
    ):
        shell(set_up)
        for call in (FIREWALL_ABSENT, none(daemon)):
            succeed(call)
        shell(break_it)
        before = snapshot()
        run = identity()
        succeed(("firewall_policy", {**policy(31314), "transaction": run}))
        answer = module(("dhcp_reservations", {**reservations(daemon)[1], "transaction": run}))
        if f"the old state was put back (transaction {run})" not in answer.get("msg", ""):
            sys.exit(f"{daemon} refused nothing: {answer}")
        wait_for_the_end(daemon, time.monotonic(), 5)
        found = difference(before, snapshot())
        if found:
            sys.exit(f"{daemon} refused, and the old state is not there: {found}")
        print(f"{daemon} refuses: firewall and DHCP are as before ({answer['msg'][:120]} ...)")
        shell(mend)


def main(action: str, name: str = "", *rest: str) -> None:
    """One of the actions, on one case."""
    if action == "kill":
        kill(name)
    elif action == "prepare":
        print(*prepare(name))
    elif action == "cut":
        cut(name, int(rest[0]))
    elif action == "settle":
        print(settle(name, time.monotonic(), 10))
    elif action == "apply":
        succeed(CASES[name].new)
    elif action == "compare":
        wait_for_the_end(name, time.monotonic(), float(rest[1]))
        found = difference(json.loads((HOME / f"{name}.json").read_text())[rest[0]], snapshot())
        sys.exit(f"{name}: the {rest[0]} state is not there: {found}" if found else 0)
    elif action == "refuse":
        refuse()
    elif action == "options":
        print(json.dumps({"firewall": policy(31314), "dhcp": reservations("dnsmasq")[1]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
