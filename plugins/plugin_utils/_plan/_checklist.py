# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What no probe can see: a verdict from what somebody says who looked on the site. It is never called met."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._scope import Part, Scope, given


def checklist(scope: Scope) -> Part:
    """Attested, in the words of whoever did; else unproven, with what to look at."""
    key = scope.spec.vendor, scope.requirement.id
    found = next((one for one in scope.site.attested if (one.vendor, one.requirement) == key), None)
    if found is None:
        entry = given(
            "unproven",
            "no probe can see it, and nobody has attested it for this site",
            f"look on the site: {scope.requirement.text.rstrip('.')}; then add to the site's file under attested:"
            f" {{vendor: {key[0]}, requirement: {key[1]}, by: who looked, date: the day, as 2026-11-20}}",
        )
    else:
        note = f": {found.note}" if found.note else ""
        entry = given("attested", f"{found.by} looked on {found.date}{note}")
    return Part(given=entry, crosses_gateway=False)


CHECKLIST: t.Mapping[str, t.Callable[[Scope], Part]] = {"checklist": checklist}
