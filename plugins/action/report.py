# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.report; documented in plugins/modules/report.py."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

from ansible.plugins.action import ActionBase

from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._files import FORMATS, read, write
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._model import ReportError, make_report
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._render_json import summary

Data = t.Dict[str, t.Any]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
ARGUMENTS: Data = {
    "assessments": {"type": "list", "elements": "dict", "default": []},
    "results_var": {"type": "str"},
    "src": {"type": "list", "elements": "str", "default": []},
    "dest": {"type": "str", "required": True},
    "formats": {"type": "list", "elements": "str", "default": list(FORMATS), "choices": list(FORMATS)},
    "basename": {"type": "str", "default": "report"},
    "title": {"type": "str", "default": "IoT network readiness"},
}


class ActionModule(ActionBase):  # type: ignore[misc]
    """Write the assessments of a fleet as files for people and machines."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: t.Any = None, task_vars: t.Optional[Data] = None) -> Data:
        result: Data = super().run(tmp, task_vars)
        _validation, args = self.validate_argument_spec(argument_spec=ARGUMENTS)
        warnings: t.List[str] = []
        try:
            result.update(_report(args, task_vars or {}, warnings))
        except ReportError as exc:
            result.update(failed=True, msg=str(exc), errors=exc.errors)
        if warnings:
            result["warnings"] = [*result.get("warnings", []), *warnings]
        return result


def _report(args: Data, task_vars: Data, warnings: t.List[str]) -> Data:
    if not _NAME.fullmatch(args["basename"]):
        raise ReportError([f"basename: {args['basename']!r} is not a file's name: letters, digits, dots, hyphens"])
    documents = read([Path(path).expanduser() for path in args["src"]], warnings)
    documents.update({f"assessments[{index}]": one for index, one in enumerate(args["assessments"])})
    if args["results_var"]:
        seen = task_vars.get(args["results_var"])
        documents[args["results_var"]] = seen.get("assessment") if isinstance(seen, dict) else None
    if not documents:
        raise ReportError(["nothing to report: give assessments, or src (the playbook: iot_report_src or iot_history)"])
    report = make_report(documents, args["title"])
    folder = Path(args["dest"]).expanduser()
    files = {name: folder / f"{args['basename']}.{FORMATS[name].ending}" for name in args["formats"]}
    texts = {path: FORMATS[name].render(report) for name, path in files.items()}
    changed = write(texts, check_mode=bool(task_vars.get("ansible_check_mode")))
    return {
        "changed": bool(changed),
        "files": {name: str(path) for name, path in files.items()},
        "summary": summary(report),
    }
