# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""An inventory of a whole fleet in one file: where the sites are, and how they are to be read.

It is told from a site's file by its ``path``, which no site has, and by the ``site`` that it lacks.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data import _scalars as scalars
from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import (
    Field,
    Problems,
    anything,
    mapping,
    one_of,
    one_or_many,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._shape import PLUGIN

INVALID_SITES = ("keep", "fail", "skip")
# Ansible's own options of inventory plugins: it checks them.
_ANSIBLES = (
    *("compose", "groups", "keyed_groups", "strict", "use_extra_vars", "leading_separator"),
    *("cache", "cache_plugin", "cache_timeout", "cache_connection", "cache_prefix"),
)
_FLEET = mapping(
    {
        "plugin": Field(one_of(PLUGIN), required=True),
        "path": Field(one_or_many(scalars.FILE), required=True),
        "vendor_path": Field(one_or_many(scalars.FILE), default=[]),
        "invalid_sites": Field(one_of(*INVALID_SITES), default="keep"),
        **{name: Field(anything) for name in _ANSIBLES},
    }
)


@dataclass(frozen=True)
class FleetFile:
    """What such a file says; its paths are those that it means: relative to itself."""

    sources: t.Tuple[Path, ...]
    vendor_folders: t.Tuple[Path, ...]
    invalid_sites: str


def is_fleet_file(data: object) -> bool:
    """Whether this is the inventory of a fleet, well-formed or not, and no site."""
    return isinstance(data, dict) and data.get("plugin") == PLUGIN and "path" in data and "site" not in data


def beside(path: Path, names: t.Iterable[object]) -> t.Tuple[Path, ...]:
    """The files and folders that a file names."""
    return tuple(path.parent / Path(str(name)).expanduser() for name in names)


def read_fleet_file(data: object, path: Path) -> t.Tuple[t.Optional[FleetFile], Problems]:
    """The data of such a file, or what is wrong with it."""
    problems: Problems = []
    raw = _FLEET.run(data, "", problems)
    if raw is None or problems:
        return None, problems
    return FleetFile(beside(path, raw["path"]), beside(path, raw["vendor_path"]), raw["invalid_sites"]), []
