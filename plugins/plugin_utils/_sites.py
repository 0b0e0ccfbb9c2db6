# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A folder of sites: which files are sites, and what no single file can show: the same device in two of them."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils import _yaml
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site import parse_site
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site_model import Site
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site_shape import PLUGIN
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec_model import Spec

_INVENTORY_KEYS = frozenset({"hosts", "vars", "children"})
_SUFFIXES = (".yml", ".yaml")


class Loaded(t.NamedTuple):
    """The sites by file, and every error, each with its file."""

    sites: t.List[t.Tuple[Path, Site]]
    errors: t.List[str]


def _shown(path: Path) -> str:
    """A path as the user would name it: relative where that is shorter."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _other_inventory(data: object) -> bool:
    """An Ansible inventory may lie beside the sites: one of a plugin of its own, or groups with their hosts."""
    if not isinstance(data, dict) or not data or "site" in data:
        return False
    if "plugin" in data:
        return bool(data["plugin"] != PLUGIN)
    return all(isinstance(group, dict) and set(group) <= _INVENTORY_KEYS for group in data.values())


def _files(sources: t.Sequence[Path], errors: t.List[str]) -> t.List[Path]:
    """Each YAML file of the sources, once; what lies deeper in a folder (group_vars, host_vars) is Ansible's own."""
    found: t.Dict[Path, None] = {}
    for source in sources:
        if source.is_dir():
            found.update(
                {path: None for path in sorted(source.iterdir()) if path.suffix in _SUFFIXES and path.is_file()}
            )
        elif not source.is_file():
            errors.append(f"{_shown(source)}: is neither a file nor a folder of sites")
        elif source.suffix in _SUFFIXES:
            found[source] = None
    return list(found)


def load_sites(sources: t.Sequence[Path], specs: t.Mapping[str, Spec]) -> Loaded:
    """Every site of the folders and files, with all that is wrong with any of them."""
    sites: t.List[t.Tuple[Path, Site]] = []
    errors: t.List[str] = []
    seen_any = False
    for path in _files(sources, errors):
        data, problems = _yaml.load(path)
        if not problems and _other_inventory(data):
            continue
        seen_any = True
        site, more = (None, []) if problems else parse_site(data, specs)
        errors.extend(f"{_shown(path)}: {problem}" for problem in [*problems, *more])
        if site:
            sites.append((path, site))
    if not seen_any and not errors:
        where = ", ".join(_shown(source) for source in sources) or "nothing"
        errors.append(f"{where}: holds no site; a site is a YAML file that begins with plugin: {PLUGIN}")
    errors.extend(_across(sites))
    return Loaded(sites, errors)


def _across(sites: t.Sequence[t.Tuple[Path, Site]]) -> t.Iterator[str]:
    """What two sites may not share."""
    first: t.Dict[t.Tuple[str, str], str] = {}
    for path, site in sites:
        found = [("site", "site", site.name), ("gateway.host", "host", site.gateway.host)]
        found += [(f"probes[{i}].host", "host", probe.host) for i, probe in enumerate(site.probes)]
        found += [(f"probes[{i}].mac", "mac", probe.mac) for i, probe in enumerate(site.probes)]
        found += [(f"devices[{i}].mac", "mac", device.mac) for i, device in enumerate(site.devices)]
        mine: t.Set[t.Tuple[str, str]] = set()
        for where, kind, value in found:
            if (kind, value) in first and (kind, value) not in mine:
                yield f"{_shown(path)}: {where}: {value} is a duplicate of {first[(kind, value)]}"
            elif (kind, value) not in first:
                mine.add((kind, value))
                first[(kind, value)] = f"{_shown(path)}: {where}"
