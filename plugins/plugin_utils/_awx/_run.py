# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Let something see to each object of AWX in turn, and tell what became of them."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._step import Step

Data = t.Dict[str, t.Any]
Named = t.Tuple[str, str]
_HIDDEN = "********"
_ACCESS = (
    "say which AWX and who you are in CONTROLLER_HOST and CONTROLLER_OAUTH_TOKEN, or CONTROLLER_USERNAME and "
    "CONTROLLER_PASSWORD"
)
# What awx.awx says, and what to do then; the first that fits.
_REMEDIES = (
    ("CERTIFICATE_VERIFY_FAILED", "let this machine trust who signed AWX's certificate, as by SSL_CERT_FILE=FILE.pem"),
    ("HTTP 403", "be somebody who may do that: for organizations and credential types a system administrator"),
    *((said, _ACCESS) for said in ("trying to connect", "Unable to resolve", "Unable to parse controller_host")),
    *((said, _ACCESS) for said in ("HTTP 401", "Failed to get token")),
)
# Said of the first object, it speaks of something else than an AWX.
_NO_AWX = ("could not be found at", "Failed to parse the response", "did not provide count and results")
_NODE = "workflow_job_template_node"
_LINKS = ("success_nodes", "always_nodes", "failure_nodes")
# By which argument a step names another object, and of which kind that is.
_KINDS = {
    **{name: name for name in ("organization", "project", "inventory", "execution_environment", "credential_type")},
    "source_project": "project",
    "workflow_job_template": "workflow_job_template",
}


class Told(t.NamedTuple):
    """What became of each object, and the warnings of the modules."""

    objects: t.List[Data]
    warnings: t.List[str]


class AwxError(Exception):
    """A module failed; ``done`` is what became of the objects before."""

    def __init__(self, step: Step, msg: str, done: t.List[Data]) -> None:
        self.done = done
        after = "what comes before it is done; put that right and run it again" if done else "nothing was touched"
        super().__init__("; ".join([f"{step.title}: {msg.rstrip('.')}", *_remedy(msg, bool(done)), after]))


def run_steps(steps: t.Sequence[Step], call: t.Callable[[Step], Data], check_mode: bool) -> Told:
    """See to all of it, or to what comes before the first that fails."""
    told = Told([], [])
    missing: t.Set[Named] = set()
    for step in steps:
        # In check mode AWX can't be asked about what hangs on an object that it doesn't have yet.
        found: Data = {"changed": True} if missing.intersection(_needs(step)) else call(step)
        if found.get("failed"):
            raise AwxError(step, str(found.get("msg") or "failed"), told.objects)
        if check_mode and found.get("changed") and "id" not in found:
            missing.add(_named(step))
        _note(told.objects, step.title, bool(found.get("changed")))
        told.warnings.extend(warning for warning in found.get("warnings", []) if warning not in told.warnings)
    return told


def _note(objects: t.List[Data], title: str, changed: bool) -> None:
    """An object that takes two calls is one object."""
    if objects and objects[-1]["object"] == title:
        objects[-1]["changed"] = objects[-1]["changed"] or changed
    else:
        objects.append({"object": title, "changed": changed})


def _remedy(msg: str, found_awx: bool) -> t.List[str]:
    if not found_awx and any(said in msg for said in _NO_AWX):
        return [f"that is no AWX; {_ACCESS}"]
    return [remedy for said, remedy in _REMEDIES if said in msg][:1]


def hide(text: str, secrets: t.Mapping[str, str]) -> str:
    """A message without any of the secrets, should AWX have answered with one."""
    for value in secrets.values():
        text = text.replace(value, _HIDDEN)
    return text


def _named(step: Step) -> Named:
    if step.module == _NODE:
        return _node(step, step.args["identifier"])
    return step.module, step.args["name"]


def _node(step: Step, identifier: str) -> Named:
    return _NODE, f"{step.args['workflow_job_template']}/{identifier}"


def _needs(step: Step) -> t.Iterator[Named]:
    args = step.args
    for key, kind in _KINDS.items():
        if key in args:
            yield kind, args[key]
    yield from (("credential", name) for name in args.get("credentials", ()))
    yield from (_node(step, name) for key in _LINKS for name in args.get(key, ()))
    if "unified_job_template" in args:
        yield "job_template", args["unified_job_template"]
        yield "workflow_job_template", args["unified_job_template"]
