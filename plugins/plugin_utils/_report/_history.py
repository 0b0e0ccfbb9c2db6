# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Assessments kept in a folder of the user's: one folder a site, one file a run, the newest last, so many and no more.

Each file is an assessment document of one site, whole or not there; without the observations behind the verdicts, and
without the vendors' advice, which is the same for all.
What can't be read is named and passed over: a history tells, it never stops a run.
"""

from __future__ import annotations

import hashlib
import json
import re
import typing as t
from datetime import datetime
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._assess import lean
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._changes import over_time, with_since
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._parts import judged
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._unseen import carried
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._model import ReportError, make_report
from ansible_collections.fieldnet.iot.plugins.plugin_utils._save import replace

Data = t.Mapping[str, t.Any]
# By name is by time. Names of sites are slugs already; what else lies in the folder is nobody's of ours.
_SITE = re.compile(r"([a-z][a-z0-9_-]*)(\.[0-9a-f]{8})?")
_RUN = re.compile(r"\d{8}T\d{6}\.\d{6}Z\.json")
_STAMP = "%Y%m%dT%H%M%S.%fZ"


def keep_all(
    folder: Path,
    sites: t.Sequence[Data],
    when: datetime,
    keep: int,
    told: t.Mapping[str, t.List[str]],
    seen: t.Optional[t.Mapping[str, datetime]] = None,
) -> t.List[Data]:
    """The assessments with what became of each site since its last one; each is kept, unless `keep` is 0.

    `seen` says when a site was looked at, where that is not `when`: what was seen once and is judged again takes the
    place of what was judged then. `told` has lists for ``warnings`` and ``errors``: what can't be kept keeps nothing
    else from being told.
    """
    found: t.List[Data] = []
    for site in sites:
        at = (seen or {}).get(str(site["site"]), when)
        before = last(folder, _folder(site), told["warnings"], at)
        now = with_since(before, carried(before, site))
        found.append({**now, "changes": over_time(judged(before), judged(now))} if before else now)
        try:
            if keep:
                remember(folder, found[-1], at, keep)
        except OSError as exc:
            told["errors"].append(f"history: {exc.filename or folder}: cannot be written: {exc.strerror}")
    return found


def remember(folder: Path, site: Data, when: datetime, keep: int) -> None:
    """Keep an assessment of a site, and of the older ones so many that there are `keep`. May raise OSError."""
    name = _folder(site)
    if not _SITE.fullmatch(name):
        raise FileNotFoundError(None, "is no name of a site", name)
    kept = lean(site)
    newest = folder / name / _name(when)
    replace(newest, json.dumps({"schema": 1, "sites": [kept]}, sort_keys=True) + "\n")
    older = [path for path in _runs(folder / name) if path != newest]
    for path in older[: max(len(older) - keep + 1, 0)]:
        path.unlink(missing_ok=True)  # another run may have been quicker


def last(folder: Path, name: str, warnings: t.List[str], before: t.Optional[datetime] = None) -> t.Optional[Data]:
    """The last assessment of a site (before a time), or of a part of it, that can be read; None: there is none."""
    site = name.partition(".")[0]
    for path in reversed(_runs(folder / name)) if _SITE.fullmatch(name) else ():
        if before and path.name >= _name(before):
            continue
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            (found,) = make_report({str(path): document}, "").sites
            if found.site == site:
                return t.cast(Data, document["sites"][0])
            why = f"{path}: is of another site, {found.site}"
        except (OSError, ValueError, RecursionError) as exc:
            why = exc.errors[0] if isinstance(exc, ReportError) else f"{path}: can't be read: {exc}"
        warnings.append(f"{why}; the assessment before it is taken: remove the file")
    return None


def all_last(folder: Path, warnings: t.List[str]) -> t.List[Data]:
    """The last assessment of each site in the folder, and of each part of one."""
    names = sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    found = (last(folder, name, warnings) for name in names)
    return [site for site in found if site is not None]


def _folder(site: Data) -> str:
    """A site's own; where a run had some of its probe hosts, one for these, so that like is compared with like."""
    part = ",".join(site.get("part") or ())
    return f"{site['site']}.{hashlib.sha256(part.encode('utf-8')).hexdigest()[:8]}" if part else str(site["site"])


def _name(when: datetime) -> str:
    return f"{when.strftime(_STAMP)}.json"


def _runs(folder: Path) -> t.List[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _RUN.fullmatch(path.name))
