# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Hosts that stand in for a vendor's wildcards in MUD files, given as a site's ``endpoints`` are."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.module_utils import _values as values
from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import hint, show
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._lint import is_address, matches
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Requirement, Spec, no_spec

Hosts = t.Dict[str, t.Dict[str, t.List[str]]]  # by vendor and requirement


def read_hosts(entries: t.Sequence[t.Mapping[str, t.Any]], specs: t.Mapping[str, Spec]) -> t.Tuple[Hosts, t.List[str]]:
    """The hosts, and all that is wrong with the option."""
    found: Hosts = {}
    errors: t.List[str] = []
    for index, entry in enumerate(entries):
        path, vendor, name = f"hosts[{index}]", str(entry["vendor"]), str(entry["requirement"])
        spec = specs.get(vendor)
        if spec is None:
            errors.append(f"{path}.vendor: {no_spec(vendor, specs)}")
            continue
        requirement = spec.requirement(name)
        usable = {one.id: one for one in spec.requirements if one.kind in ("outbound", "ntp")}
        if requirement is None or name not in usable:
            errors.append(
                f"{path}.requirement: {show(name)} is no flow out of the site of {vendor}{hint(name, usable)}"
            )
            continue
        for place, host in enumerate(entry["hosts"]):
            try:
                found.setdefault(vendor, {}).setdefault(name, []).append(_host(host, requirement))
            except ValueError as exc:
                errors.append(f"{path}.hosts[{place}]: {show(host)} {exc}")
    return found, errors


def _host(text: object, requirement: Requirement) -> str:
    host = values.host(text)
    if requirement.domains and not is_address(host) and not matches(host, requirement.domains):
        raise ValueError(f"is not under {', '.join(requirement.domains)}")
    return host
