# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One small file becomes the objects of AWX, or is refused with every error; secrets stay where they belong."""

from __future__ import annotations

import json
import typing as t

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._expand import expand
from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._run import AwxError, hide, run_steps
from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._setup import parse_setup
from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._step import Step
from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._templates import TEMPLATES
from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._schema import awx_schema
from support.awx_setups import SECRETS, full, smallest
from support.awx_stand_in import check_survey

Data = t.Dict[str, t.Any]
RRULE = "DTSTART;TZID=Europe/Berlin:20261201T020000 RRULE:FREQ=DAILY;INTERVAL=1"


def steps(data: Data, secrets: t.Optional[Data] = None) -> t.List[Step]:
    values = SECRETS if secrets is None else secrets
    setup, problems = parse_setup(data, values)
    assert setup is not None, problems
    return expand(setup, values)


def refused(data: object, secrets: object) -> t.List[str]:
    setup, problems = parse_setup(data, secrets)
    assert setup is None
    return [str(one) for one in problems]


def one(found: t.Sequence[Step], module: str, name: str) -> Data:
    return next(step.args for step in found if step.module == module and step.args.get("name") == name)


def nodes(found: t.Sequence[Step], workflow: str) -> t.Dict[str, Data]:
    """Each node with what all calls for it say."""
    told: t.Dict[str, Data] = {}
    for step in found:
        if step.args.get("workflow_job_template") == workflow:
            told.setdefault(step.args["identifier"], {}).update(step.args)
    return told


def with_(path: str, value: object) -> Data:
    """The smallest file with one key changed: `project.url`."""
    data = smallest()
    *above, last = path.split(".")
    place = data
    for name in above:
        place = place.setdefault(name, {})
    place[last] = value
    return data


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
         "notready is not one of: degraded, inconclusive, not_ready; did you mean not_ready?"),
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


def test_the_smallest_file_makes_all_of_it() -> None:
    found = steps(smallest())
    assert [step.title for step in found] == [
        "organization Facilities",
        "credential type IoT sites: responder key",
        "credential IoT sites: machine",
        "credential IoT sites: responder key",
        "execution environment IoT sites",
        "project IoT sites",
        "inventory IoT sites",
        "inventory source IoT sites: sites",
        *(f"job template IoT sites: {template.title}" for template in TEMPLATES.values() if template.id != "report"),
        "workflow job template IoT sites: roll out",
        *(
            f"node {name} of IoT sites: roll out"
            for name in ("assess", "provision", "approve", "approve", "dry_run", "validate")
        ),
        "workflow job template IoT sites: nightly",
        *(f"node {name} of IoT sites: nightly" for name in ("drift", "assess")),
    ]
    assert one(found, "inventory_source", "IoT sites: sites")["source_path"] == "sites"
    assert one(found, "project", "IoT sites")["allow_override"] is True


def test_job_templates() -> None:
    found = steps(smallest())
    dry, real = (one(found, "job_template", f"IoT sites: {name}") for name in ("dry run", "provision"))
    assert (dry["playbook"], dry["job_type"], dry["diff_mode"]) == ("fieldnet.iot.provision", "check", True)
    assert (real["playbook"], real["job_type"]) == ("fieldnet.iot.provision", "run")
    assert real["credentials"] == ["IoT sites: machine", "IoT sites: responder key"]
    assert dry["credentials"] == ["IoT sites: machine"]
    assert real["extra_vars"] == {"iot_sites": ["sites"]}
    assert [one["variable"] for one in real["survey_spec"]["spec"]] == [
        "iot_rollback_after",
        "iot_probing",
        "iot_learn_hours",
        "iot_learn_until",
    ]


def test_a_report_needs_a_folder_that_all_jobs_see() -> None:
    """Else it would be lost with its job, and there would be nothing to make it of."""
    without, found = steps(smallest()), steps(with_("shared_folder", "/var/lib/iot/"))
    assert not [step.title for step in without if "report" in step.title]
    assert nodes(without, "IoT sites: roll out")["assess"]["always_nodes"] == []
    report = one(found, "job_template", "IoT sites: report")
    assert (report["survey_enabled"], report["survey_spec"], report["ask_limit_on_launch"]) == (False, {}, False)
    assert report["extra_vars"] == {"iot_history": "/var/lib/iot/history", "iot_report_dir": "/var/lib/iot/report"}
    assess = one(found, "job_template", "IoT sites: assess")["extra_vars"]
    assert assess == {"iot_sites": ["sites"], "iot_history": "/var/lib/iot/history"}
    assert nodes(found, "IoT sites: roll out")["assess"]["always_nodes"] == ["report"]


def test_what_the_file_says_of_templates() -> None:
    found = steps(full(), {})
    real = one(found, "job_template", "IoT: provision")
    assert (real["job_slice_count"], real["forks"], real["timeout"]) == (8, 50, 7200)
    assert real["playbook"] == "playbooks/provision.yml"
    assert real["credentials"] == ["Gateways", "Responder", "Vault"]
    assert real["extra_vars"] == {
        "iot_sites": ["data/sites"],
        "iot_vendor_path": ["data/vendors"],
        "iot_rollback_after": 300,
        "iot_probe_become": False,
    }
    # An answer goes before a fixed value, so that nobody is asked for one.
    assert [one["variable"] for one in real["survey_spec"]["spec"]] == ["iot_learn_hours"]
    assert one(found, "job_template", "IoT: dry run")["extra_vars"]["iot_sites"] == ["data/sites"]
    report = one(found, "job_template", "IoT: report")["extra_vars"]
    assert report == {"iot_report_dir": "/reports", "iot_history": "/var/lib/iot/history"}
    assert one(found, "inventory_source", "IoT: sites")["source_path"] == "inventory.yml"
    assert one(found, "schedule", "IoT: nightly")["rrule"] == RRULE
    assert [step.args["name"] for step in found if step.module == "credential"] == []


