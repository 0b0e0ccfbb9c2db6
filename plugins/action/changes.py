# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.changes; documented in plugins/modules/changes.py."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess import assess
from ansible_collections.fieldnet.iot.plugins.plugin_utils._changes import compare
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet import FleetError, load_fleet, to_paths
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan import make_plan

Data = t.Dict[str, t.Any]
_RESULTS = {"type": "list", "elements": "dict", "required": True}
ARGUMENTS: Data = {
    "path": {"type": "list", "elements": "str", "required": True},
    "vendor_path": {"type": "list", "elements": "str", "default": []},
    "site": {"type": "str", "required": True},
    "before": _RESULTS,
    "after": _RESULTS,
}
_OF_A_RESULT = ("id", "kind", "observation", "reason")


class ActionModule(ActionBase):  # type: ignore[misc]
    """Compare what a site's probe hosts saw before and after a change. Pure: nothing is connected to."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: t.Any = None, task_vars: t.Optional[Data] = None) -> Data:
        result: Data = super().run(tmp, task_vars)
        _validation, args = self.validate_argument_spec(argument_spec=ARGUMENTS)
        errors = [wrong for name in ("before", "after") for wrong in _no_results(name, args[name])]
        if errors:
            return {**result, "failed": True, "msg": "\n".join(errors), "errors": errors}
        try:
            fleet = load_fleet(to_paths(args["path"]), to_paths(args["vendor_path"]))
            plan = make_plan(fleet.site(args["site"]), fleet.specs)
        except FleetError as exc:
            return {**result, "failed": True, "msg": str(exc), "errors": exc.errors}
        before, after = assess(plan, args["before"]), assess(plan, args["after"])
        found = compare(before, after)
        return {
            **result,
            "changed": False,
            "worse": found.worse,
            "better": found.better,
            "other": found.other,
            "same": len(found.same),
            "readiness_before": before["readiness"],
            "readiness_after": after["readiness"],
        }


def _no_results(name: str, given: t.Sequence[Data]) -> t.Iterator[str]:
    """What is wrong with lists that are not the module probe's results."""
    for index, one in enumerate(given):
        missing = [key for key in _OF_A_RESULT if key not in one]
        if missing:
            yield f"{name}[{index}]: has no {', '.join(missing)}: give the results of the module fieldnet.iot.probe"
