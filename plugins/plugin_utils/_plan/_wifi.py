# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Wi-Fi in the plan: which networks a vendor's devices may join, and what the VLAN's radios are to listen for."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._verdict import VERDICTS
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._wifi_declared import declared, judge_declared
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._own import Wish, own_requirement
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._scope import ATTEMPTS, Entry, Part, Scope, given
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import Device, Site, Ssid, Vlan
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Requirement

_MOST_NAMES = 64  # as many as a check takes


def wifi(scope: Scope) -> Part:
    """A network that suits is enough: of all that lead into the VLAN, those count that fit the vendor best."""
    here = _ssids(scope)
    wireless = wireless_devices(scope)
    if not wireless:
        return Part(given=given("met", "the devices are wired, so Wi-Fi does not matter"))
    if not here:
        names = ", ".join(device.name for device in wireless)
        return Part(
            given=given(
                "unproven",
                f"{names} use Wi-Fi, and the site names no SSID for VLAN {scope.vlan.name}",
                "describe it under ssids in the site's file: ssid, vlan, band_ghz, channel, security, standards",
            )
        )
    ssids = [declared(scope.site, ssid) for ssid in suitable(scope)]
    rule, scans = scope.requirement.wifi, scans_of(scope.site, scope.vlan)
    if not scans:
        return Part(given=given(*judge_declared(rule, ssids[0])))
    return Part(air={"rule": rule, "rules": [one.wifi for one in _rules(scope)], "ssids": ssids, "scans": scans})


def suitable(scope: Scope) -> t.List[Ssid]:
    """The networks of the VLAN that fit a vendor best, going by the site's file; each of a vendor's requirements has
    the same ones, since a device joins one network.
    """
    here = _ssids(scope)
    ranked = [(_rank(scope, ssid) if len(here) > 1 else [], ssid) for ssid in here]
    best = min((rank for rank, _ssid in ranked), default=[])
    return [ssid for rank, ssid in ranked if rank == best]


def _rank(scope: Scope, ssid: Ssid) -> t.List[int]:
    data = declared(scope.site, ssid)
    found = [VERDICTS.index(judge_declared(one.wifi, data).verdict) for one in _rules(scope)]
    kinds = {one.kind for one in scope.spec.requirements}
    obstacles = (("captive_portal", ssid.captive_portal), ("local", ssid.client_isolation))
    found += [VERDICTS.index("unmet") for kind, there in obstacles if there and kind in kinds]
    return sorted(found, reverse=True)


def _ssids(scope: Scope) -> t.List[Ssid]:
    return [ssid for ssid in scope.site.ssids if ssid.vlan == scope.vlan.name]


def _rules(scope: Scope) -> t.List[Requirement]:
    """All that the vendor asks of a network for any of these devices."""
    types = {device.type for device in scope.devices}
    found = [one for one in scope.spec.requirements if one.kind == "wifi"]
    return [one for one in found if not one.device_types or types & set(one.device_types)]


def wireless_devices(scope: Scope) -> t.List[Device]:
    """Those that use Wi-Fi, as the site says; else that can do nothing else, or may where the site has an SSID."""
    has_ssids = bool(_ssids(scope))
    return [device for device in scope.devices if _uses_wifi(device, scope.spec.uplinks[device.type], has_ssids)]


def _uses_wifi(device: Device, media: t.Sequence[str], has_ssids: bool) -> bool:
    if "wifi" not in media or device.uplink not in ("", "wifi"):
        return False
    return bool(device.uplink) or has_ssids or "ethernet" not in media


def surely_wireless(scope: Scope, device: Device) -> bool:
    """Whether a device uses nothing but Wi-Fi."""
    return device.uplink == "wifi" or (not device.uplink and scope.spec.uplinks[device.type] == ("wifi",))


def portal(scope: Scope) -> t.Optional[Entry]:
    """The verdict where the devices' network has a captive portal, as the site's file says itself; else None."""
    found = suitable(scope) if wireless_devices(scope) else []
    if not found or not all(ssid.captive_portal for ssid in found):
        return None
    names = ", ".join(ssid.ssid for ssid in found)
    return given(
        "unmet",
        f"SSID {names} has a captive portal, as the site's file says",
        f"take the portal off SSID {names}, or give the devices an SSID of their own without one",
    )


def isolation(scope: Scope, ends: t.Sequence[t.Sequence[Device]]) -> t.Optional[Entry]:
    """The verdict on a flow between devices that an access point keeps from each other; else None."""
    here = {device.name for device in scope.devices}
    wireless = [[one for one in end if one.name in here and surely_wireless(scope, one)] for end in ends]
    found = suitable(scope) if all(wireless) else []
    if not found or not all(ssid.client_isolation for ssid in found):
        return None
    names = ", ".join(ssid.ssid for ssid in found)
    pairs = " and ".join(", ".join(one.name for one in end) for end in wireless)
    return given(
        "unmet",
        f"SSID {names} keeps its clients from each other (client_isolation in the site's file), and {pairs} must talk"
        " to each other over it",
        f"switch off client isolation on SSID {names}, give these devices an SSID without it, or wire one side",
    )


def scans_of(site: Site, vlan: Vlan) -> t.List[Entry]:
    """The scans of a VLAN's radios: shared by all vendors there."""
    if not any(ssid.vlan == vlan.name for ssid in site.ssids):
        return []
    radios = sorted(probe.host for probe in site.probes_in(vlan.name) if probe.radio)
    return [{"check": f"{vlan.name}/wifi-scan/{host}", "host": host} for host in radios]


def plan_air(site: Site) -> t.Tuple[t.List[Entry], t.List[Entry]]:
    """For each VLAN with a radio, that its networks are as the site's file says: requirement entries and checks."""
    entries: t.List[Entry] = []
    checks: t.List[Entry] = []
    for vlan in sorted(site.vlans, key=lambda found: found.name):
        scans = scans_of(site, vlan)
        if not scans:
            continue
        radios = {probe.host: probe.radio for probe in site.probes_in(vlan.name)}
        here = [ssid for ssid in site.ssids if ssid.vlan == vlan.name]
        hidden = sorted({ssid.ssid for ssid in here if ssid.hidden})[:_MOST_NAMES]
        for scan in scans:
            asked = {"probe": scan["host"], "interface": radios[scan["host"]], "attempts": ATTEMPTS, "ssids": hidden}
            checks.append({"id": scan["check"], "kind": "wifi_scan", **asked})
        entries.append(_entry(site, vlan, here, scans))
    return entries, checks


def _entry(site: Site, vlan: Vlan, here: t.Sequence[Ssid], scans: t.Sequence[Entry]) -> Entry:
    names = {ssid.ssid for ssid in here}
    wish = Wish(
        id="ssids",
        title="Wireless networks as the site's file has them",
        kind="ssids",
        source=f"{', '.join(sorted(names))} lead into VLAN {vlan.name}",
        check="",
        label="",
        proves=(),
    )
    # Another VLAN's network of the same name has the same name on the air, too.
    same = [declared(site, ssid) for ssid in site.ssids if ssid.ssid in names]
    entry = own_requirement(wish, vlan, site.probe_in(vlan.name))
    no_control = {"control": "", "groups": [], "level": "recommended"}
    return {**entry, **no_control, "air": {"ssids": same, "scans": list(scans)}}


WIFI: t.Mapping[str, t.Callable[[Scope], Part]] = {"wifi": wifi}
