# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.plan; documented in plugins/modules/plan.py."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet import FleetError, load_fleet, to_paths
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet_lint import shared, software_macs
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan import make_plan

ARGUMENTS: t.Dict[str, t.Any] = {
    "path": {"type": "list", "elements": "str", "required": True},
    "vendor_path": {"type": "list", "elements": "str", "default": []},
    "site": {"type": "str"},
}


class ActionModule(ActionBase):  # type: ignore[misc]
    """Refuse bad data, and return the plan of a site. Pure: nothing is connected to."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: t.Any = None, task_vars: t.Optional[t.Dict[str, t.Any]] = None) -> t.Dict[str, t.Any]:
        result: t.Dict[str, t.Any] = super().run(tmp, task_vars)
        _validation, args = self.validate_argument_spec(argument_spec=ARGUMENTS)
        host = (task_vars or {}).get("inventory_hostname")
        try:
            fleet = load_fleet(to_paths(args["path"]), to_paths(args["vendor_path"]))
            warnings = shared(fleet.sites)
            result.update(changed=False, sites=[site.name for site in fleet.sites])
            if args["site"]:
                site = fleet.site(args["site"])
                warnings += software_macs(site)
                plan = make_plan(site, fleet.specs)
                result.update(plan=plan, checks=_own(plan["checks"], host))
                result.update(listen=[port for found in _own(plan["listeners"], host) for port in found["ports"]])
            if warnings:
                result["warnings"] = [*result.get("warnings", []), *warnings]
        except FleetError as exc:
            result.update(failed=True, msg=str(exc), errors=exc.errors)
        return result


def _own(found: t.Sequence[t.Mapping[str, t.Any]], host: object) -> t.List[t.Dict[str, t.Any]]:
    """The entries that this host is to run, as the modules take them: which host runs them is settled."""
    return [{key: one[key] for key in one if key != "probe"} for one in found if one["probe"] == host]
