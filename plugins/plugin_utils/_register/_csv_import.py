# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Devices from a table as people keep it: every row made canonical, every mistake told with its row, all at once.

Pure, and without a site: what the rows mean in one (is the address in the VLAN's subnet?) is the site's own check.
"""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import hint, show
from ansible_collections.fieldnet.iot.plugins.plugin_utils._register import _csv_cells as cells
from ansible_collections.fieldnet.iot.plugins.plugin_utils._register._csv_read import CsvError, read_table
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Spec

COLUMNS = ("site", "name", "vendor", "type", "mac", "ip", "vlan", "uplink")
_REQUIRED = ("name", "vendor", "type", "mac", "vlan")
_READ: t.Mapping[str, t.Callable[[str], t.Optional[str]]] = {
    "site": cells.slug_of,
    "name": cells.name,
    "vendor": cells.slug_of,
    "type": cells.slug_of,
    "mac": cells.mac,
    "ip": cells.ip,
    "vlan": cells.slug_of,
    "uplink": cells.uplink,
}
Row = t.Dict[str, str]


class Imported(t.NamedTuple):
    """The devices as a site's file has them, each with its row; what is wrong; and what somebody should know."""

    devices: t.List[t.Tuple[int, Row]]
    problems: t.List[str]
    notes: t.List[str]


def import_devices(data: bytes, specs: t.Mapping[str, Spec], defaults: t.Mapping[str, str]) -> Imported:
    """The devices of a file's bytes. ``defaults`` stands in for empty cells and missing columns."""
    try:
        table = read_table(data)
    except CsvError as error:
        return Imported([], [str(error)], [])
    problems = list(table.problems)
    notes: t.List[str] = []
    problems += [
        f"the defaults have no column {name}: they may have {', '.join(COLUMNS)}"
        for name in sorted(set(defaults) - set(COLUMNS))
    ]
    missing = [name for name in _REQUIRED if name not in table.columns and not defaults.get(name)]
    if missing:
        known = ", ".join(show(header) for header in table.columns.values()) or "none"
        problems.append(f"has no column for {', '.join(missing)}, and no default (it understood: {known})")
        return Imported([], problems, notes)
    if table.unused:
        notes.append(f"columns that were not used: {', '.join(show(header) for header in table.unused)}")
    devices = [(number, _device(number, {**row}, defaults, problems, notes)) for number, row in table.rows]
    if not devices:
        problems.append("has no row beneath its header")
    for number, device in devices:
        _check_vendor(number, device, specs, problems)
    _refuse_twice(devices, problems)
    return Imported(devices, problems, notes)


def _device(number: int, row: Row, defaults: t.Mapping[str, str], problems: t.List[str], notes: t.List[str]) -> Row:
    """What could be read of a row; a column that could not is missing, and told."""
    device: Row = {}
    for column, read in _READ.items():
        text = row.get(column) or defaults.get(column) or ""
        if not text:
            if column in _REQUIRED:
                problems.append(f"row {number}: {column} is empty")
            continue
        try:
            value = read(text)
        except ValueError as error:
            problems.append(f"row {number}: {column}: {show(text)} {error}")
            continue
        if value:
            device[column] = value
        if column == "name" and value != text:
            notes.append(f"row {number}: {show(text)} becomes {value}")
    return device


def _check_vendor(number: int, device: Row, specs: t.Mapping[str, Spec], problems: t.List[str]) -> None:
    vendor, kind, uplink = device.get("vendor"), device.get("type"), device.get("uplink")
    if not specs or vendor is None:
        return
    if vendor not in specs:
        problems.append(f"row {number}: vendor: {vendor} is no known vendor{hint(vendor, specs)}")
    elif kind is not None:
        media = specs[vendor].uplinks.get(kind)
        if media is None:
            problems.append(
                f"row {number}: type: {kind} is no device type of {vendor}{hint(kind, specs[vendor].uplinks)}"
            )
        elif uplink and uplink not in media:
            problems.append(f"row {number}: uplink: a {vendor} {kind} has no {uplink}")


def _refuse_twice(devices: t.Sequence[t.Tuple[int, Row]], problems: t.List[str]) -> None:
    """A MAC address is one device's wherever it is; a name and an address are those of a site."""
    first: t.Dict[t.Tuple[str, str, str], int] = {}
    for number, device in devices:
        for column in ("name", "mac", "ip"):
            value = device.get(column)
            place = "" if column == "mac" else device.get("site", "")
            if value and (column, place, value) in first:
                problems.append(f"row {number}: {column}: {value} is that of row {first[column, place, value]}, too")
            elif value:
                first[column, place, value] = number
