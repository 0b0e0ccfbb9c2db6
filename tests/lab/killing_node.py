# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""On the lab's gateway: runs modules that die at each of their external commands; `killing` brings it there.

Programs in /usr/local/sbin, which modules find first, count the calls of the real ones. At one call they kill the
module's process, before or after the real program ran, or stop everything until somebody cuts the power.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HOME = Path("/root/killing")
STATE = Path("/var/lib/fieldnet-iot")
SHIMS = Path("/usr/local/sbin")
PROGRAMS = ("dnsmasq", "ip", "journalctl", "kea-dhcp4", "nft", "setpriv", "systemctl", "systemd-run", "unshare")
MODULES = "ansible_collections.fieldnet.iot.plugins.modules"
SHIM = """#!/bin/sh
p=$PPID
while [ "$p" -gt 1 ] && ! tr '\\0' ' ' </proc/$p/cmdline | grep -q '{modules}'; do
    p=$(sed 's/.*) . \\([0-9]*\\).*/\\1/' /proc/$p/stat)
done
if [ "$p" -le 1 ]; then exec {real} "$@"; fi # not a module's
read n <{home}/count
n=$((n + 1))
echo $n >{home}/count
read how at <{home}/plan
if [ $how = count ]; then echo $n $(ls -A {state}) -- {name} $* | head -n 1 >>{home}/calls; fi
die() {{
    echo "{name} $*" >{home}/call
    ls -A {state} >{home}/seen
    if [ $how = cut ]; then
        : >{home}/reached
        exec sleep 1000
    fi
    kill -9 $p
    exit 1
}}
if [ $n = $at ] && [ $how != after ]; then die "$@"; fi
{real} "$@"
code=$?
if [ $n = $at ]; then die "$@"; fi
exit $code
"""
RESERVATIONS = [{"name": "front-door", "mac": "02:00:00:00:00:10", "ip": "10.40.0.10", "subnet": "10.40.0.0/24"}]
TIMER = 1
Options = dict[str, Any]


def policy(*ports: int) -> Options:
    """The firewall policy that opens some ports."""
    flows = [{"id": f"iot/{port}", "interface": "iot0", "protocol": "tcp", "port": port} for port in ports]
    profile = {"name": "iot_door", "interface": "iot0", "title": "door", "flows": [flow["id"] for flow in flows]}
    device = {"name": "door", "interface": "iot0", "mac": "02:00:00:00:00:10", "profile": "iot_door"}
    interface = {"name": "iot0", "subnet": "10.40.0.0/24", "router": "10.40.0.1"}
    return {"interfaces": [interface], "flows": flows, "profiles": [profile], "devices": [device]}


# Each: module, options that lead to the old state, options that lead to the new one.
CASES: dict[str, tuple[str, Options, Options]] = {
    "firewall-first": ("firewall_policy", {"state": "absent"}, policy(31314)),
    "firewall-update": ("firewall_policy", policy(31314), policy(443, 993)),
    "firewall-absent": ("firewall_policy", policy(31314), {"state": "absent"}),
    "dnsmasq": (
        "dhcp_reservations",
        {"backend": "dnsmasq", "state": "absent"},
        {"backend": "dnsmasq", "reservations": RESERVATIONS},
    ),
    "kea": (
        "dhcp_reservations",
        {"backend": "kea", "state": "absent"},
        {"backend": "kea", "reservations": RESERVATIONS},
    ),
}


def shell(command: str) -> str:
    """What a command prints; it must succeed."""
    return subprocess.run(["sh", "-c", command], check=True, capture_output=True, text=True, timeout=60).stdout


def start(name: str, options: Options) -> subprocess.Popen[str]:
    """A module's process, run as Ansible runs it, but for the connection."""
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


def module(name: str, options: Options) -> Options:
    """A module's answer; none, if it was killed."""
    process = start(name, options)
    assert process.stdout
    answer = process.stdout.read().strip()
    process.wait(timeout=120)
    return json.loads(answer) if answer.startswith("{") else {}


