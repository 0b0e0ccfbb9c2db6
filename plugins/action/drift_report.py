# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.drift_report; documented in plugins/modules/drift_report.py."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.fieldnet.iot.plugins.plugin_utils._drift_report import STATES, document, judge, table
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet import FleetError, load_fleet, to_paths
from ansible_collections.fieldnet.iot.plugins.plugin_utils._save import as_json, save

Data = t.Dict[str, t.Any]
ARGUMENTS: Data = {
    "path": {"type": "list", "elements": "str", "required": True},
    "vendor_path": {"type": "list", "elements": "str", "default": []},
    "results_vars": {"type": "dict", "required": True},
    "dest": {"type": "str"},
    "fail_on": {"type": "list", "elements": "str", "default": [], "choices": list(STATES[:-1])},
}


class ActionModule(ActionBase):  # type: ignore[misc]
    """Say how the gateways of this run differ from their plans. Pure but for the report that the user asked for."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: t.Any = None, task_vars: t.Optional[Data] = None) -> Data:
        result: Data = super().run(tmp, task_vars)
        task_vars = task_vars or {}
        _validation, args = self.validate_argument_spec(argument_spec=ARGUMENTS)
        try:
            fleet = load_fleet(to_paths(args["path"]), to_paths(args["vendor_path"]))
        except FleetError as exc:
            return {**result, "failed": True, "msg": str(exc), "errors": exc.errors}
        here = set(task_vars.get("ansible_play_hosts_all") or [])
        sites = [site for site in fleet.sites if site.gateway.host in here]
        found = document(
            judge(site.name, site.gateway.host, _results(site.gateway.host, task_vars, args["results_vars"]))
            for site in sites
        )
        result.update(changed=False, report=found)
        Display().display(table(found))
        if args["dest"]:
            result.update(save(Path(args["dest"]).expanduser(), as_json(found)))
        bad = [f"{site['site']} is {site['state']}" for site in found["sites"] if site["state"] in args["fail_on"]]
        if bad and not result.get("failed"):
            result.update(failed=True, msg="; ".join(bad))
        return result


def _results(host: str, task_vars: Data, results_vars: Data) -> t.Dict[str, Data]:
    hostvars = task_vars.get("hostvars") or {}
    seen = {name: hostvars[host].get(variable) if host in hostvars else None for name, variable in results_vars.items()}
    return {name: found if isinstance(found, dict) else {} for name, found in seen.items()}
