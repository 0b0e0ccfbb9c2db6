# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks of a fleet of many_sites: each probe host a namespace, on a cable to the one that is gateway and cloud.

    probe.branch_00007.example  eth0 10.0.7.20 ── v7 10.0.7.1  "world": DHCP, DNS, vendors' ports on 203.0.113.10

Packets are real; what answers them all is one process (many_services.py) and one dnsmasq. Runs inside tests/lab/enter,
with which all of it ends.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
import sys
import typing as t
from pathlib import Path

from support.many_sites import name_of, net_of, probe_mac

CLOUD = "203.0.113.10"
WORLD = "world"
DOMAINS = ("electricimp.com", "cloud.spiio.example", "tsi.example", "connectivitycheck.gstatic.com")
_HERE = Path(__file__).resolve().parent
_PEERS = _HERE.parent / "unit" / "plugins" / "module_utils" / "_probe"
_IMPORTS = _HERE.parents[1] / "build" / "src"
_SPENT = "spent"
_PYTHON = """\
#!/bin/sh
# The Python of the host that this file is named like; what it takes is written down.
nsenter --net="/run/netns/${{0##*/}}" {python} "$@"
code=$?
times >>{spent}
exit $code
"""


def probe_of(number: int) -> str:
    """The probe host of the site with this number."""
    return f"probe.{name_of(number)}.example"


@contextlib.contextmanager
def networks(count: int, folder: Path) -> t.Iterator[Path]:
    """As long as this lasts, so many sites can be probed; a folder with a Python for each probe host."""
    try:
        _wire(count)
        with _serving(folder):
            yield _pythons(count, folder / "pythons")
    finally:
        for name in [WORLD, *map(probe_of, range(count))]:
            subprocess.run(["ip", "netns", "delete", name], check=False, capture_output=True)


def _wire(count: int) -> None:
    names = [WORLD, *map(probe_of, range(count))]
    _batch(None, [f"netns add {name}" for name in names])
    world = [
        "link set lo up",
        f"address add {CLOUD}/32 dev lo",
        "route add prohibit 10.255.0.0/16",  # what the sites block
        "route add blackhole 192.0.2.0/24",  # where nobody is
    ]
    for number in range(count):
        peer = f"peer name eth0 netns {probe_of(number)} address {probe_mac(number)}"
        world += [
            f"link add v{number} type veth {peer}",
            f"address add {net_of(number)}.1/24 dev v{number}",
            f"link set v{number} up",
        ]
    settings = {"ip_forward": "1", "icmp_ratemask": "0"}
    for name, value in settings.items():
        subprocess.run(["ip", "netns", "exec", WORLD, "sysctl", "-qw", f"net.ipv4.{name}={value}"], check=True)
    _batch(WORLD, world)
    for number in range(count):
        net = net_of(number)
        address = f"address add {net}.20/24 dev eth0"
        _batch(probe_of(number), ["link set lo up", "link set eth0 up", address, f"route add default via {net}.1"])


def _batch(namespace: str | None, lines: t.Sequence[str]) -> None:
    where = ["-n", namespace] if namespace else []
    text = "".join(f"{line}\n" for line in lines)
    subprocess.run(["ip", *where, "-batch", "-"], input=text, text=True, check=True, capture_output=True)


def _pythons(count: int, folder: Path) -> Path:
    folder.mkdir()
    script = folder / "python"
    values = {"python": shlex.quote(sys.executable), "spent": shlex.quote(str(folder / _SPENT))}
    script.write_text(_PYTHON.format(**values), encoding="utf-8")
    script.chmod(0o755)
    for number in range(count):
        (folder / probe_of(number)).symlink_to("python")
    return folder


def spent(pythons: Path) -> float:
    """Seconds of the processor that modules took on the hosts since this was asked last."""
    file = pythons / _SPENT
    text = file.read_text(encoding="ascii") if file.exists() else ""
    file.unlink(missing_ok=True)
    return sum(60 * int(minutes) + float(seconds) for minutes, seconds in re.findall(r"(\d+)m([0-9.]+)s", text))


@contextlib.contextmanager
def _serving(folder: Path) -> t.Iterator[None]:
    conf = folder / "dnsmasq.conf"
    lines = ["no-resolv", "no-hosts", "local=/#/", *(f"address=/{name}/{CLOUD}" for name in DOMAINS)]
    conf.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    inside = ["nsenter", f"--net=/run/netns/{WORLD}"]
    names = [*inside, "dnsmasq", "-k", "-u", "root", "-x", "", "-C", str(conf), "--log-facility=/dev/null"]
    services = [*inside, sys.executable, str(_HERE / "many_services.py"), str(folder)]
    paths = os.pathsep.join(map(str, (_HERE.parent, _PEERS, _IMPORTS)))
    with contextlib.ExitStack() as stack:
        for command in (names, services):
            started = subprocess.Popen(
                command, env={**os.environ, "PYTHONPATH": paths}, stdout=subprocess.PIPE, text=True
            )
            stack.callback(started.communicate)
            stack.callback(started.kill)
        if not started.stdout or started.stdout.readline() != "ready\n":
            raise RuntimeError("the services of the sites did not start")
        yield
