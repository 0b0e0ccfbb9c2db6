# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""How gateways differ from their plans, handed on by the jobs of a workflow, and told in its report as notes of sites.

A drift is no verdict on a requirement: what devices need may work all the same.
"""

from __future__ import annotations

import json
import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._artifact import ArtifactError, hand_on, published
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._model import Report, SiteReport

Data = t.Mapping[str, t.Any]
PREFIX = "fieldnet_iot_drift_"
_SHOWN = 3  # sentences of a site
# Of one gateway, and of several.
_SAYS = {
    "failed": ("could not be compared", "not compared"),
    "unreachable": ("could not be reached", "unreachable"),
    "drifted": ("differs from its plan", "drifted"),
    "agreed": ("agrees with its plan", "as planned"),
}


def publish(found: Data, when: str) -> t.Dict[str, t.Any]:
    """The drift of a run as a variable: each site's state, and the first sentences of what differs."""
    sites = [_short(site, when) for site in found["sites"]]
    states = {str(site["site"]): str(site["state"]) for site in sites}
    return hand_on(PREFIX, {"schema": 1, "sites": sites}, states) if sites else {}


def _short(site: Data, when: str) -> t.Dict[str, t.Any]:
    said = [str(one)[:200] for one in (*site["errors"], *(entry["sentence"] for entry in site["drift"]))]
    more = [f"and {len(said) - _SHOWN} more"] if len(said) > _SHOWN else []
    return {"site": site["site"], "state": site["state"], "compared": when, "said": [*said[:_SHOWN], *more]}


def drifts(variables: t.Mapping[str, t.Any]) -> t.Dict[str, Data]:
    """By site, the newest that jobs before this one handed on, whatever their order."""
    found: t.Dict[str, Data] = {}
    for name, document in published(variables, PREFIX).items():
        sites = document.get("sites") if isinstance(document, dict) else None
        for site in sites if isinstance(sites, list) else [None]:
            if not isinstance(site, dict) or not all(isinstance(site.get(key), str) for key in ("site", "state")):
                raise ArtifactError(f"{name}: is not what fieldnet.iot.drift_report hands on")
            if _age(found.get(site["site"], {})) <= _age(site):
                found[site["site"]] = site
    return found


def _age(site: Data) -> t.Tuple[str, str]:
    return str(site.get("compared", "")), json.dumps(site, sort_keys=True)


def with_drifts(report: Report, found: t.Mapping[str, Data]) -> Report:
    """The report, in which each site has a note of its gateway, unless that agrees with its plan."""
    return report._replace(sites=tuple(_noted(site, found.get(site.site)) for site in report.sites))


def _noted(site: SiteReport, drift: t.Optional[Data]) -> SiteReport:
    if drift is None or drift["state"] == "agreed":
        return site
    said = "; ".join(str(one) for one in drift.get("said") or ())
    state = _SAYS.get(drift["state"], (drift["state"], ""))[0]
    note = f"its gateway {state} ({drift.get('compared', '')}): {said}"
    return site._replace(notes=(*site.notes, note.encode("utf-8", "replace").decode("utf-8")))


def headline(found: t.Mapping[str, Data]) -> str:
    """How many gateways are in which state, the sites of those that are not as planned by name."""
    parts = []
    for state, (_one, says) in _SAYS.items():
        names = sorted(name for name, one in found.items() if one["state"] == state)
        if names:
            some = ", ".join(names[:10]) + (", ..." if len(names) > 10 else "")
            parts.append(f"{len(names)} {says}" + ("" if state == "agreed" else f" ({some})"))
    return f"gateways: {'; '.join(parts)}" if parts else ""
