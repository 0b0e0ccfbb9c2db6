# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The devices of a site that stand in tables: put beside those of its file, and found again when a check names one.

The checks of a site know its devices by number; people know a device of a table by the table's row.
"""

from __future__ import annotations

import os
import re
import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._scalars import FILE, SLUG_PATTERN
from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import Problem
from ansible_collections.fieldnet.iot.plugins.plugin_utils._inventory._folder import shown
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._tables import Table, Tables

_DEVICE = re.compile(r"devices\[([0-9]+)\](?:\.(.+))?")
_TWIN = re.compile(r"(.* is a duplicate of )devices\[([0-9]+)\]\.([a-z]+)", re.DOTALL)


class Merged(t.NamedTuple):
    """A site's data with all its devices, and where they come from."""

    data: object
    path: Path
    first: int  # the first device that is a table's
    rows: t.Sequence[t.Tuple[Path, int]]  # its table and row, and those of all after it
    tables: t.Sequence[Table]
    errors: t.List[str]

    def row(self, index: int) -> t.Optional[t.Tuple[Path, int]]:
        """Table and row of a device, or None where it stands in the site's file."""
        return self.rows[index - self.first] if 0 <= index - self.first < len(self.rows) else None

    def place(self, index: int, column: str) -> str:
        """Where a device's value stands, as people look for it."""
        row = self.row(index)
        return f"{shown(row[0])}: row {row[1]}: {column}" if row else f"{shown(self.path)}: devices[{index}].{column}"

    def tell(self, problem: Problem) -> t.Optional[str]:
        """A problem with its file; None where the reading of the table said the same already."""
        found = _DEVICE.fullmatch(problem.path)
        here = self.row(int(found.group(1))) if found else None
        twin = _TWIN.fullmatch(problem.message)
        there = self.row(int(twin.group(2))) if twin else None
        message = problem.message
        if twin and there:
            if here and here[0] == there[0]:
                return None
            message = f"{twin.group(1)}{self.place(int(twin.group(2)), twin.group(3))}"
        elif twin and here:
            message = f"{twin.group(1)}{shown(self.path)}: devices[{twin.group(2)}].{twin.group(3)}"
        if found is None or here is None:
            return f"{shown(self.path)}: {Problem(problem.path, message)}"
        if found.group(2) is None:  # has no mac, ...: the cell is empty, or can't be read
            return None
        return f"{shown(here[0])}: row {here[1]}: {found.group(2)}: {message}"


def table_names(data: object) -> t.List[t.Tuple[int, str]]:
    """The tables that a site's file names, as far as they can be read, each with its place in the list."""
    names = data.get("devices_csv") if isinstance(data, dict) else None
    found = [(index, FILE.run(name, "", [])) for index, name in enumerate(names if isinstance(names, list) else [])]
    return [(index, name) for index, name in found if name is not None]


def table_path(path: Path, name: str) -> Path:
    """The file that a site means: beside its own, without detours, so that a table has one name."""
    return Path(os.path.normpath(path.parent / name))


def merge(data: object, path: Path, tables: Tables) -> Merged:
    """The data of a site's file with the devices of its tables."""
    devices = data.get("devices", []) if isinstance(data, dict) else None
    names = table_names(data)
    if not names or not isinstance(data, dict) or not isinstance(devices, list):
        return Merged(data, path, 0, (), (), [])
    site = str(data.get("site"))
    used: t.Dict[Path, int] = {}
    rows: t.List[t.Tuple[Path, int]] = []
    more: t.List[object] = []
    errors: t.List[str] = []
    for index, name in names:
        table = tables.at(table_path(path, name))
        where = f"{shown(path)}: devices_csv[{index}]"
        if table.path in used:
            errors.append(f"{where}: {name} is a duplicate of devices_csv[{used[table.path]}]")
            continue
        used[table.path] = index
        if table.missing:
            errors.append(f"{where}: {shown(table.path)} {table.missing}")
            continue
        found = table.of(site)
        errors.extend(table.errors_of(site))
        if not found and table.rows and SLUG_PATTERN.fullmatch(site):
            errors.append(f"{where}: {shown(table.path)} has no row of the site {site}")
        rows.extend((table.path, number) for number, _row in found)
        more.extend(row for _number, row in found)
    merged = {**data, "devices": [*devices, *more]}
    return Merged(merged, path, len(devices), rows, [tables.at(used_path) for used_path in used], errors)