def succeed(name: str, options: Options) -> Options:
    """The same, and it must."""
    answer = module(name, options)
    if not answer or answer.get("failed"):
        errors = (HOME / "errors").read_text()
        sys.exit(f"{name} {options}: {answer.get('msg', errors)}")
    return answer


def install_shims() -> None:
    """From now on: what a module finds is written into its rules and units."""
    plan("nothing", 0)
    STATE.mkdir(mode=0o700, exist_ok=True)  # the very first change looks twice
    for name in PROGRAMS:
        values = {"real": _real(name), "name": name, "home": HOME, "state": STATE, "modules": MODULES}
        (SHIMS / name).write_text(SHIM.format(**values))
        (SHIMS / name).chmod(0o755)


def plan(how: str, at: int) -> None:
    """What happens at which call."""
    for name in ("call", "calls", "seen", "reached"):
        (HOME / name).unlink(missing_ok=True)
    (HOME / "count").write_text("0\n")
    (HOME / "plan").write_text(f"{how} {at}\n")


def _real(name: str) -> str:
    found = [folder for folder in ("/usr/sbin", "/usr/bin") if Path(folder, name).exists()]
    return f"{found[0]}/{name}"


def snapshot() -> Options:
    """All that a module may change, and all that it must not."""
    rules = json.loads(shell("nft -j -s list ruleset"))["nftables"]
    folders = ("/etc/dnsmasq.d", "/etc/kea", "/etc/fieldnet-iot", "/etc/systemd/system")
    paths = [Path("/etc/nftables.conf"), *(path for folder in folders for path in sorted(Path(folder).rglob("*")))]
    units = "dnsmasq kea-dhcp4-server fieldnet-iot-firewall nftables"
    return {
        "rules": sorted(json.dumps(_plain(entry), sort_keys=True) for entry in rules if "metainfo" not in entry),
        # But for folders of systemd's, which it makes and leaves empty.
        "files": {str(path): _file(path) for path in paths if path.suffix != ".wants"},
        "units": shell(f"systemctl show -p Id,ActiveState,UnitFileState {units}").split("\n\n"),
        "failed": shell("systemctl list-units --failed --plain --no-legend"),
        "kea": _kea_reservations(),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items() if key != "handle"}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _file(path: Path) -> list[str]:
    status = path.lstat()
    content = ""
    if stat.S_ISLNK(status.st_mode):
        content = str(path.readlink())
    elif stat.S_ISREG(status.st_mode):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
    return [oct(status.st_mode), f"{status.st_uid}.{status.st_gid}", content]


def _kea_reservations() -> Any:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.connect("/run/kea/kea4-ctrl-socket")
        connection.sendall(b'{"command": "config-get"}')
        answer = json.loads(b"".join(iter(lambda: connection.recv(65536), b"")))
        return answer["arguments"]["Dhcp4"]["subnet4"][0]["reservations"]
    return None


def traces() -> list[str]:
    """What a transaction leaves while it is open, and no longer."""
    # But for one that was killed before it had a timer: nothing was touched, and the next run removes its rest.
    found = [str(path) for path in (STATE / "transaction", STATE / ".ended~") if path.exists()]
    found += [str(path) for path in Path("/etc/systemd/system").rglob("fieldnet-iot-recovery*")]
    found += shell("systemctl list-units --plain --no-legend 'fieldnet-iot-ro*' 'fieldnet-iot-rec*'").splitlines()
    return found


def settle(case: str, began: float, seconds: float) -> str:
    """Wait until the host has helped itself, compare, go back to the old state: "old" or "new"."""
    where = _where()
    while traces():
        if time.monotonic() - began > seconds:
            doing = shell(f"cat {STATE}/transaction/output; ps -eo pid,ppid,etimes,args | grep -v '[]]$'; true")
            sys.exit(f"{case}, {where}: after {seconds} s there still is {traces()}\n{doing}")
        time.sleep(0.05)
    wanted = json.loads((HOME / f"{case}.json").read_text())
    expected = _expected(wanted["first"])
    plan("nothing", 0)
    difference = _difference(wanted[expected], snapshot())
    if difference:
        sys.exit(f"{case}, {where}: the {expected} state is not there: {difference}")
    if expected == "new":
        back_to_old(case)
    return expected


