#!/usr/bin/env python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleets of up to 10,000 sites with 50 devices each, a tenth of them with tables: to read, to validate, to plan.

Each figure is a process of its own. Beside it, over fewer sites, what one would use without this collection. Prints
figures; judges none. Sizes may be given: tests/bench/fleet.py 500 1000
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import typing as t
from pathlib import Path

SIZES = (2_500, 5_000, 10_000)
BESIDE = 200  # sites
_ROOT = Path(__file__).resolve().parents[2]
_PATHS = [str(_ROOT / "build" / "src"), str(_ROOT / "tests")]
sys.path[:0] = _PATHS
if t.TYPE_CHECKING:
    from support.figures import Section

Figures = t.Dict[str, t.Any]


def read(folder: Path) -> Figures:
    """The first task of each playbook: read and check all sites."""
    from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._fleet import load_fleet

    return {"sites": len(load_fleet([folder], [], lambda _site: False).digests)}


def validate(folder: Path) -> Figures:
    """The same, and plan each."""
    from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._validate import validate as whole

    found = whole([folder], [])
    if found["errors"]:
        sys.exit("\n".join(found["errors"][:10]))
    return {"sites": found["summary"]["sites"], "devices": found["summary"]["devices"]}


def plan(folder: Path) -> Figures:
    """One site's plan, of each of 200."""
    from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._fleet import load_fleet
    from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan

    fleet = load_fleet([folder], [])
    times = []
    for site in fleet.sites:
        start = time.perf_counter()
        make_plan(site, fleet.specs)
        times.append((time.perf_counter() - start) * 1000)
    return {"sites": len(times), "median": statistics.median(times), "worst": max(times)}


def schema(folder: Path) -> Figures:
    """PyYAML and jsonschema with our published schema: the shape of each file, and nothing beyond."""
    import jsonschema
    import yaml

    rules = json.loads((_ROOT / "docs" / "schemas" / "site.schema.json").read_text(encoding="utf-8"))
    check = jsonschema.Draft202012Validator(rules)
    files = sorted(folder.iterdir())
    for path in files:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        for row in data["devices"]:  # YAML 1.1 makes numbers of some
            row["mac"] = str(row["mac"])
        wrong = list(check.iter_errors(data))
        if wrong:
            sys.exit(f"{path}: {wrong[0].message}")
    return {"sites": len(files)}


KINDS: t.Mapping[str, t.Callable[[Path], Figures]] = {
    "read": read,
    "validate": validate,
    "plan": plan,
    "schema": schema,
}


def child(kind: str, folder: Path) -> None:
    """In a process of its own; what its own children take is counted, each as if it shared no page."""
    from ansible_collections.fieldnet.iot.plugins.plugin_utils._parallel import processors

    start = time.perf_counter()
    found = KINDS[kind](folder)
    seconds = time.perf_counter() - start
    mine, theirs = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    used = sum(one.ru_utime + one.ru_stime for one in (mine, theirs))
    peak = (mine.ru_maxrss + processors() * theirs.ru_maxrss) / 1024
    print(json.dumps({**found, "seconds": seconds, "cpu": used, "peak": peak}))


def measured(kind: str, folder: Path) -> Figures:
    """The figures of a process of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(_PATHS)}
    command = [sys.executable, __file__, "--child", kind, str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"tests/bench/fleet: {kind} failed\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return t.cast("Figures", json.loads(done.stdout))


def played(*words: str) -> float:
    """Seconds of ansible-playbook."""
    start = time.perf_counter()
    done = subprocess.run(["ansible-playbook", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"tests/bench/fleet: {words[0]} failed\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return time.perf_counter() - start


def growth(section: Section, folders: t.Mapping[int, Path]) -> None:
    """How seconds and memory grow with the fleet."""
    for kind, words in (("read", "read and check all sites"), ("validate", "the same, and plan each")):
        rows = {size: measured(kind, folder) for size, folder in folders.items()}
        for size, row in rows.items():
            each = f"{row['cpu'] / size * 1000:.2f} ms of CPU a site"
            told = f"{row['seconds']:.1f} s, {row['peak']:.0f} MiB at most, {each}"
            section.figure(f"{size:,} sites: {words}", told, aim="10,000: 60 s, 2 GiB" if kind == "validate" else "")
        least, most = min(rows), max(rows)
        growing = f"{most:,} sites: {words}"
        for name, of in (("seconds", "time"), ("cpu", "CPU"), ("peak", "memory")):
            factor = rows[most][name] / rows[least][name]
            section.ratio(growing, f"{least:,} sites", factor, of=of, aim=f"{most / least:.1f} or less: linear")


def beside(section: Section, folder: Path) -> None:
    """The same sites with what one would use instead."""
    ours = min(played("fieldnet.iot.validate", "-e", f"iot_sites={folder}") for _run in range(3))
    stock = played(str(_ROOT / "tests" / "bench" / "fleet_stock.yml"), "-e", f"folder={folder}")
    section.ratio(f"{BESIDE} sites: fieldnet.iot.validate", "ansible.builtin.assert over each", ours / stock)
    section.figure(f"{BESIDE} sites: fieldnet.iot.validate", ours, "s")
    check, shape = measured("read", folder)["cpu"], measured("schema", folder)["cpu"]
    alone = "PyYAML and jsonschema, shapes alone"
    section.ratio(f"{BESIDE} sites: read, check, compare", alone, check / shape, of="CPU")
    section.figure(f"{BESIDE} sites: read, check, compare", check, "s of CPU")
    one = measured("plan", folder)
    told = f"{one['median']:.1f} ms (median of {one['sites']}), {one['worst']:.1f} ms at most"
    section.figure("one site's plan", told, aim="under 20 ms")


def main(sizes: t.Sequence[int]) -> None:
    """Make the fleets, and measure each."""
    from support.figures import Section
    from support.many_sites import DEVICES, write_fleet

    how = f"{DEVICES} devices a site, a tenth of the sites with tables; each figure a process."
    with Section("Fleet", how) as section, tempfile.TemporaryDirectory() as place:
        growth(section, {size: write_fleet(Path(place) / str(size) / "sites", size, tables=True) for size in sizes})
        beside(section, write_fleet(Path(place) / "beside" / "sites", BESIDE))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], Path(sys.argv[3]))
    else:
        main([int(size) for size in sys.argv[1:]] or SIZES)
