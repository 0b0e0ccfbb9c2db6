# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.mud_export; documented in plugins/modules/mud_export.py."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._controller_action import ControllerAction, RefusedError
from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import show
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._fleet import to_paths
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._export import base_url, export, file_name
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._hosts import read_hosts
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._model import MUD
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._text import document_text, is_exported
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import no_spec
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._vendors import load_specs

Data = t.Dict[str, t.Any]
ARGUMENTS: Data = {
    "mud_url": {"type": "str", "required": True},
    "vendors": {"type": "list", "elements": "str", "default": []},
    "vendor_path": {"type": "list", "elements": "str", "default": []},
    "hosts": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "vendor": {"type": "str", "required": True},
            "requirement": {"type": "str", "required": True},
            "hosts": {"type": "list", "elements": "str", "required": True},
        },
    },
    "dest": {"type": "str"},
}


class ActionModule(ControllerAction):
    """Make MUD files of vendor specs on the controller; write them where that is asked for."""

    ARGUMENTS: t.ClassVar[Data] = ARGUMENTS

    def answer(self, args: Data) -> Data:
        specs, errors = load_specs(to_paths(args["vendor_path"]))
        errors += [f"vendors: {no_spec(name, specs)}" for name in args["vendors"] if name not in specs]
        hosts, more = read_hosts(args["hosts"], specs)
        errors += more
        try:
            base = base_url(args["mud_url"])
        except ValueError as exc:
            errors.append(f"mud_url: {show(args['mud_url'])} {exc}")
        if errors:
            raise RefusedError(errors)
        documents: t.List[Data] = []
        texts: t.Dict[Path, str] = {}
        for vendor in sorted(set(args["vendors"]) or specs):
            for kind in specs[vendor].device_types:
                name = file_name(specs[vendor], kind)
                found = export(specs[vendor], kind, base, hosts.get(vendor))
                losses = [str(loss) for loss in found.losses]
                entry = {"vendor": vendor, "type": kind.type, "name": name, "document": found.document}
                documents.append({**entry, "losses": losses})
                texts[Path(args["dest"] or "").expanduser() / name] = document_text(found.document)
        if not args["dest"]:
            return {"documents": documents}
        urls = {one["name"]: str(one["document"][MUD]["mud-url"]) for one in documents}
        own = self.write_own(texts, lambda path, text: is_exported(text, urls[path.name]))
        return {"documents": documents, **own}
