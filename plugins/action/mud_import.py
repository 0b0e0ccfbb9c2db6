# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.mud_import; documented in plugins/modules/mud_import.py."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._controller_action import ControllerAction, RefusedError
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._import import Imported, import_file
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._text import is_imported, spec_text
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._vendors import parse_spec

Data = t.Dict[str, t.Any]
ARGUMENTS: Data = {
    "src": {"type": "list", "elements": "str", "required": True},
    "dest": {"type": "str"},
    "vendor": {"type": "str", "default": ""},
}


class ActionModule(ControllerAction):
    """Read MUD files on the controller; write the vendor specs made of them where that is asked for."""

    ARGUMENTS: t.ClassVar[Data] = ARGUMENTS

    def answer(self, args: Data) -> Data:
        files, errors = _files(args["src"])
        if args["vendor"] and len(files) > 1:
            errors.append(f"vendor: {args['vendor']} can't be the name of {len(files)} specs: import one file then")
        specs: t.List[Data] = []
        texts: t.Dict[Path, str] = {}
        for src in files:
            found = import_file(src, args["vendor"])
            problems = found.problems or parse_spec(found.data)[1]
            vendor = str(found.data["vendor"]) if found.data and not problems else ""
            other = next((one["src"] for one in specs if vendor and one["vendor"] == vendor), "")
            errors += [f"{src}: {problem}" for problem in problems]
            if other:
                errors.append(f"{src}: makes the vendor {vendor}, as {other} does: import it alone, with vendor")
            specs.append(_entry(src, vendor, found))
            if vendor and args["dest"]:
                texts[Path(args["dest"]).expanduser() / f"{vendor}.yml"] = spec_text(found)
        if errors:
            raise RefusedError(errors, specs=specs)
        own = self.write_own(texts, lambda _path, text: is_imported(text)) if texts else {}
        return {"specs": specs, **own}


def _files(given: t.Iterable[str]) -> t.Tuple[t.List[Path], t.List[str]]:
    """The files that were named, and those of the folders."""
    files: t.List[Path] = []
    errors: t.List[str] = []
    for text in given:
        path = Path(text).expanduser()
        if path.is_dir():
            inside = sorted(path.glob("*.json"))
            files += inside
            errors += [] if inside else [f"{path}: has no MUD file (*.json)"]
        else:
            files.append(path)
    return list(dict.fromkeys(files)), errors


def _entry(src: Path, vendor: str, found: Imported) -> Data:
    return {
        "src": str(src),
        "vendor": vendor,
        "spec": found.data or {},
        "repairs": [str(one) for one in found.repairs],
        "losses": [str(one) for one in found.losses],
    }
