# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""DHCP: what the gateway's server is to hold and to tell, and what its offers, and nobody else's, must be.

Each device is asked for by its own MAC address, and an offer is never taken. What devices are told counts where it is
told: router and resolvers for all of them, the address and what goes with a reservation for those that have one.
"""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._options import UNRESTRICTED
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._own import Wish, own_requirement
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._scope import (
    Entry,
    Part,
    Scope,
    check,
    given,
    no_probe,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import Device, Probe, Site, Vlan

# dnsmasq pings an address from its pool for 3 seconds before it offers it, one address after the other.
_OFFER_TIMEOUT = 10  # seconds
# So does a second server, after the first one's offer: to hear the common ones takes longer than their test.
_WINDOW = 5  # seconds
# The findings of an offer (module_utils/_probe/_dhcp_judge.py) that are the business of a kind of requirement.
_FOR_ALL = ("router", "dns")
_RESERVED = ("address", "ntp", "captive_portal")
_SHOWN = 10  # devices by name


def make_dhcp(site: Site) -> Entry:
    """What the module fieldnet.iot.dhcp_reservations takes."""
    subnets = {vlan.name: vlan.subnet for vlan in site.vlans}
    return {
        "backend": site.gateway.dhcp,
        "reservations": [
            {"name": device.name, "mac": device.mac, "ip": device.ip, "subnet": subnets[device.vlan]}
            for device in sorted(site.devices, key=lambda found: found.name)
            if device.ip
        ],
        "subnets": [_told(vlan) for vlan in sorted(site.vlans, key=lambda found: found.name) if vlan.dhcp_options],
    }


def _told(vlan: Vlan) -> Entry:
    """What the devices with a reservation in a VLAN are told; what is left out, the server's own configuration says."""
    told: t.Mapping[str, Entry] = {
        "router": {"router": vlan.router},
        "dns": {"dns_servers": _once(vlan.dns)},
        "ntp": {"ntp_servers": _time_servers(vlan)},
        "no-captive-portal": {"captive_portal": "unrestricted"},
    }
    entry = {"subnet": vlan.subnet}
    for option, values in told.items():
        entry.update(values if option in vlan.dhcp_options else {})
    return entry


def _time_servers(vlan: Vlan) -> t.List[str]:
    """Of a VLAN that names none, the gateway answers whomever is asked: else the site is refused."""
    return _once(vlan.ntp or (vlan.router,))


def _once(addresses: t.Iterable[str]) -> t.List[str]:
    """Each of them, the first choice first."""
    return list(dict.fromkeys(addresses))


def dhcp_notes(site: Site) -> t.List[str]:
    """Whom the options don't reach."""
    notes = []
    for vlan in site.vlans:
        without = sorted(one.name for one in site.devices if one.vlan == vlan.name and not one.ip)
        if vlan.dhcp_options and without:
            notes.append(
                f"VLAN {vlan.name}: dhcp_options reach devices with a reservation; without one: {_names(without)}, told"
                " what the DHCP server's own configuration says"
            )
    return notes


def _offers(scope: Scope, part: Part, devices: t.Sequence[Device]) -> t.List[Entry]:
    """A DISCOVER in the name of each device; the requirements of DHCP share them."""
    checks = []
    for device in devices:
        check_id = f"{scope.vlan.name}/dhcp/{device.name}"
        options = {"mac": device.mac, "timeout": _OFFER_TIMEOUT, "attempts": 1, **_expected(scope.vlan, device)}
        part.checks.append(check(scope, "dhcp", check_id, **options))
        checks.append({"check": check_id, "label": f"{device.name} ({device.mac})"})
    return checks


def _servers(vlan: Vlan) -> t.List[str]:
    """Who may offer addresses."""
    return _once(vlan.dhcp_servers or (vlan.router,))


def _expected(vlan: Vlan, device: Device) -> Entry:
    wish: Entry = {"expect_router": [vlan.router], "expect_dns": _once(vlan.dns)}
    if device.ip:
        wish["expect_ip"] = device.ip
        wish.update({"expect_ntp": _time_servers(vlan)} if "ntp" in vlan.dhcp_options else {})
        wish.update({"expect_captive_portal": UNRESTRICTED} if "no-captive-portal" in vlan.dhcp_options else {})
    return {**wish, "servers": _servers(vlan), "window": _WINDOW}


def dhcp(scope: Scope) -> Part:
    """Some server offers addresses in this VLAN, with its router and resolvers; which device gets which address is the
    reservation's business.
    """
    part = Part(proves=("offered", "wrong_offer"), crosses_gateway=False, counts=_FOR_ALL)
    if scope.probe is None:
        part.given = no_probe(scope)
    else:
        part.groups.append({"mode": "any", "checks": _offers(scope, part, scope.devices)})
    return part


def reservation(scope: Scope) -> Part:
    """The server offers each device the address that the site wishes; a device without a wish has no reservation."""
    alone = all(found.kind != "dhcp" for found in scope.spec.requirements)
    part = Part(proves=("offered",), crosses_gateway=False, counts=_RESERVED + (_FOR_ALL if alone else ()))
    wished = [device for device in scope.devices if device.ip]
    missing = [device.name for device in scope.devices if not device.ip]
    if wished and scope.probe:
        part.groups += [{"mode": "all_of", "checks": [one]} for one in _offers(scope, part, wished)]
    elif wished:
        part.groups.append(_known(no_probe(scope)))
    if missing:
        part.groups.append(_known(_no_reservation(missing)))
    return part


def _known(verdict: Entry) -> Entry:
    """A group that no check is needed for."""
    return {"mode": "all_of", "checks": [], "given": verdict}


def _no_reservation(names: t.Sequence[str]) -> Entry:
    has, them = ("has", "it") if len(names) == 1 else ("have", "them")
    return given(
        "unmet",
        f"{_names(names)} {has} no reservation: the site's file gives {them} no ip",
        f"give {_names(names)} an ip in the site's file, and run the playbook fieldnet.iot.provision",
    )


def _names(names: t.Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown


def plan_dhcp_servers(site: Site) -> t.Tuple[t.List[Entry], t.List[Entry]]:
    """For each VLAN that nobody else offers addresses there: requirement entries and checks.

    The probe host asks in its own name too, which no switch stops, and which a server that ignores the devices answers.
    """
    entries, checks = [], []
    for vlan in sorted(site.vlans, key=lambda found: found.name):
        if not any(device.vlan == vlan.name for device in site.devices):
            continue
        probe = site.probe_in(vlan.name)
        entries.append(_entry(vlan, probe))
        if probe:
            asked = {"mac": probe.mac, "timeout": _OFFER_TIMEOUT, "attempts": 1}
            common = {"id": _check_id(vlan), "kind": "dhcp", "probe": probe.host, "interface": probe.interface}
            checks.append({**common, **asked, "servers": _servers(vlan), "window": _WINDOW})
    return entries, checks


def _check_id(vlan: Vlan) -> str:
    return f"{vlan.name}/dhcp-servers"


def _entry(vlan: Vlan, probe: t.Optional[Probe]) -> Entry:
    wish = Wish(
        id="dhcp-servers",
        title="No other DHCP server",
        kind="dhcp_servers",
        source=f"in VLAN {vlan.name} {', '.join(_servers(vlan))} offers addresses, and nobody else",
        check=_check_id(vlan),
        label=f"the probe host {probe.host} itself" if probe else "",
        proves=("offered", "wrong_offer"),
    )
    return own_requirement(wish, vlan, probe)


DHCP: t.Mapping[str, t.Callable[[Scope], Part]] = {"dhcp": dhcp, "reservation": reservation}
