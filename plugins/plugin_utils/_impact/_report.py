# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The impact of changed vendor specs for people.

As a text for a terminal, which is short however large the fleet is, and as Markdown with every site.
"""

from __future__ import annotations

import textwrap
import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils import _markdown as md

Data = t.Mapping[str, t.Any]
_WIDTH = 118
_CHANGES = 40
_ERRORS = 20
_LONGEST = 230  # characters of an error, in the terminal
_NAMES = 3
_SAYS = {
    "becomes_invalid": ("becomes invalid", "become invalid"),
    "changed": ("changes", "change"),
    "becomes_valid": ("becomes valid", "become valid"),
    "invalid": ("is invalid either way", "are invalid either way"),
    "untouched": ("is untouched", "are untouched"),
}
_WRONG = {
    "becomes_invalid": "What is wrong under the new specs",
    "becomes_valid": "What is wrong under the specs as they are",
    "invalid": "What is wrong under both",
}


def headline(found: Data) -> str:
    """How many sites come to what."""
    summary = found["summary"]
    counts = [f"{summary[state]} {words[summary[state] != 1]}" for state, words in _SAYS.items() if summary[state]]
    sites = "1 site" if summary["sites"] == 1 else f"{summary['sites']} sites"
    return f"Of {sites}: {', '.join(counts)}"


def text(found: Data) -> str:
    """What a terminal shows."""
    lines = ["", headline(found), ""]
    for vendor in found["vendors"]:
        lines += _wrap(f"{vendor['vendor']}: {_vendor(vendor)}", "")
    if not found["vendors"]:
        lines.append("the specs are the same")
    if found["changes"]:
        lines += ["", "SITES  WHAT CHANGES"]
    for change in found["changes"][:_CHANGES]:
        where = "" if len(change["sites"]) == found["summary"]["sites"] else f" ({some(change['sites'])})"
        lines += _wrap(f"{change['sentence']}{where}", f"{len(change['sites']):>5}  ")
    lines += _more(len(found["changes"]) - _CHANGES, "changes")
    for state, title in _WRONG.items():
        told = [f"{site['file']}: {_bare(error, site)}" for site in _of(found, state) for error in site["errors"]]
        lines += ["", f"{title}:"] if told else []
        for error in told[:_ERRORS]:
            lines += _wrap(textwrap.shorten(error, _LONGEST, placeholder=" ..."), "  - ")
        lines += _more(len(told) - _ERRORS, "errors")
    return "\n".join(lines) + "\n"


def markdown(found: Data) -> str:
    """What one sends around: every change, and every site by what becomes of it."""
    lines = ["# Impact of changed vendor specs", "", f"{md.text(headline(found))}.", ""]
    lines += [f"* {md.code(one['vendor'])}: {md.text(_vendor(one))}" for one in found["vendors"]] or [
        "The specs are the same."
    ]
    lines.append("")
    if found["changes"]:
        rows = ([str(len(one["sites"])), md.text(one["sentence"])] for one in found["changes"])
        lines += ["## What changes", "", *md.table(["sites", "change"], rows)]
    for state, (_one, many) in _SAYS.items():
        sites = _of(found, state)
        if not sites:
            continue
        lines += [f"## Sites that {many} ({len(sites)})", ""]
        if state in _WRONG:
            lines += [f"* {md.code(site['file'])}: {md.text(_bare(e, site))}" for site in sites for e in site["errors"]]
        else:
            lines.append(", ".join(md.code(site["site"]) for site in sites))
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def bad(found: Data, fail_on: t.Container[str]) -> t.List[str]:
    """What a run is to fail for."""
    return [
        f"{len(sites)} {_SAYS[state][len(sites) != 1]}: {some([site['site'] or site['file'] for site in sites])}"
        for state in _SAYS
        for sites in [_of(found, state)]
        if sites and state in fail_on
    ]


def some(names: t.Sequence[str]) -> str:
    """A few of many names."""
    more = len(names) - _NAMES
    return ", ".join(names[:_NAMES]) + (f" and {more} more" if more > 0 else "")


def _vendor(one: Data) -> str:
    verb = {"added": "is new", "removed": "has no spec any more", "changed": "changes"}[one["action"]]
    told = [f"{what} {', '.join(names)}" for what, names in one["requirements"].items() if names]
    return f"{verb}: {'; '.join(told)}" if told and one["action"] == "changed" else verb


def _of(found: Data, state: str) -> t.List[Data]:
    return [site for site in found["sites"] if site["state"] == state]


def _bare(error: str, site: Data) -> str:
    """An error without the file that is named beside it."""
    return error[len(site["file"]) + 2 :] if error.startswith(f"{site['file']}: ") else error


def _more(count: int, what: str) -> t.List[str]:
    return [f"       and {count} more {what}"] if count > 0 else []


def _wrap(words: str, first: str) -> t.List[str]:
    return textwrap.wrap(
        words, _WIDTH, initial_indent=first, subsequent_indent=" " * len(first), break_on_hyphens=False
    )
