# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A requirement that no vendor has, but the site itself: of the shape that the judge takes, with one check."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._scope import Entry, given
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import Probe, Vlan


class Wish(t.NamedTuple):
    """What the site wants, and how its one check proves it."""

    id: str
    title: str
    kind: str
    source: str
    check: str  # the check's id
    label: str
    proves: t.Tuple[str, ...]
    redirected: bool = False


def own_requirement(wish: Wish, vlan: Vlan, probe: t.Optional[Probe], from_gateway: bool = False) -> Entry:
    """What the judge needs to know of it; without a probe host it is unproven."""
    missing = given("unproven", f"VLAN {vlan.name} has no probe host", "name one under probes in the site's file")
    asked = {"mode": "all_of", "checks": [{"check": wish.check, "label": wish.label}]}
    return {
        "vendor": "site",
        "id": wish.id,
        "vlan": vlan.name,
        "title": wish.title,
        "kind": wish.kind,
        "level": "required",
        "basis": "site",
        "source": f"site data: {wish.source}",
        "conflict": "",
        "router": vlan.router,
        "redirected": wish.redirected,
        "control": f"{vlan.name}/link" if probe else "",
        "from_gateway": from_gateway,
        "proves": list(wish.proves),
        "groups": [asked] if probe else [],
        "given": None if probe else missing,
        "accepted": "",
    }
