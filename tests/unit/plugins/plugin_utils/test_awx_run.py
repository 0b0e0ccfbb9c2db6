# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of AWX are seen to one after another; what fails is told with its remedy and without a secret."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._run import AwxError, hide, run_steps
from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._step import Step
from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._templates import TEMPLATES
from support.awx_setups import SECRETS, Data, smallest, steps, with_


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


ACCESS = "; say which AWX and who you are in CONTROLLER_HOST and CONTROLLER_OAUTH_TOKEN, or CONTROLLER_USERNAME and "
NO_AWX = "; that is no AWX; say which AWX"
SIGNED = "; let this machine trust who signed AWX's certificate, as by SSL_CERT_FILE=FILE.pem; nothing was touched"
ADMIN = "; be somebody who may do that: for organizations and credential types a system administrator; nothing"


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("There was an unknown error when trying to connect to https://127.0.0.1/: refused", ACCESS),
        ("Unable to resolve controller_host (Name or service not known): awx.invalid", ACCESS),
        ("Unable to parse controller_host as a URL (Invalid IPv6 URL): https://[::1", ACCESS),
        ("Invalid authentication credentials for /api/v2/organizations/ (HTTP 401)", ACCESS),
        ("Failed to get token: HTTP Error 401: Unauthorized", ACCESS),
        ("Failed to get token: <urlopen error [Errno 111] Connection refused>", ACCESS),
        ("You don't have permission to POST to /api/v2/organizations/ (HTTP 403)", ADMIN),
        ("trying to connect to https://awx/: [SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate", SIGNED),
        ("The requested object could not be found at /api/v2/organizations/", NO_AWX),
        ("Failed to parse the response json: Expecting value: line 1 column 1 (char 0)", NO_AWX),
        ("The endpoint did not provide count and results", NO_AWX),
        ("the disk is full", "; nothing was touched"),
    ],
)
def test_what_a_first_failure_says_has_the_remedy(said: str, remedy: str) -> None:
    with pytest.raises(AwxError) as failed:
        run_steps(steps(smallest()), lambda _step: {"failed": True, "msg": f"{said}."}, check_mode=False)
    assert str(failed.value).startswith(f"organization Facilities: {said}{remedy}")


def test_later_what_is_not_found_is_no_other_awx() -> None:
    def call(step: Step) -> Data:
        return {"failed": step.module == "project", "msg": "could not be found at /x", "id": 1}

    with pytest.raises(AwxError, match="project IoT sites: could not be found at /x; what comes before it is done"):
        run_steps(steps(smallest()), call, check_mode=False)


def test_an_object_that_takes_two_calls_is_told_once() -> None:
    def call(step: Step) -> Data:
        return {"id": 1, "changed": "approval_node" in step.args}

    told = run_steps(steps(smallest()), call, check_mode=False)
    assert [one["object"] for one in told.objects if one["changed"]] == ["node approve of IoT sites: roll out"]
    assert len({one["object"] for one in told.objects}) == len(told.objects)


def test_warnings_are_told_once() -> None:
    told = run_steps(steps(smallest()), lambda _step: {"id": 1, "warnings": ["old"]}, check_mode=False)
    assert told.warnings == ["old"]
    assert not any(one["changed"] for one in told.objects)
