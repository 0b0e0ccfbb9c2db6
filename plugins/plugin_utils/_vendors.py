# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Read vendor specs, and refuse what is not one.

A spec is one YAML file, ``<vendor>.yml``; see docs/vendor-spec.md. Those of the collection lie in ``vendors/``; a
user's own folders are read after it, and a vendor may not be there twice.
"""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils import _yaml
from ansible_collections.fieldnet.iot.plugins.plugin_utils._shape import Problem, Problems, hint
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec_model import (
    DeviceType,
    Document,
    Port,
    Requirement,
    Source,
    Spec,
    Uplink,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec_shape import NEEDS, SPEC

BUILT_IN = Path(__file__).parent / "vendors"


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


def load_specs(folders: t.Sequence[Path]) -> t.Tuple[t.Dict[str, Spec], t.List[str]]:
    """All specs by vendor: the built-in ones, then those of the folders; and every problem, with its file."""
    specs: t.Dict[str, Spec] = {}
    errors: t.List[str] = []
    for folder in (BUILT_IN, *folders):
        files = sorted(path for path in folder.glob("*") if path.suffix in (".yml", ".yaml")) if folder.is_dir() else []
        if not files:
            errors.append(f"{folder}: has no vendor spec (*.yml)")
        for path in files:
            data, problems = _yaml.load(path)
            spec, more = (None, []) if problems else parse_spec(data)
            errors.extend(f"{path}: {problem}" for problem in [*problems, *more])
            if spec and spec.vendor in specs:
                errors.append(f"{path}: vendor: {spec.vendor} has a spec already; a vendor has one spec")
            elif spec:
                specs[spec.vendor] = spec
    return specs, errors
