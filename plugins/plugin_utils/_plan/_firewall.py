# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the gateway enforces: flows, the profiles that hold them, and which device has which profile.

Devices of one vendor and VLAN that need the same flows share a profile. The probe hosts of a VLAN are devices too, with
a profile that holds the flows of all, as they look at each of them in the devices' place.
"""

from __future__ import annotations

import hashlib
import re
import typing as t
import unicodedata
from collections import Counter

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._domains import over_match
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._firewall import DEFAULT_TABLE
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._scope import Entry, Flow
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import Device, Probe, Site, Vlan
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Spec

Specs = t.Mapping[str, Spec]
# A profile is a chain of the packet filter, and its title a comment there.
LONGEST_NAME = 48
LONGEST_TITLE = 80
_LONGEST_LABEL = 63
_NO_TITLE = re.compile(r"[^A-Za-z0-9 _.,:()/&+-]+")


class _Group(t.NamedTuple):
    """Devices of one VLAN and vendor that need the same flows."""

    vlan: Vlan
    spec: Spec
    devices: t.Tuple[Device, ...]
    flows: t.Tuple[str, ...]
    mark: str = ""  # what tells it from others of this VLAN and vendor, if there are any

    @property
    def key(self) -> str:
        """What sets it apart, whatever the names are made of."""
        return "/".join([self.vlan.name, self.spec.vendor, *([self.mark] if self.mark else [])])

    @property
    def types(self) -> t.List[str]:
        """The types of its devices."""
        return sorted({device.type for device in self.devices})


def make_firewall(site: Site, specs: Specs, flows: t.Sequence[Flow]) -> Entry:
    """What the module fieldnet.iot.firewall_policy takes."""
    groups = _groups(site, specs, flows)
    probed = [vlan for vlan in _by_name(site.vlans) if _probes_in(site, vlan)]
    names = _names([*(group.key for group in groups), *(_probe_key(vlan) for vlan in probed)])
    profile_of = {device.name: names[group.key] for group in groups for device in group.devices}
    entries = {flow.entry["id"]: flow.entry for flow in flows}
    return {
        "backend": site.gateway.firewall,
        "egress": site.gateway.egress,
        "binding": site.gateway.binding,
        "unknown_devices": site.gateway.unknown_devices,
        "log_limit": site.gateway.log_limit,
        "firewalld_policy": site.gateway.firewalld_policy,
        "interfaces": [_interface(site, vlan) for vlan in sorted(site.vlans, key=lambda vlan: vlan.interface)],
        "flows": [entries[key] for key in sorted(entries)],
        "profiles": sorted(
            [
                *(_profile(group, names[group.key]) for group in groups),
                *(_probe_profile(site, specs, vlan, names[_probe_key(vlan)], entries.values()) for vlan in probed),
            ],
            key=lambda profile: str(profile["name"]),
        ),
        "devices": _devices(site, profile_of, names),
        "mode": "enforce",
        "learn_until": "",
    }


def make_dns(site: Site, firewall: Entry) -> Entry:
    """What the gateway's resolver must fill sets for: nothing, where flows are opened by port."""
    domains = sorted({domain for flow in firewall["flows"] for domain in flow["domains"]})
    return {
        "backend": site.gateway.dns,
        "state": "present" if domains else "absent",
        "domains": domains,
        "ipv6": bool(domains) and any(profile["ipv6"] for profile in firewall["profiles"]),
        "table": DEFAULT_TABLE,
        "routers": _asked(site) if domains else [],
    }


def _asked(site: Site) -> t.List[str]:
    """The gateway's addresses at which devices ask for names, or where their questions are led to."""
    routers = {vlan.router for vlan in site.vlans}
    given = {server for vlan in site.vlans for server in vlan.dns}
    return sorted((given & routers) | {vlan.router for vlan in site.vlans if "dns" in vlan.redirect})


def firewall_notes(site: Site, dns: Entry) -> t.Iterator[str]:
    """Where what is enforced is wider than what was asked for."""
    yield from over_match(dns["domains"])
    for vlan in site.vlans if site.gateway.binding == "mac-ip" else ():
        loose = [device.name for device in site.devices if device.vlan == vlan.name and not device.ip]
        loose += [f"probe host {probe.host}" for probe in _probes_in(site, vlan) if not probe.ip]
        if loose:
            names = ", ".join(sorted(loose))
            yield f"VLAN {vlan.name}: known by the MAC address alone, for want of an ip in the site's file: {names}"


def _groups(site: Site, specs: Specs, flows: t.Sequence[Flow]) -> t.List[_Group]:
    """Nearly always one a VLAN and vendor; more where types, or exempt devices, need something else than the others."""
    needs: t.Dict[str, t.List[str]] = {device.name: [] for device in site.devices}
    for flow in flows:
        for device in flow.devices:
            needs[device.name].append(flow.entry["id"])
    alike: t.Dict[t.Tuple[str, str], t.Dict[t.Tuple[str, ...], t.List[Device]]] = {}
    for device in site.devices:
        wanted = tuple(sorted(set(needs[device.name])))
        alike.setdefault((device.vlan, device.vendor), {}).setdefault(wanted, []).append(device)
    vlans = {vlan.name: vlan for vlan in site.vlans}
    return [
        group
        for (vlan, vendor), found in sorted(alike.items())
        for group in _marked(
            [_Group(vlans[vlan], specs[vendor], tuple(devices), wanted) for wanted, devices in found.items()]
        )
    ]


