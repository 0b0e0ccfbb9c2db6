# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What an inventory of sites says: their hosts, and what becomes of sites that are wrong."""

from __future__ import annotations

import hashlib
import json
import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data import _yaml
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._fleet import Reader
from ansible_collections.fieldnet.iot.plugins.plugin_utils._inventory._folder import follow, shown
from ansible_collections.fieldnet.iot.plugins.plugin_utils._inventory._hosts import Hosts, hosts_of_data, hosts_of_site
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._csv import table_names, table_path
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._sites import TABLES, is_other_inventory, no_sites
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._tables import signature
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._vendors import BUILT_IN

_FORMAT = 1  # of what is kept in a cache


class Listing(t.NamedTuple):
    """The hosts of all sites; what is wrong; what somebody should know; and the tables that were read."""

    sites: t.List[Hosts]
    errors: t.List[str]
    warnings: t.List[str]
    tables: t.List[str]


def unchecked(files: t.Sequence[Path], sources: t.Sequence[Path]) -> Listing:
    """The hosts of all files of the sources, as far as they can be read: the plan refuses what is wrong."""
    found = Listing([], [], [], [])
    tables: t.Dict[str, None] = {}
    for path in files:
        data, problems = _yaml.load(path)
        if not problems and is_other_inventory(data):
            continue
        found.warnings.extend(f"{shown(path)}: {problem}: its hosts are unknown" for problem in problems)
        tables.update({str(table_path(path, name)): None for _index, name in table_names(data)})
        if not problems:
            found.sites.append(hosts_of_data(data, path, TABLES))
    found.tables.extend(tables)
    if not found.sites and not found.warnings:
        found.errors.append(no_sites(sources))
    return found


def checked(sources: t.Sequence[Path], vendor_folders: t.Sequence[Path], skip: bool) -> Listing:
    """The hosts of the sites that are right; what is wrong with others is an error, or a warning and no hosts."""
    reader = Reader(sources, vendor_folders, "skip" if skip else "fail")
    paths = {shown(path): str(path) for path in reader.sources.files}
    sites = [hosts._replace(file=paths[name]) for name, _digest, hosts in reader.each(hosts_of_site)]
    tables = dict.fromkeys(use.path for uses in reader.tables.values() for use in uses)
    return Listing(sites, reader.errors, reader.warnings, list(tables))


_judged: t.Dict[Path, t.Tuple[t.Tuple[int, ...], Listing]] = {}


def judged_once(path: Path, sources: t.Sequence[Path], vendor_folders: t.Sequence[Path], skip: bool) -> Listing:
    """What a folder's site is beside the others. All are judged with the first; the rest find what was found then."""
    known = _judged.pop(path, None)  # who reads it again wants to know what has changed
    if known and known[0] == signature(path):
        return known[1]
    found = follow(sources, [])
    all_of_them = checked(sources if path in found.files else [path], vendor_folders, skip)
    by_file = {hosts.file: hosts for hosts in all_of_them.sites}
    for file in found.files:
        if file != path:
            mine = [hosts for hosts in [by_file.get(str(file))] if hosts]
            _judged[file] = (signature(file), Listing(mine, [], [], []))
    return all_of_them  # whatever is wrong is told once, with the first


def state(mode: str, files: t.Iterable[Path], folders: t.Iterable[Path]) -> str:
    """A word that changes whenever one of the files does, or what a folder of specs has."""
    specs = [path for folder in (BUILT_IN, *folders) for path in sorted(folder.glob("*"))]
    seen = [(str(path), signature(path)) for path in (*files, *specs)]
    return hashlib.sha256(json.dumps([_FORMAT, mode, seen]).encode()).hexdigest()


def remembered(found: Listing, mode: str, files: t.Iterable[Path], folders: t.Iterable[Path]) -> t.Dict[str, t.Any]:
    """A listing as a cache keeps it."""
    word = state(mode, [*files, *map(Path, found.tables)], folders)
    sites = [list(site) for site in found.sites]
    return {"state": word, "sites": sites, "warnings": found.warnings, "tables": found.tables}


def recalled(kept: object, mode: str, files: t.Sequence[Path], folders: t.Sequence[Path]) -> t.Optional[Listing]:
    """A listing from a cache; None where anything has changed since, or where it is no such thing."""
    if not isinstance(kept, dict):
        return None
    try:
        tables = [str(name) for name in kept["tables"]]
        if kept["state"] != state(mode, [*files, *map(Path, tables)], folders):
            return None
        sites = [Hosts(*site) for site in kept["sites"]]
        return Listing(sites, [], [str(warning) for warning in kept["warnings"]], tables)
    except (KeyError, TypeError, ValueError):
        return None
