# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What sites may share, and what it means: a name or an address in two of them is no error, and often is one.

Branches that are built alike have the same addresses and names on purpose; that works as long as no route and no DNS
domain joins them. A MAC address in two sites is refused: a device is in one place (_site/_sites.py).
"""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.fieldnet.iot.plugins.module_utils._reservable import locally_administered, random_macs
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._digest import Digest
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import Site

_SHOWN = 3  # of many


def shared(sites: t.Sequence[Digest]) -> t.List[str]:
    """A warning for the names that devices of several sites have, and one for the addresses."""
    names: t.Dict[str, t.List[str]] = {}
    addresses: t.Dict[str, t.List[str]] = {}
    for site in sites:
        for device in site.devices:
            names.setdefault(device.name, []).append(site.name)
            if device.ip:
                addresses.setdefault(device.ip, []).append(site.name)
    twice = sorted(name for name, where in names.items() if len(where) > 1)
    again = sorted((ip for ip, where in addresses.items() if len(where) > 1), key=ipaddress.IPv4Address)
    warnings = []
    if twice:
        warnings.append(
            f"devices of several sites have one name: {_some(twice, names)}. Where DNS joins them, rename them"
        )
    if again:
        warnings.append(f"devices of several sites have one address: {_some(again, addresses)}. No route may join them")
    return warnings


def overlapping(sites: t.Sequence[Digest]) -> t.List[str]:
    """A warning for the subnets of several sites that overlap."""
    found: t.Dict[ipaddress.IPv4Network, t.List[str]] = {}
    for site in sites:
        for subnet in site.subnets:
            found.setdefault(ipaddress.IPv4Network(subnet), []).append(site.name)
    groups: t.List[t.List[ipaddress.IPv4Network]] = []
    for net in sorted(found):  # the wider ones first: what overlaps lies inside
        if groups and net.subnet_of(groups[-1][0]):
            groups[-1].append(net)
        else:
            groups.append([net])
    again = [nets for nets in groups if len({name for net in nets for name in found[net]}) > 1]
    if not again:
        return []
    where = {_nets(nets): sorted({name for net in nets for name in found[net]}) for nets in again}
    return [f"subnets of several sites overlap: {_some(list(where), where)}. No route may join them"]


def _nets(nets: t.Sequence[ipaddress.IPv4Network]) -> str:
    inside = _few([str(net) for net in nets[1:]])
    return f"{nets[0]} with {inside}" if inside else str(nets[0])


def software_chosen(sites: t.Sequence[Digest]) -> t.List[str]:
    """One warning for the devices of all sites that are to be known by a MAC address that can change."""
    return random_macs(
        (f"{device.name} of {site.name}", device.mac)
        for site in sites
        for device in site.devices
        if locally_administered(device.mac)
    )


def software_macs(site: Site) -> t.List[str]:
    """A warning for devices that the gateway is to know by a MAC address that can change."""
    return random_macs((device.name, device.mac) for device in site.devices)


def _some(values: t.Sequence[str], where: t.Mapping[str, t.Sequence[str]]) -> str:
    shown = [f"{value} ({_few(sorted(where[value]))})" for value in values[:_SHOWN]]
    more = len(values) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _few(names: t.Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
