# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The report: what all renderers read, made of one or more assessment documents.

Documents may come from slices of a run, from files, from a history, in any order: each site stands in the report once,
as it was assessed last; and of its parts, where slices had some of its probe hosts each. What is no assessment is
refused, with its place.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._parts import join
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._verdict import FINE
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report import _words as words

Data = t.Mapping[str, t.Any]
# What JSON can hold and no file in UTF-8.
_LONE_SURROGATES = re.compile("[\ud800-\udfff]")
_SITE = ("site", "readiness")
_REQUIREMENT = ("vendor", "id", "vlan", "title", "level", "verdict", "reason")
_MORE = ("basis", "remedy", "accepted", "source", "conflict", "since")
# Of a part of a site: the probe host that the run did not have (_assess/_parts.py).
_HELD = ("elsewhere",)
_ADVICE = ("vendor", "id", "title", "text", "source")


class ReportError(ValueError):
    """What was given is no assessment; ``errors`` says what is wrong with it, and where."""

    def __init__(self, errors: t.Sequence[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = list(errors)


class Row(t.NamedTuple):
    """One requirement of one site."""

    vendor: str
    id: str
    vlan: str
    title: str
    level: str
    verdict: str
    reason: str
    basis: str
    remedy: str
    accepted: str
    source: str
    conflict: str
    since: str  # when it got this verdict; empty where no history is kept
    change: str  # a word of CHANGES, or empty
    was: str  # its verdict at the last assessment, where that was another

    @property
    def name(self) -> str:
        """Where and what it is, unique within its site."""
        return f"{self.vlan}/{self.vendor}/{self.id}"


class Advice(t.NamedTuple):
    """What a vendor advises and nobody judges."""

    vendor: str
    id: str
    title: str
    text: str
    source: str


class SiteReport(t.NamedTuple):
    """One site."""

    site: str
    readiness: str
    assessed: str  # RFC 3339, or empty
    rows: t.Tuple[Row, ...]  # what holds the site up first, and the worst of it
    notes: t.Tuple[str, ...]
    compared: str  # when it was assessed before: what `change` of its rows refers to; empty: never
    gone: t.Tuple[str, ...]  # requirements that only the assessment before had

    def count(self, verdict: str) -> int:
        """How many requirements have a verdict."""
        return sum(row.verdict == verdict for row in self.rows)

    def changed(self, change: str) -> t.List[Row]:
        """Those of one kind of change."""
        return [row for row in self.rows if row.change == change]


class Report(t.NamedTuple):
    """All sites, by name; and the vendors' advice, which is the same at each of them."""

    title: str
    sites: t.Tuple[SiteReport, ...]
    advice: t.Tuple[Advice, ...]

    @property
    def verdicts(self) -> t.List[words.Word]:
        """The verdicts that occur, the worst first."""
        found = {row.verdict for site in self.sites for row in site.rows}
        return [words.verdict(name) for name in sorted(found, key=lambda one: (-words.verdict_rank(one), one))]

    @property
    def states(self) -> t.List[words.Word]:
        """The states of readiness that occur, the worst first."""
        found = {site.readiness for site in self.sites}
        return [words.readiness(name) for name in sorted(found, key=lambda one: (-words.readiness_rank(one), one))]


def make_report(documents: t.Mapping[str, t.Any], title: str) -> Report:
    """Of documents by the place they come from, which errors name."""
    errors = [problem for place, document in documents.items() for problem in _document_problems(place, document)]
    if errors:
        raise ReportError(errors)
    found: t.Dict[str, t.List[Data]] = {}
    advice: t.Set[Advice] = set()
    for document in documents.values():
        advice.update(_advice(document))
        for site in document["sites"]:
            advice.update(_advice(site))
            found.setdefault(site["site"], []).append(site)
    return Report(_text(title), tuple(_site(join(found[name])) for name in sorted(found)), tuple(sorted(advice)))


def _document_problems(place: str, document: t.Any) -> t.Iterator[str]:
    if not isinstance(document, dict) or not isinstance(document.get("sites"), list):
        yield f"{place}: is no assessment (it has no list of sites): give what fieldnet.iot.assess wrote"
        return
    if document.get("schema") != 1:
        yield f"{place}: schema: {document.get('schema')!r} is not 1: assess again with this version"
        return
    yield from _list_problems(f"{place}: advice", document.get("advice", []), _ADVICE)
    for index, site in enumerate(document["sites"]):
        yield from _site_problems(f"{place}: sites[{index}]", site)


def _site_problems(where: str, site: t.Any) -> t.Iterator[str]:
    if not isinstance(site, dict):
        yield f"{where}: is not a mapping"
        return
    yield from _no_texts(where, site, _SITE, ("assessed",))
    if "requirements" not in site:
        yield f"{where}.requirements: is missing"
    yield from _list_problems(f"{where}.requirements", site.get("requirements", []), _REQUIREMENT, _MORE + _HELD)
    yield from _list_problems(f"{where}.advice", site.get("advice", []), _ADVICE)
    for key in ("notes", "part"):
        if not isinstance(site.get(key, []), list):
            yield f"{where}.{key}: is not a list"
    changes = site.get("changes", {})
    if not isinstance(changes, dict):
        yield f"{where}.changes: is not a mapping"
        return
    for key in (*words.CHANGES, "gone"):
        yield from _list_problems(f"{where}.changes.{key}", changes.get(key, []), ())


def _list_problems(where: str, entries: t.Any, needed: t.Sequence[str], more: t.Sequence[str] = ()) -> t.Iterator[str]:
    """What is wrong with a list of mappings."""
    if not isinstance(entries, list):
        yield f"{where}: is not a list"
        return
    for index, one in enumerate(entries):
        yield from _no_texts(f"{where}[{index}]", one, needed, more)


def _no_texts(where: str, one: t.Any, needed: t.Sequence[str], more: t.Sequence[str]) -> t.Iterator[str]:
    if not isinstance(one, dict):
        yield f"{where}: is not a mapping"
        return
    for key in needed:
        if not isinstance(one.get(key), str):
            yield f"{where}.{key}: is missing, or no text"
    for key in more:
        if not isinstance(one.get(key, ""), str):
            yield f"{where}.{key}: is no text"


def _site(site: Data) -> SiteReport:
    changes = site.get("changes") or {}
    found: t.Dict[t.Tuple[str, ...], t.Tuple[str, str]] = {}
    for change in words.CHANGES:
        for one in changes.get(change) or ():
            found[_key(one)] = (change, _text(one.get("before", "")))
    rows = []
    for one in site["requirements"]:
        change, was = found.get(_key(one), ("", ""))
        texts = [_text(one.get(key, "")) for key in (*_REQUIREMENT, *_MORE)]
        rows.append(Row._make([*texts, change, was if was != one["verdict"] else ""]))
    return SiteReport(
        site=_text(site["site"]),
        readiness=_text(site["readiness"]),
        assessed=_text(site.get("assessed", "")),
        rows=tuple(sorted(rows, key=_worst_first)),
        notes=tuple(_text(note) for note in site.get("notes") or ()),
        compared=_text(changes.get("since") or ""),
        gone=tuple("/".join(_key(one)) for one in changes.get("gone") or ()),
    )


def _worst_first(row: Row) -> t.Tuple[bool, int, str, str]:
    """What keeps a site from being ready, then what else is not met, then the rest."""
    holds_up = row.level == "required" and not row.accepted and row.verdict not in FINE
    return not holds_up, -words.verdict_rank(row.verdict), row.verdict, row.name


def _advice(holder: Data) -> t.Iterator[Advice]:
    for one in holder.get("advice", []):
        yield Advice(*(_text(one[key]) for key in _ADVICE))


def _text(value: t.Any) -> str:
    return _LONE_SURROGATES.sub("\ufffd", str(value))


def _key(one: Data) -> t.Tuple[str, ...]:
    return tuple(_text(one.get(key, "")) for key in ("vlan", "vendor", "id"))
