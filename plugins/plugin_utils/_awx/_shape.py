# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The shape of the file that says what AWX is to have: every key, what it takes, what it says."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._templates import TEMPLATES, WORKFLOWS, Template
from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import (
    Checker,
    Field,
    Problem,
    Problems,
    Schema,
    anything,
    checked,
    listing,
    mapping,
    one_of,
    show,
    text,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._playbooks._options import PLAYBOOKS, Option

_LONGEST_NAME = 200  # AWX takes 512 characters, of which the templates' titles are some
_MOST_FORKS = 10_000
_MOST_SLICES = 1000
_WEEK = 7 * 24 * 3600
_NAME = re.compile(r"\S(.*\S)?")
_PASSWORD_IN_URL = re.compile(r"^(https?://[^/]*@|[a-z+]+://[^/@]*:[^/]*@)", re.IGNORECASE)
_RELATIVE = re.compile(r"(?!/)(?!.*(^|/)\.\.(/|$))\S(.*\S)?")
_ABSOLUTE = re.compile(r"/(?!.*(^|/)\.\.(/|$))\S(.*\S)?")
_RRULE = re.compile(r"DTSTART\S* RRULE:\S+")


def _name(value: object) -> str:
    found = str(value)
    # AWX looks a name with these up as a URL of its own, and a number as an id.
    if not _NAME.fullmatch(found) or not found.isprintable() or len(found) > _LONGEST_NAME or "++" in found:
        raise ValueError(f"is not a name (one line of at most {_LONGEST_NAME} characters, without ++)")
    if found.isdigit():
        raise ValueError("is a number, which AWX takes for an id; give it a name with a letter")
    return found


def _url(value: object, path: str, problems: Problems) -> t.Optional[str]:
    found = str(value) if isinstance(value, str) else ""
    if _PASSWORD_IN_URL.search(found):
        # Whoever may see the project would read it; nor does it belong in this message.
        remedy = "make a Source Control credential in AWX, and name it as project.credential"
        problems.append(Problem(path, f"has a password or token in it; {remedy}"))
        return None
    if not found.strip() or not found.isprintable() or " " in found or found.startswith("-"):
        problems.append(Problem(path, f"{show(value)} is not the URL of a repository"))
        return None
    return found


def _image(value: object) -> str:
    found = str(value)
    if not found.isprintable() or " " in found or not found or found.startswith("-"):
        raise ValueError("is not the name of an image")
    return found


def _within(value: object) -> str:
    found = str(value)
    if not _RELATIVE.fullmatch(found) or not found.isprintable():
        raise ValueError("is not a path within the project (relative, and without ..)")
    return found


def _folder(value: object) -> str:
    found = str(value)
    if not _ABSOLUTE.fullmatch(found) or not found.isprintable():
        raise ValueError("is not a folder (absolute, and without ..)")
    return found.rstrip("/")


def _rrule(value: object) -> str:
    found = str(value)
    if not _RRULE.fullmatch(found) or "INTERVAL=" not in found:
        raise ValueError(
            "is no rule that AWX takes (as DTSTART;TZID=Europe/Berlin:20261201T020000 RRULE:FREQ=DAILY;INTERVAL=1)"
        )
    return found


def _whole(least: int, most: int) -> Checker:
    def convert(value: object) -> int:
        # The shape refuses true and false afterwards.
        if not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"is not a whole number from {least} to {most}")
        return int(value)

    return checked(convert, {"title": f"{least} to {most}", "type": "integer", "minimum": least, "maximum": most})


def _string(convert: t.Callable[[object], str], title: str, *examples: str) -> Checker:
    said: Schema = {"title": title, "type": "string", "pattern": "\\S"}
    return checked(convert, {**said, **({"examples": list(examples)} if examples else {})})


NAME = _string(_name, "name")
_URL = Checker(_url, {"title": "URL", "type": "string", "examples": ["https://git.example.com/iot-sites.git"]})
PATH = _string(_within, "path within the project")
_KINDS: t.Mapping[str, Checker] = {
    "text": text,
    "path": text,
    "paths": listing(text),
    "texts": listing(text),
    "yes_no": one_of(True, False),
    "mapping": anything,
    "mappings": anything,
}


def value_of(option: Option) -> Checker:
    """What a fixed value of a playbook's variable must be."""
    if option.kind == "integer":
        return _whole(option.least, option.most)
    if option.choices:
        return listing(one_of(*option.choices)) if option.kind == "several" else one_of(*option.choices)
    return _KINDS[option.kind]


