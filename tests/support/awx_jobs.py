"""Jobs as AWX 24 runs them: a part of the inventory through ansible-runner, artifacts taken from its events and merged.

Read off AWX's source. Each place is named here, so that a newer AWX can be held against it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import ansible_runner  # type: ignore[import-untyped]
import yaml

from support.sites import Data

COLLECTIONS = Path(__file__).resolve().parents[2] / "build" / "src"


class Job(t.NamedTuple):
    """How a job ended, what it handed on, and what it said."""

    status: str
    artifacts: Data
    said: str


class _Unsafe(yaml.SafeDumper):
    """Every text is marked, names too (awx/main/utils/safe_yaml.py): a job never evaluates a template in one."""

    def represent_data(self, data: t.Any) -> yaml.Node:
        if isinstance(data, str):
            return self.represent_scalar("!unsafe", data)
        return super().represent_data(data)


def inventory(sites: Path) -> Data:
    """What an inventory source gives to AWX, which keeps it as hosts, groups and variables."""
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "inventory", "-i", str(sites), "--list"],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)},
        capture_output=True,
        text=True,
        check=True,
    )
    return t.cast("Data", json.loads(done.stdout))


def sliced(whole: Data, number: int, count: int) -> Data:
    """The inventory of one slice: each count-th host by name; the others are nowhere in it
    (Inventory.get_sliced_hosts and get_script_data in awx/main/models/inventory.py)."""
    hosts = sorted(whole["_meta"]["hostvars"])[number - 1 :: count]
    found: Data = {"_meta": {"hostvars": {host: whole["_meta"]["hostvars"][host] for host in hosts}}}
    for name, group in whole.items():
        if name != "_meta":
            kept = {**group, "hosts": [host for host in group.get("hosts", ()) if host in hosts]}
            # A group without hosts is named as a child of `all` alone: Ansible takes an empty one for a host.
            if any(kept.values()):
                found[name] = {key: value for key, value in kept.items() if value}
    return found


def run(folder: Path, playbook: str, hosts: Data, variables: Data) -> Job:
    """A job in a folder of its own (awx/main/tasks/jobs.py, RunJob; callback.py, RunnerCallback, takes artifacts)."""
    for name in ("inventory", "env", "project"):
        (folder / name).mkdir(parents=True)
    script = folder / "inventory" / "hosts"
    script.write_text(f"#!{sys.executable}\nprint({json.dumps(hosts)!r})\n", encoding="utf-8")
    script.chmod(0o700)
    texts = [yaml.dump(dict([one]), Dumper=_Unsafe, default_flow_style=False) for one in variables.items()]
    (folder / "env" / "extravars").write_text("".join(texts) or "{}", encoding="utf-8")
    artifacts: Data = {}

    def heard(event: Data) -> bool:
        found = event.get("event_data", {}).get("artifact_data", {})
        if found:
            artifacts.clear()
            artifacts.update(found)
        return True

    done = ansible_runner.run(
        private_data_dir=str(folder),
        playbook=playbook,
        quiet=True,
        event_handler=heard,
        envvars={"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_NOCOLOR": "1", "MAX_EVENT_RES": "700000"},
    )
    return Job(done.status, artifacts, done.stdout.read())


def handed_on(jobs: t.Iterable[Job]) -> Data:
    """The variables of the job after these, in the order in which they ended; one that broke off hands on nothing
    (WorkflowJob.get_effective_artifacts and WorkflowJobNode.get_job_kwargs in awx/main/models/workflow.py)."""
    found: Data = {}
    for job in jobs:
        if job.status in ("successful", "failed"):
            found.update(job.artifacts)
    return found
