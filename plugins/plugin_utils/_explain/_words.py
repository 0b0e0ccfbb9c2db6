# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""An assessment that also says where packets came to their end. No verdict becomes another by that."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._explain._flows import EXPLAINED
from ansible_collections.fieldnet.iot.plugins.plugin_utils._explain._read import Traced

Data = t.Mapping[str, t.Any]

_SHOWN = ("place", "direction", "rule", "changes", "packets", "answers", "reason")
_MOST = 3  # places in one reason; the data holds all


def explain(assessment: Data, traced: Traced) -> t.Dict[str, t.Any]:
    """Put what a gateway's trace says into the reasons and remedies of what failed."""
    by_check: t.Dict[str, t.List[Data]] = {}
    of = traced.asked.get("of") or {}
    for told in traced.said.get("results") or ():
        if told["id"] in of:
            by_check.setdefault(of[told["id"]], []).append({"check": of[told["id"]], **told})
    missing = _why_not(traced)
    requirements = [
        _missed(one, missing, of.values()) if missing else _explained(one, by_check, traced.again)
        for one in assessment["requirements"]
    ]
    return {**assessment, "requirements": requirements}


def _explained(
    requirement: Data, by_check: t.Mapping[str, t.Sequence[Data]], again: t.Mapping[str, str]
) -> t.Dict[str, t.Any]:
    told = [one for check in _checks(requirement) for one in by_check.get(check, ())]
    if not told:
        return dict(requirement)
    reasons = list(dict.fromkeys(one["reason"] for one in told))
    more = f"; and {len(reasons) - _MOST} more places" if len(reasons) > _MOST else ""
    # Who knows the place needs no general advice.
    remedies = list(dict.fromkeys(one["remedy"] for one in told if one["remedy"])) or [requirement["remedy"]]
    how = f"asked again{_other(requirement, again)} and traced"
    return {
        **requirement,
        "reason": f"{requirement['reason']}; {how}: {'; '.join(reasons[:_MOST])}{more}",
        "remedy": "; ".join(remedies[:_MOST]),
        "traced": [{"check": one["check"], **{name: one[name] for name in _SHOWN}} for one in told],
    }


def _missed(requirement: Data, missing: str, asked: t.Collection[str]) -> t.Dict[str, t.Any]:
    if not any(check in asked for check in _checks(requirement)):
        return dict(requirement)
    return {**requirement, "reason": f"{requirement['reason']}; not traced: {missing}"}


def _checks(requirement: Data) -> t.List[str]:
    """Those of a requirement that is to be explained."""
    seen = requirement["observations"] if requirement["verdict"] in EXPLAINED else ()
    return list(dict.fromkeys(str(one["id"]) for one in seen))


def _other(requirement: Data, again: t.Mapping[str, str]) -> str:
    """What was seen the second time, where it was not what was seen before: then the trace is of that."""
    found = {
        again[one["id"]]: None
        for one in requirement["observations"]
        if one["id"] in again and again[one["id"]] != one["observation"]
    }
    return f" (this time: {', '.join(found)})" if found else ""


def _why_not(traced: Traced) -> str:
    """Why a gateway has traced nothing of what it was to trace."""
    told = traced.said.get("results") or ()
    if not traced.asked.get("flows") or any(one["place"] != "untraceable" for one in told):
        return ""
    said = next((one["reason"] for one in told), traced.said.get("msg"))
    return str(said or "the gateway was not asked").strip()
