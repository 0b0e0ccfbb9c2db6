# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The report in Prometheus' text format (0.0.4), for the textfile collector of its node exporter.

Series grow with the sites and with what is not met, not with all that is well.
"""

from __future__ import annotations

import typing as t
from datetime import datetime, timezone

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._assess import READINESS
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._verdict import FINE, VERDICTS
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report import _words as words
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._model import Report, SiteReport

Sample = t.Tuple[t.Mapping[str, str], float]
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})
_LEVELS = ("required", "recommended")


def render(report: Report) -> str:
    """All metrics. Every one is a gauge: a state as it was seen last."""
    lines: t.List[str] = []
    for name, (told, samples) in _METRICS.items():
        found = [sample for site in report.sites for sample in samples(site)]
        if found:
            lines += [f"# HELP {name} {told}", f"# TYPE {name} gauge"]
            lines += [f"{name}{{{_labels(labels)}}} {value:.17g}" for labels, value in found]
    return "\n".join(lines) + "\n" if lines else ""


def _labels(labels: t.Mapping[str, str]) -> str:
    return ",".join(f'{key}="{value.translate(_ESCAPES)}"' for key, value in labels.items())


def _readiness(site: SiteReport) -> t.Iterator[Sample]:
    known = READINESS if site.readiness in READINESS else (*READINESS, site.readiness)
    for state in known:
        yield {"site": site.site, "readiness": state}, float(site.readiness == state)


def _requirements(site: SiteReport) -> t.Iterator[Sample]:
    others = sorted({row.verdict for row in site.rows} - set(VERDICTS))
    for level in _LEVELS:
        found = [row.verdict for row in site.rows if row.level == level]
        for verdict in (*VERDICTS, *others):
            yield {"site": site.site, "level": level, "verdict": verdict}, float(found.count(verdict))


def _problems(site: SiteReport) -> t.Iterator[Sample]:
    """One a requirement: Prometheus refuses the same labels twice."""
    found = {row.name: row for row in site.rows if row.verdict not in FINE and not row.accepted}
    for _name, row in sorted(found.items()):
        labels = {"vlan": row.vlan, "vendor": row.vendor, "requirement": row.id}
        yield {"site": site.site, **labels, "level": row.level, "verdict": row.verdict}, 1.0


def _assessed(site: SiteReport) -> t.Iterator[Sample]:
    try:
        when = datetime.fromisoformat(site.assessed.replace("Z", "+00:00"))
    except ValueError:
        return
    yield {"site": site.site}, (when if when.tzinfo else when.replace(tzinfo=timezone.utc)).timestamp()


def _changes(site: SiteReport) -> t.Iterator[Sample]:
    for name in words.CHANGES if site.compared else ():
        yield {"site": site.site, "change": name}, float(len(site.changed(name)))


_METRICS: t.Mapping[str, t.Tuple[str, t.Callable[[SiteReport], t.Iterator[Sample]]]] = {
    "fieldnet_iot_site_readiness": ("Whether a site is in this state of readiness (1) or not (0).", _readiness),
    "fieldnet_iot_site_assessed_timestamp_seconds": ("When a site was assessed last.", _assessed),
    "fieldnet_iot_site_requirements": ("How many requirements of a site have a verdict.", _requirements),
    "fieldnet_iot_site_changes": ("What became of a site's requirements since the assessment before.", _changes),
    "fieldnet_iot_requirement_problem": ("A requirement that is not met, attested or accepted as unproven.", _problems),
}
