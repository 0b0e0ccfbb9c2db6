# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.vendor_pages; documented in plugins/modules/vendor_pages.py."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._controller_action import ControllerAction, RefusedError
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._fleet import to_paths
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


class ActionModule(ControllerAction):
    """Make the pages of vendor specs on the controller; write them where that is asked for."""

    ARGUMENTS: t.ClassVar[Data] = ARGUMENTS

    def answer(self, args: Data) -> Data:
        specs, errors = load_specs(to_paths(args["vendor_path"]))
        errors += [f"vendors: {no_spec(name, specs)}" for name in args["vendors"] if name not in specs]
        if errors:
            raise RefusedError(errors)
        wanted = [specs[name] for name in sorted(set(args["vendors"]) or specs)]
        requests = {spec.vendor: "\n".join(firewall_request(spec)) for spec in wanted}
        if not args["dest"]:
            return {"requests": requests}
        dest = Path(args["dest"]).expanduser()
        texts = {dest / name: text for name, text in pages(wanted).items()}
        own = self.write_own(texts, lambda _path, text: text.startswith(HEADER), "is no page made here")
        return {"requests": requests, **own}
