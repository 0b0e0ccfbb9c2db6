# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The report as Markdown: the fleet in one table, what changed, and each site's requirements that are not met.

Every text of a site is data: what Markdown or HTML would read in it is escaped, so that it shows as it was written.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._report import _words as words
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._model import Report, Row, SiteReport

_TOLD = 200  # changes of a kind; the sites' own sections have all of them
# What may begin something inside a line, or a list at its beginning. An address is no link: who wrote it is no
# author of the report.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#!|~$&@]|:(?=//)|(?<=www)\.|^[-+=])", re.IGNORECASE)
_NUMBER = re.compile(r"^(\d+)([.)])")
# Where a line may end, and what no text shows: one space.
_BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def text(value: str) -> str:
    """A text as Markdown shows it, and no more."""
    return _NUMBER.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", _BREAKS.sub(" ", value).strip()))


def render(report: Report) -> str:
    """The whole page."""
    lines = [f"# {text(report.title)}", "", _headline(report), ""]
    lines += _fleet(report)
    lines += _changes(report)
    for site in report.sites:
        lines += _site(site)
    if report.advice:
        lines += ["## Advice of the vendors", ""]
        lines += [
            f"* {text(one.vendor)}, {text(one.title)}: {text(one.text)} ({text(one.source)})" for one in report.advice
        ]
    return "\n".join(lines).rstrip() + "\n"


def _headline(report: Report) -> str:
    counts = ", ".join(
        f"{sum(site.readiness == word.name for site in report.sites)} {text(word.label)}" for word in report.states
    )
    times = sorted(site.assessed for site in report.sites if site.assessed)
    when = ""
    if times:
        when = f", assessed {text(times[0])}" + (f" to {text(times[-1])}" if times[-1] != times[0] else "")
    return f"{len(report.sites)} sites{when}: {counts or 'nothing was assessed'}."


def _table(head: t.Sequence[str], rows: t.Iterable[t.Sequence[str]]) -> t.List[str]:
    return [
        f"| {' | '.join(head)} |",
        f"|{'|'.join([' --- '] * len(head))}|",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
    ]


def _fleet(report: Report) -> t.List[str]:
    changes = [word for word in words.CHANGES.values() if any(site.changed(word.name) for site in report.sites)]
    verdicts = report.verdicts
    head = ["site", "readiness", *(text(word.label) for word in (*verdicts, *changes))]
    rows = (
        [
            f"{text(site.site)}",
            f"{text(_state(site))}",
            *(str(site.count(word.name) or "") for word in verdicts),
            *(str(len(site.changed(word.name)) or "") for word in changes),
        ]
        for site in report.sites
    )
    return _table(head, rows) if report.sites else []


def _state(site: SiteReport) -> str:
    word = words.readiness(site.readiness)
    return f"{word.symbol} {word.label}"


def _changes(report: Report) -> t.List[str]:
    if not any(site.compared for site in report.sites):
        return []
    lines = ["## Since the last assessment", ""]
    for name in ("worse", "broken", "better"):
        found = [(site, row) for site in report.sites for row in site.changed(name)]
        lines += [f"**{words.CHANGES[name].label}: {len(found)}**", ""]
        lines += [f"* {text(site.site)}: {_became(row)}" for site, row in found[:_TOLD]]
        lines += [f"* and {len(found) - _TOLD} more"] if len(found) > _TOLD else []
        lines += [""] if found else []
    return lines


def _became(row: Row) -> str:
    now = text(words.verdict(row.verdict).label)
    verdicts = f"was {text(words.verdict(row.was).label)} and is {now}" if row.was else f"is still {now}"
    since = f" (since {text(row.since)})" if row.since and not row.was else ""
    return f"{text(row.name)} {verdicts}{since}: {text(row.reason)}"


def _site(site: SiteReport) -> t.List[str]:
    lines = [f"## {text(site.site)}: {text(words.readiness(site.readiness).label)}", ""]
    met = 0
    for row in site.rows:
        if row.verdict == "met" and not row.change:
            met += 1
            continue
        lines += _row(row)
    lines += [f"{met} met.", ""] if met else []
    lines += [f"* Note: {text(note)}" for note in site.notes]
    lines += [f"* No longer asked for: {text(name)}" for name in site.gone]
    return [*lines, ""]


def _row(row: Row) -> t.List[str]:
    word = words.verdict(row.verdict)
    more = [row.level] if row.level != "required" else []
    more += [words.CHANGES[row.change].label] if row.change else []
    more += [f"was {words.verdict(row.was).label}"] if row.was else []
    more += [f"since {row.since}"] if row.since else []
    aside = f" ({text(', '.join(more))})" if more else ""
    lines = [f"* **{text(word.symbol)} {text(word.label)}** {text(row.name)}: {text(row.title)}{aside}"]
    told = (("Seen", row.reason), ("Change", row.remedy), ("Accepted", row.accepted), ("Asked by", row.source))
    return [*lines, *(f"  * {label}: {text(value)}" for label, value in (*told, ("Differs", row.conflict)) if value)]
