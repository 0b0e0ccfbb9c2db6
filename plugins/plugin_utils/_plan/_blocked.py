# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the site itself wants blocked, as requirements; a block means something only beside a control that worked."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._own import Wish, own_requirement
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._scope import Entry, nameservers
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._lint import is_address
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import Blocked, Probe, Site, Vlan


def plan_blocked(site: Site) -> t.Tuple[t.List[Entry], t.List[Entry]]:
    """Requirement entries and checks, sorted."""
    entries, checks = [], []
    for blocked in sorted(site.blocked, key=lambda one: (one.vlan, one.host, one.port)):
        vlan = site.vlan(blocked.vlan)
        if vlan is None:
            continue
        probe = site.probe_in(vlan.name)
        entries.append(_entry(site, vlan, blocked, probe))
        if probe:
            looked_up = {} if is_address(blocked.host) else {"nameservers": nameservers(vlan)}
            target = {"host": blocked.host, "port": blocked.port, "interface": probe.interface, **looked_up}
            checks.append({"id": _check_id(blocked), "kind": blocked.protocol, "probe": probe.host, **target})
    return entries, checks


def _check_id(blocked: Blocked) -> str:
    return f"{blocked.vlan}/blocked/{blocked.protocol}/{blocked.port}/{blocked.host}"


def _entry(site: Site, vlan: Vlan, blocked: Blocked, probe: t.Optional[Probe]) -> Entry:
    label = f"{blocked.protocol.upper()} {blocked.port} to {blocked.host}"
    wish = Wish(
        id=f"blocked-{blocked.protocol}-{blocked.port}-{blocked.host}",
        title=f"{label} is blocked",
        kind="blocked",
        source=blocked.reason,
        check=_check_id(blocked),
        label=label,
        proves=("rejected", "dropped"),
    )
    return own_requirement(wish, vlan, probe, bool(probe and probe.host == site.gateway.host))
