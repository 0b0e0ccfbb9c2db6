#!/usr/bin/env python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run over 200 and 500 sites takes: assess, and a provision that finds nothing to change.

Beside each, on the same hosts: ansible.builtin.ping, and what one would write with stock modules, over fewer sites,
twice as many the second time, so that one sees that its time grows with them. Runs inside tests/lab/enter. Prints
figures; judges none. Sizes may be given: tests/bench/sites.py 50 100

assess: each site has a probe host in a network namespace of its own, and 79 checks that all get real answers; Ansible
connects to them as to localhost (SSH is left out, for all alike). provision: each site is another name of the lab's one
gateway, over SSH, with real systemd, nftables and dnsmasq; so all of them have the same plan.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_PATHS = [str(_ROOT / "build" / "src"), str(_ROOT / "tests")]
# What is imported below is found by this alone, so it comes first: hence the E402.
sys.path[:0] = _PATHS

from support.figures import Section  # noqa: E402
from support.many_networks import CLOUD, networks, probe_of, spent  # noqa: E402
from support.many_sites import DEVICES, name_of, net_of, write_fleet  # noqa: E402
from support.process_tree import Taken, measure  # noqa: E402

_BENCH = _ROOT / "tests" / "bench"
_LAB = str(_ROOT / "tests" / "lab" / "lab")
_SITE = _ROOT / "extensions" / "molecule" / "site" / "sites" / "berlin.yml"
SIZES = (200, 500)
STOCK = (10, 20)
FORKS = 12  # with 50 the probe hosts, all on this machine, starve each other, and checks run out of time
_CHECKED = ["imp01.electricimp.com", "imp02.electricimp.com", "fw.electricimp.com", "cloud.spiio.example"]
_CHECKED += ["api.tsi.example", "mqtt.tsi.example", "time.tsi.example"]
_PORTS = (31314, 31314, 31314, 993, 993, 993, 443, 443, 80, 80, 8883)  # as often as a site's checks have them
_STOCK = "stock modules"

Row = t.Tuple[str, int, Taken, float]


class Runs:
    """Playbooks over one fleet, and what they took."""

    def __init__(self, folder: Path, count: int, inventory: t.Mapping[str, t.Any]) -> None:
        self._folder, self.count = folder, count
        (folder / "fleet.yml").write_text("plugin: fieldnet.iot.sites\npath: [sites/]\n", encoding="utf-8")
        (folder / "hosts.yml").write_text(json.dumps({"all": inventory}), encoding="utf-8")
        write_fleet(folder / "sites", count)

    def play(self, playbook: str, *words: str, **variables: t.Any) -> Taken:
        """One run of ansible-playbook."""
        inventory = ["-i", str(self._folder / "fleet.yml"), "-i", str(self._folder / "hosts.yml")]
        extra = ["-e", json.dumps(variables)] if variables else []
        environment = {
            **os.environ,
            "ANSIBLE_FORKS": str(FORKS),
            "ANSIBLE_INVENTORY_ENABLED": "fieldnet.iot.sites,auto,yaml",
            "ANSIBLE_LOCAL_TEMP": str(self._folder / "tmp"),
            "ANSIBLE_REMOTE_TEMP": "/tmp/.ansible-bench",
        }
        return measure(["ansible-playbook", *inventory, *extra, playbook, *words], environment, self._folder / "log")


def assessing(count: int, *, stock: bool) -> t.Iterator[Row]:
    """ping and assess over so many sites; or the stock way."""
    with tempfile.TemporaryDirectory() as name, networks(count, Path(name)) as pythons:
        variables = {
            "ansible_connection": "local",
            "ansible_become": False,
            "ansible_python_interpreter": f"{pythons}/{{{{ inventory_hostname }}}}",
        }
        routers = {probe_of(number): {"bench_router": f"{net_of(number)}.1"} for number in range(count)}
        runs = Runs(Path(name), count, {"vars": variables, "hosts": routers})
        if stock:
            ports = [{"host": CLOUD, "port": port} for port in _PORTS]
            names = [{"name": one, "options": []} for one in _CHECKED]
            names += [{"name": one, "options": ["+tcp"]} for one in _CHECKED[:3]]
            data = {"bench_ports": ports, "bench_names": names, "bench_address": CLOUD}
            yield _STOCK, count, runs.play(str(_BENCH / "sites_assess.yml"), **data), spent(pythons)
            return
        ping = runs.play(str(_BENCH / "ping.yml"), bench_hosts="iot_probes")
        yield "ansible.builtin.ping", count, ping, spent(pythons)
        report = Path(name) / "report.json"
        taken = runs.play("fieldnet.iot.assess", iot_report=str(report))
        _seen_well(json.loads(report.read_text(encoding="utf-8")), count)
        yield "fieldnet.iot.assess", count, taken, spent(pythons)


def _seen_well(found: t.Mapping[str, t.Any], count: int) -> None:
    """A figure of checks that fail would be worth nothing."""
    sites = {site["site"]: [one for one in site["requirements"] if one["verdict"] == "met"] for site in found["sites"]}
    least = min(len(met) for met in sites.values())
    if len(sites) != count or least < 25:
        sys.exit(f"tests/bench/sites: {len(sites)} of {count} sites assessed, {least} requirements met at one of them")


