# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The report as one HTML page that needs nothing but itself: data, style and script in one file.

The page's own script makes everything from the data, by `textContent` alone. What a policy in the page forbids its
browser in any case: each connection, each foreign or inline script (only the one with the right hash runs), and each
sink that would read a text as HTML.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import typing as t
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from ansible_collections.fieldnet.iot.plugins.plugin_utils._report import _words as words
from ansible_collections.fieldnet.iot.plugins.plugin_utils._report._model import Report, Row, SiteReport

_FOLDER = Path(__file__).parents[1] / "report_page"
# In a script element nothing is escaped and "</script" ends it wherever it stands; in JSON these can be written so.
_IN_SCRIPT = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_IN_SCRIPT_TABLE = str.maketrans(_IN_SCRIPT)


class _Strings:
    """Each text once, by its number: most of a fleet's texts are the same. Number 0 is the empty one."""

    def __init__(self) -> None:
        self.numbers: t.Dict[str, int] = {"": 0}

    def __call__(self, value: str) -> int:
        return self.numbers.setdefault(value, len(self.numbers))


def render(report: Report) -> str:
    """The page."""
    style, script = _asset("page.css"), _asset("page.js")
    template = Environment(autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)
    return template.from_string(_asset("page.html")).render(
        title=report.title,
        count=len(report.sites),
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        data=_script_json(page_data(report)),
    )


def page_data(report: Report) -> t.Dict[str, t.Any]:
    """What the page's script reads. A row is nine numbers: of its kind, and of texts and words."""
    strings = _Strings()
    kinds: t.Dict[t.Tuple[int, ...], int] = {}
    verdicts = [word.name for word in report.verdicts]
    states = [word.name for word in report.states]
    changes = ["", *words.CHANGES]

    def row(one: Row) -> t.List[int]:
        what = (one.vendor, one.id, one.title, one.level, one.basis, one.source, one.conflict)
        kind = kinds.setdefault(tuple(map(strings, what)), len(kinds))
        texts = (one.reason, one.remedy, one.accepted, one.since, one.was)
        first = [kind, strings(one.vlan), verdicts.index(one.verdict), changes.index(one.change)]
        return [*first, *map(strings, texts)]

    def site(one: SiteReport) -> t.List[t.Any]:
        told = [[strings(text) for text in texts] for texts in (one.notes, one.gone)]
        rows = [number for found in one.rows for number in row(found)]
        return [
            one.site,
            states.index(one.readiness),
            strings(one.assessed),
            strings(one.compared),
            rows,
            *told,
        ]

    sites = [site(one) for one in report.sites]
    return {
        "verdicts": [_word(word) for word in report.verdicts],
        "states": [_word(word) for word in report.states],
        "changes": [_word(word) for word in words.CHANGES.values()],
        "kinds": [list(kind) for kind in kinds],
        "advice": [list(map(strings, one)) for one in report.advice],
        "sites": sites,
        "strings": list(strings.numbers),
    }


def _word(word: words.Word) -> t.List[str]:
    return [word.name, word.label, word.symbol, word.tone, word.means]


@functools.lru_cache(maxsize=None)
def _asset(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """As a content security policy names a script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _script_json(data: t.Mapping[str, t.Any]) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_IN_SCRIPT_TABLE)
