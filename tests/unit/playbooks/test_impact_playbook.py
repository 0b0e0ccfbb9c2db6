"""The playbook impact as a user runs it: what it prints, what it writes, what it fails for. No host exists."""

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
KISI = """
schema: 1
vendor: kisi
extends: kisi
requirements:
  - {id: cloud-session, any_of: [{id: primary, protocol: tcp, port: 31400}, {id: fallback, protocol: tcp, port: 993}]}
remove: [captive-portal]
"""


def _play(*options: str) -> t.Tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "fieldnet.iot.impact", *options],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    """Berlin, and Oslo, which has accepted a risk of a requirement that is to go."""
    for name in ("sites", "new"):
        (tmp_path / name).mkdir()
    write(tmp_path / "sites", "berlin.yml", berlin())
    oslo = berlin()
    oslo.update(site="oslo", gateway={"host": "gw.oslo.example", "dhcp": "kea"}, probes=[])
    oslo["accepted"] = [{"vendor": "kisi", "requirement": "captive-portal", "reason": "nobody can look"}]
    write(tmp_path / "sites", "oslo.yml", oslo)
    write(tmp_path / "new", "kisi.yml", KISI)
    return tmp_path


def test_it_says_what_a_new_firmware_means(folder: Path) -> None:
    """The sites are the inventory; the document has each of them."""
    report = folder / "impact.json"
    options = ["-i", f"{folder}/sites", "-e", f"iot_new_vendor_path={folder}/new", "-e", f"iot_report={report}"]
    code, out = _play(*options)
    assert code == 0, out
    assert "Of 2 sites: 1 becomes invalid, 1 changes" in out
    assert "    1  flow kisi/cloud-session/primary: port 31314 becomes 31400 (berlin)" in out
    assert "accepted[0].requirement: captive-portal is no requirement of kisi" in " ".join(out.split())
    assert "UNREACHABLE" not in out
    found = json.loads(report.read_text(encoding="utf-8"))
    assert {site["site"]: site["state"] for site in found["sites"]} == {"berlin": "changed", "oslo": "becomes_invalid"}


def test_it_fails_when_asked_to_and_writes_markdown(folder: Path) -> None:
    options = [
        *("-e", f"iot_sites={folder}/sites"),
        *("-e", f"iot_new_vendor_path={folder}/new"),
        *("-e", f"iot_report={folder}/impact.md"),
        *("-e", '{"iot_fail_on": ["becomes_invalid"]}'),
    ]
    code, out = _play(*options)
    assert code != 0
    assert "1 becomes invalid: oslo" in out
    assert "| 1 | flow kisi/cloud-session/primary: port 31314 becomes 31400 |" in (folder / "impact.md").read_text(
        encoding="utf-8"
    )


def test_nothing_changes_where_the_specs_are_the_same(folder: Path) -> None:
    options = ["-e", f"iot_vendor_path={folder}/new", "-e", f"iot_new_vendor_path={folder}/new"]
    code, out = _play("-e", f"iot_sites={folder}/sites/berlin.yml", *options)
    assert code == 0, out
    assert "Of 1 site: 1 is untouched" in out
    assert "the specs are the same" in out


def test_wrong_specs_and_options_are_told(folder: Path) -> None:
    write(folder / "new", "kisi.yml", KISI.replace("captive-portal", "captive-portale"))
    code, out = _play("-e", f"iot_sites={folder}/sites", "-e", f"iot_new_vendor_path={folder}/new")
    assert code != 0
    assert (
        f"as proposed: {folder}/new/kisi.yml: remove[0]: captive-portale is no requirement of kisi;"
        " did you mean captive-portal?" in out
    )
    code, out = _play("-e", f"iot_sites={folder}/sites")
    assert code != 0
    assert "iot_new_vendor_path" in out
