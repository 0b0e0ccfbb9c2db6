# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Workflows of AWX: who follows whom, what a person approves, and what they may be asked."""

from __future__ import annotations

from support.awx_setups import asked, full, nodes, smallest, steps, with_


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
    found = asked(steps(smallest()), "workflow_job_template")
    assert "iot_rollback_after" in found["IoT sites: roll out"]
    assert "iot_fail_on" not in found["IoT sites: roll out"]  # of validate and of assess, with other choices
    assert found["IoT sites: nightly"] == ["iot_explain"]  # of assess; drift does not know it
    assert "iot_rollback_after" not in asked(steps(full(), {}), "workflow_job_template")["IoT: roll out"]
