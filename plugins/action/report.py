# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Action plugin fieldnet.iot.report; documented in plugins/modules/report.py."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

from ansible.plugins.action import ActionBase

from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._action import show
from ansible_collections.fieldnet.iot.plugins.plugin_utils._progress._lines import clean
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._artifact import ArtifactError, published
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._drift import drifts, headline, with_drifts
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._files import (
    FORMATS,
    TITLE,
    Files,
    read,
    write_report,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._model import Report, ReportError, make_report
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._render_json import summary
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._summary import in_words

Data = t.Dict[str, t.Any]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
ARGUMENTS: Data = {
    "assessments": {"type": "list", "elements": "dict", "default": []},
    "results_var": {"type": "str"},
    "published": {"type": "bool", "default": False},
    "src": {"type": "list", "elements": "str", "default": []},
    "dest": {"type": "str"},
    "formats": {"type": "list", "elements": "str", "default": list(FORMATS), "choices": list(FORMATS)},
    "basename": {"type": "str", "default": "report"},
    "title": {"type": "str", "default": TITLE},
}


class ActionModule(ActionBase):  # type: ignore[misc]
    """Make one report of the assessments of a fleet: shown, and written as files for people and machines."""

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
    report = make_report(_documents(args, task_vars, warnings), args["title"])
    found = _drifts(args, task_vars)
    report = with_drifts(report, found)
    show("\n".join([*([clean(headline(found), 2000)] if found else []), in_words(report)]))
    return {"changed": False, "summary": summary(report), **_written(args, task_vars, report)}


def _documents(args: Data, task_vars: Data, warnings: t.List[str]) -> Data:
    """Whatever was assessed, by the place it comes from."""
    documents: Data = {f"assessments[{index}]": one for index, one in enumerate(args["assessments"])}
    if args["results_var"]:
        seen = task_vars.get(args["results_var"])
        documents[args["results_var"]] = seen.get("assessment") if isinstance(seen, dict) else None
    if args["published"]:
        try:
            documents.update(published(task_vars))
        except ArtifactError as exc:
            raise ReportError([str(exc)]) from None
    try:
        documents.update(read([Path(path).expanduser() for path in args["src"]], warnings))
    except ReportError as exc:
        # What was handed on is no less there when a folder that jobs share can't be read.
        if not documents:
            raise
        warnings += exc.errors
    if not documents:
        raise ReportError(["nothing to report: give assessments, or src (the playbook: iot_report_src or iot_history)"])
    return documents


def _drifts(args: Data, task_vars: Data) -> Data:
    try:
        return dict(drifts(task_vars)) if args["published"] else {}
    except ArtifactError as exc:
        raise ReportError([str(exc)]) from None


def _written(args: Data, task_vars: Data, report: Report) -> Data:
    if not args["dest"]:
        return {}
    files = Files(Path(args["dest"]).expanduser(), args["formats"], args["basename"], args["title"])
    changed = write_report(report, files, check_mode=bool(task_vars.get("ansible_check_mode")))
    return {"changed": changed, "files": {name: str(path) for name, path in files.paths.items()}}
