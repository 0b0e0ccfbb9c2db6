# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.assess; documented in plugins/modules/assess.py."""

from __future__ import annotations

import typing as t
from datetime import datetime, timezone
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._assess import READINESS, assess, document
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._action import (
    Data,
    FleetAction,
    hosts_of,
    refused,
    registered,
    reported,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._history import keep_all
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._table import table
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import Site


class ActionModule(FleetAction):
    """Judge what the probe hosts of this run saw. Pure but for the report that the user asked for."""

    OPTIONS: t.ClassVar[Data] = {
        "results_var": {"type": "str", "default": "iot_probe"},
        "dest": {"type": "str"},
        "history": {"type": "str"},
        "history_keep": {"type": "int", "default": 30},
        "fail_on": {"type": "list", "elements": "str", "default": [], "choices": list(READINESS[1:])},
    }

    def answer(self, args: Data, task_vars: Data) -> Data:
        if args["history_keep"] < 2:
            return refused(["history_keep: must be 2 or more, so that there is one to compare with"])
        hosts = hosts_of(task_vars)
        # A part of the fleet (--limit, a slice of a job) plans and judges the sites that it could look at, no others.
        fleet = self.fleet(args, lambda site: bool(hosts & {p.host for p in site.probes}) or _unprobed(site, hosts))
        plans = [make_plan(site, fleet.specs) for site in fleet.sites]
        now = datetime.now(timezone.utc)
        when = {"assessed": now.strftime("%Y-%m-%dT%H:%M:%SZ")}
        judged: t.List[t.Mapping[str, t.Any]] = [
            {**assess(plan, _results(plan, task_vars, args["results_var"])), **when} for plan in plans
        ]
        told: t.Dict[str, t.List[str]] = {"warnings": [], "errors": []}
        if args["history"]:
            keep = 0 if task_vars.get("ansible_check_mode") else args["history_keep"]
            judged = keep_all(Path(args["history"]).expanduser(), judged, now, keep, told)
        found = document(judged)
        bad = [
            f"{site['site']} is {site['readiness']}" for site in found["sites"] if site["readiness"] in args["fail_on"]
        ]
        result = {"assessment": found, "warnings": told["warnings"], **reported(found, table(found), args["dest"], bad)}
        if told["errors"]:
            result.update(failed=True, msg="\n".join([*told["errors"], *([result["msg"]] if "msg" in result else [])]))
        return result


def _unprobed(site: Site, hosts: t.Set[str]) -> bool:
    return not site.probes and site.gateway.host in hosts


def _results(plan: Data, task_vars: Data, results_var: str) -> t.List[Data]:
    """What the site's probe hosts saw; for one that gave nothing, why it did not."""
    found: t.List[Data] = []
    for host in plan["probes"]:
        seen = registered(host, results_var, task_vars)
        if "results" in seen:
            found += seen["results"]
            continue
        why = str(seen.get("msg") or "the probe task did not run on it")
        reason = f"probe host {host}: {why.strip()}"
        links = [check for check in plan["checks"] if check["kind"] == "link" and check["probe"] == host]
        found += [{"id": link["id"], "kind": "link", "observation": "not_run", "reason": reason} for link in links]
    return found
