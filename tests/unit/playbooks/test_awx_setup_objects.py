# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook awx_setup with the real modules of awx.awx against a stand-in of AWX's API: all of it is made once, and
then what differs, and that alone."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._templates import TEMPLATES
from support.awx_playbook import changed, play, write_setup
from support.awx_setups import FULL, SECRETS, asked, smallest, steps
from support.awx_stand_in import TOKEN, Awx, awx_api

Data = t.Dict[str, t.Any]
TEMPLATES_SET: Data = {"assess": {"slices": 4}}
SETUP: Data = {
    **smallest(),
    "shared_folder": "/var/lib/iot",
    "new_vendors": "vendors-new",
    "job_templates": TEMPLATES_SET,
    "workflows": {"nightly": FULL["workflows"]["nightly"]},
}


@pytest.fixture(name="awx")
def _awx() -> t.Iterator[t.Tuple[Awx, t.Dict[str, str]]]:
    """A stand-in of AWX, and what its clients need in their environment."""
    with awx_api() as (api, url):
        yield api, {"CONTROLLER_HOST": url, "CONTROLLER_OAUTH_TOKEN": TOKEN}


def test_it_is_made_once_and_then_what_differs(tmp_path: Path, awx: t.Tuple[Awx, t.Dict[str, str]]) -> None:
    """Each run takes all objects, and half a second for each: one test, so that few runs do."""
    api, environment = awx

    def run(data: Data, *options: str) -> t.List[str]:
        write_setup(tmp_path, data)
        api.requests.clear()
        code, out = play(tmp_path, environment, "-e", "@vault.yml", *options)
        assert code == 0, out
        return changed(out)

    told = run(SETUP, "--check")
    assert {method for method, _path in api.requests} == {"GET"}
    assert told == list(dict.fromkeys(step.title for step in steps(SETUP)))
    run(SETUP, "-vvvv")
    _all_is_there(api)

    # A question fewer, also of the workflow, which may ask for nothing that one of its nodes does not ask for.
    fewer: Data = {**SETUP, "job_templates": {**TEMPLATES_SET, "dry_run": {"ask": ["iot_rollback_after"]}}}
    surveys = ["job template IoT sites: dry run", "workflow job template IoT sites: roll out"]
    before = dict(api.surveys)
    assert run(fewer, "--check") == surveys
    assert {method for method, _path in api.requests} == {"GET"}
    assert api.surveys == before

    # What is to be alike is put back, where somebody changed it.
    template = api.named("job_templates", "IoT sites: provision")
    template["job_slice_count"] = 3
    assert sorted(run(fewer)) == sorted([*surveys, "job template IoT sites: provision"])
    assert template["job_slice_count"] == 1
    touched = [api.named("job_templates", f"IoT sites: {name}")["url"] for name in ("dry run", "provision")]
    touched.append(api.named("workflow_job_templates", "IoT sites: roll out")["url"])
    written = [path for method, path in api.requests if method != "GET"]
    assert written
    assert all(path.startswith(tuple(touched)) for path in written), written
    assert {key for key in before if before[key] != api.surveys[key]} == {
        ("job_templates", api.named("job_templates", "IoT sites: dry run")["id"]),
        ("workflow_job_templates", api.named("workflow_job_templates", "IoT sites: roll out")["id"]),
    }


def _all_is_there(api: Awx) -> None:
    found = steps(SETUP)
    assert api.names("job_templates") == sorted(f"IoT sites: {one.title}" for one in TEMPLATES.values())
    for module in ("job_template", "workflow_job_template"):
        for title, names in asked(found, module).items():
            number = api.named(f"{module}s", title)["id"]
            spec = api.surveys.get((f"{module}s", number), {}).get("spec", [])
            assert [question["variable"] for question in spec] == names, title
    assert api.secrets[api.named("credentials", "IoT sites: machine")["id"]]["ssh_key_data"] == SECRETS["ssh_key_data"]
    template = api.named("job_templates", "IoT sites: provision")
    assert len(api.related["job_templates", template["id"], "credentials"]) == 2
    assert len(api.kinds["workflow_job_template_nodes"]) == 9
    assert api.names("schedules") == ["IoT sites: nightly"]
