# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The model of a vendor spec, as the plan reads it. Every value is canonical: _vendors.py made it so."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from functools import cached_property

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import hint, show


@dataclass(frozen=True)
class Port:
    """One port of a requirement."""

    id: str
    protocol: str
    port: int
    application: str = ""  # what is spoken there, where a check can speak it too


@dataclass(frozen=True)
class Source:
    """What a document says, and where it differs from the others: its own value."""

    ref: str
    says: str
    claim: t.Mapping[str, t.Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Requirement:
    """One thing a device needs; see docs/design.md for the kinds and what each has."""

    id: str
    title: str
    kind: str
    level: str
    basis: str
    sources: t.Tuple[Source, ...]
    device_types: t.Tuple[str, ...] = ()
    domains: t.Tuple[str, ...] = ()
    any_of: t.Tuple[Port, ...] = ()
    all_of: t.Tuple[Port, ...] = ()
    between: t.Tuple[str, ...] = ()
    wifi: t.Mapping[str, t.Any] = field(default_factory=dict)
    certificate: str = ""
    text: str = ""
    conflict: t.Mapping[str, str] = field(default_factory=dict)
    changed: t.Tuple[str, ...] = ()  # the keys that a spec which extends the vendor's changed

    @property
    def ports(self) -> t.Tuple[Port, ...]:
        """The ports, primary first."""
        return self.any_of or self.all_of

    @cached_property
    def concrete_domains(self) -> t.Tuple[str, ...]:
        """The names that can be looked up, sorted: all but the wildcards."""
        return tuple(sorted({name for name in self.domains if not name.startswith("*.")}))


@dataclass(frozen=True)
class Document:
    """A document that was read."""

    id: str
    title: str
    retrieved: str


@dataclass(frozen=True)
class Uplink:
    """A way of connecting a device; ``poe`` is None where no document says."""

    medium: str  # ethernet, wifi
    speeds_mbps: t.Tuple[int, ...] = ()
    poe: t.Optional[bool] = None


@dataclass(frozen=True)
class DeviceType:
    """A product of the vendor, or several that are alike here."""

    type: str
    title: str
    uplinks: t.Tuple[Uplink, ...]


@dataclass(frozen=True)
class Spec:
    """One vendor's requirements."""

    vendor: str
    title: str
    sources: t.Tuple[Document, ...]
    device_types: t.Tuple[DeviceType, ...]
    requirements: t.Tuple[Requirement, ...]
    ipv6: bool = False  # whether the vendor's devices use IPv6; what does not is not let out by it
    extends: str = ""  # the vendor whose spec this one changes
    notes: t.Tuple[str, ...] = ()  # what its MUD file says and no spec can carry

    @cached_property
    def documents(self) -> t.Mapping[str, str]:
        """The documents' titles by id."""
        return {document.id: document.title for document in self.sources}

    @cached_property
    def uplinks(self) -> t.Mapping[str, t.Tuple[str, ...]]:
        """The media of each device type."""
        return {kind.type: tuple(uplink.medium for uplink in kind.uplinks) for kind in self.device_types}

    def requirement(self, requirement_id: str) -> t.Optional[Requirement]:
        """The requirement with this id, or None."""
        return next((found for found in self.requirements if found.id == requirement_id), None)


def no_spec(vendor: object, known: t.Iterable[str]) -> str:
    """What is said of a vendor that has no spec."""
    return f"{show(vendor)} is no vendor with a spec{hint(vendor, known)}"
