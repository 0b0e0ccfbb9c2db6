# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.changes; documented in plugins/modules/changes.py."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._assess import assess
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._changes import compare
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._action import Data, FleetAction, refused
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan

_RESULTS = {"type": "list", "elements": "dict", "required": True}
_OF_A_RESULT = ("id", "kind", "observation", "reason")


class ActionModule(FleetAction):
    """Compare what a site's probe hosts saw before and after a change. Pure: nothing is connected to."""

    OPTIONS: t.ClassVar[Data] = {"site": {"type": "str", "required": True}, "before": _RESULTS, "after": _RESULTS}

    def answer(self, args: Data, task_vars: Data) -> Data:
        errors = [wrong for name in ("before", "after") for wrong in _no_results(name, args[name])]
        if errors:
            return refused(errors)
        fleet = self.fleet(args, lambda site: site.name == args["site"])
        plan = make_plan(fleet.site(args["site"]), fleet.specs)
        before, after = assess(plan, args["before"]), assess(plan, args["after"])
        found = compare(before, after)
        return {
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
