# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a site's data must have so that its gateway can redirect, and can open what devices look up (egress: domains).

With ``egress: domains`` an address is opened when the gateway's own resolver answers it. So devices must ask that
resolver, and each thing that they need must have a name or an address; else the devices would be cut off in silence.
"""

from __future__ import annotations

import difflib
import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import Problem, Problems
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._lint import Raw, Specs, rows, twice
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Requirement, Spec

_MOST_SHOWN = 10  # of the devices of a VLAN


def lint_egress(raw: Raw, specs: Specs, problems: Problems) -> None:
    """Add every problem of redirects and of egress by domain."""
    for path, vlan in rows(raw, "vlans"):
        _lint_redirect(raw, vlan, path, problems)
    _lint_families(raw, specs, problems)
    if (raw["gateway"] or {}).get("egress") != "domains":
        return
    routers = {vlan["router"] for _path, vlan in rows(raw, "vlans")}
    for path, vlan in rows(raw, "vlans"):
        if None not in routers:  # an unreadable one may be the one that is meant
            _lint_resolvers(vlan, routers, path, problems)
    for vendor in sorted({str(device["vendor"]) for _path, device in rows(raw, "devices")} & set(specs)):
        if not any(requirement.kind == "dns" for requirement in specs[vendor].requirements):
            why = (
                f"domains opens what devices look up, and the spec of {vendor} has no requirement of kind dns: add one"
            )
            problems.append(Problem("gateway.egress", why))
        _lint_destinations(raw, specs[vendor], problems)


def _lint_redirect(raw: Raw, vlan: Raw, path: str, problems: Problems) -> None:
    for key in ("redirect", "redirect_exempt"):
        twice(((f"{path}.{key}[{index}]", value) for index, value in enumerate(vlan[key] or [])), problems)
    if vlan["redirect_exempt"] and not vlan["redirect"]:
        why = "exempts devices from a redirect, and the VLAN has none: give it redirect: [dns, ntp], or leave this out"
        problems.append(Problem(f"{path}.redirect_exempt", why))
    devices = raw["devices"] or []
    if vlan["name"] is None or any(one is None or None in (one["name"], one["vlan"]) for one in devices):
        return
    here = sorted(device["name"] for device in devices if device["vlan"] == vlan["name"])
    problems.extend(
        Problem(
            f"{path}.redirect_exempt[{index}]", f"{name} is no device of VLAN {vlan['name']} {_nearest(name, here)}"
        )
        for index, name in enumerate(vlan["redirect_exempt"] or [])
        if name is not None and name not in here
    )


def _nearest(name: str, devices: t.Sequence[str]) -> str:
    near = difflib.get_close_matches(name, devices, n=1)
    shown = [*devices[:_MOST_SHOWN], *(["..."] if len(devices) > _MOST_SHOWN else [])]
    return f"(did you mean {near[0]}?)" if near else f"(known: {', '.join(shown) or 'none'})"


def _lint_families(raw: Raw, specs: Specs, problems: Problems) -> None:
    """An IPv6 address is of no use to devices that don't speak it, and the gateway lets none of them out by it."""
    without = sorted(vendor for vendor in {device["vendor"] for _path, device in rows(raw, "devices")} & set(specs))
    without = [vendor for vendor in without if not specs[vendor].ipv6]
    hosts = [
        (f"{path}.hosts[{index}]", host, row["vendor"])
        for path, row in rows(raw, "endpoints")
        for index, host in enumerate(row["hosts"] or [])
        if row["vendor"] in without
    ]
    if raw["responder"] and without:
        hosts.append(("responder.host", raw["responder"]["host"], ", ".join(without)))
    problems.extend(
        Problem(
            path, f"{host} is an IPv6 address, and devices of {vendor} have no IPv6: give a name, or an IPv4 address"
        )
        for path, host, vendor in hosts
        if host and ":" in host
    )


def _lint_resolvers(vlan: Raw, routers: t.Collection[str], path: str, problems: Problems) -> None:
    """Devices must ask the gateway: given its address as their resolver, or led there whomever they ask."""
    foreign = [(index, server) for index, server in enumerate(vlan["dns"] or []) if server not in {*routers, None}]
    nothing = "so its answers open nothing, which egress: domains needs"
    router = vlan["router"]
    if "dns" not in (vlan["redirect"] or []):
        remedy = f"name the router {router} here, or give the VLAN redirect: [dns]"
        problems.extend(
            Problem(f"{path}.dns[{index}]", f"{server} is not the gateway, {nothing}: {remedy}")
            for index, server in foreign
        )
    elif foreign:
        remedy = f"name the router {router} under dns instead, or do not exempt the device"
        problems.extend(
            Problem(
                f"{path}.redirect_exempt[{index}]",
                f"{name} would ask {foreign[0][1]}, which is not the gateway, {nothing}: {remedy}",
            )
            for index, name in enumerate(vlan["redirect_exempt"] or [])
        )


def _lint_destinations(raw: Raw, spec: Spec, problems: Problems) -> None:
    """Somebody must name where a required flow goes: the vendor's spec, or the site."""
    devices = [device for _path, device in rows(raw, "devices") if device["vendor"] == spec.vendor]
    types = {device["type"] for device in devices}
    named = {row["requirement"] for _path, row in rows(raw, "endpoints") if row["vendor"] in (spec.vendor, None)}
    for requirement in spec.requirements:
        concerned = not requirement.device_types or types & set(requirement.device_types)
        if requirement.kind not in ("outbound", "ntp") or requirement.level != "required" or not concerned:
            continue
        if requirement.domains or named & {requirement.id, None}:
            continue
        wanted = f"{{vendor: {spec.vendor}, requirement: {requirement.id}, hosts: [a host that the vendor names]}}"
        remedy = f"add under endpoints: {wanted}"
        if requirement.kind == "ntp":
            if all(_has_time(vlan, requirement, devices, spec.ipv6) for _path, vlan in rows(raw, "vlans")):
                continue
            remedy += "; or name time servers under ntp of the VLAN, or give it redirect: [ntp]"
        what = f"{spec.vendor} {requirement.id}"
        why = f"domains needs to know where {what} goes, and neither the vendor nor the site says it"
        problems.append(Problem("gateway.egress", f"{why}: {remedy}"))


def _has_time(vlan: Raw, requirement: Requirement, devices: t.Sequence[Raw], ipv6: bool) -> bool:
    """Whether a VLAN's devices know whom to ask for the time: a server is named, or the gateway answers them all."""
    here = {
        device["name"]
        for device in devices
        if device["vlan"] == vlan["name"] and device["type"] in (requirement.device_types or (device["type"],))
    }
    answered = "ntp" in (vlan["redirect"] or []) and not here & set(vlan["redirect_exempt"] or [])
    named = any(host is None or ipv6 or ":" not in host for host in vlan["ntp"] or [])
    return not here or named or answered
