# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.impact; documented in plugins/modules/impact.py."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._action import Data, FleetAction, show
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._fleet import to_paths
from ansible_collections.fieldnet.iot.plugins.plugin_utils._impact._impact import STATES
from ansible_collections.fieldnet.iot.plugins.plugin_utils._impact._read import impact
from ansible_collections.fieldnet.iot.plugins.plugin_utils._impact._report import bad, headline, markdown, text
from ansible_collections.fieldnet.iot.plugins.plugin_utils._save import as_json, save


class ActionModule(FleetAction):
    """Say what other vendor specs mean for which sites. Pure but for the report that the user asked for."""

    OPTIONS: t.ClassVar[Data] = {
        "new_vendor_path": {"type": "list", "elements": "str", "required": True},
        "dest": {"type": "str"},
        "fail_on": {"type": "list", "elements": "str", "default": [], "choices": list(STATES[:-1])},
    }

    def answer(self, args: Data, task_vars: Data) -> Data:
        self.refuse_misspelt()
        found = impact(to_paths(args["path"]), to_paths(args["vendor_path"]), to_paths(args["new_vendor_path"]))
        show(text(found))
        result: Data = {"report": found, "msg": headline(found)}
        if args["dest"]:
            dest = Path(args["dest"]).expanduser()
            result.update(save(dest, markdown(found) if dest.suffix == ".md" else as_json(found)))
        wrong = bad(found, args["fail_on"])
        if wrong and not result.get("failed"):
            result.update(failed=True, msg="; ".join(wrong))
        return result
