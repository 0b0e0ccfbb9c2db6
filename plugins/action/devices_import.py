# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.devices_import; documented in plugins/modules/devices_import.py."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._controller_action import ControllerAction, RefusedError
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._fleet import to_paths
from ansible_collections.fieldnet.iot.plugins.plugin_utils._register._csv_import import Row, import_devices
from ansible_collections.fieldnet.iot.plugins.plugin_utils._register._devices_yaml import HEADER, render
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._vendors import load_specs

Data = t.Dict[str, t.Any]
ARGUMENTS: Data = {
    "src": {"type": "str", "required": True},
    "dest": {"type": "str"},
    "site": {"type": "str"},
    "defaults": {"type": "dict", "default": {}},
    "vendor_path": {"type": "list", "elements": "str", "default": []},
}


class ActionModule(ControllerAction):
    """Read a table of devices on the controller; write them as a site's file has them, where that is asked for."""

    ARGUMENTS: t.ClassVar[Data] = ARGUMENTS

    def answer(self, args: Data) -> Data:
        src = Path(args["src"]).expanduser()
        specs, errors = load_specs(to_paths(args["vendor_path"]))
        if errors:
            raise RefusedError(errors)
        try:
            data = src.read_bytes()
        except OSError as exc:
            raise RefusedError([f"{src}: can't be read: {exc.strerror}"]) from None
        defaults = {str(name): str(value) for name, value in args["defaults"].items() if value is not None}
        found = import_devices(data, specs, defaults)
        devices, more = _of_site([row for _number, row in found.devices], args["site"])
        problems = [f"{src}: {problem}" for problem in (found.problems or more)]
        if problems:
            raise RefusedError(problems, notes=found.notes)
        text = render(devices)
        result = {"devices": devices, "text": text, "notes": found.notes}
        if not args["dest"]:
            return result
        # A site's file is its owner's.
        own = self.write_own(
            {Path(args["dest"]).expanduser(): text},
            lambda _path, there: there.startswith(HEADER),
            "was not written by an import",
        )
        return {**result, **own}


def _of_site(rows: t.Sequence[Row], site: t.Optional[str]) -> t.Tuple[t.List[Row], t.List[str]]:
    """The rows of a site, without its name; where there is but one site, nobody needs to name it."""
    names = sorted({row["site"] for row in rows if "site" in row})
    if site is None and len(names) > 1:
        return [], [f"has devices of several sites ({', '.join(names)}): say by site which one's to import"]
    if site is not None and names and site not in names:
        return [], [f"has no device of the site {site} (it has {', '.join(names)})"]
    mine = [row for row in rows if site is None or row.get("site", site) == site]
    return [{name: value for name, value in row.items() if name != "site"} for row in mine], []