def _marked(groups: t.List[_Group]) -> t.List[_Group]:
    """Told apart by the type of device where that is enough, else by number, the one with the fewest flows first."""
    if len(groups) == 1:
        return groups
    by_type = [group.types[0] for group in groups]
    types = [kind for group in groups for kind in group.types]
    if len(set(types)) == len(types):
        return [group._replace(mark=kind) for group, kind in zip(groups, by_type)]
    ordered = sorted(groups, key=lambda group: (len(group.flows), group.flows))
    return [group._replace(mark=str(number) if number > 1 else "") for number, group in enumerate(ordered, 1)]


def _names(keys: t.Sequence[str]) -> t.Dict[str, str]:
    """A name for each key, made of its parts; a digest keeps apart what would be alike, or is cut."""
    plain = {key: re.sub("/+", "_", key) for key in keys}
    found = Counter(plain.values())
    return {
        key: name if len(name) <= LONGEST_NAME and found[name] == 1 else _digested(name, key, LONGEST_NAME, "_")
        for key, name in plain.items()
    }


def _digested(name: str, key: str, longest: int, between: str) -> str:
    digest = hashlib.sha256(key.encode()).hexdigest()[:8]
    return f"{name[: longest - len(digest) - 1].rstrip(between)}{between}{digest}"


def _probe_key(vlan: Vlan) -> str:
    return f"{vlan.name}//probe"  # no key of a vendor's profile has an empty part


def _title(text: str) -> str:
    """A title as a comment may hold it: one line, and nothing that would need quoting."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join(_NO_TITLE.sub(" ", plain).split())[:LONGEST_TITLE].strip()


def _profile(group: _Group, name: str) -> Entry:
    of_types = f": {', '.join(group.types)}" if group.mark else ""
    return {
        "name": name,
        "interface": group.vlan.interface,
        "title": _title(group.spec.title + of_types),
        "ipv6": group.spec.ipv6,
        "flows": list(group.flows),
    }


def _probe_profile(site: Site, specs: Specs, vlan: Vlan, name: str, flows: t.Iterable[Entry]) -> Entry:
    vendors = {device.vendor for device in site.devices if device.vlan == vlan.name}
    return {
        "name": name,
        "interface": vlan.interface,
        "title": "probe hosts",
        "ipv6": any(specs[vendor].ipv6 for vendor in vendors),
        "probe": True,
        "flows": sorted(flow["id"] for flow in flows if flow["interface"] == vlan.interface),
    }


def _by_name(vlans: t.Iterable[Vlan]) -> t.List[Vlan]:
    return sorted(vlans, key=lambda vlan: vlan.name)


def _probes_in(site: Site, vlan: Vlan) -> t.List[Probe]:
    """The probe hosts that are devices to the gateway: not so the gateway itself."""
    return [probe for probe in site.probes_in(vlan.name) if probe.host != site.gateway.host]


def _interface(site: Site, vlan: Vlan) -> Entry:
    exempt = frozenset(vlan.redirect_exempt)
    return {
        "name": vlan.interface,
        "subnet": vlan.subnet,
        "router": vlan.router,
        "redirect": sorted(vlan.redirect),
        "redirect_exempt": sorted(d.mac for d in site.devices if d.name in exempt) if exempt else [],
    }


def _devices(site: Site, profile_of: t.Mapping[str, str], names: t.Mapping[str, str]) -> t.List[Entry]:
    vlans = {vlan.name: vlan for vlan in site.vlans}
    called = _probe_names(site)
    found = [_device(device.name, device, vlans[device.vlan], profile_of[device.name]) for device in site.devices]
    found += [
        _device(called[probe.host], probe, vlan, names[_probe_key(vlan)])
        for vlan in site.vlans
        for probe in _probes_in(site, vlan)
    ]
    return sorted(found, key=lambda device: str(device["name"]))


def _device(name: str, of: t.Union[Device, Probe], vlan: Vlan, profile: str) -> Entry:
    address = {"ip": of.ip} if of.ip else {}
    return {"name": name, "interface": vlan.interface, "mac": of.mac, **address, "profile": profile}


def _probe_names(site: Site) -> t.Dict[str, str]:
    """By host: a label that says which host it is, and is no device's name."""
    plain = {probe.host: "probe-" + re.sub(r"[^a-z0-9]+", "-", probe.host.lower()).strip("-") for probe in site.probes}
    found = Counter([*plain.values(), *(device.name for device in site.devices)])
    return {
        host: name if len(name) <= _LONGEST_LABEL and found[name] == 1 else _digested(name, host, _LONGEST_LABEL, "-")
        for host, name in plain.items()
    }
