# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Read a fleet under two sets of vendor specs, one file after another: of each site only the outcome is kept."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._fleet import FleetError
from ansible_collections.fieldnet.iot.plugins.plugin_utils._impact._impact import (
    Entry,
    Outcome,
    Read,
    Specs,
    concerned,
    document,
    outcome,
    untouched,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._inventory._folder import follow
from ansible_collections.fieldnet.iot.plugins.plugin_utils._parallel import WorkerError, in_order
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._sites import no_sites, read_site
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._vendors import load_specs


def impact(
    sources: t.Sequence[Path],
    vendor_folders: t.Sequence[Path],
    new_vendor_folders: t.Sequence[Path],
    workers: t.Optional[int] = None,
) -> Entry:
    """The document, or FleetError where the specs or the folders themselves can't be read."""
    errors: t.List[str] = []
    found = follow(sources, errors)
    before, wrong = load_specs(list(dict.fromkeys([*vendor_folders, *found.vendor_folders])))
    after, wrong_after = load_specs(list(dict.fromkeys(new_vendor_folders)))
    errors += [*wrong, *(f"as proposed: {error}" for error in wrong_after)]
    if errors:
        raise FleetError(errors)
    try:
        report = document(_outcomes(found.files, before, after, workers), before, after)
    except WorkerError as exc:
        raise FleetError([f"not all sites were read: {exc}"]) from None
    if not report["sites"]:
        raise FleetError([no_sites(sources)])
    return report


def _outcomes(files: t.Sequence[Path], before: Specs, after: Specs, workers: t.Optional[int]) -> t.Iterator[Outcome]:
    def work(path: Path) -> t.Optional[Outcome]:
        was = read_site(path, before)
        if was.other:
            return None
        if was.site and not concerned(was.site, before, after):
            return untouched(was.name, was.site.name)
        now = read_site(path, after)
        return outcome(was.name, Read(was.site, was.errors), Read(now.site, now.errors), before, after)

    return (found for found in in_order(work, files, workers) if found)
