# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.plan; documented in plugins/modules/plan.py."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._action import Data, FleetAction
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._fleet import FleetError
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._lint import shared, software_macs
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._refused import key
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan


class ActionModule(FleetAction):
    """Refuse bad data, and return the plan of a site. Pure: nothing is connected to."""

    OPTIONS: t.ClassVar[Data] = {
        "site": {"type": "str"},
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
            listen = [port for one in _own(plan["listeners"], host) for port in one["ports"]]
            found.update(plan=plan, checks=_own(plan["checks"], host), listen=listen)
        return {**found, "warnings": warnings}


def _own(found: t.Sequence[t.Mapping[str, t.Any]], host: object) -> t.List[Data]:
    """The entries that this host is to run, as the modules take them: which host runs them is settled."""
    return [{key: one[key] for key in one if key != "probe"} for one in found if one["probe"] == host]
