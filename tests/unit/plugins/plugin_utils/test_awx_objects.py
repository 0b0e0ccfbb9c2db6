# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One small file becomes the objects of AWX: credentials, project, inventory, job templates with their surveys."""

from __future__ import annotations

import json
import re
import typing as t

import pytest

from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._templates import TEMPLATES
from support.awx_setups import FULL, SECRETS, Data, asked, full, nodes, one, smallest, steps, with_
from support.awx_stand_in import check_survey
from support.playbook_variables import ROOT, variables

# The other one needs a folder to be named.
WITHOUT_FOLDERS = set(TEMPLATES) - {"impact"}
RRULE = FULL["workflows"]["nightly"]["schedule"]


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
        *(
            f"job template IoT sites: {template.title}"
            for template in TEMPLATES.values()
            if template.id in WITHOUT_FOLDERS
        ),
        "workflow job template IoT sites: roll out",
        *(
            f"node {name} of IoT sites: roll out"
            for name in ("report", "assess", "provision", "approve", "approve", "dry_run", "validate")
        ),
        "workflow job template IoT sites: nightly",
        *(f"node {name} of IoT sites: nightly" for name in ("report", "drift", "assess")),
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


def test_a_report_is_kept_in_a_folder_that_all_jobs_see() -> None:
    """Without one it is made of what the slices hand on, and shown: files would be lost with its job."""
    without, found = steps(smallest()), steps(with_("shared_folder", "/var/lib/iot/"))
    assert one(without, "job_template", "IoT sites: report")["extra_vars"] == {}
    assert nodes(without, "IoT sites: roll out")["assess"]["always_nodes"] == ["report"]
    report = one(found, "job_template", "IoT sites: report")
    assert (report["survey_enabled"], report["survey_spec"], report["ask_limit_on_launch"]) == (False, {}, False)
    assert report["extra_vars"] == {"iot_history": "/var/lib/iot/history", "iot_report_dir": "/var/lib/iot/report"}
    assess = one(found, "job_template", "IoT sites: assess")["extra_vars"]
    assert assess == {"iot_sites": ["sites"], "iot_history": "/var/lib/iot/history"}
    assert nodes(found, "IoT sites: roll out")["assess"]["always_nodes"] == ["report"]


def test_impact_needs_specs_that_are_proposed() -> None:
    """Nobody who launches it says where they lie: any file of the job could be read."""
    assert not [step.title for step in steps(with_("vendors", "vendors")) if "impact" in step.title]
    found = steps(with_("new_vendors", "vendors-new"))
    assert asked(found, "job_template")["IoT sites: impact"] == ["iot_fail_on"]
    impact = one(found, "job_template", "IoT sites: impact")
    assert (impact["playbook"], impact["ask_limit_on_launch"]) == ("fieldnet.iot.impact", False)
    assert impact["extra_vars"] == {"iot_sites": ["sites"], "iot_new_vendor_path": ["vendors-new"]}


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
    impact = one(found, "job_template", "IoT: impact")["extra_vars"]
    assert (impact["iot_vendor_path"], impact["iot_new_vendor_path"]) == (["data/vendors"], ["data/vendors-new"])
    assert one(found, "inventory_source", "IoT: sites")["source_path"] == "inventory.yml"
    assert one(found, "schedule", "IoT: nightly")["rrule"] == RRULE
    assert [step.args["name"] for step in found if step.module == "credential"] == []


@pytest.mark.parametrize(("data", "secrets"), [(smallest(), SECRETS), (full(), {})])
def test_awx_takes_every_survey_that_is_made(data: Data, secrets: Data) -> None:
    for step in steps(data, secrets):
        if step.args.get("survey_enabled"):
            check_survey(step.args["survey_spec"])


@pytest.mark.parametrize(("data", "secrets"), [(smallest(), SECRETS), (full(), {})])
def test_the_playbook_reads_what_its_survey_asks_for_and_what_is_fixed(data: Data, secrets: Data) -> None:
    """Who answers a workflow answers those of its nodes that read it, and each of them would ask for it alone too."""
    found = steps(data, secrets)
    name = data.get("name", "IoT sites")
    known = {f"{name}: {one.title}": variables(one.playbook) for one in TEMPLATES.values()}
    alone = asked(found, "job_template")
    for title, names in alone.items():
        fixed = one(found, "job_template", title)["extra_vars"]
        assert {*names, *fixed} <= known[title], title
        assert not {*names} & {*fixed}, title
    for title, names in asked(found, "workflow_job_template").items():
        runs = [node["unified_job_template"] for node in nodes(found, title).values() if "unified_job_template" in node]
        for asked_for in names:
            readers = [template for template in runs if asked_for in known[template]]
            assert readers, asked_for
            assert all(asked_for in alone[template] for template in readers), asked_for


def test_the_page_has_what_each_job_template_asks_for() -> None:
    found = asked(steps({**with_("new_vendors", "new"), "shared_folder": "/var/lib/iot"}), "job_template")
    told: t.Dict[str, t.List[str]] = {}
    page = (ROOT / "docs" / "awx.md").read_text(encoding="utf-8")
    for row in re.findall(r"^\| `(IoT sites: .*)$", page, re.MULTILINE):
        name, _runs, sliced, asks = (cell.strip(" `") for cell in row.split("|")[:4])
        told[name] = list(told.values())[-1] if asks == "the same" else re.findall(r"iot_\w+", asks)
        template = next(one for one in TEMPLATES.values() if name == f"IoT sites: {one.title}")
        assert (template.sliced, template.limited) == (sliced == "yes", asks.startswith(("limit", "the same"))), name
    assert told == found


def test_secrets_are_in_the_inputs_of_credentials_alone() -> None:
    for step in steps(smallest()):
        args = dict(step.args)
        if step.module == "credential":
            assert set(args.pop("inputs").values()) & set(SECRETS.values())
        assert not [value for value in SECRETS.values() if value in json.dumps(args) + step.title]
