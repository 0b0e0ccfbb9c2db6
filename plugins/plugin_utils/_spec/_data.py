# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A vendor spec as data again: what its file would hold if nothing were extended, imported or left to a default."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import (
    DeviceType,
    Port,
    Requirement,
    Spec,
    no_spec,
)

Data = t.Dict[str, t.Any]


class NoVendorError(ValueError):
    """Vendors that have no spec; the text names each, with what was nearly written."""


def choose(specs: t.Mapping[str, Spec], vendors: t.Sequence[object]) -> t.List[Spec]:
    """The specs of some vendors, in that order; without any, all by name."""
    unknown = [vendor for vendor in vendors if str(vendor) not in specs]
    if unknown:
        raise NoVendorError("\n".join(no_spec(vendor, specs) for vendor in unknown))
    return [specs[str(vendor)] for vendor in vendors or sorted(specs)]


def spec_data(spec: Spec) -> Data:
    """The data that parse_spec makes this spec of."""
    return {
        "schema": 1,
        "vendor": spec.vendor,
        "title": spec.title,
        "ipv6": "supported" if spec.ipv6 else "unsupported",
        "sources": [{"id": one.id, "title": one.title, "retrieved": one.retrieved} for one in spec.sources],
        "device_types": [_device_type(kind) for kind in spec.device_types],
        "requirements": [_requirement(found) for found in spec.requirements],
    }


def _device_type(kind: DeviceType) -> Data:
    uplinks = [
        _given({"medium": uplink.medium, "speeds_mbps": list(uplink.speeds_mbps), "poe": uplink.poe})
        for uplink in kind.uplinks
    ]
    return {"type": kind.type, "title": kind.title, "uplinks": uplinks}


def _requirement(found: Requirement) -> Data:
    optional: Data = {
        "device_types": list(found.device_types),
        "to": {"domains": list(found.domains)} if found.domains else {},
        "any_of": [_port(port) for port in found.any_of],
        "all_of": [_port(port) for port in found.all_of],
        "between": list(found.between),
        "wifi": _given(found.wifi),
        "certificate": found.certificate,
        "text": found.text,
        "conflict": dict(found.conflict),
    }
    return {
        **{name: getattr(found, name) for name in ("id", "title", "kind", "level", "basis")},
        **_given(optional),
        "sources": [_given({"ref": one.ref, "says": one.says, "claim": one.claim}) for one in found.sources],
    }


def _port(port: Port) -> Data:
    return _given({"id": port.id, "protocol": port.protocol, "port": port.port, "application": port.application})


def _given(data: t.Mapping[str, t.Any]) -> Data:
    """Without what was left out; a claim may be anything, also zero or false."""
    return {key: value for key, value in data.items() if value is not None and value not in ("", [], {})}
