#!/usr/bin/env python
# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of 2,000 sites: seconds and size of each format, memory, and what a browser makes of the page.

Prints figures; judges none.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
# What is imported below is found by this alone, so it comes first: hence each E402.
sys.path[:0] = [str(_ROOT / "build" / "src"), str(_ROOT / "tests")]

from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._files import FORMATS  # noqa: E402
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._model import make_report  # noqa: E402
from support.assessments import fleet  # noqa: E402
from support.browser import CHROMIUM, DRIVER, browser  # noqa: E402
from support.figures import Section  # noqa: E402

SITES = 2000


def main() -> None:
    """Render the fleet, then open its page."""
    found = fleet(SITES)
    rows = sum(len(site["requirements"]) for site in found["sites"])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.perf_counter()
    report = make_report({"fleet": found}, "Bench")
    how = f"{SITES:,} sites with {rows:,} requirements."
    with Section("Report", how) as section, tempfile.TemporaryDirectory() as folder:
        section.figure("the model of it", time.perf_counter() - start, "s")
        for name, one in FORMATS.items():
            start = time.perf_counter()
            text = one.render(report)
            took = time.perf_counter() - start
            page = Path(folder) / f"report.{one.ending}"
            page.write_text(text, encoding="utf-8", newline="")
            section.figure(name, f"{took:.2f} s, {page.stat().st_size / 1e6:.1f} MB")
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        section.figure("memory: with the assessments alone, at most", f"{before:.0f}, {memory:.0f}", "MiB")
        if CHROMIUM and DRIVER:
            look(section, Path(folder) / "report.html", Path(folder) / "profile")


def look(section: Section, page: Path, profile: Path) -> None:
    """What a person waits for: the page, and an answer to a search."""
    with browser(profile) as chromium:
        chromium.open(page)
        loaded = chromium.run("return performance.getEntriesByType('navigation')[0].loadEventEnd")
        searched = chromium.run(
            "document.getElementById('search').value = '8883 rejected'; const start = performance.now();"
            "document.getElementById('filter').requestSubmit(); document.body.offsetHeight;"
            "return performance.now() - start"
        )
        memory = chromium.run("return performance.memory.usedJSHeapSize") / 1e6
        section.figure("Chromium: the page is there after", loaded / 1000, "s")
        section.figure("Chromium: a search takes", searched / 1000, "s")
        section.figure("Chromium: heap", memory, "MB")


if __name__ == "__main__":
    main()
