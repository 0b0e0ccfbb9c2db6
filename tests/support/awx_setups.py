"""Files that say what AWX is to have, the secrets that go with them, and what becomes of them."""

from __future__ import annotations

import copy
import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._expand import expand
from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._setup import parse_setup
from ansible_collections.fieldnet.iot.plugins.plugin_utils._awx._step import Step

Data = t.Dict[str, t.Any]
SECRETS: Data = {"ssh_key_data": "the-private-key", "responder_key": "the-responders-key"}
SMALLEST: Data = {
    "schema": 1,
    "organization": "Facilities",
    "project": {"url": "https://git.example.com/iot-sites.git"},
    "execution_environment": {"image": "registry.example.com/fieldnet-iot:1.0.0"},
    "machine": {"username": "ansible"},
    "responder": {},
}
FULL: Data = {
    **SMALLEST,
    "name": "IoT",
    "project": {
        "url": "git@git.example.com:iot-sites.git",
        "branch": "main",
        "credential": "Git",
        "update_on_launch": False,
    },
    "sites": "data/sites",
    "inventory_source": "inventory.yml",
    "vendors": "data/vendors",
    "new_vendors": "data/vendors-new",
    "shared_folder": "/var/lib/iot",
    "execution_environment": {"image": "registry.example.com/y:1", "pull": "always", "credential": "Registry"},
    "machine": {"existing": "Gateways"},
    "responder": {"existing": "Responder"},
    "credentials": ["Vault"],
    "job_templates": {
        "provision": {
            "slices": 8,
            "forks": 50,
            "timeout_s": 7200,
            "variables": {"iot_rollback_after": 300, "iot_probe_become": False},
            "ask": ["iot_rollback_after", "iot_learn_hours"],
            "playbook": "playbooks/provision.yml",
        },
        "assess": {"slices": 8, "variables": {"iot_fail_on": ["not_ready"]}},
        "report": {"variables": {"iot_report_dir": "/reports"}},
    },
    "workflows": {
        "rollout": {"approval": True, "approval_timeout_s": 86400},
        "nightly": {"schedule": "DTSTART;TZID=Europe/Berlin:20261201T020000 RRULE:FREQ=DAILY;INTERVAL=1"},
    },
}


def smallest() -> Data:
    """A copy to change."""
    return copy.deepcopy(SMALLEST)


def full() -> Data:
    """A copy to change, with every key."""
    return copy.deepcopy(FULL)


def with_(path: str, value: object) -> Data:
    """The smallest file with one key changed: `project.url`."""
    data = smallest()
    *above, last = path.split(".")
    place = data
    for name in above:
        place = place.setdefault(name, {})
    place[last] = value
    return data


def steps(data: Data, secrets: t.Optional[Data] = None) -> t.List[Step]:
    """What is asked of AWX for a file that is valid."""
    values = SECRETS if secrets is None else secrets
    setup, problems = parse_setup(data, values)
    assert setup is not None, problems
    return expand(setup, values)


def refused(data: object, secrets: object) -> t.List[str]:
    """What is wrong with a file that is not."""
    setup, problems = parse_setup(data, secrets)
    assert setup is None
    return [str(one) for one in problems]


def one(found: t.Sequence[Step], module: str, name: str) -> Data:
    """What one object is to be."""
    return next(step.args for step in found if step.module == module and step.args.get("name") == name)


def nodes(found: t.Sequence[Step], workflow: str) -> t.Dict[str, Data]:
    """Each node with what all calls for it say."""
    told: t.Dict[str, Data] = {}
    for step in found:
        if step.args.get("workflow_job_template") == workflow:
            told.setdefault(step.args["identifier"], {}).update(step.args)
    return told


def asked(found: t.Sequence[Step], module: str) -> t.Dict[str, t.List[str]]:
    """The variables that surveys ask for, by the object's name."""
    told = [step.args for step in found if step.module == module]
    return {args["name"]: [item["variable"] for item in args["survey_spec"].get("spec", [])] for args in told}
