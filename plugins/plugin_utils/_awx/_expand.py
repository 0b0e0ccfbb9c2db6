# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""From the checked file to the objects of AWX, in the order in which each finds those that it needs. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._setup import (
    MACHINE_SECRETS,
    RESPONDER_KEY,
    Data,
    Secrets,
    Settings,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._step import Step, given
from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._survey import survey
from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._templates import TEMPLATES, WORKFLOWS, Template
from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._workflow import workflow_steps

_KEY_FIELD: Data = {"id": RESPONDER_KEY, "label": "Egress responder's key", "type": "string", "secret": True}


def expand(setup: Settings, secrets: Secrets, update_secrets: bool = False) -> t.List[Step]:
    """All that AWX is to have."""
    return [
        Step("organization", {"name": setup.organization}),
        _credential_type(setup),
        *_credentials(setup, secrets, update_secrets),
        _execution_environment(setup),
        _project(setup),
        *_inventory(setup),
        *(_job_template(setup, one) for one in TEMPLATES.values() if setup.offered(one)),
        *(step for one in WORKFLOWS.values() for step in workflow_steps(setup, one)),
    ]


def _credential_type(setup: Settings) -> Step:
    return Step(
        "credential_type",
        {
            "name": setup.titled("responder key"),
            "kind": "cloud",
            "inputs": {"fields": [_KEY_FIELD], "required": [RESPONDER_KEY]},
            # AWX writes it to a file of the job's own, and shows stars for it.
            "injectors": {"extra_vars": {"iot_responder_key": f"{{{{ {RESPONDER_KEY} }}}}"}},
        },
    )


def _credentials(setup: Settings, secrets: Secrets, update_secrets: bool) -> t.Iterator[Step]:
    """Those whose secrets are ours to give."""
    machine, responder = setup.file["machine"], setup.file["responder"]
    wanted = []
    if not machine["existing"]:
        hidden = {name: secrets[name] for name in MACHINE_SECRETS if name in secrets}
        wanted.append(("machine", "Machine", {**given(machine, "username", "become_method"), **hidden}))
    if responder is not None and not responder["existing"]:
        inputs = {RESPONDER_KEY: secrets[RESPONDER_KEY]}
        wanted.append(("responder key", setup.titled("responder key"), inputs))
    for title, kind, values in wanted:
        found = {"name": setup.titled(title), **setup.owner, "credential_type": kind, "inputs": values}
        # AWX never shows a secret again: with update_secrets it would be sent, and told as a change, every time.
        yield Step("credential", {**found, "update_secrets": update_secrets})


def _credentials_of(setup: Settings, template: Template) -> t.List[str]:
    machine, responder = setup.file["machine"], setup.file["responder"]
    names = [machine["existing"] or setup.titled("machine")]
    if template.probes and responder is not None:
        names.append(responder["existing"] or setup.titled("responder key"))
    return [*names, *setup.file["credentials"]]


def _execution_environment(setup: Settings) -> Step:
    """What jobs run in; AWX runs none without."""
    said = setup.file["execution_environment"]
    return Step(
        "execution_environment", {"name": setup.name, **setup.owner, **given(said, "image", "pull", "credential")}
    )


def _project(setup: Settings) -> Step:
    """The repository with the sites."""
    said = setup.file["project"]
    return Step(
        "project",
        {
            "name": setup.name,
            **setup.owner,
            "scm_type": "git",
            "scm_url": said["url"],
            "scm_branch": said["branch"],
            "scm_update_on_launch": said["update_on_launch"],
            # The playbooks are the collection's, by their full names, and in no list of the project's files.
            "allow_override": True,
            **given(said, "credential"),
        },
    )


def _inventory(setup: Settings) -> t.Iterator[Step]:
    """The hosts of the sites, anew before each job."""
    # Without its kind it is told as changed in check mode.
    yield Step("inventory", {"name": setup.name, **setup.owner, "kind": ""})
    yield Step(
        "inventory_source",
        {
            "name": setup.titled("sites"),
            "inventory": setup.name,
            **setup.owner,
            "source": "scm",
            "source_project": setup.name,
            "source_path": setup.file["inventory_source"] or setup.file["sites"],
            "execution_environment": setup.name,
            # A gateway that is in no site any more is in no inventory either.
            "overwrite": True,
            "overwrite_vars": True,
            "update_on_launch": True,
        },
    )


def _job_template(setup: Settings, template: Template) -> Step:
    """One way to run one playbook."""
    said, questions = setup.template(template), survey(setup.asked(template))
    return Step(
        "job_template",
        {
            "name": setup.titled(template.title),
            "description": template.says,
            **setup.owner,
            "project": setup.name,
            "playbook": said["playbook"] or f"fieldnet.iot.{template.playbook}",
            "inventory": setup.name,
            "credentials": _credentials_of(setup, template),
            "execution_environment": setup.name,
            "job_type": template.job_type,
            "diff_mode": template.diff,
            "extra_vars": setup.variables(template),
            "survey_enabled": bool(questions),
            "survey_spec": questions,
            "forks": said["forks"],
            "timeout": said["timeout_s"],
            "job_slice_count": said["slices"],
            "ask_limit_on_launch": template.limited,
            # Two at a time would meet on the same gateways; slices of one job may run beside each other all the same.
            "allow_simultaneous": False,
        },
    )
