# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Tables of devices beside the files of sites: each is read once, and its rows belong to the sites that they name."""

from __future__ import annotations

import re
import stat
import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._inventory._folder import shown
from ansible_collections.fieldnet.iot.plugins.plugin_utils._register._csv_import import Row, import_devices
from ansible_collections.fieldnet.iot.plugins.plugin_utils._register._csv_read import LARGEST

_ROW = re.compile(r"row (\d+): (site)?")
_MOST_ROWS = 100_000  # to remember: some 100 MiB
_ANYBODY = ""  # in the place of a site: where no row says whose it is


class Table(t.NamedTuple):
    """The rows by the site that they name, each with its number; what is wrong with a site's rows, or with all."""

    path: Path
    missing: str  # why there is no table
    rows: t.Mapping[str, t.Sequence[t.Tuple[int, Row]]]
    wrong: t.Mapping[str, t.Sequence[str]]

    @property
    def size(self) -> int:
        """How many rows it has."""
        return sum(len(rows) for rows in self.rows.values())

    @property
    def names_sites(self) -> bool:
        """Whether its rows say which site they belong to."""
        return any(site != _ANYBODY for site in self.rows)

    def of(self, site: str) -> t.Sequence[t.Tuple[int, Row]]:
        """The rows of a site: those that name it, or all where none names any."""
        return self.rows.get(site if self.names_sites else _ANYBODY, ())

    def errors_of(self, site: str) -> t.List[str]:
        """What is wrong with the table as a whole, and with the site's rows."""
        found = [*self.wrong.get(_ANYBODY, ()), *(self.wrong.get(site, ()) if site != _ANYBODY else ())]
        return [f"{shown(self.path)}: {problem}" for problem in found]


class Tables:
    """Tables, each read once until its file changes; what was not asked for lately is forgotten."""

    def __init__(self) -> None:
        self._found: t.Dict[Path, t.Tuple[object, Table]] = {}
        self._rows = 0

    def at(self, path: Path) -> Table:
        """The table of this file."""
        state = signature(path)
        known = self._found.pop(path, None)
        if known and known[0] == state:
            self._found[path] = known
            return known[1]
        self._rows -= known[1].size if known else 0
        table = _read(path)
        self._found[path] = (state, table)
        self._rows += table.size
        while self._rows > _MOST_ROWS and len(self._found) > 1:
            self._rows -= self._found.pop(next(iter(self._found)))[1].size
        return table


def signature(path: Path) -> t.Tuple[int, ...]:
    """What changes whenever a file does; nothing where it is not there."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return ()
    return (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _read(path: Path) -> Table:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return Table(path, "is not a file", {}, {})
        if status.st_size > LARGEST:
            return Table(path, f"is larger than {LARGEST // 1024 // 1024} MiB", {}, {})
        data = path.read_bytes()
    except (OSError, ValueError) as exc:
        return Table(path, f"cannot be read: {getattr(exc, 'strerror', None) or exc}", {}, {})
    # Without specs: whether a vendor has this type is said by the site's own check, once.
    found = import_devices(data, {}, {})
    rows: t.Dict[str, t.List[t.Tuple[int, Row]]] = {}
    owner: t.Dict[int, str] = {}
    for number, row in found.devices:
        owner[number] = row.pop("site", _ANYBODY)
        rows.setdefault(owner[number], []).append((number, row))
    wrong: t.Dict[str, t.List[str]] = {}
    told = set()
    for problem in found.problems:
        place = _ROW.match(problem)
        number = int(place.group(1)) if place else 0
        told.update([number] if place and place.group(2) else [])
        wrong.setdefault(owner.get(number, _ANYBODY), []).append(problem)
    if any(site != _ANYBODY for site in rows):
        wrong.setdefault(_ANYBODY, []).extend(
            f"row {number}: site: is empty, and other rows name theirs"
            for number, _row in rows.get(_ANYBODY, ())
            if number not in told
        )
    return Table(path, "", rows, wrong)
