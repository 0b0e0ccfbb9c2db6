"""Files that say what AWX is to have, and the secrets that go with them."""

from __future__ import annotations

import copy
import typing as t

Data = t.Dict[str, t.Any]
SECRETS: Data = {"ssh_key_data": "the-private-key", "responder_key": "the-responders-key"}
SMALLEST: Data = {
    "schema": 1,
    "organization": "Facilities",
    "project": {"url": "https://git.example.com/iot-sites.git"},
    "execution_environment": {"image": "registry.example.com/fieldnet-iot:0.1.0"},
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
