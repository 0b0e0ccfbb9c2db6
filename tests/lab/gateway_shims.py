# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs of the gateway that count their calls, and kill whoever calls them when it is told so.

They lie in /usr/local/sbin, which modules look into first. At one call they kill the module's process, before or after
the real program ran, or stop everything until somebody cuts the power.
"""

from __future__ import annotations

from pathlib import Path

HOME = Path("/root/killing")
STATE = Path("/var/lib/fieldnet-iot")
MODULES = "ansible_collections.fieldnet.iot.plugins.modules"
_FOLDER = Path("/usr/local/sbin")
_PROGRAMS = ("dnsmasq", "ip", "journalctl", "kea-dhcp4", "nft", "setpriv", "systemctl", "systemd-run", "unshare")
_SHIM = """#!/bin/sh
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


def install() -> None:
    """From now on: what a module finds is written into its rules and units."""
    plan("nothing", 0)
    STATE.mkdir(mode=0o700, exist_ok=True)  # the very first change looks twice
    for name in _PROGRAMS:
        values = {"real": _real(name), "name": name, "home": HOME, "state": STATE, "modules": MODULES}
        (_FOLDER / name).write_text(_SHIM.format(**values))
        (_FOLDER / name).chmod(0o755)


def plan(how: str, at: int) -> None:
    """What happens at which call."""
    for name in ("call", "calls", "seen", "reached"):
        (HOME / name).unlink(missing_ok=True)
    (HOME / "count").write_text("0\n")
    (HOME / "plan").write_text(f"{how} {at}\n")


def calls() -> list[str]:
    """What was called since the plan to count: number, what lay in the state's folder, program, arguments."""
    return (HOME / "calls").read_text().splitlines()


def where() -> str:
    """What was planned, and the call that it met."""
    return (HOME / "plan").read_text().strip() + " " + (HOME / "call").read_text().strip()[:100]


def reached() -> bool:
    """Whether everything waits for the power cut."""
    return (HOME / "reached").exists()


def seen() -> str:
    """What lay in the state's folder at the call that was met."""
    return (HOME / "seen").read_text()


def _real(name: str) -> str:
    found = [folder for folder in ("/usr/sbin", "/usr/bin") if Path(folder, name).exists()]
    return f"{found[0]}/{name}"
