# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.assess; documented in plugins/modules/assess.py."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess import READINESS, assess, document
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet import FleetError, load_fleet, to_paths
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan import make_plan
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report import table
from ansible_collections.fieldnet.iot.plugins.plugin_utils._save import as_json, save
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site_model import Site

Data = t.Dict[str, t.Any]
ARGUMENTS: Data = {
    "path": {"type": "list", "elements": "str", "required": True},
    "vendor_path": {"type": "list", "elements": "str", "default": []},
    "results_var": {"type": "str", "default": "iot_probe"},
    "dest": {"type": "str"},
    "fail_on": {"type": "list", "elements": "str", "default": [], "choices": list(READINESS[1:])},
}


class ActionModule(ActionBase):  # type: ignore[misc]
    """Judge what the probe hosts of this run saw. Pure but for the report that the user asked for."""

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
        hosts = set(task_vars.get("ansible_play_hosts_all") or [])
        # A part of the fleet (--limit, a slice of a job) plans and judges the sites that it could look at, no others.
        here = [site for site in fleet.sites if hosts & {p.host for p in site.probes} or _unprobed(site, hosts)]
        plans = [make_plan(site, fleet.specs) for site in here]
        found = document([assess(plan, _results(plan, task_vars, args["results_var"])) for plan in plans])
        result.update(changed=False, assessment=found)
        Display().display(table(found))
        if args["dest"]:
            result.update(save(Path(args["dest"]).expanduser(), as_json(found)))
        bad = [
            f"{site['site']} is {site['readiness']}" for site in found["sites"] if site["readiness"] in args["fail_on"]
        ]
        if bad and not result.get("failed"):
            result.update(failed=True, msg="; ".join(bad))
        return result


def _unprobed(site: Site, hosts: t.Set[str]) -> bool:
    return not site.probes and site.gateway.host in hosts


def _results(plan: Data, task_vars: Data, results_var: str) -> t.List[Data]:
    """What the site's probe hosts saw; for one that gave nothing, why it did not."""
    found: t.List[Data] = []
    hostvars = task_vars.get("hostvars") or {}
    for host in plan["probes"]:
        seen = hostvars[host].get(results_var) if host in hostvars else None
        seen = seen if isinstance(seen, dict) else {}
        if "results" in seen:
            found += seen["results"]
            continue
        why = str(seen.get("msg") or "the probe task did not run on it")
        reason = f"probe host {host}: {why.strip()}"
        links = [check for check in plan["checks"] if check["kind"] == "link" and check["probe"] == host]
        found += [{"id": link["id"], "kind": "link", "observation": "not_run", "reason": reason} for link in links]
    return found
