# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.explain; documented in plugins/modules/explain.py."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._packed import results_in
from ansible_collections.fieldnet.iot.plugins.plugin_utils._explain._flows import explaining, failed
from ansible_collections.fieldnet.iot.plugins.plugin_utils._explain._one import one_flow
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._action import Data, FleetAction, refused, registered
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._for_host import checks_for
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan

FLOW: Data = {
    "host": {"type": "str", "required": True},
    "port": {"type": "raw", "required": True},
    "protocol": {"type": "str", "choices": ["tcp", "udp"], "default": "tcp"},
    "vlan": {"type": "str"},
}


class ActionModule(FleetAction):
    """Find what to follow on a gateway. Pure: nothing is connected to."""

    OPTIONS: t.ClassVar[Data] = {
        "site": {"type": "str", "required": True},
        "results_var": {"type": "str", "default": "iot_probe"},
        "flow": {"type": "dict", "options": FLOW},
    }

    def answer(self, args: Data, task_vars: Data) -> Data:
        fleet = self.fleet(args, lambda site: site.name == args["site"])
        site = fleet.site(args["site"])
        results = [
            result
            for probe in site.probes
            for result in results_in(registered(probe.host, args["results_var"], task_vars)) or ()
        ]
        if args["flow"]:
            errors: t.List[str] = []
            plan = one_flow(site, args["flow"], errors)
            if errors:
                return refused(errors)
            wanted = {check["id"] for check in plan["checks"]}
        else:
            plan = make_plan(site, fleet.specs)
            wanted = failed(plan, results)
        found = explaining(plan, site, results, wanted)
        asked = checks_for(plan, task_vars.get("inventory_hostname")) if args["flow"] else []
        return {**found._asdict(), "asked": asked}
