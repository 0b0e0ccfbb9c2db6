# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.drift_report; documented in plugins/modules/drift_report.py."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._action import (
    Data,
    FleetAction,
    hosts_of,
    registered,
    reported,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._drift_report import STATES, document, judge, table


class ActionModule(FleetAction):
    """Say how the gateways of this run differ from their plans. Pure but for the report that the user asked for."""

    OPTIONS: t.ClassVar[Data] = {
        "results_vars": {"type": "dict", "required": True},
        "dest": {"type": "str"},
        "fail_on": {"type": "list", "elements": "str", "default": [], "choices": list(STATES[:-1])},
    }

    def answer(self, args: Data, task_vars: Data) -> Data:
        hosts = hosts_of(task_vars)
        found = document(
            judge(site.name, site.gateway.host, _results(site.gateway.host, task_vars, args["results_vars"]))
            for site in self.fleet(args, lambda site: site.gateway.host in hosts).sites
        )
        bad = [f"{site['site']} is {site['state']}" for site in found["sites"] if site["state"] in args["fail_on"]]
        return {"report": found, **reported(found, table(found), args["dest"], bad)}


def _results(host: str, task_vars: Data, results_vars: Data) -> t.Dict[str, Data]:
    return {name: registered(host, variable, task_vars) for name, variable in results_vars.items()}
