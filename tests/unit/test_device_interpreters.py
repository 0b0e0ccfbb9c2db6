# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Leases, presence and DHCP offers on every Python that a managed host may have, with its standard library only."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from support.interpreters import FOUND

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import importlib, sys
sys.path.insert(0, sys.argv[1])

def load(name):
    return importlib.import_module("ansible_collections.fieldnet.iot.plugins.module_utils." + name)

row = "4102444800 02:00:00:00:00:10 10.40.0.10 door 01:02\\n"
(lease,) = load("_devices._lease_dnsmasq").parse(row, 0).ordered()
kea = "address,hwaddr,client_id,valid_lifetime,expire,hostname,state\\n10.0.0.1,,,60,60,,0\\n"
block = 'lease 10.0.0.1 { starts 4 2026/11/19 10:00:00; uid "a\\\\001"; }'
assert lease.as_dict()["expires"] == "2100-01-01T00:00:00Z"
assert load("_devices._lease_kea").parse([kea], 0).ordered()[0].expires == 60
assert load("_devices._lease_isc").parse(block, 0).ordered()[0].client_id == "61:01"
join, links = load("_devices._join"), load("_devices._links")
seen = join.Evidence(links.Tables(), (), (), frozenset(), (lease,))
(device,) = join.join([join.Expected("door", lease.mac, "10.40.0.10")], seen, load("_devices._makers").find()[1])
assert device["status"] == "unproven", device
for name in ("_leases", "_device_info"):
    load("_devices." + name)
check = {"kind": "dhcp", "mac": lease.mac, "interface": "nope0", "expect_dns": ["10.40.0.1"], "servers": []}
(result,) = load("_probe._run").run_checks(load("_probe._model").parse_checks([check]))
assert result["observation"] == "not_run", result
print("good")
"""


@pytest.mark.parametrize("version", FOUND)
def test_it_runs_on(version: str) -> None:
    command = [FOUND[version], "-I", "-S", "-W", "error", "-c", SCRIPT, str(ROOT / "build" / "src")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout, done.stderr) == ("good\n", "")
