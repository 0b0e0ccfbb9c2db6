# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""An assessment that also says where packets came to their end. No verdict becomes another by that."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._explain._flows import EXPLAINED

Data = t.Mapping[str, t.Any]

_SHOWN = ("place", "direction", "rule", "changes", "packets", "answers", "reason")
_MOST = 3  # places in one reason; the data holds all


def explain(assessment: Data, explaining: Data, traced: Data) -> t.Dict[str, t.Any]:
    """Put what a gateway's trace says into the reasons and remedies of what failed."""
    by_check: t.Dict[str, t.List[Data]] = {}
    of = explaining.get("of") or {}
    for told in traced.get("results") or ():
        if told["id"] in of:
            by_check.setdefault(of[told["id"]], []).append(told)
    missing = _why_not(explaining, traced)
    requirements = [_explained(one, by_check, of, missing) for one in assessment["requirements"]]
    return {**assessment, "requirements": requirements}


def _explained(
    requirement: Data, by_check: t.Mapping[str, t.Sequence[Data]], of: t.Mapping[str, str], missing: str
) -> t.Dict[str, t.Any]:
    if requirement["verdict"] not in EXPLAINED:
        return dict(requirement)
    checks = dict.fromkeys(seen["id"] for seen in requirement["observations"])
    told = [{"check": check, **one} for check in checks for one in by_check.get(check, ())]
    if missing and any(check in of.values() for check in checks):
        return {**requirement, "reason": f"{requirement['reason']}; not traced: {missing}"}
    if not told:
        return dict(requirement)
    reasons = list(dict.fromkeys(one["reason"] for one in told))
    more = f"; and {len(reasons) - _MOST} more places" if len(reasons) > _MOST else ""
    # Who knows the place needs no general advice.
    remedies = list(dict.fromkeys(one["remedy"] for one in told if one["remedy"])) or [requirement["remedy"]]
    return {
        **requirement,
        "reason": f"{requirement['reason']}; asked again and traced: {'; '.join(reasons[:_MOST])}{more}",
        "remedy": "; ".join(remedies[:_MOST]),
        "traced": [{"check": one["check"], **{name: one[name] for name in _SHOWN}} for one in told],
    }


def _why_not(explaining: Data, traced: Data) -> str:
    """Why a gateway has traced nothing of what it was to trace."""
    told = traced.get("results") or ()
    if not explaining.get("flows") or any(one["place"] != "untraceable" for one in told):
        return ""
    said = next((one["reason"] for one in told), traced.get("msg"))
    return str(said or "the gateway was not asked").strip()
