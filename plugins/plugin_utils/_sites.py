# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The files of sites: one is read with the tables that it names, and judged by itself."""

from __future__ import annotations

import dataclasses
import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils import _yaml
from ansible_collections.fieldnet.iot.plugins.plugin_utils._inventory_folder import shown, site_files
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site import parse_site
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site_csv import Merged, merge
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site_model import Site
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site_shape import PLUGIN
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site_tables import Tables
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec_model import Spec

__all__ = ["Loaded", "ReadSite", "load_sites", "no_sites", "read_site", "shown", "site_files"]
_INVENTORY_KEYS = frozenset({"hosts", "vars", "children"})
_TABLES = Tables()  # those of this process: each is read once, until it changes


class ReadSite(t.NamedTuple):
    """One file: its site, or everything that is wrong; or neither, since it is another inventory."""

    name: str
    site: t.Optional[Site]
    errors: t.List[str]
    other: bool = False


def no_sites(sources: t.Sequence[Path]) -> str:
    """What is wrong with sources that no site is in."""
    where = ", ".join(shown(source) for source in sources) or "nothing"
    return f"{where}: holds no site; a site is a YAML file that begins with plugin: {PLUGIN}"


def _other_inventory(data: object) -> bool:
    """An Ansible inventory may lie beside the sites: one of a plugin of its own, or groups with their hosts."""
    if not isinstance(data, dict) or not data or "site" in data:
        return False
    if "plugin" in data:
        return bool(data["plugin"] != PLUGIN) or "path" in data  # a fleet's own: site_files has followed it
    return all(isinstance(group, dict) and set(group) <= _INVENTORY_KEYS for group in data.values())


def read_site(path: Path, specs: t.Mapping[str, Spec]) -> ReadSite:
    """The site of a file and of the tables that it names."""
    name = shown(path)
    data, problems = _yaml.load(path)
    if problems:
        return ReadSite(name, None, [f"{name}: {problem}" for problem in problems])
    if _other_inventory(data):
        return ReadSite(name, None, [], other=True)
    source = merge(data, path, _TABLES)
    site, problems = parse_site(source.data, specs)
    told = [source.tell(problem) for problem in problems]
    errors = [*source.errors, *(error for error in told if error)]
    return ReadSite(name, _with_rows(site, source) if site and not errors else None, errors)


class Loaded(t.NamedTuple):
    """The sites by file, and every error, each with its file."""

    sites: t.List[t.Tuple[Path, Site]]
    errors: t.List[str]


def load_sites(sources: t.Sequence[Path], specs: t.Mapping[str, Spec]) -> Loaded:
    """Every site of the folders and files, with all that is wrong with any of them."""
    errors: t.List[str] = []
    files = site_files(sources, errors)
    found = [(path, one) for path in files for one in [read_site(path, specs)] if not one.other]
    errors.extend(error for _path, one in found for error in one.errors)
    if not found and not errors:
        errors.append(no_sites(sources))
    sites = [(path, one.site) for path, one in found if one.site]
    errors.extend(_across(sites))
    return Loaded(sites, list(dict.fromkeys(errors)))


def _across(sites: t.Sequence[t.Tuple[Path, Site]]) -> t.Iterator[str]:
    """What two sites may not share."""
    first: t.Dict[t.Tuple[str, str], t.Tuple[Path, str]] = {}
    for path, site in sites:
        file = shown(path)
        found = [(f"{file}: site", "site", site.name), (f"{file}: gateway.host", "host", site.gateway.host)]
        found += [(f"{file}: probes[{i}].host", "host", probe.host) for i, probe in enumerate(site.probes)]
        found += [(f"{file}: probes[{i}].mac", "mac", probe.mac) for i, probe in enumerate(site.probes)]
        found += [
            (f"{device.row or f'{file}: devices[{i}]'}{': ' if device.row else '.'}mac", "mac", device.mac)
            for i, device in enumerate(site.devices)
        ]
        for where, kind, value in found:
            earlier = first.setdefault((kind, value), (path, where))
            if earlier[0] != path:
                yield f"{where}: {value} is a duplicate of {earlier[1]}"


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
