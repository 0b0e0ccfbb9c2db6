# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.learn_report; documented in plugins/modules/learn_report.py."""

from __future__ import annotations

import datetime
import typing as t
from pathlib import Path

import yaml

from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._action import (
    Data,
    FleetAction,
    held_against,
    hosts_of,
    refused_here,
    registered,
    show,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._learn._learn import not_observed, observe
from ansible_collections.fieldnet.iot.plugins.plugin_utils._learn._report import document, text
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from ansible_collections.fieldnet.iot.plugins.plugin_utils._save import as_json, save

_HEAD = (
    "# Proposed by fieldnet.iot from what devices used in learn mode. Judge each entry before you put the file into a\n"
    "# folder of vendor specs (iot_vendor_path): it changes the vendor's spec there.\n"
)


class ActionModule(FleetAction):
    """Set what the gateways of this run counted beside the specs. Pure but for the files that the user asked for."""

    OPTIONS: t.ClassVar[Data] = {
        "results_var": {"type": "str", "default": "iot_learned"},
        "dest": {"type": "str"},
        "proposals": {"type": "str"},
    }

    def answer(self, args: Data, task_vars: Data) -> Data:
        hosts = hosts_of(task_vars)
        fleet = self.fleet(args, lambda site: site.gateway.host in hosts, keep_going=True)
        refused = refused_here(fleet, task_vars)
        sites = [
            observe(
                site,
                fleet.specs,
                make_plan(site, fleet.specs),
                registered(site.gateway.host, args["results_var"], task_vars),
            )
            for site in fleet.sites
        ]
        sites += [not_observed(one.name, "; ".join(one.errors)) for one in refused]
        today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
        found = document(sites, fleet.specs, today)
        show(text(found))
        return {"learned": found, **held_against(_write(found, args), refused)}


def _write(found: Data, args: Data) -> Data:
    """The files; a failure is told, and the document is still in the result."""
    texts: t.Dict[Path, str] = {}
    if args["dest"]:
        texts[Path(args["dest"]).expanduser()] = as_json(found)
    if args["proposals"]:
        folder = Path(args["proposals"]).expanduser()
        for proposal in found["proposals"]:
            body = yaml.safe_dump(proposal, sort_keys=False, allow_unicode=True, width=118)
            texts[folder / f"{proposal['vendor']}.yml"] = f"---\n{_HEAD}{body}"
    for path, content in texts.items():
        saved = save(path, content)
        if saved.get("failed"):
            return saved
    return {"files": [str(path) for path in texts]}
