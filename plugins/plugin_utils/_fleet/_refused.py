# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Sites that are wrong, while the others go on: what is known of them, and how that is told."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data import _yaml
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._digest import Digest
from ansible_collections.fieldnet.iot.plugins.plugin_utils._inventory._hosts import hosts_of_data
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._sites import TABLES


class Refused(t.NamedTuple):
    """One file with everything that is wrong with it; who its hosts are, as far as it can be read."""

    file: str  # as a person names it
    path: str
    site: str  # empty where it has no usable name
    gateway: str  # empty where it has none
    hosts: t.Tuple[str, ...]
    errors: t.List[str]

    @property
    def name(self) -> str:
        """What to call it."""
        return self.site or self.file

    def concerns(self, hosts: t.Container[str]) -> bool:
        """Whether a run with these hosts is about it; of a file without hosts nobody knows, so that each run is."""
        return not self.hosts or any(host in hosts for host in self.hosts)


def key(path: t.Union[str, Path]) -> str:
    """A file, however it was named."""
    return str(Path(path).resolve())


def unread(path: Path, file: str, errors: t.Sequence[str]) -> Refused:
    """A file that is no site: its hosts may be known all the same."""
    data, problems = _yaml.load(path)
    if problems:
        return Refused(file, key(path), "", "", (), list(errors))
    found = hosts_of_data(data, path, TABLES)
    hosts = (*found.gateways, *(probe[0] for probe in found.probes))
    return Refused(file, key(path), found.site, next(iter(found.gateways), ""), hosts, list(errors))


def beside_others(path: Path, file: str, errors: t.Sequence[str], site: Digest) -> Refused:
    """A site that is right by itself, and has what another one has, too."""
    hosts = (site.gateway.host, *(probe.host for probe in site.probes))
    return Refused(file, key(path), site.name, site.gateway.host, hosts, list(errors))


def by_name(refused: t.Iterable[Refused]) -> t.List[t.Tuple[str, t.List[str]]]:
    """What is wrong, by site: two files may claim to be the same one."""
    found: t.Dict[str, t.Dict[str, None]] = {}
    for one in refused:
        found.setdefault(one.name, {}).update(dict.fromkeys(one.errors))
    return [(name, list(errors)) for name, errors in found.items()]


def told(refused: t.Sequence[Refused]) -> t.List[str]:
    """All of it for a person, at once."""
    if not refused:
        return []
    sites = "1 site is" if len(refused) == 1 else f"{len(refused)} sites are"
    errors = dict.fromkeys(error for one in refused for error in one.errors)
    return ["\n".join([f"{sites} refused for wrong data and not touched; the others go on:", *errors])]
