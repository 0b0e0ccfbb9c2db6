# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a site attests: only what is on a vendor's checklist, once, and not before somebody can have looked."""

from __future__ import annotations

import datetime
import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import Problem, Problems, hint
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._lint import Raw, Specs, rows, twice
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Spec

_EAST = datetime.timezone(datetime.timedelta(hours=14))  # where the day begins first


def lint_attested(raw: Raw, specs: Specs, problems: Problems, today: t.Optional[datetime.date] = None) -> None:
    """Add every problem of the site's attestations."""
    latest = (today or datetime.datetime.now(_EAST).date()).isoformat()
    for path, row in rows(raw, "attested"):
        vendor, date = row["vendor"], row["date"]
        spec = specs.get(vendor)
        if vendor and spec is None:
            problems.append(Problem(f"{path}.vendor", f"{vendor} is no known vendor{hint(vendor, specs)}"))
        if spec is not None and row["requirement"] is not None:
            _lint_item(spec, row["requirement"], f"{path}.requirement", problems)
        if date is not None and date > latest:
            problems.append(Problem(f"{path}.date", f"{date} is in the future; give the day on which somebody looked"))
    items = (
        (path, f"{row['vendor']} {row['requirement']}")
        for path, row in rows(raw, "attested")
        if row["vendor"] and row["requirement"]
    )
    twice(items, problems)


def _lint_item(spec: Spec, name: str, path: str, problems: Problems) -> None:
    found = spec.requirement(name)
    if found is not None and found.kind == "checklist":
        return
    why = ""
    if found is not None:
        why = ", but advice" if found.kind == "advice" else f", but of kind {found.kind}: what is seen counts"
    others = hint(name, (one.id for one in spec.requirements if one.kind == "checklist"))
    problems.append(Problem(path, f"{name} is no checklist item of {spec.vendor}{why}{others}"))
