# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.validate; documented in plugins/modules/validate.py."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._action import Data, FleetAction, reported
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._fleet import to_paths
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._validate import KINDS, validate
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._validate_text import headline, table


class ActionModule(FleetAction):
    """Judge all sites by their data. Pure but for the document that the user asked for."""

    OPTIONS: t.ClassVar[Data] = {
        "dest": {"type": "str"},
        "fail_on": {"type": "list", "elements": "str", "default": [], "choices": ["warnings", *KINDS]},
        "limit": {"type": "int", "default": 100},
    }

    def answer(self, args: Data, task_vars: Data) -> Data:
        self.refuse_misspelt()
        found = validate(to_paths(args["path"]), to_paths(args["vendor_path"]))
        limit = max(args["limit"], 0)
        unwanted = [one for one in found["warnings"] if {"warnings", one["kind"]} & set(args["fail_on"])]
        bad = [headline(found)] if found["errors"] or unwanted else []
        result = reported(found, table(found, limit), args["dest"], bad)
        result["errors"] = found["errors"][: limit or None]
        if not result.get("failed"):  # Ansible prints all that a failed task returns, and this was printed for people
            result["validation"] = {key: found[key] for key in ("schema", "summary", "warnings", "notes")}
        return result
