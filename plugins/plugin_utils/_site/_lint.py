# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the values of a site mean together: everything that a daemon would let through or stumble over.

Reads the site as the shape check left it: canonical values, and None for whatever failed there and was reported, so
that one run reports all.
"""

from __future__ import annotations

import ipaddress
import typing as t
from functools import lru_cache

from ansible_collections.fieldnet.iot.plugins.module_utils._reservable import Range, unassignable
from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import Problem, Problems, hint
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Requirement, Spec

Raw = t.Mapping[str, t.Any]
Specs = t.Mapping[str, Spec]
_WITH_ENDPOINTS = ("outbound", "ntp")


def rows(raw: Raw, key: str) -> t.Iterator[t.Tuple[str, Raw]]:
    """The rows of a list that are mappings at all, each with its path."""
    for index, row in enumerate(raw[key] or []):
        if row is not None:
            yield f"{key}[{index}]", row


def twice(named: t.Iterable[t.Tuple[str, object]], problems: Problems) -> None:
    """Add a problem for each value that stands at a second path."""
    first: t.Dict[object, str] = {}
    for path, value in named:
        if value in (None, ""):
            continue
        if value in first:
            problems.append(Problem(path, f"{value} is a duplicate of {first[value]}"))
        first.setdefault(value, path)


def _column(raw: Raw, key: str, name: str) -> t.Iterator[t.Tuple[str, object]]:
    return ((f"{path}.{name}", row[name]) for path, row in rows(raw, key))


def lint_address(address: str, vlan: Raw) -> t.Optional[str]:
    """Why a host can't have this address in this VLAN, or None: what the gateway would say of it too."""
    if not vlan["subnet"]:
        return None
    ranges = [Range(*vlan["pool"])] if vlan["pool"] else []
    return unassignable(address, vlan["subnet"], vlan["router"], ranges, f"VLAN {vlan['name']}")


def _lint_vlans(raw: Raw, problems: Problems) -> None:
    earlier: t.List[t.Tuple[str, ipaddress.IPv4Network]] = []
    for path, vlan in rows(raw, "vlans"):
        if not vlan["subnet"]:
            continue
        net = ipaddress.IPv4Network(vlan["subnet"])
        if vlan["router"] and (why := unassignable(vlan["router"], vlan["subnet"])):
            problems.append(Problem(f"{path}.router", f"{vlan['router']} {why}"))
        problems.extend(
            Problem(f"{path}.pool", f"{end} is outside the subnet {net}")
            for end in vlan["pool"] or ()
            if ipaddress.IPv4Address(end) not in net
        )
        for name, other in earlier:
            if other.overlaps(net):
                problems.append(Problem(f"{path}.subnet", f"{net} overlaps {other} of VLAN {name}"))
        earlier.append((vlan["name"], net))
    for name in ("name", "interface"):
        twice(_column(raw, "vlans", name), problems)


def _lint_in_vlan(row: Raw, vlans: t.Mapping[t.Optional[str], Raw], path: str, problems: Problems) -> None:
    if row["vlan"] is None or None in vlans:  # a VLAN without a readable name may be the one that is meant
        return
    vlan = vlans.get(row["vlan"])
    if vlan is None:
        problems.append(Problem(f"{path}.vlan", f"{row['vlan']} is no VLAN of this site{hint(row['vlan'], vlans)}"))
    elif row.get("ip") and (why := lint_address(row["ip"], vlan)):
        problems.append(Problem(f"{path}.ip", f"{row['ip']} {why}"))


def _lint_device(device: Raw, specs: Specs, path: str, problems: Problems) -> None:
    vendor, kind, uplink = device["vendor"], device["type"], device["uplink"]
    spec = specs.get(vendor)
    if vendor and spec is None:
        problems.append(Problem(f"{path}.vendor", f"{vendor} is no known vendor{hint(vendor, specs)}"))
    if spec is None or kind is None:
        return
    if kind not in spec.uplinks:
        problems.append(Problem(f"{path}.type", f"{kind} is no device type of {vendor}{hint(kind, spec.uplinks)}"))
    elif uplink and uplink not in spec.uplinks[kind]:
        problems.append(Problem(f"{path}.uplink", f"a {vendor} {kind} has no {uplink}"))


