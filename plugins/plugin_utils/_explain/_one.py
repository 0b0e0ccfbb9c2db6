# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""One flow that somebody asks about, as checks of a site's probe hosts."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.module_utils import _values
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import Site


def one_flow(site: Site, flow: t.Mapping[str, t.Any], errors: t.List[str]) -> t.Dict[str, t.Any]:
    """A plan of nothing but its checks: one of each probe host in the VLAN, or in each VLAN."""
    found: t.Dict[str, t.Any] = {}
    for name, read in (("host", _values.host), ("port", _values.port)):
        try:
            found[name] = read(flow[name])
        except ValueError as error:
            errors.append(f"flow.{name}: {flow[name]} {error}")
    vlans = [vlan for vlan in site.vlans if flow["vlan"] in (None, "", vlan.name)]
    if not vlans:
        errors.append(
            f"flow.vlan: {site.name} has no VLAN {flow['vlan']} (it has {', '.join(v.name for v in site.vlans)})"
        )
    senders = [
        (vlan, probe) for vlan in vlans for probe in site.probes_in(vlan.name) if probe.host != site.gateway.host
    ]
    if vlans and not senders:
        errors.append(f"probes: {site.name} has no probe host there, other than the gateway, that could send anything")
    if errors:
        return {"checks": [], "requirements": []}
    checks = [
        {
            "id": f"{probe.vlan}/flow/{probe.host}",
            "kind": flow["protocol"],
            "probe": probe.host,
            "interface": probe.interface,
            "timeout": 3,
            **found,
            **({"nameservers": list(vlan.dns)} if vlan.dns else {}),
        }
        for vlan, probe in senders
    ]
    return {"checks": checks, "requirements": []}
