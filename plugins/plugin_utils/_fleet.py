# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the action plugins share: the sites and specs of a run, or one error that holds every problem."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._site_model import Site
from ansible_collections.fieldnet.iot.plugins.plugin_utils._sites import load_sites
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec_model import Spec
from ansible_collections.fieldnet.iot.plugins.plugin_utils._vendors import (
    load_specs,
)


class FleetError(Exception):
    """The data was refused; ``errors`` holds each problem with its file, path and remedy."""

    def __init__(self, errors: t.Sequence[str]) -> None:
        self.errors = list(errors)
        count = "1 error" if len(self.errors) == 1 else f"{len(self.errors)} errors"
        super().__init__(f"{count} in the sites' data; nothing was touched:\n" + "\n".join(self.errors))


class Fleet(t.NamedTuple):
    """All sites of a run, and the vendor specs that they are planned with."""

    sites: t.List[Site]
    specs: t.Dict[str, Spec]

    def site(self, name: str) -> Site:
        """The site with this name; FleetError when there is none."""
        for site in self.sites:
            if site.name == name:
                return site
        known = ", ".join(sorted(site.name for site in self.sites))
        raise FleetError([f"site: {name} is no site here (known: {known})"])


def to_paths(given: t.Iterable[str]) -> t.List[Path]:
    """Paths as the user gave them; host lists such as ``localhost,`` among inventory sources are no paths."""
    return [Path(path).expanduser() for path in given if path and "," not in path]


def load_fleet(sources: t.Sequence[Path], vendor_folders: t.Sequence[Path]) -> Fleet:
    """Read everything, or raise FleetError with all that is wrong."""
    specs, errors = load_specs(vendor_folders)
    loaded = load_sites(sources, specs)
    if errors or loaded.errors:
        raise FleetError([*errors, *loaded.errors])
    return Fleet([site for _path, site in loaded.sites], specs)
