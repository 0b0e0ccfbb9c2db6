# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The files of sites: one is read with the tables that it names, and judged by itself."""

from __future__ import annotations

import dataclasses
import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data import _yaml
from ansible_collections.fieldnet.iot.plugins.plugin_utils._inventory._folder import shown
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._csv import Merged, merge
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import Site
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._shape import PLUGIN
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._site import parse_site
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._tables import Tables
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._tables_use import TableUse, table_use
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Spec

_INVENTORY_KEYS = frozenset({"hosts", "vars", "children"})
TABLES = Tables()  # those of this process


class ReadSite(t.NamedTuple):
    """One file: its site, or everything that is wrong; or neither, since it is another inventory."""

    name: str
    site: t.Optional[Site]
    errors: t.List[str]
    other: bool = False
    tables: t.Sequence[TableUse] = ()


def no_sites(sources: t.Sequence[Path]) -> str:
    """What is wrong with sources that no site is in."""
    where = ", ".join(shown(source) for source in sources) or "nothing"
    return f"{where}: holds no site; a site is a YAML file that begins with plugin: {PLUGIN}"


def is_other_inventory(data: object) -> bool:
    """Whether this is no site: an Ansible inventory may lie beside the sites, groups or a plugin's."""
    if not isinstance(data, dict) or not data or "site" in data:
        return False
    if "plugin" in data:
        return bool(data["plugin"] != PLUGIN) or "path" in data  # a fleet's own, which is followed
    return all(isinstance(group, dict) and set(group) <= _INVENTORY_KEYS for group in data.values())


def read_site(path: Path, specs: t.Mapping[str, Spec]) -> ReadSite:
    """The site of a file and of the tables that it names."""
    name = shown(path)
    data, problems = _yaml.load(path)
    if problems:
        return ReadSite(name, None, [f"{name}: {problem}" for problem in problems])
    if is_other_inventory(data):
        return ReadSite(name, None, [], other=True)
    source = merge(data, path, TABLES)
    site, problems = parse_site(source.data, specs)
    told = [source.tell(problem) for problem in problems]
    errors = [*source.errors, *(error for error in told if error)]
    uses = [table_use(table, site.name) for table in source.tables] if site else []
    return ReadSite(name, _with_rows(site, source) if site and not errors else None, errors, tables=uses)


def left_out(name: str, errors: t.Sequence[str]) -> str:
    """How a site that is not there is told, loudly."""
    return "\n".join([f"{name} is left out of this run, with all its hosts:", *errors])


def _with_rows(site: Site, source: Merged) -> Site:
    """The site, whose devices know the rows that they come from."""
    if not source.rows:
        return site
    places = [source.row(index) for index in range(len(site.devices))]
    devices = (
        dataclasses.replace(device, row=f"{shown(place[0])}: row {place[1]}") if place else device
        for device, place in zip(site.devices, places)
    )
    return dataclasses.replace(site, devices=tuple(devices))
