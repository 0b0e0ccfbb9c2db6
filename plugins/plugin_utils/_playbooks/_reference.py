# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The reference of the playbooks' variables, from the table that surveys are made from."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._playbooks._options import PLAYBOOKS, Option

_KINDS = {
    "paths": "list of paths",
    "texts": "list of texts",
    "mappings": "list of mappings",
    "yes_no": "`true`, `false`",
    "secret": "secret, from a vault",
}


def playbook_reference() -> str:
    """Every variable of every playbook, as Markdown."""
    lines = [
        "# Reference: the playbooks' variables",
        "",
        "Made from the table that AWX's surveys are made from; a test holds it against what the playbooks read. The",
        "first lines of each playbook say how it is called.",
    ]
    for name, options in sorted(PLAYBOOKS.items()):
        lines += ["", f"## `fieldnet.iot.{name}`", "", "| variable | value | says |", "|---|---|---|"]
        lines += [_row(one) for one in sorted(options, key=lambda one: (not one.required, one.name))]
    return "\n".join(lines) + "\n"


def _row(option: Option) -> str:
    required = " (required)" if option.required else ""
    return f"| `{option.name}`{required} | {_value(option)}{_default(option)} | {option.says} |"


def _value(option: Option) -> str:
    if option.choices:
        choices = ", ".join(f"`{choice}`" for choice in option.choices)
        return f"list of: {choices}" if option.kind == "several" else choices
    if option.kind == "integer":
        return f"{option.least} to {option.most}"
    return _KINDS.get(option.kind, option.kind)


def _default(option: Option) -> str:
    default: t.Any = option.default
    if default is None:
        return ""
    return f"; default `{str(default).lower() if isinstance(default, bool) else default}`"
