# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.site_probe; documented in plugins/modules/site_probe.py."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta, timezone
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._packed import packed
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._action import Data, FleetAction, refused
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._for_host import checks_for
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._seen import Checks, keep, recent, written
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
        "history": {"type": "str"},
        "max_age": {"type": "int", "default": 0},
    }
    _requires_connection = True

    def answer(self, args: Data, task_vars: Data) -> Data:
        if args["max_age"] and not args["history"]:
            return refused(["max_age: what was seen before is in a history: give history, too (iot_history)"])
        fleet = self.fleet(args, lambda site: site.name == args["site"])
        plan = make_plan(fleet.site(args["site"]), fleet.specs)
        host = str(args["probe"] or task_vars.get("inventory_hostname"))
        checks = {name: checks_for(plan, name, args["left_out"]) for name in {*plan["probes"], host}}
        seen = _before(args, host, checks) or self._now(args, task_vars, host, checks[host])
        return packed(seen) if args["packed"] and "results" in seen else seen

    def _now(self, args: Data, task_vars: Data, host: str, checks: t.Sequence[Data]) -> Data:
        given = {name: args[name] for name in ("responder_key", "time_limit") if args[name]}
        seen: Data = self._execute_module("fieldnet.iot.probe", {"checks": checks, **given}, task_vars=task_vars)
        if "results" not in seen:
            return seen
        seen["seen"] = written(datetime.now(timezone.utc))
        if args["history"] and not task_vars.get("ansible_check_mode"):
            try:
                keep(_folder(args), args["site"], host, checks, seen["results"], seen["seen"])
            except OSError as exc:
                lost = "so that a run which goes on with this one's work does not find it"
                told = f"history: {exc.filename or _folder(args)}: cannot be written: {exc.strerror}, {lost}"
                seen["warnings"] = [*seen.get("warnings", []), told]
        return seen


def _folder(args: Data) -> Path:
    return Path(args["history"]).expanduser()


def _before(args: Data, host: str, checks: Checks) -> t.Optional[Data]:
    """What this host saw a short while ago, in a run that was stopped, or for others than this site."""
    if not args["max_age"]:
        return None
    since = datetime.now(timezone.utc) - timedelta(minutes=args["max_age"])
    found = recent(_folder(args), args["site"], host, checks, since)
    return {**found, "kept": True} if found else None