def _requirement(
    row: Raw, specs: Specs, path: str, problems: Problems, suit: t.Collection[str] = ()
) -> t.Optional[Requirement]:
    """The requirement that a row names; those of the kinds that suit are what it may have meant."""
    vendor, name = row["vendor"], row["requirement"]
    spec = specs.get(vendor)
    if vendor and spec is None:
        problems.append(Problem(f"{path}.vendor", f"{vendor} is no known vendor{hint(vendor, specs)}"))
    if spec is None or name is None:
        return None
    requirement = spec.requirement(name)
    if requirement is None or requirement.kind == "advice":
        meant = (one.id for one in spec.requirements if one.kind != "advice" and (not suit or one.kind in suit))
        problems.append(Problem(f"{path}.requirement", f"{name} is no requirement of {vendor}{hint(name, meant)}"))
    return requirement


def matches(name: str, patterns: t.Sequence[str]) -> bool:
    """Whether a DNS name is one of the patterns, or under one of the wildcards (one label or more)."""
    return any(name == pattern or (pattern.startswith("*.") and name.endswith(pattern[1:])) for pattern in patterns)


@lru_cache(maxsize=4096)
def is_address(host: str) -> bool:
    """Whether a host is given by its IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _lint_endpoints(row: Raw, requirement: Requirement, path: str, problems: Problems) -> None:
    if requirement.kind not in _WITH_ENDPOINTS:
        why = f"{requirement.id} takes no endpoints: it is of kind {requirement.kind}"
        problems.append(Problem(f"{path}.requirement", why))
        return
    for index, host in enumerate(row["hosts"] or []):
        if host and requirement.domains and not is_address(host) and not matches(host, requirement.domains):
            wanted = ", ".join(requirement.domains)
            problems.append(Problem(f"{path}.hosts[{index}]", f"{host} is not under {wanted}, which the vendor names"))


def _lint_pairs(raw: Raw, problems: Problems) -> None:
    """A VLAN has one probe, or two that prove flows between each other; then each must know the other's address."""
    found: t.Dict[object, t.List[t.Tuple[str, Raw]]] = {}
    for path, probe in rows(raw, "probes"):
        found.setdefault(probe["vlan"], []).append((path, probe))
    for vlan, probes in found.items():
        if vlan is None or len(probes) < 2:
            continue
        problems.extend(Problem(path, f"VLAN {vlan} has two probes already") for path, _probe in probes[2:])
        problems.extend(
            Problem(path, f"has no ip, which each of two probes in VLAN {vlan} needs")
            for path, probe in probes[:2]
            if probe["ip"] is None
        )
    twice(_column(raw, "probes", "host"), problems)


def _lint_probe(probe: Raw, path: str, problems: Problems) -> None:
    if probe["mac"] == "":
        where = f"ip link show {probe['interface']}" if probe["interface"] else "ip link"
        why = f"has no mac, by which the gateway knows the probe host: on it, `{where}` shows it after link/ether"
        problems.append(Problem(path, why))


def lint(raw: Raw, specs: Specs, problems: Problems) -> None:
    """Add every problem of a site's values together."""
    if not raw["devices"] and not raw["devices_csv"] and not any(one.path == "devices" for one in problems):
        problems.append(Problem("devices", "is empty; name at least one device here, or a table under devices_csv"))
    _lint_vlans(raw, problems)
    _lint_hosts(raw, specs, problems)
    for path, row in rows(raw, "endpoints"):
        requirement = _requirement(row, specs, path, problems, _WITH_ENDPOINTS)
        if requirement:
            _lint_endpoints(row, requirement, path, problems)
    pairs = ((path, f"{row['vendor']} {row['requirement']}") for path, row in rows(raw, "endpoints"))
    twice(pairs, problems)
    vlans = {vlan["name"]: vlan for _path, vlan in rows(raw, "vlans")}
    for key in ("ssids", "blocked"):
        for path, row in rows(raw, key):
            _lint_in_vlan(row, vlans, path, problems)
    for path, row in rows(raw, "accepted"):
        _requirement(row, specs, path, problems)


def _lint_hosts(raw: Raw, specs: Specs, problems: Problems) -> None:
    """What lives in the VLANs: probe hosts and devices."""
    vlans = {vlan["name"]: vlan for _path, vlan in rows(raw, "vlans")}
    for key in ("probes", "devices"):
        for path, row in rows(raw, key):
            _lint_in_vlan(row, vlans, path, problems)
    for path, device in rows(raw, "devices"):
        _lint_device(device, specs, path, problems)
    for path, probe in rows(raw, "probes"):
        _lint_probe(probe, path, problems)
    twice(_column(raw, "devices", "name"), problems)
    for name in ("mac", "ip"):
        twice([*_column(raw, "probes", name), *_column(raw, "devices", name)], problems)
    _lint_pairs(raw, problems)
