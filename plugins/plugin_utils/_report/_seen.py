# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a probe host saw, kept in the history's folder as soon as it was seen: one file a probe host, the newest.

A run judges when all have probed; one that is stopped before that loses nothing, since the next one takes what is new
enough from here. The results of one site belong together, for its probe hosts also look at each other: they are taken
when all of them are there, of the same checks, or not at all.
"""

from __future__ import annotations

import hashlib
import json
import re
import typing as t
from datetime import datetime, timezone
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._save import replace

Data = t.Mapping[str, t.Any]
Checks = t.Mapping[str, t.Sequence[Data]]  # by probe host
_SCHEMA = 1
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,120}")
_TIME = "%Y-%m-%dT%H:%M:%S.%f%z"


def written(when: datetime) -> str:
    """A time as it is kept."""
    return when.astimezone(timezone.utc).strftime(_TIME)


def read_time(text: object) -> t.Optional[datetime]:
    """A time that was kept; None: it is none."""
    try:
        return datetime.strptime(str(text), _TIME)
    except ValueError:
        return None


def keep(folder: Path, site: str, host: str, checks: t.Sequence[Data], results: t.Sequence[Data], when: str) -> None:
    """Keep what a probe host saw. May raise OSError."""
    found = {"schema": _SCHEMA, "host": host, "seen": when, "checks": _digest(checks), "results": list(results)}
    replace(_file(folder, site, host), json.dumps(found, sort_keys=True) + "\n")


def recent(folder: Path, site: str, host: str, checks: Checks, since: datetime) -> t.Optional[t.Dict[str, t.Any]]:
    """What this probe host saw since then, with the time; None: it, or another one of its site, has to look again."""
    found = {name: _read(_file(folder, site, name)) for name in checks}
    for name, one in found.items():
        when = read_time(one.get("seen")) if one else None
        if one is None or when is None or not since <= when <= datetime.now(timezone.utc):
            return None
        if one.get("schema") != _SCHEMA or one.get("host") != name or one.get("checks") != _digest(checks[name]):
            return None
        if not isinstance(one.get("results"), list):
            return None
    mine = found.get(host)
    return {"results": mine["results"], "seen": mine["seen"]} if mine else None


def _file(folder: Path, site: str, host: str) -> Path:
    """Beside the site's assessments, and told from them by its name, which no site's text can lead elsewhere."""
    name = host if _PLAIN.fullmatch(host) else hashlib.sha256(host.encode()).hexdigest()[:32]
    return folder / (site if _PLAIN.fullmatch(site) else "_") / f"seen-{name}.json"


def _digest(checks: t.Sequence[Data]) -> str:
    return hashlib.sha256(json.dumps(list(checks), sort_keys=True, default=str).encode()).hexdigest()


def _read(path: Path) -> t.Optional[t.Dict[str, t.Any]]:
    """Whatever is wrong with it, looking again is right."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
