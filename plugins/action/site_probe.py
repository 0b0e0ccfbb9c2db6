# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.site_probe; documented in plugins/modules/site_probe.py."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._packed import packed
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._action import Data, FleetAction
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._for_host import checks_for
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._vendors import built_in

# Ansible imports this where it forks a process for each host: what is read here is read once for all of them.
built_in()


class ActionModule(FleetAction):
    """Plan and probe in one: a task less for each host, and no plan that the controller keeps for each of them."""

    OPTIONS: t.ClassVar[Data] = {
        "site": {"type": "str", "required": True},
        "probe": {"type": "str"},
        "left_out": {"type": "list", "elements": "str", "default": []},
        "responder_key": {"type": "str", "no_log": True},
        "time_limit": {"type": "float"},
        "packed": {"type": "bool", "default": False},
    }
    _requires_connection = True

    def answer(self, args: Data, task_vars: Data) -> Data:
        fleet = self.fleet(args, lambda site: site.name == args["site"])
        plan = make_plan(fleet.site(args["site"]), fleet.specs)
        checks = checks_for(plan, args["probe"] or task_vars.get("inventory_hostname"), args["left_out"])
        given = {name: args[name] for name in ("responder_key", "time_limit") if args[name]}
        seen: Data = self._execute_module("fieldnet.iot.probe", {"checks": checks, **given}, task_vars=task_vars)
        return packed(seen) if args["packed"] and "results" in seen else seen
