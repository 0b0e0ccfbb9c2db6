# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What was learned, as one document and as text for a terminal."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._learn._proposal import propose
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Spec

Data = t.Mapping[str, t.Any]
_SHOWN = 4


def document(sites: t.Sequence[Data], specs: t.Mapping[str, Spec], today: str) -> t.Dict[str, t.Any]:
    """All sites, and what is proposed for each vendor."""
    proposals = [propose(specs[vendor], sites, today) for vendor in sorted(specs)]
    return {
        "schema": 1,
        "sites": sorted(sites, key=lambda site: str(site["site"])),
        "proposals": [proposal for proposal in proposals if proposal],
    }


def text(found: Data) -> str:
    """The whole document, for a person."""
    lines: t.List[str] = []
    for site in found["sites"]:
        lines += ["", f"{site['site']}: {_headline(site)}"]
        for device in site["devices"]:
            lines.append(
                f"  {device['name']} ({device['vendor']} {device['type']}) used what its spec does not ask for:"
            )
            lines += [_use(use) for use in device["used"]]
        for stranger in site["unknown"]:
            lines.append(f"  {stranger['mac']}, no device of this site, used:")
            lines += [_use(use) for use in stranger["used"]]
        lines += _unused(site["never_used"])
        lines += [f"  hint: {hint}" for hint in site["hints"]]
    for proposal in found["proposals"]:
        ids = ", ".join(requirement["id"] for requirement in proposal["requirements"])
        lines += ["", f"Proposed for the spec of {proposal['vendor']}, to be judged by somebody: {ids}"]
    return "\n".join(lines) + "\n"


def _headline(site: Data) -> str:
    if site["error"]:
        return f"NOT READ   ({site['error']})"
    if not site["learns"]:
        return "NOT LEARNING   (its policy enforces; only the counters of what it allows are looked at)"
    count = len(site["devices"])
    return f"LEARNED   ({count} {'device' if count == 1 else 'devices'} beyond the specs)"


def _use(use: Data) -> str:
    reached = [_name(one) for one in use["destinations"]]
    more = [f"{len(reached) - _SHOWN} more"] if len(reached) > _SHOWN else []
    named = ", ".join([*reached[:_SHOWN], *more])
    return f"    {use['protocol'].upper()} {use['port']:<6} {use['packets']:>8} packets  {named}"


def _name(one: Data) -> str:
    return f"{one['names'][0]} ({one['address']})" if one["names"] else str(one["address"])


def _unused(unused: t.Sequence[Data]) -> t.List[str]:
    return [
        f"  never used: {one['vlan']}/{one['vendor']}/{one['requirement']} {one['protocol'].upper()} {one['port']}"
        + (" (a fallback)" if one["fallback"] else "")
        for one in unused
    ]
