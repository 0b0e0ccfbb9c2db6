# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""All sites of a fleet, judged by their data alone: every error, then what somebody should know, as one document.

What many sites have in common is told once, with their names: ten thousand of them make no longer a list than ten.
"""

from __future__ import annotations

import typing as t
from collections import Counter
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._outlook import Outlook, outlook
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._digest import Digest
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._fleet import Reader
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._lint import overlapping, shared, software_chosen

Data = t.Dict[str, t.Any]
KINDS = ("unmet", "unproven", "shared", "data")
_Key = t.Tuple[str, str]  # kind, text


class _Findings:
    """What was found, by kind and text, with the requirements and sites that it concerns."""

    def __init__(self) -> None:
        self._found: t.Dict[_Key, t.Tuple[t.Dict[str, None], t.Dict[str, None]]] = {}

    def add(self, kind: str, text: str, site: str = "", requirement: str = "") -> None:
        requirements, sites = self._found.setdefault((kind, text), ({}, {}))
        requirements.update({requirement: None} if requirement else {})
        sites.update({site: None} if site else {})

    def document(self) -> t.List[Data]:
        """The kinds in their order, then what concerns most sites first."""
        entries: t.List[Data] = [
            {"kind": kind, "text": text, "requirements": sorted(requirements), "sites": list(sites)}
            for (kind, text), (requirements, sites) in self._found.items()
        ]
        return sorted(entries, key=lambda one: (KINDS.index(one["kind"]), -len(one["sites"]), one["text"]))


class Validation:
    """The fleet as it is read, site by site."""

    def __init__(self) -> None:
        self.errors: t.List[str] = []
        self.warnings, self.notes = _Findings(), _Findings()
        self._digests: t.List[Digest] = []
        self._sites: t.List[Data] = []
        self._devices: Counter[str] = Counter()
        self._vendors: Counter[str] = Counter()

    def add(self, file: str, site: Digest, found: Outlook) -> None:
        """Add a good site; where it could not be planned after all, that is an error."""
        if found.error:
            self.errors.append(f"{file}: {found.error}: this is a fault of fieldnet.iot; report it with this file")
        self._digests.append(site)
        told: t.Dict[str, t.Dict[str, None]] = {"unmet": {}, "unproven": {}}
        for one in found.settled:
            worth = self.warnings if one.required or one.verdict == "unmet" else self.notes
            worth.add(one.verdict, one.remedy, site.name, one.requirement)
            told[one.verdict][one.requirement] = None
        for note in found.notes:
            self.notes.add("data", note, site.name)
        entry = {verdict: list(requirements) for verdict, requirements in told.items()}
        self._sites.append({"site": site.name, "file": file, "devices": len(site.devices), **entry})
        for vendor, count in found.vendors:
            self._vendors[vendor] += 1
            self._devices[vendor] += count

    def document(self, reader: Reader) -> Data:
        """All of it, when the reader is through."""
        for text in (*shared(self._digests), *overlapping(self._digests)):
            self.warnings.add("shared", text)
        for text in (*reader.warnings, *software_chosen(self._digests)):
            self.warnings.add("data", text)
        vendors = {
            vendor: {"sites": self._vendors[vendor], "devices": self._devices[vendor]}
            for vendor in sorted(self._vendors)
        }
        return {
            "schema": 1,
            "summary": {
                "files": reader.files,
                "sites": len(self._sites),
                "devices": sum(self._devices.values()),
                "vendors": vendors,
            },
            "errors": [*reader.errors, *self.errors],
            "warnings": self.warnings.document(),
            "notes": self.notes.document(),
            "sites": sorted(self._sites, key=lambda one: str(one["site"])),
        }


def validate(sources: t.Sequence[Path], vendor_folders: t.Sequence[Path], workers: t.Optional[int] = None) -> Data:
    """Read, check and plan every site, and connect to nothing."""
    reader, found = Reader(sources, vendor_folders), Validation()
    for file, site, seen in reader.each(lambda site: outlook(site, reader.specs), workers):
        found.add(file, site, seen)
    return found.document(reader)
