# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Check the file that says what AWX is to have, together with the secrets that go with it. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._shape import SETUP
from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._templates import Template, Workflow
from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import Problem, Problems, hint, show
from ansible_collections.fieldnet.iot.plugins.plugin_utils._playbooks._options import Option

Data = t.Dict[str, t.Any]
Secrets = t.Mapping[str, str]
RESPONDER_KEY = "responder_key"
# The names that AWX's own Machine credential type has for them.
MACHINE_SECRETS = ("ssh_key_data", "ssh_key_unlock", "password", "become_password")
SECRETS = (*MACHINE_SECRETS, RESPONDER_KEY)
# The variable that they come in.
SECRETS_VAR = "iot_awx_secrets"


class Settings:
    """A checked file, and what it means for the objects of AWX."""

    def __init__(self, file: Data) -> None:
        self.file = file
        self.name: str = file["name"]
        self.organization: str = file["organization"]
        self.owner: Data = {"organization": self.organization}

    def titled(self, title: str) -> str:
        """The name of an object beside others of its kind."""
        return f"{self.name}: {title}"

    def template(self, template: Template) -> Data:
        """What is set of a job template."""
        asked = [one.name for one in template.variables().values() if one.ask]
        default: Data = {"forks": 0, "timeout_s": 0, "variables": {}, "playbook": "", "slices": 1, "ask": asked}
        return {**default, **(self.file["job_templates"].get(template.id) or {})}

    def workflow(self, workflow: Workflow) -> Data:
        """What is set of a workflow."""
        default: Data = {"approval": workflow.approved, "approval_timeout_s": 0, "schedule": ""}
        return {**default, **(self.file["workflows"].get(workflow.id) or {})}

    def variables(self, template: Template) -> Data:
        """The fixed values of a template's variables."""
        known = template.variables()
        found: Data = {"iot_sites": [self.file["sites"]]}
        if self.file["vendors"]:
            found["iot_vendor_path"] = [self.file["vendors"]]
        if self.file["new_vendors"]:
            found["iot_new_vendor_path"] = [self.file["new_vendors"]]
        if self.file["shared_folder"]:
            found["iot_history"] = f"{self.file['shared_folder']}/history"
            # Of those that could write it, the one that is not sliced: else each slice would write its own over it.
            if not template.sliced:
                found["iot_report_dir"] = f"{self.file['shared_folder']}/report"
        own = {name: value for name, value in self.template(template)["variables"].items() if value is not None}
        return {**{name: value for name, value in found.items() if name in known}, **own}

    def offered(self, template: Template) -> bool:
        """Whether there is a value for each variable that it can't be without."""
        fixed = self.variables(template)
        return all(one.name in fixed for one in template.variables().values() if one.required)

    def asked(self, template: Template) -> t.List[Option]:
        """The variables that its survey asks for: not those with a fixed value, before which the answer would go."""
        fixed, wanted = self.variables(template), self.template(template)["ask"]
        return [one for one in template.variables().values() if one.name in wanted and one.name not in fixed]


def parse_setup(data: object, secrets: object) -> t.Tuple[t.Optional[Settings], t.List[Problem]]:
    """The checked file, or everything that is wrong with it; the secrets that it needs are part of that."""
    problems: Problems = []
    found = SETUP.run(data, "", problems)
    given = _secrets(secrets, problems)
    if found is not None:
        _machine(found["machine"], given, problems)
        _responder(found["responder"], given, problems)
    return (None if problems or found is None else Settings(found)), problems


def _secrets(secrets: object, problems: Problems) -> t.Set[str]:
    """The names of those that are there. Their values belong in no message."""
    if not isinstance(secrets, dict):
        problems.append(Problem(SECRETS_VAR, "is not a mapping"))
        return set()
    for name, value in secrets.items():
        if name not in SECRETS:
            problems.append(Problem(SECRETS_VAR, f"has an unknown key {show(name)}{hint(name, SECRETS)}"))
        elif not isinstance(value, str) or not value.strip():
            problems.append(Problem(f"{SECRETS_VAR}.{name}", "is not a text"))
    return {name for name in SECRETS if name in secrets}


def _machine(found: t.Optional[Data], given: t.Set[str], problems: Problems) -> None:
    if found is None:  # told already
        return
    own = sorted(given.intersection(MACHINE_SECRETS))
    if found["existing"]:
        _either("machine", own, problems)
        if found["username"] or found["become_method"]:
            problems.append(Problem("machine", "has existing, so that username and become_method would change nothing"))
        return
    if not found["username"]:
        problems.append(Problem("machine", "has neither username nor existing"))
    if not given.intersection(("ssh_key_data", "password")):
        _missing("machine", "ssh_key_data or password", problems)


def _responder(found: t.Optional[Data], given: t.Set[str], problems: Problems) -> None:
    own = sorted(given.intersection((RESPONDER_KEY,)))
    if found is None:
        if own:
            problems.append(
                Problem("responder", f"is left out, and {SECRETS_VAR} has {RESPONDER_KEY}; write responder: {{}}")
            )
    elif found["existing"]:
        _either("responder", own, problems)
    elif not own:
        _missing("responder", RESPONDER_KEY, problems)


def _either(kind: str, given: t.Sequence[str], problems: Problems) -> None:
    if given:
        both = f"names an existing credential, and {SECRETS_VAR} has {', '.join(given)}; give one of the two"
        problems.append(Problem(kind, both))


def _missing(kind: str, secret: str, problems: Problems) -> None:
    remedy = "put it there from a vault, or name a credential that AWX has as"
    problems.append(Problem(kind, f"needs {secret} in {SECRETS_VAR}; {remedy} {kind}.existing"))
