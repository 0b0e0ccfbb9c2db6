# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the table of the playbooks' variables says is what they read: names, defaults, and answers of surveys."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._survey import survey
from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._templates import TEMPLATES, WORKFLOWS
from ansible_collections.fieldnet.iot.plugins.plugin_utils._playbooks._options import PLAYBOOKS, Option, misspelt
from support.awx_stand_in import check_survey
from support.playbook_variables import GIVEN, ROOT, Read, reader, reads, variables

NAMES = sorted(path.stem for path in (ROOT / "playbooks").glob("*.yml"))
OPTIONS = [(name, one) for name in PLAYBOOKS for one in PLAYBOOKS[name]]
ASKED = [(name, one) for name, one in OPTIONS if one.ask]


def ids(value: object) -> str:
    return value.name if isinstance(value, Option) else str(value)


@pytest.mark.parametrize("playbook", NAMES)
def test_the_table_names_what_each_playbook_reads(playbook: str) -> None:
    """A variable of ours in a playbook, its tasks or roles stands in _playbooks/_options.py, and nothing else does."""
    assert {one.name for one in PLAYBOOKS[playbook]} == variables(playbook)


def test_the_table_has_no_playbook_that_is_not_there() -> None:
    assert sorted(PLAYBOOKS) == NAMES


@pytest.mark.parametrize(("playbook", "option"), OPTIONS, ids=ids)
def test_the_default_in_the_table_is_the_default_in_the_playbook(playbook: str, option: Option) -> None:
    written = [one.default for one in _reads(playbook, option) if one.has_default and one.default is not None]
    if option.required:
        assert not [one for one in _reads(playbook, option) if one.has_default]
    if option.default is not None:
        # An action's own default stands in its argument spec, where the playbook leaves it out.
        assert set(map(str, written)) <= {str(option.default)}


@pytest.mark.parametrize(("playbook", "option"), ASKED, ids=ids)
def test_an_empty_answer_is_as_good_as_none(playbook: str, option: Option) -> None:
    """A person who leaves a question empty sends an empty text, whatever the question's type."""
    if option.kind in ("text", "several"):
        for one in _reads(playbook, option):
            assert one.empty_is_default, f"write default(..., true) where {playbook} reads {option.name}"


@pytest.mark.parametrize(("playbook", "option"), ASKED, ids=ids)
def test_a_yes_is_read_as_true(playbook: str, option: Option) -> None:
    """A survey has no truth values, only words."""
    if option.kind == "yes_no":
        for one in _reads(playbook, option):
            assert "bool" in one.filters, f"write | bool where {playbook} reads {option.name}"


@pytest.mark.parametrize("playbook", sorted(PLAYBOOKS))
def test_awx_takes_every_survey(playbook: str) -> None:
    asked = [one for one in PLAYBOOKS[playbook] if one.ask]
    if asked:
        spec = survey(asked)
        check_survey(spec)
        assert {one["variable"] for one in spec["spec"]} <= variables(playbook)
        # One that a job can't be launched without has an answer already.
        assert all("default" in one for one in spec["spec"] if one["required"])
    else:
        assert survey(asked) == {}


@pytest.mark.parametrize(("playbook", "option"), ASKED, ids=ids)
def test_a_survey_asks_for_no_secret_and_no_file(playbook: str, option: Option) -> None:
    assert option.kind not in ("secret", "path", "paths"), playbook


def test_templates_run_playbooks_that_are_there() -> None:
    assert {one.playbook for one in TEMPLATES.values()} <= set(NAMES)
    nodes = [node for one in WORKFLOWS.values() for node in one.nodes]
    assert {node.template for node in nodes if node.template} <= set(TEMPLATES)


def test_what_is_sliced_or_limited_has_hosts_of_sites_alone() -> None:
    """A play over localhost would be done once a slice, or not at all. What is no site is told just so."""
    for template in TEMPLATES.values():
        text = Path(ROOT / "playbooks" / f"{template.playbook}.yml").read_text(encoding="utf-8")
        local = "hosts: localhost" in text.partition("- name: End with an error where a file is no site")[0]
        assert not (local and (template.sliced or template.limited)), template.id


def _reads(playbook: str, option: Option) -> t.List[Read]:
    return [one for one in reads(playbook) if one.name == option.name]


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("iot_rolback_after", "iot_rollback_after"),
        ("iot_learn_hour", "iot_learn_hours"),
        # It is the inventory's to say, of each host.
        ("iot_site", "iot_sites"),
        ("iot_rollback_after", ""),
        ("iot_office", ""),  # the user's own
        ("rollback_after", ""),
        ("ansible_user", ""),
    ],
)
def test_a_name_that_is_nearly_one_of_ours(given: str, meant: str) -> None:
    said = f"-e {given}: no playbook has a variable of this name; did you mean {meant}?"
    assert misspelt([given, "iot_sites"]) == ([said] if meant else [])


def test_no_variable_of_a_playbook_is_taken_for_another() -> None:
    assert misspelt(one.name for _playbook, one in OPTIONS) == []
    assert misspelt(name for playbook in NAMES for name in reader(playbook).set - GIVEN) == []


@pytest.mark.parametrize(("playbook", "option"), [one for one in OPTIONS if one[1].required], ids=ids)
def test_what_a_run_needs_is_asked_for_in_words(playbook: str, option: Option) -> None:
    assert all("mandatory" in one.filters for one in _reads(playbook, option))
