# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The report as JUnit XML, for whatever shows test results: a suite a site, a case a requirement.

A case's class and name stay the same from run to run, so that a server keeps its history. Only what was seen working
passes: what is unproven or merely attested counts as skipped, what could not be looked at as an error.
"""

from __future__ import annotations

import re
import typing as t
from xml.sax.saxutils import escape

from ansible_collections.fieldnet.iot.plugins.plugin_utils._report import _words as words
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._model import Report, Row, SiteReport

# What XML 1.0 can't carry at all, not even as a reference.
_IMPOSSIBLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_QUOTED = {'"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
_COUNTED = ("failure", "error", "skipped")


def text(value: str) -> str:
    """A text of an element or an attribute in double quotes."""
    return escape(_IMPOSSIBLE.sub("\ufffd", value), _QUOTED)


def outcome(row: Row) -> str:
    """Passed, skipped, failure or error. What is only recommended, or accepted as it is, holds nothing up."""
    found = words.verdict(row.verdict).junit
    return "skipped" if found != "passed" and (row.level != "required" or row.accepted) else found


def render(report: Report) -> str:
    """The document."""
    suites = [_suite(site) for site in report.sites]
    totals = _counts([row for site in report.sites for row in site.rows])
    head = f'<testsuites name="{text(report.title)}" {totals}>'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *suites, "</testsuites>"]) + "\n"


def _counts(rows: t.Sequence[Row]) -> str:
    found = [outcome(row) for row in rows]
    numbers = {"tests": len(rows), "failures": "failure", "errors": "error", "skipped": "skipped"}
    return " ".join(
        f'{key}="{found.count(value) if isinstance(value, str) else value}"' for key, value in numbers.items()
    )


def _suite(site: SiteReport) -> str:
    when = f' timestamp="{text(site.assessed.rstrip("Z"))}"' if site.assessed else ""
    lines = [f'<testsuite name="{text(site.site)}" {_counts(site.rows)}{when}>']
    seen: t.Dict[str, int] = {}
    # By name, not by how bad they are: a case keeps its place, too.
    for row in sorted(site.rows, key=lambda one: one.name):
        seen[row.name] = seen.get(row.name, 0) + 1
        number = f" ({seen[row.name]})" if seen[row.name] > 1 else ""
        lines.append(_case(site, row, number))
    return "\n".join([*lines, "</testsuite>"])


def _case(site: SiteReport, row: Row, number: str) -> str:
    place = ".".join(part.replace(".", "_") for part in ("fieldnet_iot", site.site, row.vlan, row.vendor))
    head = f'  <testcase classname="{text(place)}" name="{text(row.id + number)}" time="0"'
    found = outcome(row)
    if found == "passed" and row.verdict == "met":
        return f"{head}/>"
    told = (("", row.reason), ("change: ", row.remedy), ("accepted: ", row.accepted), ("asked by: ", row.source))
    body = text("\n".join(label + value for label, value in told if value)).replace("&#10;", "\n")
    if found == "passed":
        return f"{head}><system-out>{text(row.verdict)}: {body}</system-out></testcase>"
    message = f'message="{text(f"{row.verdict}: {row.reason}")}"'
    kind = f' type="{text(row.verdict)}"' if found != "skipped" else ""
    return f"{head}><{found} {message}{kind}>{body}</{found}></testcase>"
