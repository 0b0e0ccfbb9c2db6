# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Which files of an inventory may be sites: what Ansible itself would read of a folder, by the same rules."""

from __future__ import annotations

import os
import re
import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data import _yaml
from ansible_collections.fieldnet.iot.plugins.plugin_utils._inventory._file import (
    FleetFile,
    is_fleet_file,
    read_fleet_file,
)

_PATH = re.compile(rb"\bpath[\"']?\s*:")  # what no site has, and what is cheaper to look for than to read YAML
_LARGEST_FLEET = 256 * 1024  # bytes
SUFFIXES = (".yml", ".yaml")
# What Ansible never takes for an inventory, however it is configured.
_NO_INVENTORY = re.compile(r"\.|(group_vars|host_vars|vars_plugins)$")


def shown(path: Path) -> str:
    """A path as the user would name it: relative where that is shorter."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


class Sources(t.NamedTuple):
    """The files that are to be sites; what a fleet's file says of those that are wrong; and where more specs are."""

    files: t.List[Path]
    invalid: t.Dict[Path, str]
    vendor_folders: t.List[Path]
    whole: bool  # whether a folder or a fleet is among them, so that no site should be missing


def read_as_inventory(path: Path, sources: t.Iterable[Path], ignored: t.Pattern[bytes]) -> bool:
    """Whether Ansible takes this file for an inventory of its own, since it lies in a folder that is one."""
    here = Path(os.path.normpath(path.absolute()))
    for source in sources:
        folder = Path(os.path.normpath(source.absolute()))
        parts = here.relative_to(folder).parts if folder in here.parents else ()
        if parts and not any(ignored.search(os.fsencode(part)) for part in parts):
            return path.is_file()
    return False


def follow(sources: t.Iterable[Path], errors: t.List[str]) -> Sources:
    """The files of the sources, and of the inventories of fleets among them."""
    sources = list(sources)
    found: t.Dict[str, Path] = {}
    result = Sources([], {}, [], any(source.is_dir() for source in sources))
    queue = [(path, "keep") for path in _listed(sources, errors)]
    for path, invalid in queue:  # an inventory of a fleet makes it longer
        key = os.path.normpath(path)
        if key in found:
            continue
        found[key] = path
        fleet = fleet_file(path, errors)
        if fleet is None:
            result.files.append(path)
            if invalid != "keep":
                result.invalid[path] = invalid
        else:
            result = result._replace(whole=True)
            result.vendor_folders.extend(folder for folder in fleet.vendor_folders)
            queue.extend((one, fleet.invalid_sites) for one in _listed(fleet.sources, errors))
    return result


def fleet_file(path: Path, errors: t.List[str]) -> t.Optional[FleetFile]:
    """What the inventory of a fleet says; None for any other file."""
    try:
        if path.stat().st_size > _LARGEST_FLEET or not _PATH.search(path.read_bytes()):
            return None
    except OSError:  # whoever reads the site says so
        return None
    data, problems = _yaml.load(path)
    if problems or not is_fleet_file(data):
        return None
    fleet, problems = read_fleet_file(data, path)
    errors.extend(f"{shown(path)}: {problem}" for problem in problems)
    return fleet or FleetFile((), (), "keep")


def _listed(sources: t.Iterable[Path], errors: t.List[str]) -> t.Iterator[Path]:
    for source in sources:
        if source.is_dir():
            yield from _inside(source, errors, set())
        elif not source.is_file():
            errors.append(f"{shown(source)}: is neither a file nor a folder of sites")
        elif source.suffix in SUFFIXES:
            yield source


def _inside(folder: Path, errors: t.List[str], above: t.Set[str]) -> t.Iterator[Path]:
    real = os.path.realpath(folder)
    if real in above:  # a link to a folder that it lies in
        return
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as exc:
        errors.append(f"{shown(folder)}: cannot be read: {exc.strerror}")
        return
    for entry in entries:
        if _NO_INVENTORY.match(entry.name):
            continue
        if entry.is_dir():
            yield from _inside(folder / entry.name, errors, above | {real})
        elif entry.name.endswith(SUFFIXES) and entry.is_file():
            yield folder / entry.name
