# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The formats of the report by their names, where their sources come from, and the files that they become."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._report import (
    _history,
    _render_csv,
    _render_html,
    _render_json,
    _render_junit,
    _render_markdown,
    _render_prometheus,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._model import Report, ReportError
from ansible_collections.fieldnet.iot.plugins.plugin_utils._save import replace

TITLE = "IoT network readiness"


class Format(t.NamedTuple):
    """One format: the ending of its file, and who writes it."""

    ending: str
    render: t.Callable[[Report], str]


FORMATS: t.Mapping[str, Format] = {
    "html": Format("html", _render_html.render),
    "markdown": Format("md", _render_markdown.render),
    "csv": Format("csv", _render_csv.render),
    "junit": Format("xml", _render_junit.render),
    "json": Format("json", _render_json.render),
    "prometheus": Format("prom", _render_prometheus.render),
}


def read(paths: t.Sequence[Path], warnings: t.List[str]) -> t.Dict[str, t.Any]:
    """Assessment documents by their places; a folder is a history, of which each site's last one counts."""
    found: t.Dict[str, t.Any] = {}
    errors: t.List[str] = []
    for path in paths:
        try:
            if path.is_dir():
                sites = _history.all_last(path, warnings)
                if not sites:
                    errors.append(f"{path}: no assessment is kept there: assess with this folder as iot_history")
                found[str(path)] = {"schema": 1, "sites": sites}
            else:
                found[str(path)] = json.loads(path.read_text(encoding="utf-8"))
        except OSError as exc:
            errors.append(f"{path}: can't be read: {exc.strerror}")
        except (ValueError, RecursionError):
            errors.append(f"{path}: is not JSON: give what fieldnet.iot.assess wrote")
    if errors:
        raise ReportError(errors)
    return found


class Files(t.NamedTuple):
    """Which formats, where, under which name and title."""

    folder: Path
    formats: t.Sequence[str] = tuple(FORMATS)
    basename: str = "report"
    title: str = TITLE

    @property
    def paths(self) -> t.Dict[str, Path]:
        """The files by their formats."""
        return {name: self.folder / f"{self.basename}.{FORMATS[name].ending}" for name in self.formats}


def write_report(report: Report, files: Files, *, check_mode: bool) -> bool:
    """Write the report in its formats; whether any file was another. ReportError: what could not be written."""
    return bool(
        write({path: FORMATS[name].render(report) for name, path in files.paths.items()}, check_mode=check_mode)
    )


def write(texts: t.Mapping[Path, str], *, check_mode: bool) -> t.List[Path]:
    """Write the files that are not so already; returns them. ReportError: what could not be written."""
    changed = [path for path, text in texts.items() if not _is_so(path, text)]
    errors: t.List[str] = []
    for path in () if check_mode else changed:
        try:
            replace(path, texts[path])
        except OSError as exc:
            errors.append(f"{path}: cannot be written: {exc.strerror}")
    if errors:
        raise ReportError(errors)
    return changed


def _is_so(path: Path, text: str) -> bool:
    try:
        return path.read_bytes() == text.encode("utf-8")
    except OSError:
        return False
