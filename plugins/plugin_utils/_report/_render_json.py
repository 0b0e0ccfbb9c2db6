# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The report as JSON: the assessments without their observations, and how many there are of each kind."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._report import _words as words
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._model import Report, SiteReport


def render(report: Report) -> str:
    """The document, a line a site. It is an assessment document too, so that reports of slices can be made one."""
    advice = [one._asdict() for one in report.advice]
    head = f'{{"schema": 1,\n"summary": {_compact(summary(report))},\n"advice": {_compact(advice)},\n"sites": [\n'
    return head + ",\n".join(_compact(_site(site)) for site in report.sites) + "\n]}\n"


def _compact(found: t.Any) -> str:
    return json.dumps(found, sort_keys=True, separators=(",", ":"))


def summary(report: Report) -> t.Dict[str, t.Any]:
    """How many sites there are in each state, and requirements of each verdict and change."""
    rows = [row for site in report.sites for row in site.rows]
    return {
        "sites": len(report.sites),
        "readiness": {word.name: sum(site.readiness == word.name for site in report.sites) for word in report.states},
        "verdicts": {word.name: sum(row.verdict == word.name for row in rows) for word in report.verdicts},
        "changes": {
            name: count for name in words.CHANGES for count in [sum(row.change == name for row in rows)] if count
        },
    }


def _site(site: SiteReport) -> t.Dict[str, t.Any]:
    requirements = [row._asdict() for row in site.rows]
    for one in requirements:
        one.pop("change")
        one.pop("was")
    found: t.Dict[str, t.Any] = {
        "site": site.site,
        "readiness": site.readiness,
        "assessed": site.assessed,
        "requirements": requirements,
        "notes": list(site.notes),
    }
    if site.compared:
        found["changes"] = {"since": site.compared, **{name: _changed(site, name) for name in words.CHANGES}}
        found["changes"]["gone"] = [dict(zip(("vlan", "vendor", "id"), name.split("/", 2))) for name in site.gone]
    return found


def _changed(site: SiteReport, change: str) -> t.List[t.Dict[str, str]]:
    return [
        {"vendor": row.vendor, "id": row.id, "vlan": row.vlan, "before": row.was or row.verdict, "after": row.verdict}
        for row in site.changed(change)
    ]
