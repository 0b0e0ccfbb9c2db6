# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benches measure: told on the terminal, and kept for the one page that `make bench` writes.

A ratio is ours divided by what stands beside it, of one run: it holds on other machines much better than seconds do.
"""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import re
import shutil
import subprocess
import typing as t
from importlib import metadata
from pathlib import Path

FOLDER = "FIELDNET_BENCH"  # the environment variable that names where figures are kept
_PACKAGES = ("ansible-core", "dnspython")
_PROGRAMS = (("nft", "--version"), ("dnsmasq", "--version"), ("kea-dhcp4", "-v"), ("nmap", "--version"))


@dataclasses.dataclass
class Section:
    """The figures of one bench. ``how`` says in a sentence what was measured on what."""

    title: str
    how: str = ""
    ratios: list[dict[str, str]] = dataclasses.field(default_factory=list)
    figures: list[dict[str, str]] = dataclasses.field(default_factory=list)

    def ratio(self, what: str, beside: str, value: float, *, of: str = "time", aim: str = "") -> None:
        """Ours divided by the other's time, memory, throughput, ..."""
        self.ratios.append({"ratio": _number(value), "of": of, "what": what, "beside": beside, "aim": aim})

    def figure(self, what: str, value: float | str, unit: str = "", *, aim: str = "") -> None:
        """Something that was measured by itself."""
        told = value if isinstance(value, str) else _number(value)
        self.figures.append({"what": what, "figure": f"{told} {unit}".strip(), "aim": aim})

    def __enter__(self) -> Section:
        print(f"{self.title} ...", flush=True)
        return self

    def __exit__(self, kind: object, _error: object, _trace: object) -> None:
        if kind is not None:
            return
        print("\n".join(_section(dataclasses.asdict(self), with_ratios=True)), flush=True)
        folder = os.environ.get(FOLDER)
        if folder:
            name = re.sub(r"\W+", "-", self.title.lower()).strip("-")
            Path(folder, f"{name}.json").write_text(json.dumps(dataclasses.asdict(self)), encoding="utf-8")


def kept(folder: Path) -> list[dict[str, t.Any]]:
    """All sections of a run, in the order in which they were measured."""
    files = sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
    return [json.loads(path.read_text(encoding="utf-8")) for path in files]


def page(sections: t.Sequence[dict[str, t.Any]], machine: str) -> str:
    """The whole as Markdown: ratios first."""
    rows = [{**row, "bench": one["title"]} for one in sections for row in one["ratios"]]
    lines = [
        "# Measured",
        "",
        "`make bench` has written this page. A ratio is ours divided by what stands beside it, in one run: of times",
        "and memory less is better, of throughput more.",
        "",
        machine,
        "",
        "## Ratios",
        "",
        *_table(rows, ("ratio", "of", "what", "beside", "aim", "bench")),
    ]
    for one in sections:
        lines += ["", *_section(one, with_ratios=False)]
    return "\n".join(lines) + "\n"


def machine(today: str, load: float) -> str:
    """What it was measured on: processors, memory, system and the versions that matter."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = [f"{name} {metadata.version(name)}" for name in _PACKAGES]
    programs = [_version(*command) for command in _PROGRAMS]
    kernel = platform.release().split("-")[0]
    versions = ", ".join([f"Python {platform.python_version()}", *packages, *filter(None, programs)])
    return (
        f"{today}; {os.cpu_count()} processors ({_processor()}), {memory:.0f} GiB, {_system()}, Linux {kernel};"
        f" {versions}; load before: {load:.1f}."
    )


def _section(one: dict[str, t.Any], *, with_ratios: bool) -> list[str]:
    lines = [f"## {one['title']}", *(["", one["how"]] if one["how"] else [])]
    if with_ratios and one["ratios"]:
        lines += ["", *_table(one["ratios"], ("ratio", "of", "what", "beside", "aim"))]
    if one["figures"]:
        lines += ["", *_table(one["figures"], ("what", "figure", "aim"))]
    return lines


def _table(rows: t.Sequence[dict[str, str]], columns: t.Sequence[str]) -> list[str]:
    """Columns that nobody filled are left out."""
    used = [name for name in columns if any(row[name] for row in rows)]
    return [
        f"| {' | '.join(used)} |",
        f"|{'---|' * len(used)}",
        *(f"| {' | '.join(row[name].replace('|', '/') for name in used)} |" for row in rows),
    ]


def _number(value: float) -> str:
    """Three digits that mean something."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _processor() -> str:
    names = re.findall(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    return " ".join(names[0].split()) if names else platform.machine()


def _system() -> str:
    return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())


def _version(program: str, option: str) -> str:
    if not shutil.which(program):
        return ""
    done = subprocess.run([program, option], capture_output=True, text=True, check=False)
    found = re.search(r"\d+\.\d[\w.]*", done.stdout + done.stderr)
    return f"{program} {found.group()}" if found else ""
