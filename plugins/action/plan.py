# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.plan; documented in plugins/modules/plan.py."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._action import Data, FleetAction, refused
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._fleet import FleetError
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._lint import shared, software_macs
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._refused import key
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._for_host import checks_for, ports_for
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._vendors import built_in

# Ansible imports this where it forks a process for each host: what is read here is read once for all of them.
built_in()


class ActionModule(FleetAction):
    """Refuse bad data, and return the plan of a site. Pure: nothing is connected to."""

    OPTIONS: t.ClassVar[Data] = {
        "site": {"type": "str"},
        "parts": {"type": "list", "elements": "str"},
        "keep_going": {"type": "bool", "default": False},
        "refused": {"type": "dict", "default": {}},
    }

    def answer(self, args: Data, task_vars: Data) -> Data:
        if not args["site"]:
            self.refuse_misspelt()
        errors = [error for path in args["path"] for error in args["refused"].get(key(path), [])]
        if errors:
            raise FleetError(errors)
        fleet = self.fleet(args, lambda site: site.name == args["site"], args["keep_going"])
        warnings = shared(fleet.digests)
        found: Data = {"sites": [site.name for site in fleet.digests]}
        if args["keep_going"]:
            found["refused"] = {one.path: one.errors for one in fleet.refused}
            found["unread"] = [error for one in fleet.refused if not one.hosts for error in one.errors]
        if args["site"]:
            site = fleet.site(args["site"])
            warnings += software_macs(site)
            plan, host = make_plan(site, fleet.specs), task_vars.get("inventory_hostname")
            parts = list(plan) if args["parts"] is None else args["parts"]
            unknown = [part for part in parts if part not in plan]
            if unknown:
                return refused([f"parts: a plan has no {part}; it has {', '.join(plan)}" for part in unknown])
            found["plan"] = {part: plan[part] for part in parts}
            found.update({"checks": checks_for(plan, host)} if "checks" in parts else {})
            found.update({"listen": ports_for(plan, host)} if "listeners" in parts else {})
        return {**found, "warnings": warnings}
