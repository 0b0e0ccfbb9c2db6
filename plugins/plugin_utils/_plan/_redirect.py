# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the site wants its gateway to answer itself, as requirements: asked where nobody is, somebody must answer.

A redirect to a server that does not run cuts off each device that has its own one built in, and no check of a vendor's
requirement would see that.
"""

from __future__ import annotations

import typing as t
from urllib.parse import urlsplit

from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._own import Wish, own_requirement
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._scope import ATTEMPTS, Entry
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._lint import is_address
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import Probe, Site, Vlan

_NOBODY = "192.0.2.53"  # RFC 5737: for documentation, so that nobody runs anything there
_WORDS = {"dns": "DNS", "ntp": "NTP"}
_PROVES = {"dns": ("answered",), "ntp": ("open",)}


def plan_redirects(site: Site) -> t.Tuple[t.List[Entry], t.List[Entry]]:
    """Requirement entries and checks, sorted."""
    entries, checks = [], []
    for vlan in sorted(site.vlans, key=lambda found: found.name):
        probe = site.probe_in(vlan.name)
        for service in sorted(vlan.redirect):
            entries.append(_entry(site, vlan, service, probe))
            if probe:
                common = {"id": _check_id(vlan, service), "kind": service, "probe": probe.host}
                asked = {"name": _name(site, vlan), "server": _NOBODY} if service == "dns" else {"host": _NOBODY}
                checks.append({**common, "interface": probe.interface, "attempts": ATTEMPTS, **asked})
    return entries, checks


def _check_id(vlan: Vlan, service: str) -> str:
    return f"{vlan.name}/redirect/{service}"


def _name(site: Site, vlan: Vlan) -> str:
    """A name that devices of this VLAN need anyway; else that of the captive portal's test."""
    vendors = {device.vendor for device in site.devices if device.vlan == vlan.name}
    hosts = (host for found in site.endpoints if found.vendor in vendors for host in found.hosts)
    names = sorted(host for host in hosts if not is_address(host))
    return names[0] if names else str(urlsplit(site.portal_test.url).hostname)


def _entry(site: Site, vlan: Vlan, service: str, probe: t.Optional[Probe]) -> Entry:
    word = _WORDS[service]
    wish = Wish(
        id=f"redirect-{service}",
        title=f"{word} is answered by the gateway, whomever a device asks",
        kind="redirect",
        source=f"VLAN {vlan.name} redirects {word} to the gateway",
        check=_check_id(vlan, service),
        label=f"{word} from {_NOBODY}, where nobody is",
        proves=_PROVES[service],
        redirected=True,
    )
    return own_requirement(wish, vlan, probe, bool(probe and probe.host == site.gateway.host))
