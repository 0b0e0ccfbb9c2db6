# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that says what AWX is to have is refused with every error, and no secret is in what is said."""

from __future__ import annotations

import typing as t

import jsonschema
import pytest

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._schema import awx_schema
from support.awx_setups import SECRETS, full, one, refused, smallest, steps, with_

RRULE = "DTSTART;TZID=Europe/Berlin:20261201T020000 RRULE:FREQ=DAILY;INTERVAL=1"


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("projct", {}, "has an unknown key projct; did you mean project?"),
        ("schema", 2, "schema: 2 is not one of: 1"),
        ("organization", "", "organization:  is not a name (one line of at most 200 characters, without ++)"),
        ("organization", "7", "organization: 7 is a number, which AWX takes for an id; give it a name with a letter"),
        ("name", "a++b", "name: a++b is not a name (one line of at most 200 characters, without ++)"),
        ("project.url", "", "project.url:  is not the URL of a repository"),
        ("project.url", "--upload-pack=x", "project.url: --upload-pack=x is not the URL of a repository"),
        ("project.url", ["x"], "project.url: a list is not the URL of a repository"),
        ("sites", "/etc", "sites: /etc is not a path within the project (relative, and without ..)"),
        ("sites", "a/../../b", "sites: a/../../b is not a path within the project (relative, and without ..)"),
        ("new_vendors", "../x", "new_vendors: ../x is not a path within the project (relative, and without ..)"),
        ("shared_folder", "var/iot", "shared_folder: var/iot is not a folder (absolute, and without ..)"),
        ("execution_environment.image", "a b", "execution_environment.image: a b is not the name of an image"),
        ("execution_environment.pull", "allways", "execution_environment.pull: allways is not one of: always, missing, "
         "never; did you mean always?"),
        ("job_templates.provison", {}, "job_templates: has an unknown key provison; did you mean provision?"),
        ("job_templates.provision.slices", 0, "job_templates.provision.slices: 0 is not a whole number from 1 to 1000"),
        ("job_templates.provision.slices", True,
         "job_templates.provision.slices: true is a truth value; put it into quotes if it is a name"),
        ("job_templates.validate.slices", 2, "job_templates.validate: has an unknown key slices; known keys: forks, "
         "timeout_s, variables, playbook, ask"),
        ("job_templates.provision.variables.iot_rolback_after", 5, "job_templates.provision.variables: has an unknown "
         "key iot_rolback_after; did you mean iot_rollback_after?"),
        ("job_templates.provision.variables.iot_rollback_after", "5", "job_templates.provision.variables."
         "iot_rollback_after: 5 is not a whole number from 1 to 86400"),
        ("job_templates.assess.variables.iot_fail_on", ["notready"], "job_templates.assess.variables.iot_fail_on[0]: "
         "notready is not one of: degraded, inconclusive, not_assessed, not_ready; did you mean not_ready?"),
        ("job_templates.provision.ask", ["iot_sites"], "job_templates.provision.ask[0]: iot_sites is not one of: "
         "iot_rollback_after, iot_probing, iot_learn_hours, iot_learn_until"),
        ("workflows.rollout.schedule", "daily", "workflows.rollout.schedule: daily is no rule that AWX takes (as "
         f"{RRULE})"),
        ("workflows.nightly.approval", False, "workflows.nightly: has an unknown key approval; known keys: schedule"),
        ("machine", {}, "machine: has neither username nor existing"),
        ("machine", {"existing": "Gateways", "username": "ansible"},
         "machine: has existing, so that username and become_method would change nothing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(path: str, value: object, said: str) -> None:
    assert said in refused(with_(path, value), SECRETS)


def test_a_secret_is_no_fixed_variable() -> None:
    """It would stand in the template for everybody to read."""
    said = refused(with_("job_templates.assess.variables.iot_responder_key", "x"), SECRETS)
    assert any("has an unknown key iot_responder_key" in line for line in said)


@pytest.mark.parametrize(
    "url",
    [
        "https://user:hunter2@git.example.com/x.git",
        "https://hunter2@git.example.com/x.git",
        "HTTPS://hunter2@git.example.com/x",
        "ssh://git:hunter2@git.example.com/x",
    ],
)
def test_a_password_in_the_project_is_refused_and_not_shown(url: str) -> None:
    said = refused(with_("project.url", url), SECRETS)
    assert len(said) == 1
    assert "has a password or token in it; make a Source Control credential in AWX" in said[0]
    assert "hunter2" not in said[0]


def test_an_ssh_url_is_no_password() -> None:
    for url in ("git@git.example.com:x.git", "ssh://git@git.example.com/x.git", "https://git.example.com:8443/x.git"):
        assert one(steps(with_("project.url", url)), "project", "IoT sites")["scm_url"] == url


@pytest.mark.parametrize(
    ("secrets", "said"),
    [
        ({}, "machine: needs ssh_key_data or password in iot_awx_secrets"),
        ({"ssh_key_data": "k"}, "responder: needs responder_key in iot_awx_secrets"),
        ({"ssh_key_data": "", "responder_key": "k"}, "iot_awx_secrets.ssh_key_data: is not a text"),
        ({"ssh_key_data": 5, "responder_key": "k"}, "iot_awx_secrets.ssh_key_data: is not a text"),
        ({"ssh_key_dat": "k"}, "iot_awx_secrets: has an unknown key ssh_key_dat; did you mean ssh_key_data?"),
        ("ssh_key_data", "iot_awx_secrets: is not a mapping"),
    ],
)
def test_secrets_that_are_missing_or_wrong(secrets: object, said: str) -> None:
    assert any(line.startswith(said) for line in refused(smallest(), secrets))


def test_a_secret_that_nothing_would_use_is_told() -> None:
    data = full()
    said = refused(data, SECRETS)
    assert said == [
        "machine: names an existing credential, and iot_awx_secrets has ssh_key_data; give one of the two",
        "responder: names an existing credential, and iot_awx_secrets has responder_key; give one of the two",
    ]
    del data["responder"]
    data["machine"] = {"username": "ansible"}
    assert refused(data, SECRETS) == [
        "responder: is left out, and iot_awx_secrets has responder_key; write responder: {}"
    ]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    data = with_("projct", {})
    data["machine"] = {}
    assert len(refused(data, {"ssh_key_dat": "k"})) == 5
    nothings: t.Tuple[object, ...] = (None, [], "x", 5)
    for nothing in nothings:
        assert refused(nothing, SECRETS)


def test_an_editor_takes_what_a_run_takes() -> None:
    validator = jsonschema.Draft202012Validator(awx_schema())
    for data in (smallest(), full()):
        assert not list(validator.iter_errors(data))
    for path, value in (("projct", 1), ("job_templates.provision.slices", 0), ("sites", 5)):
        assert list(validator.iter_errors(with_(path, value)))
