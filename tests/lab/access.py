# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the nodes are reached: SSH keys, known hosts, an ssh_config and an Ansible inventory, all under build/lab."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

from .layout import BUILD, HOSTS, KEYS, NODES, SSH_CONFIG
from .shell import run

KNOWN_HOSTS = BUILD / "known_hosts"
USER_KEY = KEYS / "id_ed25519"
HOST_KEY = KEYS / "ssh_host_ed25519_key"


def write() -> None:
    """Write all of it; the keys are made once."""
    KEYS.mkdir(parents=True, exist_ok=True)
    with (BUILD / "keys.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for key in (USER_KEY, HOST_KEY):
            if not key.with_suffix(".pub").exists():
                key.unlink(missing_ok=True)
                run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(key))
    _replace(KNOWN_HOSTS, "".join(f"{name} {HOST_KEY.with_suffix('.pub').read_text()}" for name in _names()))
    _replace(SSH_CONFIG, _ssh_config())
    _replace(HOSTS, json.dumps(_inventory(), indent=2) + "\n")


def _names() -> list[str]:
    return [f"{node.name},{node.mgmt}" for node in NODES.values()]


def _ssh_config() -> str:
    hosts = "".join(f"Host {node.name} {node.mgmt}\n  HostName {node.mgmt}\n\n" for node in NODES.values())
    common = {
        "User": "root",
        "IdentityFile": f'"{USER_KEY}"',
        "IdentitiesOnly": "yes",
        "UserKnownHostsFile": f'"{KNOWN_HOSTS}"',
        "StrictHostKeyChecking": "yes",
        "LogLevel": "ERROR",
    }
    return hosts + "Host *\n" + "".join(f"  {key} {setting}\n" for key, setting in common.items())


def _inventory() -> dict[str, object]:
    """An inventory as JSON, which is YAML too."""
    options = f"-o UserKnownHostsFile='{KNOWN_HOSTS}' -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes"
    hosts = {node.name: {"ansible_host": node.mgmt} for node in NODES.values()}
    common = {
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(USER_KEY),
        "ansible_ssh_common_args": options,
        "ansible_python_interpreter": "/usr/bin/python3",
    }
    return {"all": {"children": {"lab": {"hosts": hosts, "vars": common}}}}


def _replace(path: Path, text: str) -> None:
    """Replace the file in one step: another lab may be reading it."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.write_text(text)
    fresh.replace(path)
