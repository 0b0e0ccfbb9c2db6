# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A survey of AWX from the variables of a playbook.

AWX knows no truth values and no lists: yes and no are a choice, which the playbooks read with ``bool``, and a list is a
selection. A default that does not fit its question is dropped by AWX in silence, so each is of its question's type;
what a selection is by default can only be left to the playbook.
"""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._playbooks._options import Option

Data = t.Dict[str, t.Any]
_TYPES = {
    "integer": "integer",
    "yes_no": "multiplechoice",
    "choice": "multiplechoice",
    "several": "multiselect",
    "text": "text",
}
_YES_NO = {True: "yes", False: "no"}


def survey(options: t.Sequence[Option]) -> Data:
    """What the API takes as survey_spec; empty where nothing is asked."""
    if not options:
        return {}
    return {"name": "", "description": "", "spec": [_question(one) for one in options]}


def _question(option: Option) -> Data:
    found: Data = {
        "type": _TYPES[option.kind],
        "question_name": option.says,
        "question_description": option.name,
        "variable": option.name,
        # Else a person could leave a number empty, which is no number.
        "required": option.kind in ("integer", "yes_no", "choice"),
    }
    if option.kind == "integer":
        found.update(min=option.least, max=option.most)
    if option.kind == "yes_no":
        found["choices"] = list(_YES_NO.values())
    if option.choices:
        found["choices"] = list(option.choices)
    if option.default is not None:
        found["default"] = _YES_NO[option.default] if option.kind == "yes_no" else option.default
    return found
