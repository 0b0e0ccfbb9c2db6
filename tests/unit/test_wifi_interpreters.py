# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wireless scans on every Python that a managed host may have, with its standard library only."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from support.interpreters import FOUND
from support.wireless import network, stand_in

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import importlib, sys
sys.path.insert(0, sys.argv[1])

def load(name):
    return importlib.import_module("ansible_collections.fieldnet.iot.plugins.module_utils." + name)

checks = load("_probe._model").parse_checks([{"kind": "wifi_scan", "interface": "wlan0"}])
(result,) = load("_probe._run").run_checks(checks)
assert result["observation"] == "heard", result
(network,) = result["networks"]
assert network["security"] == ["wpa2-psk"] and network["channel"] == 6, network
print("good")
"""


@pytest.mark.parametrize("version", FOUND)
def test_it_runs_on(version: str, tmp_path: Path) -> None:
    path = stand_in(tmp_path, scan=[{"text": network()}])["PATH"]
    command = [FOUND[version], "-I", "-S", "-W", "error", "-c", SCRIPT, str(ROOT / "build" / "src")]
    env = {**os.environ, "PATH": path}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=env)
    assert (done.stdout, done.stderr) == ("good\n", "")
