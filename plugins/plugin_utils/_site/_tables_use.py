# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What sites beside each other show of the tables that they read: rows of nobody, and rows of two."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import hint
from ansible_collections.fieldnet.iot.plugins.plugin_utils._inventory._folder import shown
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._tables import Table, Tables

_SHOWN = 5  # rows of one kind
_MOST_KNOWN = 100  # sites that are compared with one that is not known


class TableUse(t.NamedTuple):
    """A table that a site reads: whether its rows name sites, and others than this one."""

    path: str
    names_sites: bool
    names_others: bool


def table_use(table: Table, site: str) -> TableUse:
    """How this site uses the table."""
    return TableUse(str(table.path), table.names_sites, len(set(table.rows) - {site, ""}) > 0)


class TableOwners:
    """Finds tables that two sites read, and whose rows don't say which is meant."""

    def __init__(self) -> None:
        self._first: t.Dict[str, str] = {}

    def add(self, file: str, uses: t.Iterable[TableUse]) -> t.List[t.Tuple[str, str]]:
        """Add a site by its file; what it may not read is told, with the file of who reads it already."""
        return [
            (
                f"{file}: devices_csv: {shown(Path(use.path))} is read by {self._first[use.path]} already, and has no"
                " column site",
                self._first[use.path],
            )
            for use in uses
            if not use.names_sites and self._first.setdefault(use.path, file) != file
        ]


def rows_of_nobody(sites: t.Mapping[str, t.Iterable[TableUse]], tables: Tables) -> t.Iterator[str]:
    """Rows whose site is not there, or does not read the table: nobody plans these devices."""
    readers: t.Dict[str, t.Set[str]] = {}
    strange: t.Set[str] = set()
    for site, uses in sites.items():
        for use in uses:
            readers.setdefault(use.path, set()).add(site)
            strange.update([use.path] if use.names_others else [])
    for path in sorted(strange):
        table, known = tables.at(Path(path)), readers[path]
        for site in sorted(set(table.rows) - known - {""}):
            rows = [str(number) for number, _row in table.of(site)]
            more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
            where = f"row{'s' if len(rows) > 1 else ''} {', '.join(rows[:_SHOWN])}{more}"
            meant = hint(site, known) if len(known) < _MOST_KNOWN else ""
            yield f"{shown(table.path)}: {where}: no site named {site} reads this table{meant}"
