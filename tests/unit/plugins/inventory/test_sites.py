"""A folder of sites is an inventory, as ansible-inventory sees it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

from support.inventories import variables
from support.sites import Data, berlin, write

COLLECTIONS = Path(__file__).resolve().parents[4] / "build" / "src"


def _inventory(folder: Path) -> t.Tuple[Data, str]:
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "inventory", "-i", str(folder), "--list"],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS)},
        capture_output=True,
        text=True,
        check=True,
    )
    return t.cast(Data, json.loads(done.stdout)), done.stderr


def test_groups_and_variables(tmp_path: Path) -> None:
    oslo = berlin()
    oslo.update(site="oslo", gateway={"host": "gw.oslo.example", "dhcp": "dnsmasq"}, probes=[])
    write(tmp_path, "berlin.yml", berlin())
    write(tmp_path, "oslo.yml", oslo)
    (tmp_path / "group_vars").mkdir()
    write(tmp_path / "group_vars", "iot_gateways.yml", {"ansible_user": "admin"})
    found, warnings = _inventory(tmp_path)
    assert found["iot_gateways"]["hosts"] == ["gw.berlin.example", "gw.oslo.example"]
    assert found["iot_probes"]["hosts"] == ["probe.berlin.example"]
    assert sorted(found["site_berlin"]["hosts"]) == ["gw.berlin.example", "probe.berlin.example"]
    assert variables(found, "gw.oslo.example") == {
        "ansible_user": "admin",
        "iot_site": "oslo",
        "iot_site_file": str(tmp_path / "oslo.yml"),
        "iot_vendors": ["kisi", "spiio", "tsi"],
        "iot_tags": [],
    }
    assert "WARNING" not in warnings


def test_a_bad_site_still_gives_its_hosts(tmp_path: Path) -> None:
    """So that its play runs, whose first task refuses it; a site must never vanish for being wrong."""
    data = berlin()
    data["devices"] = "none"
    data["probes"] = [{"host": "probe; reboot"}, "nonsense", {"host": "probe.berlin.example"}]
    write(tmp_path, "berlin.yml", data)
    found, _warnings = _inventory(tmp_path)
    assert found["iot_gateways"]["hosts"] == ["gw.berlin.example"]
    assert found["iot_probes"]["hosts"] == ["probe.berlin.example"]
