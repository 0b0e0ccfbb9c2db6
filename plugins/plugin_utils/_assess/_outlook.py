# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the data of one site alone tell of its assessment: its plan is made, and what no probe could change is kept."""

from __future__ import annotations

import typing as t
from collections import Counter

from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import Site
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Spec

_SETTLED = ("unproven", "unmet")  # what is told of a verdict that no check will change


class Settled(t.NamedTuple):
    """A verdict that the data give already, and what would change it."""

    verdict: str
    required: bool
    requirement: str  # vendor/id
    remedy: str


class Outlook(t.NamedTuple):
    """What is kept of a site's plan."""

    vendors: t.Tuple[t.Tuple[str, int], ...]  # with the number of their devices
    settled: t.Tuple[Settled, ...]
    notes: t.Tuple[str, ...]
    error: str = ""  # why there is no plan


def outlook(site: Site, specs: t.Mapping[str, Spec]) -> Outlook:
    """Plan a site whose data has passed its checks, and keep what matters to a fleet."""
    vendors = tuple(sorted(Counter(device.vendor for device in site.devices).items()))
    try:
        plan = make_plan(site, specs)
    except Exception as exc:  # noqa: BLE001 - a site that can't be planned must not hide what is wrong with others
        return Outlook(vendors, (), (), f"cannot be planned: {type(exc).__name__}: {exc}")
    settled = {one for entry in plan["requirements"] if not entry["accepted"] for one in _settled(entry)}
    return Outlook(vendors, tuple(sorted(settled)), tuple(plan["notes"]))


def _settled(entry: t.Mapping[str, t.Any]) -> t.Iterator[Settled]:
    for given in (entry["given"], *(group.get("given") for group in entry["groups"])):
        if given and given["verdict"] in _SETTLED:
            name = f"{entry['vendor']}/{entry['id']}"
            yield Settled(given["verdict"], entry["level"] == "required", name, given["remedy"] or given["reason"])