def provisioning(counts: t.Sequence[int], stock: t.Sequence[int]) -> t.Iterator[Row]:
    """ping and an unchanged provision over so many gateways, and the stock way over fewer."""
    subprocess.run([_LAB, "up"], check=True)
    try:
        # All names are one machine, which would otherwise refuse some of so many connections at once.
        many = "printf 'MaxStartups 1000\\n' >/etc/ssh/sshd_config.d/bench.conf && systemctl reload ssh"
        subprocess.run([_LAB, "exec", "gateway", "sh", "-c", many], check=True)
        for count in counts:
            with tempfile.TemporaryDirectory() as name:
                runs = Runs(Path(name), count, _gateways(count))
                yield (
                    "ansible.builtin.ping",
                    count,
                    runs.play(str(_BENCH / "ping.yml"), bench_hosts="iot_gateways"),
                    0.0,
                )
                runs.play("fieldnet.iot.provision", "--limit", f"gw.{name_of(0)}.example")
                yield "fieldnet.iot.provision", count, _unchanged(runs.play("fieldnet.iot.provision")), 0.0
        for count in stock:
            with tempfile.TemporaryDirectory() as name:
                runs, book = Runs(Path(name), count, _gateways(count)), str(_BENCH / "sites_provision.yml")
                plan = _plan()
                runs.play(book, "--limit", f"gw.{name_of(0)}.example", plan=plan)
                yield _STOCK, count, _unchanged(runs.play(book, plan=plan)), 0.0
    finally:
        subprocess.run([_LAB, "down"], check=False)


def _gateways(count: int) -> t.Dict[str, t.Any]:
    """Each site's gateway is the lab's, and has the lab's site."""
    lab = json.loads((_ROOT / "build" / "lab" / "hosts.yml").read_text(encoding="utf-8"))["all"]["children"]["lab"]
    address = lab["hosts"]["gateway"]["ansible_host"]
    variables = {
        **lab["vars"],
        "ansible_host": address,
        "ansible_control_path": "%(directory)s/{{ inventory_hostname }}",
        "iot_probing": False,
    }
    own = {"iot_site": "berlin", "iot_site_file": str(_SITE)}
    return {"vars": variables, "hosts": {f"gw.{name_of(number)}.example": own for number in range(count)}}


def _plan() -> t.Dict[str, t.Any]:
    from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._fleet import load_fleet
    from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan

    fleet = load_fleet([_SITE], [])
    return make_plan(fleet.sites[0], fleet.specs)


def _unchanged(taken: Taken) -> Taken:
    if re.search(r"changed=[1-9]", taken.output):
        sys.exit(f"tests/bench/sites: a run that should change nothing did\n{taken.output[-2000:]}")
    return taken


def told(section: Section, rows: t.Sequence[Row], aims: t.Tuple[str, str]) -> None:
    """Ratios, and what they come from. ``aims`` are those beside the ping and beside stock modules."""
    pings = {row[1]: row for row in rows if row[0] == "ansible.builtin.ping"}
    ours = [row for row in rows if row[0].startswith("fieldnet")]
    stock = max((row for row in rows if row[0] == _STOCK), key=lambda row: row[1])
    for name, count, taken, hosts in ours:
        what, ping = f"{count} sites: {name}", pings[count]
        section.ratio(what, "ansible.builtin.ping", taken.wall / ping[2].wall, aim=aims[0])
        controller = (taken.cpu - hosts) / (ping[2].cpu - ping[3])
        section.ratio(what, "ansible.builtin.ping", controller, of="CPU of the controller", aim=aims[0])
        section.ratio(what, "ansible.builtin.ping", taken.peak / ping[2].peak, of="memory of the controller")
        section.ratio(
            what, f"stock modules, {stock[1]} sites", taken.wall / count / (stock[2].wall / stock[1]), aim=aims[1]
        )
    growth = ours[-1][2].peak / ours[0][2].peak
    section.ratio(f"{ours[-1][1]} sites: {ours[0][0]}", f"{ours[0][1]} sites", growth, of="memory of the controller")
    for name, count, taken, hosts in rows:
        own = f", of it {hosts / count * 1000:.0f} ms in modules on the hosts" if hosts else ""
        cpu = f"{taken.cpu / count * 1000:.0f} ms of CPU a site{own}"
        memory = f"{taken.peak:.0f} MiB in the controller, {taken.tree:.0f} MiB in all processes"
        section.figure(f"{count} sites: {name}", f"{taken.wall:.0f} s; {cpu}; {memory}")


def main(sizes: t.Sequence[int]) -> None:
    """Measure each way."""
    os.environ.setdefault("ANSIBLE_COLLECTIONS_PATH", _PATHS[0])
    how = (
        f"{FORKS} forks. A site is a probe host in a network namespace with {DEVICES} devices' 79 checks, which all get"
        " real answers; Ansible's connection is local. Stock modules: wait_for and dig in loops, for 21 of the checks."
        " CPU is that of all processes, memory the peak of what is used at once, what is shared counted once."
    )
    with Section("Assessing many sites", how) as section:
        rows = [row for count in sizes for row in assessing(count, stock=False)]
        rows += [row for count in STOCK for row in assessing(count, stock=True)]
        told(section, rows, ("1.5 or less", "0.1 or less"))
    how = (
        f"{FORKS} forks. Each site is another name of the lab's gateway, over SSH, with systemd, nftables and dnsmasq;"
        " all have one plan, and nothing is to be changed. Stock modules: template, copy, systemd_service, handlers."
        " CPU is the controller's with its ssh."
    )
    with Section("Provisioning many sites again", how) as section:
        told(section, list(provisioning(sizes, STOCK)), ("", ""))


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or SIZES)
