# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What AWX is offered: the job templates, and the workflows that they are the nodes of."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._playbooks._options import PLAYBOOKS, Option


class Template(t.NamedTuple):
    """A job template: a playbook of ours, and how it is run.

    ``sliced``: each host's work needs that host alone, so that a job may be cut. ``limited``: a person may name the
    sites; a play over localhost would be left without a host. ``probes``: it uses the egress responder's key.
    """

    id: str
    title: str
    playbook: str
    says: str
    job_type: str = "run"
    diff: bool = False
    sliced: bool = False
    limited: bool = True
    probes: bool = False

    def variables(self) -> t.Mapping[str, Option]:
        """The variables of its playbook."""
        return {one.name: one for one in PLAYBOOKS[self.playbook]}


class Node(t.NamedTuple):
    """A node of a workflow, which runs a template (none: a person approves), and what comes after it."""

    id: str
    template: str = ""
    success: t.Tuple[str, ...] = ()
    always: t.Tuple[str, ...] = ()
    converge: bool = False


class Workflow(t.NamedTuple):
    """Nodes, those without followers first, so that each finds its followers there."""

    id: str
    title: str
    says: str
    nodes: t.Tuple[Node, ...]
    approved: bool = False


TEMPLATES: t.Mapping[str, Template] = {
    one.id: one
    for one in (
        Template("validate", "validate", "validate", "Checks the data of all sites; contacts no host.", limited=False),
        Template("dry_run", "dry run", "provision", "Says what a gateway would change.", job_type="check", diff=True),
        Template(
            "provision", "provision", "provision", "Applies each site's plan to its gateway.", "run", True, True
        )._replace(probes=True),
        Template("assess", "assess", "assess", "Probes each site and judges it.", sliced=True, probes=True),
        Template("drift", "drift", "drift", "Says how gateways differ from their plans.", sliced=True),
        Template("learn_report", "learned", "learn_report", "Says what devices of learning sites used.", sliced=True),
        Template("report", "report", "report", "Makes the report of the fleet.", limited=False),
        Template(
            "impact", "impact", "impact", "Says what proposed vendor specs would mean for which sites.", limited=False
        ),
    )
}
# A site that fails, or can't be reached, keeps the others from nothing: the person who approves sees it, and so does
# the report.
WORKFLOWS: t.Mapping[str, Workflow] = {
    one.id: one
    for one in (
        Workflow(
            "rollout",
            "roll out",
            "Validate, dry run, approval, provision, assess, report.",
            (
                Node("report", "report"),
                Node("assess", "assess", always=("report",)),
                Node("provision", "provision", always=("assess",)),
                Node("approve", success=("provision",)),
                Node("dry_run", "dry_run", always=("approve",)),
                Node("validate", "validate", success=("dry_run",)),
            ),
            approved=True,
        ),
        Workflow(
            "nightly",
            "nightly",
            "Assess and look for drift, then report; changes nothing.",
            (
                Node("report", "report", converge=True),
                Node("drift", "drift", always=("report",)),
                Node("assess", "assess", always=("report",)),
            ),
        ),
    )
}
