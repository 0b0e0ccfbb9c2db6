# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Read vendor specs, and refuse what is not one.

A spec is one YAML file, ``<vendor>.yml``; see docs/vendor-spec.md. Those of the collection lie in ``vendors/``; a
user's own folders are read after it, and may have MUD files (``*.json``), too. A vendor may not be there twice; a spec
may extend another (_extend.py).
"""

from __future__ import annotations

import copy
import os
import typing as t
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data import _yaml
from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import Problem, Problems, hint
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._import import import_file
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec import _extend
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._extend_order import Extension, in_order
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import (
    DeviceType,
    Document,
    Port,
    Requirement,
    Source,
    Spec,
    Uplink,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._shape import NEEDS, SPEC

BUILT_IN = Path(__file__).parents[1] / "vendors"
_SUFFIXES = (".yml", ".yaml", ".json")  # the last for MUD files


def _ports(raw: t.Sequence[t.Mapping[str, t.Any]]) -> t.Tuple[Port, ...]:
    return tuple(Port(**port) for port in raw)


def _device_type(raw: t.Mapping[str, t.Any]) -> DeviceType:
    uplinks = (Uplink(up["medium"], tuple(up["speeds_mbps"]), up["poe"]) for up in raw["uplinks"])
    return DeviceType(raw["type"], raw["title"], tuple(uplinks))


def _requirement(raw: t.Mapping[str, t.Any]) -> Requirement:
    return Requirement(
        **{name: raw[name] for name in ("id", "title", "kind", "level", "basis", "wifi", "certificate", "text")},
        conflict=raw["conflict"],
        sources=tuple(Source(**source) for source in raw["sources"]),
        device_types=tuple(raw["device_types"]),
        domains=tuple(raw["to"]["domains"]) if raw["to"] else (),
        any_of=_ports(raw["any_of"]),
        all_of=_ports(raw["all_of"]),
        between=tuple(raw["between"]),
    )


def _lint_requirement(found: Requirement, spec: Spec, path: str, problems: Problems) -> None:
    for name in NEEDS.get(found.kind, ()):
        if not getattr(found, name):
            wanted = "any_of or all_of" if name == "ports" else name
            problems.append(Problem(path, f"has no {wanted}, which a requirement of kind {found.kind} needs"))
    if found.any_of and found.all_of:
        problems.append(Problem(path, "has both any_of and all_of; give one"))
    if found.wifi and bool(found.wifi["allowed"]) == bool(found.wifi["forbidden"]):
        problems.append(Problem(f"{path}.wifi", "needs either allowed or forbidden"))
    if found.between and len(found.between) != 2:
        problems.append(Problem(f"{path}.between", "needs two device types"))
    ids = [port.id for port in found.ports]
    problems.extend(
        Problem(path, f"has the port id {twice} twice") for twice in sorted({i for i in ids if ids.count(i) > 1})
    )
    for key in ("device_types", "between"):
        problems.extend(
            Problem(f"{path}.{key}", f"{unknown} is no device type of this spec{hint(unknown, spec.uplinks)}")
            for unknown in getattr(found, key)
            if unknown not in spec.uplinks
        )
    refs = [source.ref for source in found.sources] + ([found.conflict["uses"]] if found.conflict else [])
    problems.extend(
        Problem(path, f"names the source {ref}, which is not among the sources of this spec{hint(ref, spec.documents)}")
        for ref in sorted(set(refs))
        if ref not in spec.documents
    )


def parse_spec(data: object) -> t.Tuple[t.Optional[Spec], Problems]:
    """A spec from the data of its file, or what is wrong with it."""
    problems: Problems = []
    raw = SPEC.run(data, "", problems)
    if raw is None or problems:
        return None, problems
    spec = Spec(
        vendor=raw["vendor"],
        title=raw["title"],
        sources=tuple(Document(**source) for source in raw["sources"]),
        device_types=tuple(_device_type(kind) for kind in raw["device_types"]),
        requirements=tuple(_requirement(found) for found in raw["requirements"]),
        ipv6=raw["ipv6"] == "supported",
    )
    seen: t.Set[str] = set()
    for index, found in enumerate(spec.requirements):
        if found.id in seen:
            problems.append(Problem(f"requirements[{index}].id", f"{found.id} is there twice"))
        seen.add(found.id)
        _lint_requirement(found, spec, f"requirements[{index}]", problems)
    return (None if problems else spec), problems


class _Loading:
    """Specs as they are read, with the data that they were made of: what another one may extend."""

    def __init__(self) -> None:
        self.specs: t.Dict[str, Spec] = {}
        self.data: t.Dict[str, t.Mapping[str, t.Any]] = {}
        self.changed: t.Dict[str, _extend.Changed] = {}
        self.notes: t.Dict[str, t.Tuple[str, ...]] = {}
        self.extensions: t.List[Extension] = []
        self.broken: t.Set[str] = set()
        self.errors: t.List[str] = []

    def more(self) -> _Loading:
        """Another that goes on from here, and leaves this one as it is."""
        found = copy.copy(self)
        for name, value in vars(self).items():
            setattr(found, name, copy.copy(value))
        return found

    def read(self, path: Path) -> None:
        """One file: a whole spec, or one that extends another and has to wait for it."""
        data, problems = self._data(path)
        extends = isinstance(data, dict) and "extends" in data
        spec: t.Optional[Spec] = None
        if not problems and extends:
            problems = _extend.check(data)
        elif not problems:
            spec, problems = parse_spec(data)
        if problems:
            self._refuse(path, data, problems)
        elif spec and spec.vendor in self.specs:
            remedy = f"to change it, write extends: {spec.vendor}"
            self.errors.append(f"{path}: vendor: {spec.vendor} has a spec already; a vendor has one spec ({remedy})")
        elif spec:
            self.specs[spec.vendor] = replace(spec, notes=self.notes.get(spec.vendor, ()))
            self.data[spec.vendor] = t.cast(t.Dict[str, t.Any], data)
        else:
            self.extensions.append(Extension(path, t.cast(t.Dict[str, t.Any], data)))

    def _data(self, path: Path) -> t.Tuple[object, Problems]:
        if path.suffix != ".json":
            return _yaml.load(path)
        found = import_file(path)
        if found.data:
            self.notes[found.data["vendor"]] = tuple(f"{path.name}: {loss}" for loss in found.losses)
        return found.data, found.problems

    def extend(self) -> None:
        """Merge each extension into what it extends."""
        ordered, errors = in_order(self.extensions, list(self.specs), self.broken)
        self.errors += errors
        for one in ordered:
            base = self.data.get(one.base)
            if base is None or one.base in self.broken:  # its own errors were told
                self.broken.add(one.vendor)
                continue
            merged = _extend.extend(base, one.data)
            spec, found = parse_spec(merged.data)
            problems = _extend.check_against(base, one.data)
            problems += [_extend.in_extension(problem, merged.data, one.data) for problem in found]
            if spec is None or problems:
                self._refuse(one.path, one.data, problems)
                continue
            changed = _extend.together(self.changed.get(one.base, {}), merged)
            notes = self.specs[one.base].notes
            self.specs[one.vendor] = replace(_told(spec, changed), extends=one.base, notes=notes)
            self.data[one.vendor], self.changed[one.vendor] = merged.data, changed

    def _refuse(self, path: Path, data: object, problems: Problems) -> None:
        self.errors += [f"{path}: {problem}" for problem in problems]
        self.broken.add(str(data.get("vendor")) if isinstance(data, dict) else path.stem)


def _told(spec: Spec, changed: _extend.Changed) -> Spec:
    """A spec in which each requirement says what of it is not its vendor's."""
    requirements = (replace(found, changed=changed.get(found.id, ())) for found in spec.requirements)
    return replace(spec, requirements=tuple(requirements))


@lru_cache(maxsize=None)
def built_in() -> _Loading:
    """The collection's own specs, read once a process: they are a part of the code."""
    found = _Loading()
    _read_folder(BUILT_IN, found)
    return found


def load_specs(folders: t.Sequence[Path]) -> t.Tuple[t.Dict[str, Spec], t.List[str]]:
    """All specs by vendor: the built-in ones, then those of the folders; and every problem, with its file."""
    found = built_in().more()
    once: t.Dict[str, Path] = {}
    for folder in (BUILT_IN, *folders):  # a task and the inventory may name the same one in different words
        once.setdefault(os.path.normpath(Path.cwd() / folder), folder)
    for folder in [*once.values()][1:]:
        _read_folder(folder, found)
    found.extend()
    return found.specs, found.errors


def _read_folder(folder: Path, found: _Loading) -> None:
    files = sorted(path for path in folder.glob("*") if path.suffix in _SUFFIXES) if folder.is_dir() else []
    if not files:
        found.errors.append(f"{folder}: has no vendor spec (*.yml, or *.json for MUD files)")
    for path in files:
        found.read(path)
