# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A vendor spec that was made of a MUD file, as a file: with what was repaired and lost in its comments."""

from __future__ import annotations

import json
import textwrap
import typing as t

import yaml

from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._import import Imported
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._model import MUD

HEADER = "# Made by fieldnet.iot.mud_import"
_WIDTH = 118


def spec_text(found: Imported) -> str:
    """The text of a spec's file."""
    lines = ["---", f"{HEADER}; changes are lost by the next import. See docs/mud.md."]
    for title, entries in (("Repaired:", found.repairs), ("Not carried, or read as something else:", found.losses)):
        if entries:
            lines.append(f"# {title}")
        for entry in entries:
            lines += textwrap.wrap(
                str(entry), _WIDTH, initial_indent="#   - ", subsequent_indent="#     ", break_on_hyphens=False
            )
    body = yaml.safe_dump(found.data, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return "\n".join([*lines, body])


def is_imported(text: str) -> bool:
    """Whether an import wrote this file."""
    return text.startswith(f"---\n{HEADER};")


def is_exported(text: str, url: str) -> bool:
    """Whether this file is the MUD file of that URL."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    mud = found.get(MUD) if isinstance(found, dict) else None
    return isinstance(mud, dict) and mud.get("mud-url") == url


def document_text(document: t.Mapping[str, t.Any]) -> str:
    """A MUD file's text, its members in the order that people expect."""
    return json.dumps(document, indent=2) + "\n"
