# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The shapes of specs and sites as JSON Schema files for editors, and as reference pages for people.

Both come from the checkers that a run uses (_site/_shape.py, _spec/_shape.py), so that neither can say anything else.
"""

from __future__ import annotations

import json
import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._shape import SETUP
from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import Schema
from ansible_collections.fieldnet.iot.plugins.plugin_utils._playbooks._reference import playbook_reference
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._shape import SITE
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._shape import EXTENSION, NEEDS, SPEC

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def site_schema() -> Schema:
    """The schema of a site's file."""
    about = "One site of fieldnet.iot: its gateway, IoT VLANs, probe hosts and devices."
    return {"$schema": _DIALECT, "title": "fieldnet.iot site", "description": about, **SITE.schema}


def spec_schema() -> Schema:
    """The schema of a vendor spec: one that stands by itself, or one that extends another."""
    about = "What the documents of a vendor of IoT devices ask of a network."
    return {
        "$schema": _DIALECT,
        "title": "fieldnet.iot vendor spec",
        "description": about,
        "type": "object",
        "if": {"required": ["extends"]},
        "then": EXTENSION.schema,
        "else": SPEC.schema,
    }


def awx_schema() -> Schema:
    """The schema of the file that says what AWX is to have."""
    about = "What AWX is to have for a fleet of sites of fieldnet.iot."
    return {"$schema": _DIALECT, "title": "fieldnet.iot AWX", "description": about, **SETUP.schema}


def awx_reference() -> str:
    """Every key of that file, as Markdown. The keys of a job template stand once, by the one that has all of them."""
    templates = SETUP.schema["properties"]["job_templates"]
    short = {
        name: {"title": "mapping, see the last table", "description": found["description"]}
        for name, found in templates["properties"].items()
    }
    top = {**SETUP.schema["properties"], "job_templates": {**templates, "properties": short}}
    every = templates["properties"]["provision"]["properties"]
    one = {
        **every,
        "variables": {**every["variables"], "title": "mapping, see [the playbook's variables](playbooks.md)"},
        "ask": {"title": "list of variables", "description": every["ask"]["description"]},
        "slices": {**every["slices"], "description": every["slices"]["description"] + "; where each host is by itself"},
    }
    lines = [*_title("Reference: the file for AWX", "awx.md"), *_tables({**SETUP.schema, "properties": top}, "")]
    return "\n".join([*lines, "## A job template", "", *_table({"properties": one})]).rstrip() + "\n"


def site_reference() -> str:
    """Every key of a site's file, as Markdown."""
    return "\n".join([*_title("Reference: a site's file", "site.md"), *_tables(SITE.schema, "")]) + "\n"


def spec_reference() -> str:
    """Every key of a vendor spec, as Markdown."""
    lines = [*_title("Reference: a vendor spec", "vendor-spec.md"), *_tables(SPEC.schema, "")]
    lines += ["## What a requirement of each kind needs", "", "| kind | needs |", "|---|---|"]
    for kind, keys in sorted(NEEDS.items()):
        words = ", ".join("`any_of` or `all_of`" if key == "ports" else f"`{key}`" for key in keys)
        lines.append(f"| `{kind}` | {words} |")
    lines += [
        "",
        "## A spec that extends another",
        "",
        "Has `schema`, `vendor`, `extends`, and of the keys above only what differs.",
        "",
        *_table({**EXTENSION.schema, "properties": _only(EXTENSION.schema, ("extends", "remove"))}),
    ]
    return "\n".join(lines).rstrip() + "\n"


GENERATED: t.Mapping[str, t.Callable[[], str]] = {
    "docs/schemas/site.schema.json": lambda: json.dumps(site_schema(), indent=2) + "\n",
    "docs/schemas/vendor-spec.schema.json": lambda: json.dumps(spec_schema(), indent=2) + "\n",
    "docs/schemas/awx.schema.json": lambda: json.dumps(awx_schema(), indent=2) + "\n",
    "docs/reference/awx.md": awx_reference,
    "docs/reference/playbooks.md": playbook_reference,
    "docs/reference/site.md": site_reference,
    "docs/reference/vendor-spec.md": spec_reference,
}


def _title(title: str, guide: str) -> t.List[str]:
    about = "Made from the rules that a run checks with; what the values mean together is checked beyond that."
    return [f"# {title}", "", f"{about} [{guide}](../{guide}) explains and shows examples.", ""]


def _only(schema: Schema, names: t.Container[str]) -> Schema:
    return {name: found for name, found in schema["properties"].items() if name in names}


def _tables(schema: Schema, path: str) -> t.Iterator[str]:
    """A table of the keys of a mapping, then one for each mapping in it."""
    if path:
        yield from [f"## `{path}`", ""]
    yield from _table(schema)
    for name, found in schema["properties"].items():
        item, mark = (found["items"], "[]") if found.get("type") == "array" else (found, "")
        if item.get("type") == "object":
            yield from _tables(item, f"{path}.{name}{mark}" if path else f"{name}{mark}")


def _table(schema: Schema) -> t.Iterator[str]:
    yield from ["| key | value | says |", "|---|---|---|"]
    for name, found in schema["properties"].items():
        required = " (required)" if name in schema.get("required", ()) else ""
        default = f"; default `{_value(found['default'])}`" if "default" in found else ""
        yield f"| `{name}`{required} | {_words(found)}{default} | {found.get('description', '')} |"
    yield ""


def _words(schema: Schema) -> str:
    """What a value may be, in a few words."""
    if "title" in schema:
        examples = [f"`{example}`" for example in schema.get("examples", ()) if example != ""]
        return f"{schema['title']}, as {' or '.join(examples)}" if examples else str(schema["title"])
    if "enum" in schema:
        return ", ".join(f"`{_value(choice)}`" for choice in schema["enum"])
    if schema.get("type") == "array":
        item = schema["items"]
        return "list, see below" if item.get("type") == "object" else f"list of: {_words(item)}"
    if schema.get("type") == "object":
        return "mapping, see below"
    if "anyOf" in schema:
        return f"{_words(schema['anyOf'][0])}; or a list of them"
    return "text" if schema.get("type") == "string" else "anything"


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
