# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.devices_import; documented in plugins/modules/devices_import.py."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible.plugins.action import ActionBase

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
_SHOWN = 50  # errors that the message tells; the result has all


class ActionModule(ActionBase):  # type: ignore[misc]
    """Read a table of devices on the controller; write them as a site's file has them, where that is asked for."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = True
    _supports_async = False

    def run(self, tmp: t.Any = None, task_vars: t.Optional[Data] = None) -> Data:
        result: Data = super().run(tmp, task_vars)
        _validation, args = self.validate_argument_spec(argument_spec=ARGUMENTS)
        src = Path(args["src"]).expanduser()
        specs, errors = load_specs(to_paths(args["vendor_path"]))
        if not errors:
            try:
                data = src.read_bytes()
            except OSError as exc:
                return {**result, "failed": True, "msg": f"{src}: can't be read: {exc.strerror}", "errors": []}
            defaults = {str(name): str(value) for name, value in args["defaults"].items() if value is not None}
            found = import_devices(data, specs, defaults)
            devices, more = _of_site([row for _number, row in found.devices], args["site"])
            errors = [f"{src}: {problem}" for problem in (found.problems or more)]
            result.update(notes=found.notes)
        if errors:
            rest = [f"and {len(errors) - _SHOWN} more"] if len(errors) > _SHOWN else []
            return {**result, "failed": True, "msg": "\n".join([*errors[:_SHOWN], *rest]), "errors": errors}
        text = render(devices)
        result.update(changed=False, devices=devices, text=text)
        if args["dest"]:
            result.update(self._write(Path(args["dest"]).expanduser(), text))
        return result

    def _write(self, dest: Path, text: str) -> Data:
        """Only over what was written here before: a site's file is its owner's."""
        try:
            before = dest.read_text(encoding="utf-8") if dest.exists() else ""
            if before == text:
                return {"changed": False}
            if before and not before.startswith(HEADER):
                why = f"{dest}: is there, and was not written by an import: give another dest, or remove it"
                return {"failed": True, "msg": why}
            if not self._task.check_mode:
                dest.write_text(text, encoding="utf-8")
        except (OSError, UnicodeDecodeError) as exc:
            reason = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8 text"
            return {"failed": True, "msg": f"{dest}: can't be written: {reason}"}
        diff = {"before": before, "after": text, "before_header": str(dest), "after_header": str(dest)}
        return {"changed": True, "diff": diff}


def _of_site(rows: t.Sequence[Row], site: t.Optional[str]) -> t.Tuple[t.List[Row], t.List[str]]:
    """The rows of a site, without its name; where there is but one site, nobody needs to name it."""
    names = sorted({row["site"] for row in rows if "site" in row})
    if site is None and len(names) > 1:
        return [], [f"has devices of several sites ({', '.join(names)}): say by site which one's to import"]
    if site is not None and names and site not in names:
        return [], [f"has no device of the site {site} (it has {', '.join(names)})"]
    mine = [row for row in rows if site is None or row.get("site", site) == site]
    return [{name: value for name, value in row.items() if name != "site"} for row in mine], []
