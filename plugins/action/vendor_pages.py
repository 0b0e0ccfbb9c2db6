# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.vendor_pages; documented in plugins/modules/vendor_pages.py."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible.plugins.action import ActionBase

from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._fleet import to_paths
from ansible_collections.fieldnet.iot.plugins.plugin_utils._own_files import write_own
from ansible_collections.fieldnet.iot.plugins.plugin_utils._pages._page import HEADER, pages
from ansible_collections.fieldnet.iot.plugins.plugin_utils._pages._request import firewall_request
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import no_spec
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._vendors import load_specs

Data = t.Dict[str, t.Any]
ARGUMENTS: Data = {
    "dest": {"type": "str"},
    "vendors": {"type": "list", "elements": "str", "default": []},
    "vendor_path": {"type": "list", "elements": "str", "default": []},
}


class ActionModule(ActionBase):  # type: ignore[misc]
    """Make the pages of vendor specs on the controller; write them where that is asked for."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = True
    _supports_async = False

    def run(self, tmp: t.Any = None, task_vars: t.Optional[Data] = None) -> Data:
        result: Data = super().run(tmp, task_vars)
        _validation, args = self.validate_argument_spec(argument_spec=ARGUMENTS)
        specs, errors = load_specs(to_paths(args["vendor_path"]))
        errors += [f"vendors: {no_spec(name, specs)}" for name in args["vendors"] if name not in specs]
        if errors:
            return {**result, "failed": True, "msg": "\n".join(errors), "errors": errors}
        wanted = [specs[name] for name in sorted(set(args["vendors"]) or specs)]
        result.update(changed=False, requests={spec.vendor: "\n".join(firewall_request(spec)) for spec in wanted})
        if args["dest"]:
            dest = Path(args["dest"]).expanduser()
            texts = {dest / name: text for name, text in pages(wanted).items()}
            own = write_own(
                texts, lambda _path, text: text.startswith(HEADER), self._task.check_mode, "is no page made here"
            )
            result.update(own)
        return result
