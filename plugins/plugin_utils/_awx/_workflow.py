# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A workflow of AWX: itself, its nodes, what follows them, and when it starts by itself. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._setup import Data, Settings
from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._step import Step
from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._survey import survey
from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._templates import TEMPLATES, Node, Workflow
from ansible_collections.fieldnet.iot.plugins.plugin_utils._playbooks._options import Option


def workflow_steps(setup: Settings, workflow: Workflow) -> t.Iterator[Step]:
    """Its nodes come last first, so that each finds those that follow it."""
    name, said, questions = setup.titled(workflow.title), setup.workflow(workflow), survey(_asked(setup, workflow))
    yield Step(
        "workflow_job_template",
        {
            "name": name,
            "description": workflow.says,
            **setup.owner,
            "ask_limit_on_launch": True,
            "allow_simultaneous": False,
            "survey_enabled": bool(questions),
            "survey_spec": questions,
        },
    )
    for node in _nodes(setup, workflow, said["approval"]):
        yield from _node(setup, name, node, said["approval_timeout_s"])
    if said["schedule"]:
        found = {"name": name, "unified_job_template": name, **setup.owner, "rrule": said["schedule"], "enabled": True}
        yield Step("schedule", found)


def _asked(setup: Settings, workflow: Workflow) -> t.List[Option]:
    """A workflow's answers go to all its nodes, before what their templates fix: it may ask for no more than they do,
    and for nothing that means one thing to one of them and something else to another."""
    wanted: t.Dict[str, t.List[t.Optional[Option]]] = {}
    for template in (TEMPLATES[node.template] for node in _nodes(setup, workflow, False)):
        asked = {one.name: one for one in setup.asked(template)}
        for name in template.variables():
            wanted.setdefault(name, []).append(asked.get(name))
    return [found[0] for found in wanted.values() if found[0] is not None and len(set(found)) == 1]


def _nodes(setup: Settings, workflow: Workflow, approval: bool) -> t.List[Node]:
    """Those whose templates there are, with a person's approval or without."""
    kept = [node for node in workflow.nodes if not node.template or setup.offered(TEMPLATES[node.template])]
    names = {node.id for node in kept}
    left = [
        node._replace(
            success=tuple(name for name in node.success if name in names),
            always=tuple(name for name in node.always if name in names),
        )
        for node in kept
    ]
    return left if approval else _unapproved(left)


def _unapproved(nodes: t.Sequence[Node]) -> t.List[Node]:
    """Where nobody approves, only a node without failures leads on."""
    left_out = {node.id: node.success for node in nodes if not node.template}
    kept = []
    for node in nodes:
        if node.template:
            after = [follower for name in node.always for follower in left_out.get(name, ())]
            always = tuple(name for name in node.always if name not in left_out)
            kept.append(node._replace(success=(*node.success, *after), always=always))
    return kept


def _node(setup: Settings, workflow: str, node: Node, timeout: int) -> t.Iterator[Step]:
    place: Data = {"identifier": node.id, "workflow_job_template": workflow, **setup.owner}
    links = {"success_nodes": list(node.success), "always_nodes": list(node.always), "failure_nodes": []}
    if node.template:
        runs = {
            "unified_job_template": setup.titled(TEMPLATES[node.template].title),
            "lookup_organization": setup.organization,
        }
        yield Step("workflow_job_template_node", {**place, **runs, "all_parents_must_converge": node.converge, **links})
        return
    approval = {
        "name": setup.titled("approve"),
        "description": "What the dry run says is to be done.",
        "timeout": timeout,
    }
    yield Step("workflow_job_template_node", {**place, "approval_node": approval})
    # The module takes what follows for the approval's own, which has no followers, where it is given both.
    yield Step("workflow_job_template_node", {**place, **links})
