# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The assessment as a table for a terminal: what is wrong first, with what to change."""

from __future__ import annotations

import textwrap
import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._verdict import VERDICTS

Data = t.Mapping[str, t.Any]
_WIDTH = 118
_CHANGES = {"worse": "worse", "broken": "still broken", "better": "better", "unseen": "not seen"}
_LABEL = {
    "ready": "READY",
    "degraded": "DEGRADED",
    "inconclusive": "INCONCLUSIVE",
    "not_assessed": "NOT ASSESSED",
    "not_ready": "NOT READY",
}


def _count(requirements: t.Sequence[Data]) -> str:
    found = [one["verdict"] for one in requirements]
    return ", ".join(f"{found.count(verdict)} {verdict}" for verdict in reversed(VERDICTS) if verdict in found)


def _name(one: Data) -> str:
    return f"{one['vlan']}/{one['vendor']}/{one['id']}"


def _row(one: Data, width: int) -> t.List[str]:
    head = f"  {one['verdict']:<12}  {_name(one):<{width}}"
    if one["verdict"] == "met":
        # What is well needs one line; the whole sentence is in the document.
        return [f"{head}  {textwrap.shorten(one['reason'], max(_WIDTH - len(head) - 2, 40), placeholder=' ...')}"]
    level = "" if one["level"] == "required" else "  (recommended)"
    rows = [head.rstrip() + level]
    for label, text in (
        ("", one["reason"]),
        ("change: ", one["remedy"]),
        ("accepted: ", one["accepted"]),
        ("asked by: ", one["source"]),
    ):
        if text:
            indent = " " * 18
            rows += textwrap.wrap(label + text, _WIDTH, initial_indent=indent, subsequent_indent=indent + "  ")
    return rows


def _changes(site: Data) -> t.List[str]:
    """What became of the site since its last assessment: the sentences of what is worse, and how many of the rest."""
    changes = site.get("changes")
    if not changes:
        return []
    counts = ", ".join(
        f"{len(changes[name])} {label}" for name, label in _CHANGES.items() if name != "unseen" or changes.get(name)
    )
    lines = [f"  since {changes['since'] or 'the last assessment'}: {counts}"]
    for name in ("worse", "better"):
        for one in changes[name]:
            text = f"{name}: {one['sentence']}"
            lines += textwrap.wrap(text, _WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 6)
    return lines


def table(document: Data) -> str:
    """The whole document: a headline and a block for each site."""
    lines: t.List[str] = []
    for site in document["sites"]:
        requirements = sorted(site["requirements"], key=lambda one: (-VERDICTS.index(one["verdict"]), _name(one)))
        width = max((len(_name(one)) for one in requirements), default=0)
        lines += ["", f"{site['site']}: {_LABEL[site['readiness']]}   ({_count(requirements)})"]
        lines += _changes(site)
        for one in requirements:
            lines += _row(one, width)
        lines += [f"  note: {note}" for note in site["notes"]]
    return "\n".join(lines) + "\n"