def _expected(first: int) -> str:
    """What must be there: the new state, once there is a journal no more."""
    seen = (HOME / "seen").read_text()
    at = int((HOME / "plan").read_text().split()[1])
    return "old" if at < first or ".opening~" in seen or "transaction" in seen else "new"


def _where() -> str:
    return (HOME / "plan").read_text().strip() + " " + (HOME / "call").read_text().strip()[:100]


def back_to_old(case: str) -> None:
    """By the module itself, and checked."""
    name, old, _new = CASES[case]
    succeed(name, old)
    wanted = json.loads((HOME / f"{case}.json").read_text())
    difference = _difference(wanted["old"], snapshot())
    if difference:
        sys.exit(f"{case}: the module does not lead back: {difference}")


def _difference(wanted: Options, now: Options) -> str:
    """What is not as it shall be; empty: nothing."""
    found = {}
    for key, value in wanted.items():
        if now[key] == value:
            continue
        if isinstance(value, dict):
            names = [name for name in {**value, **now[key]} if value.get(name) != now[key].get(name)]
            found[key] = {name: (value.get(name), now[key].get(name)) for name in names}
        elif isinstance(value, list):
            found[key] = {"gone": [one for one in value if one not in now[key]]}
            found[key]["new"] = [one for one in now[key] if one not in value]
        else:
            found[key] = {"was": value, "is": now[key]}
    return json.dumps(found)[:3000] if found else ""


def prepare(case: str) -> range:
    """Learn how old and new look, and which commands lead from one to the other, from the last that only looks on."""
    install_shims()
    if case == "kea":
        shell("systemctl disable --now -q dnsmasq; systemctl enable --now -q kea-dhcp4-server; sleep 0.5")
    name, old, new = CASES[case]
    succeed(name, old)
    before = snapshot()
    plan("count", 0)
    succeed(name, {**new, "rollback_after": TIMER})
    calls = (HOME / "calls").read_text().splitlines()
    plan("nothing", 0)
    first = next(number for number, call in enumerate(calls, 1) if "opening" in call)
    (HOME / f"{case}.json").write_text(json.dumps({"old": before, "new": snapshot(), "first": first}))
    back_to_old(case)
    if traces():
        sys.exit(f"{case}: a confirmed change leaves {traces()}")
    return range(first - 1, len(calls) + 1)


def kill(case: str) -> None:
    """SIGKILL at every command, before it and after it."""
    began = time.monotonic()
    calls = prepare(case)
    name, _old, new = CASES[case]
    ends = {"old": 0, "new": 0}
    longest = 0.0
    for at in calls:
        for how in ("before", "after"):
            plan(how, at)
            if module(name, {**new, "rollback_after": TIMER}):
                sys.exit(f"{case}: {how} {at} killed nothing")
            killed = time.monotonic()
            ends[settle(case, killed, TIMER + 15)] += 1
            longest = max(longest, time.monotonic() - killed)
    print(f"{case}: killed before and after each of {len(calls)} commands:", end=" ")
    print(f"{ends['old']} times the old state, {ends['new']} times confirmed already;", end=" ")
    print(f"at most {longest:.1f} s, with a timer of {TIMER} s ({time.monotonic() - began:.0f} s)")


def cut(case: str, at: int) -> None:
    """Run until a command, and wait there for the power cut."""
    name, _old, new = CASES[case]
    plan("cut", at)
    start(name, {**new, "rollback_after": 600})
    while not (HOME / "reached").exists():
        time.sleep(0.02)


def main(action: str, case: str, *rest: str) -> None:
    """One of the actions, on one case."""
    if action == "kill":
        kill(case)
    elif action == "prepare":
        print(*prepare(case))
    elif action == "cut":
        cut(case, int(rest[0]))
    elif action == "settle":
        print(settle(case, time.monotonic(), 10))


if __name__ == "__main__":
    main(*sys.argv[1:])
