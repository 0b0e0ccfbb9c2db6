# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What became of a site between two assessments: what a change of its gateway broke, and what it mended.

A pure function of the two. Broken is what worked and was then seen not to work, or what nobody could look at any more
because the probe host lost its own link: a change that cuts the probe host off is no better than one that cuts a device
off. Silence alone breaks nothing, as it proves nothing.

Between two nights there is more to tell than what a change broke: `over_time` says it, of the same comparison.
"""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._parts import key_of
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._unseen import as_known, with_known

Data = t.Mapping[str, t.Any]
Entry = t.Dict[str, t.Any]

_WORKED = frozenset({"met", "degraded"})
_FAILED = frozenset({"unmet", "inconclusive"})


class Changes(t.NamedTuple):
    """Each requirement of both assessments stands in one of the lists, in the later one's order."""

    worse: t.List[Entry]
    better: t.List[Entry]
    other: t.List[Entry]
    """Another verdict, which neither breaks nor mends: only a fallback works now, or silence came or went."""
    same: t.List[Entry]


def compare(before: Data, after: Data) -> Changes:
    """Compare two assessments of one site; what only one of them has is left out."""
    earlier = {key_of(one): one for one in before["requirements"]}
    found = Changes([], [], [], [])
    for now in after["requirements"]:
        was = earlier.get(key_of(now))
        if was is not None:
            getattr(found, _direction(was, now)).append(_entry(was, now))
    return found


def over_time(before: Data, after: Data) -> t.Dict[str, t.Any]:
    """What became of a site since it was assessed last: worse, better, still broken, other, unseen, added, gone.

    More counts than in `compare`: a lost primary is worse although the fallback works, and what is now seen not to work
    is worse although nobody knew before. Broken is what did not work, or had no link, then and now. What nobody could
    look at now is unseen and none of these; what was unseen before is compared with what was seen before that.
    """
    known = as_known(before)
    seen = {**after, "requirements": [one for one in after["requirements"] if not one.get("unseen")]}
    found = compare(known, seen)
    told: t.Dict[str, t.Any] = {"since": before.get("assessed", "")}
    told.update({name: list(getattr(found, name)) for name in ("worse", "better")}, broken=[], other=[])
    told["unseen"] = _unseen(known, after)
    for entry in (*found.other, *found.same):
        name = _trend(entry["before"], entry["after"])
        if name:
            told[name].append(entry)
    keys = [{key_of(one) for one in each["requirements"]} for each in (before, after)]
    told["added"] = [_named(one) for one in after["requirements"] if key_of(one) not in keys[0]]
    told["gone"] = [_named(one) for one in before["requirements"] if key_of(one) not in keys[1]]
    return told


def with_since(before: t.Optional[Data], after: Data) -> t.Dict[str, t.Any]:
    """The later assessment, in which each requirement says since when it has its verdict."""
    earlier = {key_of(one): one for one in before["requirements"]} if before else {}
    known = {key_of(one): one for one in as_known(before)["requirements"]} if before else {}

    def since(now: Data) -> str:
        was = (earlier if now.get("unseen") else known).get(key_of(now))
        if was is None or before is None or was["verdict"] != now["verdict"]:
            return str(after["assessed"])
        return str(was.get("since") or before.get("assessed") or after["assessed"])

    requirements = [
        {**with_known(before, earlier.get(key_of(one)), one), "since": since(one)} for one in after["requirements"]
    ]
    return {**after, "requirements": requirements}


def _unseen(known: Data, after: Data) -> t.List[Entry]:
    """What was seen once, and nobody could look at now."""
    earlier = {key_of(one): one for one in known["requirements"] if one.get("known") or not one.get("unseen")}
    return [
        _entry(earlier[key_of(one)], one)
        for one in after["requirements"]
        if one.get("unseen") and key_of(one) in earlier
    ]


def _trend(was: str, now: str) -> str:
    if was in _FAILED and now in _FAILED and (was, now) != ("inconclusive", "unmet"):
        return "broken"
    if was == now:
        return ""
    if now == "unmet" or (was, now) == ("met", "degraded"):
        return "worse"
    return "better" if now == "met" and was in ("degraded", "unproven") else "other"


def _named(one: Data) -> Entry:
    return {**{key: one[key] for key in ("vendor", "id", "vlan", "title", "level")}, "verdict": one["verdict"]}


def _direction(was: Data, now: Data) -> str:
    if was["verdict"] == now["verdict"]:
        return "same"
    if was["verdict"] in _WORKED and (now["verdict"] == "unmet" or _lost_sight(now)):
        return "worse"
    if was["verdict"] in _FAILED and now["verdict"] in _WORKED:
        return "better"
    return "other"


def _lost_sight(now: Data) -> bool:
    """Whether nothing can be said because the control failed: the probe host's own link, or all of its results."""
    links = [seen for seen in now["observations"] if seen["kind"] == "link"]
    if not links and now["observations"]:
        return False  # a radio's: it has no link to lose
    return now["verdict"] == "inconclusive" and not any(seen["observation"] == "reachable" for seen in links)


def _entry(was: Data, now: Data) -> Entry:
    name = f"{now['vlan']}/{now['vendor']}/{now['id']}"
    verdicts = f"is still {now['verdict']}"
    if was["verdict"] != now["verdict"]:
        verdicts = f"was {was['verdict']} and is {now['verdict']}"
    return {
        **{key: now[key] for key in ("vendor", "id", "vlan", "title", "level")},
        "before": was["verdict"],
        "after": now["verdict"],
        "sentence": f"{name} {verdicts}: {now['reason']}",
        "remedy": now["remedy"],
    }
