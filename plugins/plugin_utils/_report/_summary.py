# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The report in a few lines for the output of a run: how many sites, and what is wrong where. The files have it all."""

from __future__ import annotations

import textwrap
import typing as t
from collections import Counter

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._verdict import FINE
from ansible_collections.fieldnet.iot.plugins.plugin_utils._progress._lines import clean
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report import _words as words
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._model import Report, SiteReport

_SITES, _ROWS, _LONGEST, _WIDTH = 50, 3, 400, 118


def in_words(report: Report) -> str:
    """A headline, and the sites that are not ready, the worst first."""
    counts = Counter(site.readiness for site in report.sites)
    many = "1 site" if len(report.sites) == 1 else f"{len(report.sites)} sites"
    found = ", ".join(f"{counts[state.name]} {clean(state.label, 40)}" for state in report.states)
    wrong = [site for site in report.sites if site.readiness != "ready"]
    wrong.sort(key=lambda site: (-words.readiness_rank(site.readiness), site.site))
    lines = [f"{many}: {found}" if found else many]
    for site in wrong[:_SITES]:
        lines += _site(site)
    more = len(wrong) - _SITES
    return "\n".join([*lines, *([f"and {more} more that are not ready"] if more > 0 else [])])


def _site(site: SiteReport) -> t.List[str]:
    rows = [row for row in site.rows if row.verdict not in FINE and not row.accepted and row.level == "required"]
    state = words.readiness(site.readiness).label
    lines = ["", f"{clean(site.site, 60)}: {clean(state, 40)} ({clean(site.assessed, 30)})"]
    for row in rows[:_ROWS]:
        change = f"; change: {row.remedy}" if row.remedy else ""
        text = clean(f"{row.verdict}: {row.name}: {row.reason}{change}", _LONGEST)
        lines += textwrap.wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="    ")
    more = len(rows) - _ROWS
    return [*lines, *([f"  and {more} more"] if more > 0 else [])]
