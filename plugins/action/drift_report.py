# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.drift_report; documented in plugins/modules/drift_report.py."""

from __future__ import annotations

import typing as t
from datetime import datetime, timezone

from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._action import (
    Data,
    FleetAction,
    held_against,
    hosts_of,
    refused_here,
    registered,
    reported,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._drift_report import (
    STATES,
    document,
    judge,
    not_compared,
    table,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._drift import publish
from ansible_collections.fieldnet.iot.plugins.plugin_utils._save import stamp


class ActionModule(FleetAction):
    """Say how the gateways of this run differ from their plans. Pure but for the report that the user asked for."""

    OPTIONS: t.ClassVar[Data] = {
        "results_vars": {"type": "dict", "required": True},
        "dest": {"type": "str"},
        "publish": {"type": "bool", "default": False},
        "fail_on": {"type": "list", "elements": "str", "default": [], "choices": list(STATES[:-1])},
    }

    def answer(self, args: Data, task_vars: Data) -> Data:
        hosts = hosts_of(task_vars)
        fleet = self.fleet(args, lambda site: site.gateway.host in hosts, keep_going=True)
        refused = refused_here(fleet, task_vars)
        judged = [
            judge(site.name, site.gateway.host, _results(site.gateway.host, task_vars, args["results_vars"]))
            for site in fleet.sites
        ]
        found = document([*judged, *(not_compared(one.name, one.gateway or one.file, one.errors) for one in refused)])
        bad = [f"{site['site']} is {site['state']}" for site in found["sites"] if site["state"] in args["fail_on"]]
        result = {"report": found, **held_against(reported(found, table(found), args["dest"], bad), refused)}
        result["failing"] = [result["msg"]] if result.get("failed") else []
        if args["publish"]:
            when = stamp(datetime.now(timezone.utc))
            result["ansible_stats"] = {"data": publish(found, when), "per_host": False, "aggregate": False}
        return result


def _results(host: str, task_vars: Data, results_vars: Data) -> t.Dict[str, Data]:
    return {name: registered(host, variable, task_vars) for name, variable in results_vars.items()}
