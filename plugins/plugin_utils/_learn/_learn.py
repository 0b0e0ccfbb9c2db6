# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What devices really used, beside what their vendors' specs ask: pure functions of plan, site and counters."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._domains import apex, set_name
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._firewall import LOCAL_NETWORKS
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._nftables._names import counter_of
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._trouble import trouble
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import Site
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Spec

Data = t.Mapping[str, t.Any]
Entry = t.Dict[str, t.Any]
_LOCAL = [ipaddress.ip_network(network) for network in (*LOCAL_NETWORKS, "fc00::/7", "fe80::/10", "ff00::/8")]


def observe(site: Site, specs: t.Mapping[str, Spec], plan: Data, info: Data) -> Entry:
    """One site: what each device used beyond its spec, who is no device, and which planned ports nobody used.

    ``info`` is what M(fieldnet.iot.learned_info) returned, or its failure.
    """
    if "used" not in info:
        return not_observed(site.name, str(trouble(info, "the gateway was not asked")))
    if not info["present"]:
        return not_observed(site.name, "its gateway has no policy of ours to count anything")
    names = _names(plan, info)
    known = {device.mac for device in site.devices}
    used: t.Dict[str, t.List[Entry]] = {}
    for one in info["used"]:
        used.setdefault(one["mac"], []).append({**one, "names": sorted(names.get(one["destination"], ()))})
    devices = _devices(site, used)
    return {
        "site": site.name,
        "error": "",
        "learns": info["learns"],
        "devices": devices,
        "unknown": [{"mac": mac, "used": _by_service(used[mac])} for mac in sorted(set(used) - known - _probes(site))],
        "never_used": _never_used(specs, plan, info["counters"]),
        "hints": [hint for device in devices for hint in _hints(device)],
    }


def not_observed(site: str, error: str) -> Entry:
    """A site whose gateway nobody asked."""
    return {"site": site, "error": error, **_nothing()}


def _devices(site: Site, used: t.Mapping[str, t.Sequence[Entry]]) -> t.List[Entry]:
    return [
        {
            "name": device.name,
            "vendor": device.vendor,
            "type": device.type,
            "mac": device.mac,
            "vlan": device.vlan,
            "used": _by_service(used[device.mac]),
        }
        for device in sorted(site.devices, key=lambda device: device.name)
        if device.mac in used
    ]


def _hints(device: Data) -> t.Iterator[str]:
    """What is the site's to decide, and no vendor's to ask for."""
    for use in device["used"]:
        reached = [one["address"] for one in use["destinations"]]
        where = f"{device['name']} sends {use['protocol'].upper()} {use['port']} to {', '.join(reached[:3])}"
        redirected = {53: "dns", 123: "ntp"}.get(use["port"])
        if redirected and (use["port"] == 53 or use["protocol"] == "udp"):
            yield f"{where}: redirect: [{redirected}] in VLAN {device['vlan']} has the gateway answer it"
        elif any(one["local"] for one in use["destinations"]):
            yield f"{where}: inside the site, so that no vendor's spec is proposed to ask for it"


def _nothing() -> Entry:
    return {"learns": False, "devices": [], "unknown": [], "never_used": [], "hints": []}


def _probes(site: Site) -> t.Set[str]:
    """Probe hosts look at what they are told to, which says nothing of any device."""
    return {probe.mac for probe in site.probes}


def _names(plan: Data, info: Data) -> t.Dict[str, t.Set[str]]:
    """Names by address: what was asked for, else the domain whose set the resolver put the address into."""
    domains = {apex(pattern) for flow in plan["firewall"]["flows"] for pattern in flow.get("domains") or ()}
    by_set = {set_name(domain, version): domain for domain in domains for version in (4, 6)}
    found = {address: set(names) for address, names in info["names"].items()}
    for name, addresses in info["sets"].items():
        for address in addresses if name in by_set else ():
            found.setdefault(address, {by_set[name]})
    return found


def _by_service(used: t.Iterable[Entry]) -> t.List[Entry]:
    """One entry a port, with all that was reached over it; the busiest destination first."""
    services: t.Dict[t.Tuple[str, int], t.List[Entry]] = {}
    for one in used:
        services.setdefault((one["protocol"], one["port"]), []).append(one)
    return [
        {
            "protocol": protocol,
            "port": port,
            "packets": sum(one["packets"] for one in found),
            "destinations": [
                {
                    "address": one["destination"],
                    "names": one["names"],
                    "local": is_local(one["destination"]),
                    "packets": one["packets"],
                    "bytes": one["bytes"],
                }
                for one in sorted(found, key=lambda one: (-one["packets"], one["destination"]))
            ],
        }
        for (protocol, port), found in sorted(services.items())
    ]


def is_local(address: str) -> bool:
    """Whether an address is the site's own business and no vendor's."""
    parsed = ipaddress.ip_address(address)
    return any(parsed in network for network in _LOCAL if network.version == parsed.version)


def _never_used(specs: t.Mapping[str, Spec], plan: Data, counters: Data) -> t.List[Entry]:
    found = []
    for flow in plan["firewall"]["flows"]:
        counted = counters.get(counter_of(flow["id"], probe=False))
        parts = flow["id"].split("/")
        # No counter: nobody but probe hosts may open it, or the policy isn't applied yet.
        if counted is None or counted["packets"] or len(parts) < 4 or parts[1] not in specs:
            continue
        requirement = specs[parts[1]].requirement(parts[2])
        if requirement is None:
            continue
        fallback = parts[3] in [port.id for port in requirement.any_of[1:]]
        found.append(
            {
                "vlan": parts[0],
                "vendor": parts[1],
                "requirement": requirement.id,
                "level": requirement.level,
                "protocol": flow["protocol"],
                "port": flow["port"],
                "fallback": fallback,
            }
        )
    return found