def test_a_rollout_goes_on_past_failed_sites_and_changes_nothing_unapproved() -> None:
    found = nodes(steps(full(), {}), "IoT: roll out")
    after = {name: (one["success_nodes"], one["always_nodes"]) for name, one in found.items()}
    assert after == {
        "validate": (["dry_run"], []),
        "dry_run": ([], ["approve"]),
        "approve": (["provision"], []),
        "provision": ([], ["assess"]),
        "assess": ([], ["report"]),
        "report": ([], []),
    }
    assert found["approve"]["approval_node"]["timeout"] == 86400


def test_without_approval_only_a_clean_dry_run_leads_on() -> None:
    found = nodes(steps(with_("workflows.rollout.approval", False)), "IoT sites: roll out")
    assert "approve" not in found
    assert (found["dry_run"]["success_nodes"], found["dry_run"]["always_nodes"]) == (["provision"], [])


def test_the_nightly_report_waits_for_both() -> None:
    found = nodes(steps(with_("shared_folder", "/var/lib/iot")), "IoT sites: nightly")
    assert found["report"]["all_parents_must_converge"] is True
    assert {name for name, one in found.items() if one["always_nodes"] == ["report"]} == {"assess", "drift"}


def test_a_workflow_asks_only_for_what_means_the_same_to_all_its_nodes() -> None:
    """Its answers go before what a template fixes: that is left alone, and so is what two nodes read differently."""
    asked = _asked(steps(smallest()))
    assert "iot_rollback_after" in asked["IoT sites: roll out"]
    assert "iot_fail_on" not in asked["IoT sites: roll out"]  # of validate and of assess, with other choices
    assert asked["IoT sites: nightly"] == []
    assert "iot_rollback_after" not in _asked(steps(full(), {}))["IoT: roll out"]


def _asked(found: t.Sequence[Step]) -> t.Dict[str, t.List[str]]:
    workflows = [step.args for step in found if step.module == "workflow_job_template"]
    return {one["name"]: [asked["variable"] for asked in one["survey_spec"].get("spec", [])] for one in workflows}


@pytest.mark.parametrize(("data", "secrets"), [(smallest(), SECRETS), (full(), {})])
def test_awx_takes_every_survey_that_is_made(data: Data, secrets: Data) -> None:
    for step in steps(data, secrets):
        if step.args.get("survey_enabled"):
            check_survey(step.args["survey_spec"])


@given(st.sets(st.sampled_from(sorted(TEMPLATES))), st.booleans())
def test_each_object_finds_those_that_it_needs(sliced: t.Set[str], approval: bool) -> None:
    """A run in check mode on an empty AWX asks for nothing that hangs on what isn't there, so for the organization and
    the credential type alone: every other object was found to need one before it."""
    data = with_("workflows.rollout.approval", approval)
    data["job_templates"] = {name: {"forks": 5} for name in sliced}
    called: t.List[str] = []

    def missing(step: Step) -> Data:
        called.append(step.module)
        return {"changed": True}

    told = run_steps(steps(data), missing, check_mode=True)
    assert called == ["organization", "credential_type"]
    assert all(one["changed"] for one in told.objects)


def test_secrets_are_in_the_inputs_of_credentials_alone() -> None:
    for step in steps(smallest()):
        args = dict(step.args)
        if step.module == "credential":
            assert set(args.pop("inputs").values()) & set(SECRETS.values())
        assert not [value for value in SECRETS.values() if value in json.dumps(args) + step.title]


def test_a_failure_says_what_was_done_before_and_no_secret() -> None:
    def call(step: Step) -> Data:
        if step.module == "project":
            return {"failed": True, "msg": "it answered the-private-key"}
        return {"changed": step.module == "organization", "id": 1, "warnings": ["old"]}

    with pytest.raises(AwxError) as failed:
        run_steps(steps(smallest()), call, check_mode=False)
    assert [one["object"] for one in failed.value.done][:2] == [
        "organization Facilities",
        "credential type IoT sites: responder key",
    ]
    assert hide(str(failed.value), SECRETS) == (
        "project IoT sites: it answered ********; what comes before it is done; put that right and run it again"
    )


def test_an_awx_that_nobody_named_is_told_with_the_remedy() -> None:
    def call(_step: Step) -> Data:
        return {
            "failed": True,
            "msg": "There was an unknown error when trying to connect to https://127.0.0.1/: refused",
        }

    with pytest.raises(AwxError, match=r"say which AWX and who you are in CONTROLLER_HOST .*; nothing was touched"):
        run_steps(steps(smallest()), call, check_mode=False)


def test_warnings_are_told_once() -> None:
    told = run_steps(steps(smallest()), lambda _step: {"id": 1, "warnings": ["old"]}, check_mode=False)
    assert told.warnings == ["old"]
    assert not any(one["changed"] for one in told.objects)


def test_an_editor_takes_what_a_run_takes() -> None:
    validator = jsonschema.Draft202012Validator(awx_schema())
    for data in (smallest(), full()):
        assert not list(validator.iter_errors(data))
    for path, value in (("projct", 1), ("job_templates.provision.slices", 0), ("sites", 5)):
        assert list(validator.iter_errors(with_(path, value)))
