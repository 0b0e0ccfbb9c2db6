# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a change of vendor specs means for which sites: their plans under the one and under the other.

Of each site only what differs is kept, so that a fleet may have ten thousand. What is alike at several sites (the same
port of the same requirement) is one line over the fleet, with the sites' names.
"""

from __future__ import annotations

import json
import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._impact._words import sentence, shared
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._diff import PARTS, Change, differences
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import Site
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Spec

Entry = t.Dict[str, t.Any]
Specs = t.Mapping[str, Spec]

# From what needs somebody at once to what nobody need look at.
STATES = ("becomes_invalid", "changed", "becomes_valid", "invalid", "untouched")


class Read(t.NamedTuple):
    """A site's file under one set of specs: the site, or what is wrong with it."""

    site: t.Optional[Site]
    errors: t.Sequence[str]


class Outcome(t.NamedTuple):
    """What becomes of one site."""

    file: str
    site: str
    state: str
    errors: t.Sequence[str]
    changes: t.Sequence[Change]


def concerned(site: Site, before: Specs, after: Specs) -> bool:
    """Whether a site names a vendor whose spec is another: else nothing about it can change."""
    named = {row.vendor for rows in (site.devices, site.endpoints, site.accepted, site.attested) for row in rows}
    return any(before.get(vendor) != after.get(vendor) for vendor in named)


def outcome(file: str, was: Read, now: Read, before: Specs, after: Specs) -> Outcome:
    """Compare a site that was read under both."""
    if was.site is None or now.site is None:
        state = "invalid" if was.site is now.site else "becomes_valid" if was.site is None else "becomes_invalid"
        name = next((one.site.name for one in (was, now) if one.site), "")
        return Outcome(file, name, state, tuple(was.errors if now.site else now.errors), ())
    changes = differences(make_plan(was.site, before), make_plan(now.site, after))
    return Outcome(file, now.site.name, "changed" if changes else "untouched", (), changes)


def untouched(file: str, name: str) -> Outcome:
    """A site whose plan need not be made to know it."""
    return Outcome(file, name, "untouched", (), ())


def vendors(before: Specs, after: Specs) -> t.List[Entry]:
    """Which specs differ, and in which requirements."""
    return [
        {"vendor": name, **_vendor(before.get(name), after.get(name))}
        for name in sorted({**before, **after})
        if before.get(name) != after.get(name)
    ]


def _vendor(was: t.Optional[Spec], now: t.Optional[Spec]) -> Entry:
    first, second = ({one.id: one for one in spec.requirements} if spec else {} for spec in (was, now))
    requirements = {
        "added": sorted(set(second) - set(first)),
        "removed": sorted(set(first) - set(second)),
        "changed": sorted(key for key in set(first) & set(second) if first[key] != second[key]),
    }
    return {"action": "added" if was is None else "removed" if now is None else "changed", "requirements": requirements}


def document(outcomes: t.Iterable[Outcome], before: Specs, after: Specs) -> Entry:
    """The impact on a fleet: sites in the order of their files, and what is alike at several of them once."""
    sites: t.List[Entry] = []
    same: t.Dict[str, Entry] = {}
    groups: t.Dict[str, t.Tuple[Change, t.Dict[str, None]]] = {}
    for one in outcomes:
        sites.append(_site(one, same))
        for change in one.changes:
            groups.setdefault(shared(change), (change, {}))[1].setdefault(one.site)
    return {
        "schema": 1,
        "summary": {"sites": len(sites), **{state: sum(one["state"] == state for one in sites) for state in STATES}},
        "vendors": vendors(before, after),
        "changes": [_group(change, list(names)) for change, names in sorted(groups.values(), key=_first)],
        "sites": sites,
    }


def _site(one: Outcome, same: t.Dict[str, Entry]) -> Entry:
    """Branches that are built alike differ alike: what is the same is held once."""
    changes = []
    for change in one.changes:
        entry = change._asdict()
        changes.append(same.setdefault(json.dumps(entry, sort_keys=True), entry))
    return {"site": one.site, "file": one.file, "state": one.state, "errors": list(one.errors), "changes": changes}


def _first(group: t.Tuple[Change, t.Dict[str, None]]) -> t.Tuple[t.Any, ...]:
    change, names = group
    return PARTS.index(change.part), -len(names), sentence(change)


def _group(change: Change, names: t.List[str]) -> Entry:
    common = {key: getattr(change, key) for key in ("part", "action", "vendor", "requirement")}
    return {**common, "sentence": sentence(change), "sites": names}
