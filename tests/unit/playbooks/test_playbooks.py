"""The playbooks as a user runs them, up to the point where a host would be connected to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from support.sites import berlin, write

COLLECTIONS = Path(__file__).resolve().parents[3] / "build" / "src"


def _play(playbook: str, folder: Path, *options: str) -> t.Tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "-i", str(folder), f"fieldnet.iot.{playbook}", *options],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("playbook", ["provision", "assess", "site", "drift", "learn_report"])
def test_bad_data_stops_every_playbook_before_anything_is_touched(playbook: str, tmp_path: Path) -> None:
    """Both sites' errors are told, by the first task, and no host is connected to (these do not exist)."""
    data = berlin()
    data["devices"][0]["mac"] = "zz"
    oslo = berlin()
    oslo.update(site="oslo", gateway={"host": "gw.oslo.example", "dhcp": "udhcpd"}, probes=[])
    write(tmp_path, "berlin.yml", data)
    write(tmp_path, "oslo.yml", oslo)
    code, out = _play(playbook, tmp_path)
    assert code != 0
    assert "berlin.yml: devices[0].mac: zz is not a MAC address" in out
    assert "oslo.yml: gateway.dhcp: udhcpd is not one of: dnsmasq, isc, kea" in out
    assert "nothing was touched" in out
    assert "UNREACHABLE" not in out
    assert "Traceback" not in out


def test_where_it_is_all_or_nothing_a_file_that_is_not_yaml_stops_the_run(tmp_path: Path) -> None:
    """Ansible itself only warns of it and goes on without its hosts."""
    write(tmp_path, "berlin.yml", berlin())
    write(tmp_path, "oslo.yml", "gateway: [")
    code, out = _play("assess", tmp_path, "-e", "iot_invalid_sites=fail")
    assert code != 0
    assert "oslo.yml: line 2: is not YAML" in out
    assert "UNREACHABLE" not in out


def test_a_site_with_an_unreachable_probe_host_is_not_assessed(tmp_path: Path) -> None:
    data = berlin()
    data["probes"][0]["host"] = "127.0.0.1"
    write(tmp_path, "berlin.yml", data)
    report = tmp_path / "report.json"
    options = ["-e", f"iot_report={report}", "-e", "ansible_port=9", "-e", "iot_probe_become=false"]
    code, out = _play("assess", tmp_path, *options)
    found = json.loads(report.read_text(encoding="utf-8"))
    assert code == 0
    assert found["schema"] == 1
    assert [(site["site"], site["readiness"]) for site in found["sites"]] == [("berlin", "not_assessed")]
    session = next(one for one in found["sites"][0]["requirements"] if one["id"] == "cloud-session")
    assert session["reason"].startswith("nothing was probed: probe host 127.0.0.1: ")
    assert "berlin: NOT ASSESSED" in out


def test_it_fails_when_asked_to(tmp_path: Path) -> None:
    data = berlin()
    data["probes"] = []
    data["ssids"][0]["channel"] = 13
    write(tmp_path, "berlin.yml", data)
    assert _play("assess", tmp_path)[0] == 0
    code, out = _play("assess", tmp_path, "-e", '{"iot_fail_on": ["not_ready"]}')
    assert code != 0
    assert "berlin is not_ready" in out
    code, out = _play("assess", tmp_path, "-e", '{"iot_fail_on": ["never"]}')
    assert code != 0
    assert "value of fail_on must be one or more of: degraded, inconclusive, not_assessed, not_ready" in out


def test_a_report_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    data = berlin()
    data["probes"] = []
    write(tmp_path, "berlin.yml", data)
    code, out = _play("assess", tmp_path, "-e", f"iot_report={tmp_path}/berlin.yml/report.json")
    assert code != 0
    assert "cannot be written" in out
    assert "Traceback" not in out


def test_a_part_of_the_fleet_judges_what_it_could_look_at(tmp_path: Path) -> None:
    """As --limit leaves it, or a slice of a job: a site is judged where its probe hosts are, and only there."""
    oslo = berlin()
    oslo.update(site="oslo", gateway={"host": "gw.oslo.example", "dhcp": "kea"}, probes=[])
    for device in oslo["devices"]:
        device["mac"] = device["mac"].replace("02:00", "02:01")
    folder = tmp_path / "sites"
    folder.mkdir()
    write(folder, "berlin.yml", berlin())
    write(folder, "oslo.yml", oslo)
    report = tmp_path / "report.json"
    code, out = _play("assess", folder, "--limit", "iot_gateways", "-e", f"iot_report={report}")
    assert code == 0, out
    assert [site["site"] for site in json.loads(report.read_text(encoding="utf-8"))["sites"]] == ["oslo"]


@pytest.mark.parametrize("playbook", ["provision", "assess", "drift", "learn_report", "validate"])
def test_a_misspelt_variable_stops_a_run_before_anything_is_touched(playbook: str, tmp_path: Path) -> None:
    """Ansible itself would go on, and a gateway enforce where its owner wanted it to learn."""
    write(tmp_path, "berlin.yml", berlin())
    code, out = _play(playbook, tmp_path, "-e", "iot_learn_hour=72", "-e", "iot_office=berlin")
    assert code != 0
    assert "misspelt variables; nothing was touched" in out
    assert "iot_learn_hour: no playbook has a variable of this name; did you mean iot_learn_hours?" in out
    assert "iot_office" not in out
    assert "UNREACHABLE" not in out
