# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module as Ansible runs it on a host: packed, sent and executed; or executed alone, in a fifth of the time."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

ROOT = Path(__file__).resolve().parents[2]
# The tests' own Python is that of the managed host. One too old for a controller has another beside it (make managed).
CONTROLLER = os.environ.get("CONTROLLER_PYTHON", sys.executable)


def run_module(name: str, folder: Path, arguments: dict[str, Any], *options: str, **environment: str) -> dict[str, Any]:
    """What a module of ours returns on this host, and whether Ansible takes it for failed."""
    env = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "build" / "src"),
        "ANSIBLE_LOCAL_TEMP": str(folder / "local"),
        "ANSIBLE_REMOTE_TEMP": str(folder / "remote"),
        "ANSIBLE_NOCOLOR": "true",
        **environment,
    }
    target = ["localhost", "-i", "localhost,", "-c", "local", "-e", f"ansible_python_interpreter={sys.executable}"]
    command = [CONTROLLER, "-m", "ansible", "adhoc", *target, "-m", f"fieldnet.iot.{name}", *options]
    done = subprocess.run(
        [*command, "-a", json.dumps(arguments)], env=env, capture_output=True, text=True, check=False, timeout=120
    )
    head, arrow, text = done.stdout.partition(" => ")
    if not arrow:
        raise RuntimeError(done.stdout + done.stderr)
    result: dict[str, Any] = json.loads(text)
    return {**result, "failed": "FAILED" in head}


def call_module(
    name: str, folder: Path, arguments: dict[str, Any], *options: str, **environment: str
) -> dict[str, Any]:
    """The same of a module that has been packed and sent in another test: a process that reads its arguments."""
    if importlib.util.find_spec("ansible") is None:
        return run_module(name, folder, arguments, *options, **environment)
    special = {"_ansible_check_mode": "--check" in options}
    done = subprocess.run(
        [sys.executable, "-m", f"ansible_collections.fieldnet.iot.plugins.modules.{name}"],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": {**arguments, **special}}),
        env={**os.environ, "PYTHONPATH": str(ROOT / "build" / "src"), **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if not done.stdout.startswith("\n{"):
        raise RuntimeError(done.stdout + done.stderr)
    result: dict[str, Any] = json.loads(done.stdout)
    return {"failed": False, **result}


def check_module(name: str, folder: Path, arguments: dict[str, Any], **environment: str) -> dict[str, Any]:
    """The same in check mode."""
    return call_module(name, folder, arguments, "--check", **environment)


Runner = Callable[..., "dict[str, Any]"]
RUNS: list[Runner] = [run_module, check_module]  # for what is the same in both modes
