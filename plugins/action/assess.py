# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.assess; documented in plugins/modules/assess.py."""

from __future__ import annotations

import typing as t
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._assess import READINESS, assess, document, lean
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._packed import results_in
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._parts import in_part
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._unseen import not_judged
from ansible_collections.fieldnet.iot.plugins.plugin_utils._explain._read import Traced, read
from ansible_collections.fieldnet.iot.plugins.plugin_utils._explain._words import explain
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._action import (
    Data,
    FleetAction,
    hosts_of,
    refusal,
    refused,
    refused_here,
    registered,
    reported,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._refused import by_name
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._trouble import trouble
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._artifact import publish
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._files import FORMATS, TITLE, Files, write_report
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._history import keep_all
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._model import ReportError, make_report
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._seen import read_time
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._table import table
from ansible_collections.fieldnet.iot.plugins.plugin_utils._save import stamp
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import Site

_SHOWN = 10  # sites in the message of a run that fails for them


class ActionModule(FleetAction):
    """Judge what the probe hosts of this run saw. Pure but for the files that the user asked for.

    Ansible looks through a result several times, value by value: of a fleet with its observations that took longer than
    all of the judging. So all that needs the whole of it is done in here, and the result is what a play decides by.
    """

    OPTIONS: t.ClassVar[Data] = {
        "results_var": {"type": "str", "default": "iot_probe"},
        "traced_vars": {"type": "dict", "default": {}},
        "dest": {"type": "str"},
        "history": {"type": "str"},
        "history_keep": {"type": "int", "default": 30},
        "report_dir": {"type": "str"},
        "report_formats": {"type": "list", "elements": "str", "default": list(FORMATS), "choices": list(FORMATS)},
        "report_title": {"type": "str", "default": TITLE},
        "publish": {"type": "bool", "default": False},
        "detail": {"type": "str", "default": "sites", "choices": ["sites", "requirements", "observations"]},
        "fail_on": {"type": "list", "elements": "str", "default": [], "choices": list(READINESS[1:])},
    }

    def answer(self, args: Data, task_vars: Data) -> Data:
        if args["history_keep"] < 2:
            return refused(["history_keep: must be 2 or more, so that there is one to compare with"])
        check_mode = bool(task_vars.get("ansible_check_mode"))
        told: t.Dict[str, t.List[str]] = {"warnings": [], "errors": []}
        judged = self._judged(args, task_vars, datetime.now(timezone.utc), told)
        found = document(judged)
        result = {"sites": [_short(site) for site in found["sites"]], **_detailed(found, args["detail"])}
        result.update(reported(found, table(found), args["dest"], []))
        failing = [*told["errors"], *([result["msg"]] if result.get("failed") else [])]
        if args["report_dir"]:
            files = Files(Path(args["report_dir"]).expanduser(), args["report_formats"], title=args["report_title"])
            result["files"] = {name: str(path) for name, path in files.paths.items()}
            try:
                write_report(make_report({"assessment": found}, files.title), files, check_mode=check_mode)
            except ReportError as exc:
                failing += exc.errors
        failing += _bad([site for site in found["sites"] if site["readiness"] in args["fail_on"]])
        if args["publish"]:
            published = publish(found["sites"])
            told["warnings"] += published.warnings
            result["ansible_stats"] = {"data": published.variables, "per_host": False, "aggregate": False}
            # What -v shows of a result is to be read; this is not.
            result["_ansible_verbose_override"] = True
        result.update(warnings=told["warnings"], failing=failing)
        return {**result, **({"failed": True, "msg": "\n".join(failing)} if failing else {})}

    def _judged(self, args: Data, task_vars: Data, now: datetime, told: t.Dict[str, t.List[str]]) -> t.List[Data]:
        hosts = hosts_of(task_vars)
        # A part of the fleet (--limit, a slice of a job) plans and judges the sites that it could look at, no others.
        fleet = self.fleet(
            args, lambda site: bool(hosts & {p.host for p in site.probes}) or _unprobed(site, hosts), keep_going=True
        )
        wrong = refused_here(fleet, task_vars)
        told["errors"] += refusal(wrong)
        when = {"assessed": stamp(now)}
        judged: t.List[t.Mapping[str, t.Any]] = []
        looked: t.Dict[str, datetime] = {}
        for site in fleet.sites:
            plan = make_plan(site, fleet.specs)
            seen = assess(plan, _results(plan, task_vars, args["results_var"]))
            if args["traced_vars"]:
                seen = explain(seen, _traced(site, task_vars, args["traced_vars"]))
            looked[site.name] = _looked(plan, task_vars, args["results_var"]) or now
            judged.append({**in_part(seen, plan, hosts), "assessed": stamp(looked[site.name])})
        judged += [{**not_judged(name, errors), **when} for name, errors in by_name(one for one in wrong if one.site)]
        if args["history"]:
            keep = 0 if task_vars.get("ansible_check_mode") else args["history_keep"]
            judged = keep_all(Path(args["history"]).expanduser(), judged, now, keep, told, looked)
        nameless = by_name(one for one in wrong if not one.site)  # no history can be theirs
        return [*map(dict, judged), *({**not_judged(name, errors), **when} for name, errors in nameless)]


def _traced(site: Site, task_vars: Data, variables: Data) -> Traced:
    return read(lambda variable: registered(site.gateway.host, variable, task_vars), variables)


def _looked(plan: Data, task_vars: Data, results_var: str) -> t.Optional[datetime]:
    """When the last of the site's probe hosts looked: that may have been before this run."""
    times = (read_time(registered(host, results_var, task_vars).get("seen")) for host in plan["probes"])
    return max((when for when in times if when), default=None)


def _unprobed(site: Site, hosts: t.Set[str]) -> bool:
    return not site.probes and site.gateway.host in hosts


def _short(site: Data) -> Data:
    verdicts = Counter(one["verdict"] for one in site["requirements"])
    changes = {name: len(site["changes"][name]) for name in ("worse", "broken", "better")} if "changes" in site else {}
    return {
        **{key: site[key] for key in ("site", "readiness", "assessed")},
        "verdicts": dict(sorted(verdicts.items())),
        **({"changes": changes} if changes else {}),
    }


def _detailed(found: Data, detail: str) -> Data:
    if detail == "sites":
        return {}
    return {"assessment": found if detail == "observations" else document([lean(site) for site in found["sites"]])}


def _bad(sites: t.Sequence[Data]) -> t.List[str]:
    """What the user asked the run to fail for, in a line."""
    said = [f"{site['site']} is {site['readiness']}" for site in sites[:_SHOWN]]
    more = len(sites) - len(said)
    return ["; ".join([*said, *([f"and {more} more"] if more else [])])] if said else []


def _results(plan: Data, task_vars: Data, results_var: str) -> t.List[Data]:
    """What the site's probe hosts saw; for one that gave nothing, why it did not."""
    found: t.List[Data] = []
    for host in plan["probes"]:
        seen = registered(host, results_var, task_vars)
        results = results_in(seen)
        if results is not None:
            found += results
            continue
        why, remedy = trouble(seen, "the probe task did not run on it")
        links = [check for check in plan["checks"] if check["kind"] == "link" and check["probe"] == host]
        told = {"observation": "not_run", "reason": f"probe host {host}: {why}", "remedy": remedy}
        found += [{"id": link["id"], "kind": "link", **told} for link in links]
    return found
