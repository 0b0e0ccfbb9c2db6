# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Read vendor specs, and refuse what is not one.

A spec is one YAML file, ``<vendor>.yml``; see docs/vendor-spec.md. Those of the collection lie in ``vendors/``; a
user's own folders are read after it, and a vendor may not be there twice.
"""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.module_utils import _values as values
from ansible_collections.fieldnet.iot.plugins.plugin_utils import _yaml
from ansible_collections.fieldnet.iot.plugins.plugin_utils._shape import (
    Checker,
    Field,
    Problem,
    Problems,
    checked,
    listing,
    mapping,
    one_of,
    text,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec_model import Port, Requirement, Source, Spec

BUILT_IN = Path(__file__).parent / "vendors"
SLUG = re.compile(r"[a-z][a-z0-9_]{0,31}")
REQUIREMENT_ID = re.compile(r"[a-z][a-z0-9-]{0,47}")
SECURITY = ("open", "wep", "wpa-psk", "wpa2-psk", "wpa3-psk", "wpa2-enterprise", "wpa3-enterprise")
STANDARDS = ("a", "b", "g", "n", "ac", "ax", "be")
BANDS_GHZ = (2.4, 5, 6)


def slug(value: object) -> str:
    """A vendor, a device type, a site or a VLAN by name."""
    if not SLUG.fullmatch(str(value)):
        raise ValueError("is not a name (a-z, then a-z, 0-9 and underscores, at most 32)")
    return str(value)


def requirement_id(value: object) -> str:
    """The id of a requirement, a port or a document."""
    if not REQUIREMENT_ID.fullmatch(str(value)):
        raise ValueError("is not an id (a-z, then a-z, 0-9 and hyphens, at most 48)")
    return str(value)


def _any(value: object, _path: str, _problems: Problems) -> object:
    return value


_PORTS = listing(
    mapping(
        {
            "id": Field(checked(requirement_id), required=True),
            "protocol": Field(one_of("tcp", "udp"), required=True),
            "port": Field(checked(values.port), required=True),
            "application": Field(one_of("mqtt", "mqtt-tls"), default=""),
        }
    ),
    at_least=1,
)
_UPLINK = mapping(
    {
        "medium": Field(one_of("ethernet", "wifi"), required=True),
        "speeds_mbps": Field(listing(one_of(10, 100, 1000, 2500, 10000)), default=[]),
        "poe": Field(one_of(True, False), default=None),
    }
)
_WIFI_VALUES: t.Dict[str, Checker] = {
    "band_ghz": one_of(*BANDS_GHZ),
    "standard": one_of(*STANDARDS),
    "security": one_of(*SECURITY),
    "channel": one_of(*range(1, 234)),
}


def _wifi(value: object, path: str, problems: Problems) -> t.Any:
    property_name = value.get("property") if isinstance(value, dict) else None
    item = _WIFI_VALUES.get(property_name, _any) if isinstance(property_name, str) else _any
    shape = mapping(
        {
            "property": Field(one_of(*_WIFI_VALUES), required=True),
            "allowed": Field(listing(item, at_least=1), default=[]),
            "forbidden": Field(listing(item, at_least=1), default=[]),
        }
    )
    return shape(value, path, problems)


_SOURCE = mapping(
    {
        "ref": Field(checked(requirement_id), required=True),
        "says": Field(text, required=True),
        "claim": Field(_any, default={}),
    }
)
_REQUIREMENT = mapping(
    {
        "id": Field(checked(requirement_id), required=True),
        "title": Field(text, required=True),
        "kind": Field(
            one_of(
                *("outbound", "local", "dns", "dns_integrity", "ntp", "wifi", "dhcp", "reservation"),
                *("ipv4", "captive_portal", "tls_inspection", "advice"),
            ),
            required=True,
        ),
        "level": Field(one_of("required", "recommended"), required=True),
        "basis": Field(one_of("stated", "implied"), required=True),
        "device_types": Field(listing(checked(slug), at_least=1), default=[]),
        "to": Field(mapping({"domains": Field(listing(checked(values.domain_pattern), at_least=1), required=True)})),
        "any_of": Field(_PORTS, default=[]),
        "all_of": Field(_PORTS, default=[]),
        "between": Field(listing(checked(slug)), default=[]),
        "wifi": Field(_wifi, default={}),
        "certificate": Field(one_of("pinned", "public"), default=""),
        "text": Field(text, default=""),
        "sources": Field(listing(_SOURCE, at_least=1), required=True),
        "conflict": Field(
            mapping({"text": Field(text, required=True), "uses": Field(checked(requirement_id), required=True)}),
            default={},
        ),
    }
)
_SPEC = mapping(
    {
        "schema": Field(one_of(1), required=True),
        "vendor": Field(checked(slug), required=True),
        "title": Field(text, required=True),
        "ipv6": Field(one_of("supported", "unsupported"), default="unsupported"),
        "sources": Field(
            listing(
                mapping(
                    {
                        "id": Field(checked(requirement_id), required=True),
                        "title": Field(text, required=True),
                        "retrieved": Field(text, required=True),
                    }
                ),
                at_least=1,
            ),
            required=True,
        ),
        "device_types": Field(
            listing(
                mapping(
                    {
                        "type": Field(checked(slug), required=True),
                        "title": Field(text, required=True),
                        "uplinks": Field(listing(_UPLINK, at_least=1), required=True),
                    }
                ),
                at_least=1,
            ),
            required=True,
        ),
        "requirements": Field(listing(_REQUIREMENT, at_least=1), required=True),
    }
)
# What a requirement of each kind must have beside what all have.
_NEEDS = {
    "outbound": ("ports",),
    "local": ("ports", "between"),
    "dns": ("ports",),
    "ntp": ("ports",),
    "wifi": ("wifi",),
    "tls_inspection": ("certificate",),
    "advice": ("text",),
}


def _ports(raw: t.Sequence[t.Mapping[str, t.Any]]) -> t.Tuple[Port, ...]:
    return tuple(Port(**port) for port in raw)


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
    for name in _NEEDS.get(found.kind, ()):
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
            Problem(f"{path}.{key}", f"{unknown} is no device type of this spec (known: {', '.join(spec.uplinks)})")
            for unknown in getattr(found, key)
            if unknown not in spec.uplinks
        )
    refs = [source.ref for source in found.sources] + ([found.conflict["uses"]] if found.conflict else [])
    problems.extend(
        Problem(path, f"names the source {ref}, which is not among the sources of this spec")
        for ref in sorted(set(refs))
        if ref not in spec.documents
    )


def parse_spec(data: object) -> t.Tuple[t.Optional[Spec], Problems]:
    """A spec from the data of its file, or what is wrong with it."""
    problems: Problems = []
    raw = _SPEC(data, "", problems)
    if raw is None or problems:
        return None, problems
    spec = Spec(
        vendor=raw["vendor"],
        title=raw["title"],
        documents={source["id"]: source["title"] for source in raw["sources"]},
        uplinks={kind["type"]: tuple(up["medium"] for up in kind["uplinks"]) for kind in raw["device_types"]},
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
