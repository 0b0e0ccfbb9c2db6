#!/usr/bin/env python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An inventory of 1,000 sites with 50 devices each, beside the same hosts and groups as one static YAML file.

`ansible-inventory --list` of each, without what it takes for a single host. Prints figures; judges none.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import typing as t
from pathlib import Path

COUNT, DEVICES = 1000, 50
RUNS = 3
_ROOT = Path(__file__).resolve().parents[2]
# What is imported below is found by this alone, so it comes first: hence the E402.
sys.path.insert(0, str(_ROOT / "tests"))

from support.figures import Section  # noqa: E402

_FLEET = "plugin: fieldnet.iot.sites\npath: [sites/]\n"
_BY_NAME = {"ANSIBLE_INVENTORY_ENABLED": "fieldnet.iot.sites,auto,yaml"}


def site(number: int) -> str:
    """A site's file, as people write it."""
    devices = [
        f"  - {{name: device-{place}, vendor: {'kisi' if place % 2 else 'tsi'}, "
        f"type: {'controller_pro' if place % 2 else 'monitor'}, uplink: wifi, "
        f"mac: 0c:2a:{number >> 8:02x}:{number & 255:02x}:00:{place:02x}, ip: 10.40.0.{10 + place}, vlan: iot}}"
        for place in range(DEVICES)
    ]
    lines = [
        "plugin: fieldnet.iot.sites",
        "schema: 1",
        f"site: site_{number}",
        "tags: [pilot]",
        f"gateway: {{host: gw.site-{number}.example, dhcp: kea}}",
        "vlans:",
        "  - {name: iot, interface: vlan40, subnet: 10.40.0.0/24, router: 10.40.0.1, dns: [10.40.0.1]}",
        "probes:",
        f"  - {{host: probe.site-{number}.example, vlan: iot, interface: eth0,"
        f" mac: 0c:2b:{number >> 8:02x}:{number & 255:02x}:00:00}}",
        "devices:",
        *devices,
        "endpoints:",
        "  - {vendor: kisi, requirement: cloud-session, hosts: [imp01.electricimp.com]}",
    ]
    return "\n".join(lines) + "\n"


def static(found: t.Mapping[str, t.Any]) -> str:
    """The same inventory as a file for Ansible's own YAML plugin."""

    def bare(value: t.Any) -> t.Any:
        if isinstance(value, dict):
            return value["__ansible_unsafe"] if "__ansible_unsafe" in value else {k: bare(v) for k, v in value.items()}
        return [bare(one) for one in value] if isinstance(value, list) else value

    lines = ["all:", "  hosts:"]
    for host, variables in found["_meta"]["hostvars"].items():
        lines += [f"    {host}:", *(f"      {name}: {json.dumps(bare(value))}" for name, value in variables.items())]
    lines += ["  children:"]
    for group, members in found.items():
        if "hosts" in members and group not in ("all", "ungrouped"):
            lines += [f"    {group}:", "      hosts:", *(f"        {host}:" for host in members["hosts"])]
    return "\n".join(lines) + "\n"


def listed(source: Path, environment: t.Mapping[str, str] | None = None) -> tuple[float, dict[str, t.Any]]:
    """Processor seconds and the inventory: what else the machine does matters little to them."""
    before = os.times()
    done = subprocess.run(
        ["ansible-inventory", "-i", str(source), "--list"],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    after = os.times()
    if done.returncode or "WARNING" in done.stderr:
        sys.exit(f"tests/bench/inventory: {source}\n{done.stderr[-2000:]}")
    seconds = after.children_user + after.children_system - before.children_user - before.children_system
    return seconds, json.loads(done.stdout)


def measure(source: Path, environment: t.Mapping[str, str], runs: int = RUNS) -> tuple[float, dict[str, t.Any]]:
    """The fastest of a few."""
    return min((listed(source, environment) for _run in range(runs)), key=lambda one: one[0])


def hosts_and_groups(found: t.Mapping[str, t.Any]) -> t.Any:
    """What has to be alike, however it was read."""
    groups = {name: sorted(group["hosts"]) for name, group in found.items() if "hosts" in group}
    return groups, sorted(found["_meta"]["hostvars"])


def main() -> None:
    """A row for each way to give the inventory."""
    os.environ.setdefault("ANSIBLE_COLLECTIONS_PATH", str(_ROOT / "build" / "src"))
    how = f"{COUNT:,} sites with {DEVICES} devices each: ansible-inventory --list, without what a single host takes."
    with Section("Inventory", how) as section, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "sites").mkdir()
        for number in range(COUNT):
            (folder / "sites" / f"site_{number}.yml").write_text(site(number), encoding="utf-8")
        fleet, kept, none = folder / "fleet.yml", folder / "kept.yml", folder / "none.yml"
        fleet.write_text(_FLEET, encoding="utf-8")
        checked = folder / "checked.yml"
        checked.write_text(_FLEET + "invalid_sites: fail\n", encoding="utf-8")
        cache = f"cache: true\ncache_plugin: ansible.builtin.jsonfile\ncache_connection: {folder}/cache\n"
        kept.write_text(_FLEET + cache, encoding="utf-8")
        none.write_text("all: {hosts: {gw.example: {}}}\n", encoding="utf-8")
        base, _found = measure(none, {})
        _seconds, ours = listed(fleet)
        (folder / "static.yml").write_text(static(ours), encoding="utf-8")
        theirs, same = measure(folder / "static.yml", {})
        listed(kept)
        ways: list[tuple[str, Path, dict[str, str], int]] = [
            ("the fleet's file", fleet, {}, RUNS),
            ("the fleet's file, from the cache", kept, {}, RUNS),
            ("the fleet's file, every site checked", checked, {}, RUNS),
            ("the folder, our plugin enabled by name", folder / "sites", _BY_NAME, 1),
            ("the folder", folder / "sites", {}, 1),
        ]
        for title, source, environment, runs in ways:
            seconds, found = measure(source, environment, runs)
            if hosts_and_groups(found) != hosts_and_groups(same):
                sys.exit(f"tests/bench/inventory: {title}: is not the same inventory")
            section.ratio(title, "the same as one static YAML file", (seconds - base) / (theirs - base), of="CPU")
            section.figure(title, seconds - base, "s of CPU")
        section.figure("one static YAML file", theirs - base, "s of CPU")


if __name__ == "__main__":
    main()
