# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.vendor_pages; documented in plugins/modules/vendor_pages.py."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible.plugins.action import ActionBase

from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet import to_paths
from ansible_collections.fieldnet.iot.plugins.plugin_utils._shape import hint
from ansible_collections.fieldnet.iot.plugins.plugin_utils._vendor_page import HEADER, pages
from ansible_collections.fieldnet.iot.plugins.plugin_utils._vendor_page_request import firewall_request
from ansible_collections.fieldnet.iot.plugins.plugin_utils._vendors import load_specs

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
        errors += [
            f"vendors: {name} is no vendor with a spec{hint(name, specs)}"
            for name in args["vendors"]
            if name not in specs
        ]
        if errors:
            return {**result, "failed": True, "msg": "\n".join(errors), "errors": errors}
        wanted = [specs[name] for name in sorted(set(args["vendors"]) or specs)]
        result.update(changed=False, requests={spec.vendor: "\n".join(firewall_request(spec)) for spec in wanted})
        if args["dest"]:
            result.update(self._write(Path(args["dest"]).expanduser(), pages(wanted)))
        return result

    def _write(self, dest: Path, wanted: t.Mapping[str, str]) -> Data:
        """All or nothing, as far as can be seen before: a file that somebody else wrote is left alone."""
        found = {dest / name: text for name, text in wanted.items()}
        before: t.Dict[Path, str] = {}
        foreign = []
        for path in found:
            try:
                before[path] = path.read_text(encoding="utf-8") if path.exists() else ""
            except (OSError, UnicodeDecodeError) as exc:
                reason = exc.strerror if isinstance(exc, OSError) else "it is not UTF-8 text"
                foreign.append(f"{path}: can't be read: {reason}")
                continue
            if before[path] and not before[path].startswith(HEADER):
                foreign.append(f"{path}: is there, and is no page made here: give another dest, or remove it")
        if foreign:
            return {"failed": True, "msg": "\n".join(foreign), "errors": foreign}
        changed = [path for path, text in found.items() if before[path] != text]
        diff = [
            {"before": before[path], "after": found[path], "before_header": str(path), "after_header": str(path)}
            for path in changed
        ]
        if not self._task.check_mode:
            try:
                for path in changed:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(found[path], encoding="utf-8")
            except OSError as exc:
                reason = f"{exc.filename or dest}: can't be written: {exc.strerror}"
                return {"failed": True, "msg": reason, "errors": [reason]}
        return {"changed": bool(changed), "diff": diff, "files": sorted(str(path) for path in found)}
