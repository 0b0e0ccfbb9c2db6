# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The sites and specs of a run, read for all who work on a fleet; or one error that holds every problem.

A fleet may have ten thousand sites. So their files are read one by one, in several processes, and of a site that the
run is not about only the digest is kept.
"""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._digest import Digest, Twins, digest
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._refused import (
    Refused,
    beside_others,
    told,
    unread,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._inventory._folder import follow, shown
from ansible_collections.fieldnet.iot.plugins.plugin_utils._parallel import WorkerError, in_order
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import Site
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._sites import (
    TABLES,
    ReadSite,
    left_out,
    no_sites,
    read_site,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._tables_use import (
    TableOwners,
    TableUse,
    rows_of_nobody,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Spec
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._vendors import load_specs

_SHOWN = 100  # errors
Specs = t.Dict[str, Spec]
Found = t.TypeVar("Found")
_Work = t.Tuple[ReadSite, t.Optional[Digest], t.Any]


class FleetError(Exception):
    """The data was refused; ``errors`` holds each problem with its file, path and remedy."""

    def __init__(self, errors: t.Sequence[str]) -> None:
        self.errors = list(errors)
        count = "1 error" if len(self.errors) == 1 else f"{len(self.errors)} errors"
        more = len(self.errors) - _SHOWN
        rest = [f"and {more} more, which the playbook fieldnet.iot.validate writes down"] if more > 0 else []
        text = "\n".join([*self.errors[:_SHOWN], *rest])
        super().__init__(f"{count} in the sites' data; nothing was touched:\n{text}")


class Fleet(t.NamedTuple):
    """The sites that a run is about, all sites in short, the vendor specs, what somebody should know, and the sites
    that are wrong."""

    sites: t.List[Site]
    specs: Specs
    digests: t.List[Digest]
    warnings: t.List[str]
    refused: t.List[Refused]

    def site(self, name: str) -> Site:
        """The site with this name; FleetError when there is none."""
        for site in self.sites:
            if site.name == name:
                return site
        known = ", ".join(sorted(site.name for site in self.digests))
        raise FleetError([f"site: {name} is no site here (known: {known})"])


def to_paths(given: t.Iterable[str]) -> t.List[Path]:
    """Paths as the user gave them; host lists such as ``localhost,`` among inventory sources are no paths."""
    return [Path(path).expanduser() for path in given if path and "," not in path]


class Reader:
    """Reads all sites once; when ``each`` has ended, ``errors``, ``warnings`` and ``refused`` are complete.

    ``invalid`` is what becomes of a site that is wrong: ``fail`` makes it an error of all, ``skip`` a warning, and
    ``keep`` one of those that are refused. What a fleet's file says of its sites comes first.
    """

    def __init__(self, sources: t.Sequence[Path], vendor_folders: t.Sequence[Path], invalid: str = "fail") -> None:
        problems: t.List[str] = []
        self._given, self._invalid = sources, invalid
        self.sources = follow(sources, problems)
        folders = {folder.absolute(): folder for folder in [*self.sources.vendor_folders, *vendor_folders]}
        self.specs, wrong = load_specs(list(folders.values()))
        # Each once: what is wrong with a table is wrong for every site that reads it.
        self._errors: t.Dict[str, None] = dict.fromkeys([*wrong, *problems])
        self.warnings: t.List[str] = []
        self.refused: t.Dict[str, Refused] = {}  # by file
        self._wrong: t.List[str] = []  # of those that are left out or refused
        self._left_out = self.files = 0
        self.tables: t.Dict[str, t.Sequence[TableUse]] = {}  # by site

    @property
    def errors(self) -> t.List[str]:
        """Every problem, each once, in the order of the files."""
        return list(self._errors)

    def each(
        self, make: t.Callable[[Site], Found], workers: t.Optional[int] = None
    ) -> t.Iterator[t.Tuple[str, Digest, Found]]:
        """Each good site: its file, its digest, and what was made of it. One that was given may turn out to be refused
        for what a later one has, too.

        Where there are many, files are read and ``make`` runs in other processes: what it returns should be little.
        """

        def work(path: Path) -> _Work:
            read = read_site(path, self.specs)
            short, found = (digest(read.site), make(read.site)) if read.site else (None, None)
            return read._replace(site=None), short, found

        twins, owners = Twins(), TableOwners()
        files = self.sources.files
        known: t.Dict[str, t.Tuple[Path, Digest]] = {}
        try:
            for path, (read, short, found) in zip(files, in_order(work, files, workers)):
                self.files += not read.other
                if read.errors:
                    self._refuse(path, read.name, read.errors)
                if read.errors or not short:
                    continue
                clashes = owners.add(read.name, read.tables) or twins.add(read.name, short)
                if clashes:
                    self._refuse_both(path, read.name, short, clashes, known)
                else:
                    self.tables[short.name] = read.tables
                    known.update({read.name: (path, short)} if self._invalid == "keep" else {})
                    yield read.name, short, t.cast(Found, found)
        except WorkerError as exc:
            self._errors[f"{', '.join(map(shown, self._given))}: not all was read: {exc}"] = None
        if not self.files and not self._errors:
            self._errors[no_sites(self._given)] = None
        if self.files and self.files == self._left_out + len(self.refused):  # a run over nothing would succeed
            self.warnings.clear()
            self._errors.update(dict.fromkeys(self._wrong))
        self.warnings += told(list(self.refused.values()))
        if self.sources.whole and len(self.tables) == self.files:
            self.warnings += rows_of_nobody(self.tables, TABLES)

    def _refuse(
        self,
        path: Path,
        name: str,
        problems: t.Sequence[str],
        make: t.Callable[[Path, str, t.Sequence[str]], Refused] = unread,
    ) -> bool:
        """Whether it is refused, beside others that go on."""
        invalid = self.sources.invalid.get(path, self._invalid)
        if invalid == "fail":
            self._errors.update(dict.fromkeys(problems))
            return False
        self._wrong += problems
        if invalid == "skip":
            self._left_out += 1
            self.warnings.append(left_out(name, problems))
            return False
        self.refused[name] = make(path, name, problems)
        return True

    def _refuse_both(
        self,
        path: Path,
        name: str,
        site: Digest,
        clashes: t.Sequence[t.Tuple[str, str]],
        known: t.Mapping[str, t.Tuple[Path, Digest]],
    ) -> None:
        """Of two sites with the same device nobody knows which is right; where one is skipped, it is the later."""
        problems = [error for error, _other in clashes]
        if not self._refuse(path, name, problems, lambda *given: beside_others(given[0], given[1], given[2], site)):
            return
        for other in known.keys() & {other for _error, other in clashes}:
            where, its = known[other]
            before = self.refused[other].errors if other in self.refused else []
            errors = [*before, *(error for error, of in clashes if of == other)]
            self.refused[other] = beside_others(where, other, errors, its)


def load_fleet(
    sources: t.Sequence[Path],
    vendor_folders: t.Sequence[Path],
    wanted: t.Callable[[Site], bool] = lambda _site: True,
    invalid: str = "fail",
) -> Fleet:
    """Read and check everything, or raise FleetError with all that is wrong; only the wanted sites are kept.

    With ``skip``, sites that are wrong are left out and told in the warnings; with ``keep`` they are refused, too.
    """
    reader = Reader(sources, vendor_folders, invalid)
    found = list(reader.each(lambda site: site if wanted(site) else None))
    if reader.errors:
        raise FleetError(reader.errors)
    good = [(short, site) for name, short, site in found if name not in reader.refused]
    sites = [site for _short, site in good if site]
    refused = list(reader.refused.values())
    return Fleet(sites, reader.specs, [short for short, _site in good], reader.warnings, refused)
