# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A site: its model, and the checks that its data must pass before anything is touched.

A site is one YAML file; see docs/site.md. Two rounds of checks: the shape of every value, then what the values mean
together (an address outside its subnet, a device type that the vendor's spec does not have). Each returns all problems.
"""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import Problem, Problems
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._attested import lint_attested
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._dhcp import lint_dhcp
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._egress import lint_egress
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._lint import lint
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import (
    Accepted,
    Attested,
    Blocked,
    Device,
    Endpoints,
    Gateway,
    PortalTest,
    Probe,
    Site,
    Ssid,
    Vlan,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._shape import SITE
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Spec

_LISTS_OF_VLAN = ("dns", "ntp", "redirect", "redirect_exempt", "dhcp_options", "dhcp_servers")
_LISTS_OF_SSID = ("band_ghz", "channel", "standards")


def _build(raw: t.Mapping[str, t.Any]) -> Site:
    return Site(
        name=raw["site"],
        gateway=Gateway(**raw["gateway"]),
        vlans=tuple(Vlan(**{**vlan, **{key: tuple(vlan[key]) for key in _LISTS_OF_VLAN}}) for vlan in raw["vlans"]),
        probes=tuple(Probe(**probe) for probe in raw["probes"]),
        devices=tuple(Device(**device) for device in raw["devices"]),
        endpoints=tuple(
            Endpoints(found["vendor"], found["requirement"], tuple(found["hosts"]), tuple(found["tls_pins"]))
            for found in raw["endpoints"]
        ),
        ssids=tuple(Ssid(**{**ssid, **{key: tuple(ssid[key]) for key in _LISTS_OF_SSID}}) for ssid in raw["ssids"]),
        portal_test=PortalTest(**(raw["portal_test"] or {})),
        accepted=tuple(Accepted(**found) for found in raw["accepted"]),
        blocked=tuple(Blocked(**found) for found in raw["blocked"]),
        responder=raw["responder"]["host"] if raw["responder"] else "",
        tags=tuple(raw["tags"]),
        attested=tuple(Attested(**found) for found in raw["attested"]),
    )


def parse_site(data: object, specs: t.Mapping[str, Spec]) -> t.Tuple[t.Optional[Site], Problems]:
    """A site from the data of its file, or everything that is wrong with it."""
    if data is None:
        return None, [Problem("", "is empty; a site needs at least plugin, schema, site, gateway, vlans and devices")]
    problems: Problems = []
    raw = SITE.run(data, "", problems)
    if raw is not None:
        lint(raw, specs, problems)
        lint_egress(raw, specs, problems)
        lint_dhcp(raw, problems)
        lint_attested(raw, specs, problems)
    return (None if raw is None or problems else _build(raw)), problems
