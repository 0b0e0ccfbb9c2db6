# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What became of a site between two assessments: what a change of its gateway broke, and what it mended.

A pure function of the two. Broken is what worked and was then seen not to work, or what nobody could look at any more
because the probe host lost its own link: a change that cuts the probe host off is no better than one that cuts a device
off. Silence alone breaks nothing, as it proves nothing.
"""

from __future__ import annotations

import typing as t

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
    earlier = {_key(one): one for one in before["requirements"]}
    found = Changes([], [], [], [])
    for now in after["requirements"]:
        was = earlier.get(_key(now))
        if was is not None:
            getattr(found, _direction(was, now)).append(_entry(was, now))
    return found


def _key(requirement: Data) -> t.Tuple[str, str, str]:
    return requirement["vlan"], requirement["vendor"], requirement["id"]


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