def _template(template: Template) -> Checker:
    options = [one for one in PLAYBOOKS[template.playbook] if one.kind != "secret"]
    asked = [one.name for one in options if one.ask]
    fields = {
        "forks": Field(_whole(0, _MOST_FORKS), default=0, says="hosts at a time; 0: as AWX is set"),
        "timeout_s": Field(_whole(0, _WEEK), default=0, says="seconds after which AWX cancels the job; 0: never"),
        "variables": Field(
            mapping({one.name: Field(value_of(one), says=one.says) for one in options}),
            default={},
            says="fixed values of the playbook's variables; nobody is asked for these",
        ),
        "playbook": Field(PATH, default="", says="a playbook of the project's own, instead of the collection's"),
    }
    if template.sliced:
        fields["slices"] = Field(_whole(1, _MOST_SLICES), default=1, says="into how many jobs it is cut")
    if asked:
        says = "what the survey asks for; by default all of these"
        fields["ask"] = Field(listing(one_of(*asked)), default=asked, says=says)
    return mapping(fields)


_WORKFLOW = {
    "schedule": Field(_string(_rrule, "recurrence rule"), default="", says="when AWX starts it by itself"),
}
_APPROVED = {
    "approval": Field(one_of(True, False), default=True, says="whether a person approves before anything is changed"),
    "approval_timeout_s": Field(_whole(0, 30 * 24 * 3600), default=0, says="seconds to wait for them; 0: for ever"),
}
_EXISTING = Field(NAME, default="", says="a credential that AWX has already; then it is left as it is")

SETUP = mapping(
    {
        "schema": Field(one_of(1), required=True, says="the version of this format"),
        "organization": Field(NAME, required=True, says="whose it is; made where it is missing"),
        "name": Field(NAME, default="IoT sites", says="what everything is called, alone or as the first word"),
        "project": Field(
            mapping(
                {
                    "url": Field(_URL, required=True, says="its repository"),
                    "branch": Field(NAME, default="", says="branch, tag or commit; by default the repository's own"),
                    "credential": Field(NAME, default="", says="a Source Control credential that AWX has"),
                    "update_on_launch": Field(one_of(True, False), default=True, says="whether jobs fetch it anew"),
                }
            ),
            required=True,
            says="the repository with the sites",
        ),
        "sites": Field(PATH, default="sites", says="the folder of sites in the project"),
        "inventory_source": Field(PATH, default="", says="an inventory file in the project, instead of that folder"),
        "vendors": Field(PATH, default="", says="the folder of your own vendor specs in the project"),
        "new_vendors": Field(
            PATH, default="", says="the folder of vendor specs as proposed; without it there is no impact"
        ),
        "shared_folder": Field(
            _string(_folder, "folder", "/var/lib/iot"),
            default="",
            says="a folder that all jobs see, for the history and the report; "
            "without it the report is what its job says",
        ),
        "execution_environment": Field(
            mapping(
                {
                    "image": Field(
                        _string(_image, "image", "registry.example.com/fieldnet-iot:1.0.0"),
                        required=True,
                        says="the image",
                    ),
                    "pull": Field(one_of("always", "missing", "never"), default="missing", says="when it is fetched"),
                    "credential": Field(NAME, default="", says="a Container Registry credential that AWX has"),
                }
            ),
            required=True,
            says="what jobs run in",
        ),
        "machine": Field(
            mapping(
                {
                    "existing": _EXISTING,
                    "username": Field(NAME, default="", says="who logs in on gateways and probe hosts"),
                    "become_method": Field(NAME, default="", says="how they become root, as sudo"),
                }
            ),
            required=True,
            says="the Machine credential",
        ),
        "responder": Field(
            mapping({"existing": _EXISTING}), says="the credential with the egress responder's key; left out: none"
        ),
        "credentials": Field(listing(NAME), default=[], says="further credentials that AWX has, as a vault's"),
        "job_templates": Field(
            mapping({one.id: Field(_template(one), says=one.says) for one in TEMPLATES.values()}),
            default={},
            says="what of the job templates is to differ; all are made",
        ),
        "workflows": Field(
            mapping(
                {
                    one.id: Field(mapping({**_WORKFLOW, **(_APPROVED if one.approved else {})}), says=one.says)
                    for one in WORKFLOWS.values()
                }
            ),
            default={},
            says="what of the workflows is to differ; all are made",
        ),
    }
)
