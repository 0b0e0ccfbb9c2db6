# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.learn_report; documented in plugins/modules/learn_report.py."""

from __future__ import annotations

import datetime
import typing as t
from pathlib import Path

import yaml
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet import FleetError, load_fleet, to_paths
from ansible_collections.fieldnet.iot.plugins.plugin_utils._learn import observe
from ansible_collections.fieldnet.iot.plugins.plugin_utils._learn_report import document, text
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan import make_plan
from ansible_collections.fieldnet.iot.plugins.plugin_utils._save import as_json, save

Data = t.Dict[str, t.Any]
ARGUMENTS: Data = {
    "path": {"type": "list", "elements": "str", "required": True},
    "vendor_path": {"type": "list", "elements": "str", "default": []},
    "results_var": {"type": "str", "default": "iot_learned"},
    "dest": {"type": "str"},
    "proposals": {"type": "str"},
}
_HEAD = (
    "# Proposed by fieldnet.iot from what devices used in learn mode. Judge each entry before it goes into the spec.\n"
)


class ActionModule(ActionBase):  # type: ignore[misc]
    """Set what the gateways of this run counted beside the specs. Pure but for the files that the user asked for."""

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
        sites = [
            observe(site, fleet.specs, make_plan(site, fleet.specs), _info(site.gateway.host, task_vars, args))
            for site in fleet.sites
            if site.gateway.host in here
        ]
        today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
        found = document(sites, fleet.specs, today)
        result.update(changed=False, learned=found)
        Display().display(text(found))
        result.update(_write(found, args))
        return result


def _info(host: str, task_vars: Data, args: Data) -> Data:
    """What a gateway returned; for one that gave nothing, why it did not."""
    hostvars = task_vars.get("hostvars") or {}
    seen = hostvars[host].get(args["results_var"]) if host in hostvars else None
    return seen if isinstance(seen, dict) else {}


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
