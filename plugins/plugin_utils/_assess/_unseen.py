# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What nobody could look at: it is no worse than it was, only unseen, and what was seen of it last is still known.

A requirement is ``unseen`` when no check of it ran. With a history it then has ``known``: the verdict that it had when
somebody looked, since when, and when that was; however many runs could not look, and whatever was kept of them.
"""

from __future__ import annotations

import typing as t

Data = t.Mapping[str, t.Any]
Entry = t.Dict[str, t.Any]
_DATA = ("site", "data")
_REMEDY = "correct the file, and check it with the playbook fieldnet.iot.validate"


def is_unseen(verdict: str, observations: t.Sequence[Data]) -> bool:
    """Whether nothing can be said because no check ran at all."""
    return verdict == "inconclusive" and all(seen["observation"] == "not_run" for seen in observations)


def not_judged(site: str, errors: t.Sequence[str]) -> Entry:
    """The assessment of a site whose data are wrong, so that there is no plan to hold anything against."""
    entry = {
        "vendor": "site",
        "id": "data",
        "vlan": "all",
        "title": "The site's data",
        "level": "required",
        "basis": "stated",
        "verdict": "inconclusive",
        "reason": f"nobody looked, since the site's data are wrong: {'; '.join(errors)}",
        "remedy": _REMEDY,
        "accepted": "",
        "source": "",
        "conflict": "",
        "observations": [],
        "unseen": True,
    }
    return {"site": site, "readiness": "not_assessed", "requirements": [entry], "advice": [], "notes": []}


def carried(before: t.Optional[Data], now: Data) -> Data:
    """An assessment of wrong data, with what the one before had: unseen, and not gone."""
    if before is None or not any(_key(one) == _DATA for one in now["requirements"]):
        return now
    why = {"verdict": "inconclusive", "reason": "nobody looked, since the site's data are wrong", "remedy": _REMEDY}
    kept = [
        {**_without(one, "since", "known"), **why, "observations": [], "unseen": True}
        for one in before["requirements"]
        if _key(one) != _DATA
    ]
    return {**now, "requirements": [*now["requirements"], *kept]}


def as_known(before: Data) -> Entry:
    """An assessment in which each unseen requirement has the verdict that was seen last."""
    return {**before, "requirements": [{**one, **(one.get("known") or {})} for one in before["requirements"]]}


def with_known(before: t.Optional[Data], was: t.Optional[Data], now: Data) -> Entry:
    """A requirement that nobody could look at, with what is known of it."""
    if before is None or was is None or not now.get("unseen"):
        return dict(now)
    known = was.get("known")
    if not known and not was.get("unseen"):
        when = before.get("assessed", "")
        known = {"verdict": was["verdict"], "since": was.get("since") or when, "seen": when}
    if not known:
        return dict(now)
    return {**now, "known": known, "reason": f"{now['reason']} (last seen {known['verdict']}, {known['seen']})"}


def _key(one: Data) -> t.Tuple[str, str]:
    return one["vendor"], one["id"]


def _without(one: Data, *keys: str) -> Entry:
    return {key: value for key, value in one.items() if key not in keys}
