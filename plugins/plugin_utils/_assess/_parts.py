# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Parts of a site: what a run over some of its probe hosts can judge, and one assessment of all that such runs said.

AWX cuts a job by hosts, so that the probe hosts of one site may be in different slices; --limit can do the same. What
needs a probe host that is not in the run gets no verdict there, but a place held for it (`elsewhere` names the host),
which the assessment of a run that has the host fills. Pure, and whatever the order.
"""

from __future__ import annotations

import json
import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._assess import checks_of, readiness

Data = t.Mapping[str, t.Any]
Key = t.Tuple[str, str, str]
_LISTS = ("worse", "better", "broken", "other", "unseen", "added", "gone")


def in_part(assessed: Data, plan: Data, hosts: t.AbstractSet[str]) -> Data:
    """A site's assessment as a run over these hosts can say it: as it is, where they are all that it needs."""
    asks = {check["id"]: check["probe"] for check in plan["checks"]}
    absent = {
        key_of(entry): sorted({asks[check] for check in checks_of(entry) if check in asks} - hosts)
        for entry in plan["requirements"]
        if not entry["given"]
    }
    if not any(absent.values()):
        return assessed
    requirements = [
        _held(one, plan["site"], absent[key_of(one)]) if absent.get(key_of(one)) else one
        for one in assessed["requirements"]
    ]
    here = [host for host in plan["probes"] if host in hosts]
    return {**assessed, "readiness": readiness(requirements), "requirements": requirements, "part": here}


def _held(one: Data, site: str, hosts: t.Sequence[str]) -> Data:
    names = " and ".join(hosts)
    return {
        **one,
        "verdict": "inconclusive",
        "reason": f"not looked at in this run, which is without the probe host {names}",
        "remedy": "join it with the report of the run that has that host; what two probe hosts see between each other"
        f" needs both in one run: assess site_{site} by itself, without slices",
        "accepted": "",
        "elsewhere": ", ".join(hosts),
        "observations": [],
    }


def judged(assessed: Data) -> Data:
    """What the run itself judged: an assessment without the places that are held."""
    return {**assessed, "requirements": [one for one in assessed["requirements"] if not one.get("elsewhere")]}


def join(found: t.Sequence[Data]) -> Data:
    """One assessment of a site: the newest, where places are held with the newest that fills them.

    It is then as old as the oldest of those that it is made of.
    """
    newest, *older = sorted(found, key=_age, reverse=True)
    held = {key_of(one) for one in newest["requirements"] if one.get("elsewhere")}
    sources: t.Dict[Key, Data] = {}
    for other in older if held else ():
        for one in judged(other)["requirements"]:
            if key_of(one) in held and key_of(one) not in sources:
                sources[key_of(one)] = other
    if not sources:
        return newest
    filled = {key: next(one for one in of["requirements"] if key_of(one) == key) for key, of in sources.items()}
    requirements = [filled.get(key_of(one), one) for one in newest["requirements"]]
    used = [newest, *(other for other in older if any(of is other for of in sources.values()))]
    return {
        **{key: value for key, value in newest.items() if key not in ("part", "changes")},
        "assessed": min(str(one.get("assessed", "")) for one in used),
        "readiness": readiness([{"accepted": "", **one} for one in requirements]),
        "requirements": requirements,
        **_part(used, requirements),
        **_changes(used, sources),
    }


def key_of(requirement: Data) -> Key:
    """Which requirement it is, of its site."""
    vlan, vendor, name = (str(requirement.get(key, "")) for key in ("vlan", "vendor", "id"))
    return vlan, vendor, name


def _age(one: Data) -> t.Tuple[str, bool, str]:
    """The newer, the fuller counts; of two that are as new and as full, the same one always."""
    return str(one.get("assessed", "")), not one.get("shortened"), json.dumps(one, sort_keys=True, default=str)


def _part(used: t.Sequence[Data], requirements: t.Sequence[Data]) -> Data:
    if not any(one.get("elsewhere") for one in requirements):
        return {}
    return {"part": sorted({str(host) for one in used for host in one.get("part") or ()})}


def _changes(used: t.Sequence[Data], sources: t.Mapping[Key, Data]) -> Data:
    """Each requirement's change is told by the assessment that its verdict comes from."""
    told = [(one, one["changes"]) for one in used if one.get("changes")]
    if not told:
        return {}
    found: t.Dict[str, t.Any] = {"since": min(str(changes.get("since") or "") for _one, changes in told)}
    for name in _LISTS:
        entries = {
            key_of(entry): entry
            for one, changes in reversed(told)
            for entry in changes.get(name) or ()
            if sources.get(key_of(entry), used[0]) is one or name == "gone"
        }
        found[name] = [entries[key] for key in sorted(entries)]
    return {"changes": found}
