"""The lookups vendor_spec and site_plan as a playbook uses them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._data import spec_data
from support.mud import document, matches
from support.sites import berlin, site, specs, write

COLLECTIONS = Path(__file__).resolve().parents[4] / "build" / "src"
KISI = """
schema: 1
vendor: kisi
extends: kisi
requirements:
  - {id: cloud-session, any_of: [{id: primary, protocol: tcp, port: 31400}]}
remove: [hotspot]
"""


def _ask(folder: Path, asked: t.Mapping[str, str], inventory: str = "localhost,", **variables: t.Any) -> t.Any:
    """What each expression becomes; or what the run said, where it failed."""
    out = folder / "answer.json"
    task = {"ansible.builtin.copy": {"content": "{{ answer | to_json }}", "dest": str(out), "mode": "0644"}}
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [task]}
    python = {"ansible_python_interpreter": sys.executable}
    play["vars"] = {**python, **variables, "answer": {name: f"{{{{ {words} }}}}" for name, words in asked.items()}}
    playbook = write(folder, "play.yml", yaml.safe_dump([play]))
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "-i", inventory, str(playbook)],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return json.loads(out.read_text(encoding="utf-8")) if done.returncode == 0 else done.stdout + done.stderr


@pytest.fixture(name="sites")
def _sites(tmp_path: Path) -> Path:
    folder = tmp_path / "sites"
    folder.mkdir()
    write(folder, "berlin.yml", berlin())
    oslo = berlin()
    oslo.update(site="oslo", gateway={"host": "gw.oslo.example", "dhcp": "kea"}, probes=[])
    for device in oslo["devices"]:
        device["mac"] = device["mac"].replace("02:00", "02:01")
    write(folder, "oslo.yml", oslo)
    return folder


@pytest.fixture(name="vendors")
def _vendors(tmp_path: Path) -> Path:
    folder = tmp_path / "vendors"
    folder.mkdir()
    write(folder, "kisi.yml", KISI)
    (folder / "lamp.json").write_text(json.dumps(document(matches("cloud.example.com"))), encoding="utf-8")
    return folder


def test_specs_by_name_with_what_extends_them(tmp_path: Path, vendors: Path) -> None:
    found = _ask(
        tmp_path,
        {
            "names": "query('fieldnet.iot.vendor_spec') | map(attribute='vendor')",
            "plain": "lookup('fieldnet.iot.vendor_spec', 'tsi')",
            "order": "query('fieldnet.iot.vendor_spec', 'tsi', 'kisi') | map(attribute='title')",
            "own": f"lookup('fieldnet.iot.vendor_spec', 'kisi', vendor_path='{vendors}')",
            "mud": f"lookup('fieldnet.iot.vendor_spec', 'lamps_lamp_2000', vendor_path='{vendors}').requirements"
            " | selectattr('kind', 'eq', 'outbound')",
            "by_variable": "lookup('fieldnet.iot.vendor_spec', 'kisi')",
        },
        iot_vendor_path=[str(vendors)],
    )
    assert found["names"] == sorted([*specs(), "lamps_lamp_2000"])
    assert [one["to"] for one in found["mud"]] == [{"domains": ["cloud.example.com"]}]
    assert found["plain"] == spec_data(specs()["tsi"])
    assert found["order"] == [specs()["tsi"].title, specs()["kisi"].title]
    assert found["own"] == found["by_variable"]
    ids = {one["id"]: one for one in found["own"]["requirements"]}
    assert ids["cloud-session"]["any_of"] == [{"id": "primary", "protocol": "tcp", "port": 31400}]
    assert "hotspot" not in ids


def test_plans_by_name_whole_or_in_part(tmp_path: Path, sites: Path, vendors: Path) -> None:
    found = _ask(
        tmp_path,
        {
            "whole": "lookup('fieldnet.iot.site_plan', 'berlin')",
            "all": "query('fieldnet.iot.site_plan') | map(attribute='site')",
            "dhcp": "query('fieldnet.iot.site_plan', 'oslo', 'berlin', section='dhcp') | map(attribute='backend')",
            "one_file": f"query('fieldnet.iot.site_plan', path='{sites}/oslo.yml') | map(attribute='site')",
            "changed": "lookup('fieldnet.iot.site_plan', 'berlin', section='firewall',"
            f" vendor_path='{vendors}').flows | map(attribute='port') | unique",
        },
        inventory=str(sites),
    )
    assert found["whole"] == json.loads(json.dumps(make_plan(site(berlin()), specs())))
    assert found["all"] == ["berlin", "oslo"]
    assert found["dhcp"] == ["kea", "kea"]
    assert found["one_file"] == ["oslo"]
    assert 31400 in found["changed"]


WRONG: t.List[t.Tuple[str, t.Sequence[str]]] = [
    (
        "query('fieldnet.iot.vendor_spec', 'kissi', 'acme')",
        [
            "kissi is no vendor with a spec; did you mean kisi?",
            f"acme is no vendor with a spec (known: {', '.join(sorted(specs()))})",
        ],
    ),
    ("query('fieldnet.iot.vendor_spec', vendor_path='nowhere')", ["nowhere: has no vendor spec"]),
    ("query('fieldnet.iot.site_plan', 'berlinn', path='sites')", ["berlinn is no site here"]),
    ("query('fieldnet.iot.site_plan', 'berlin', path='sites', section='flows')", ["Valid values are: firewall, dns"]),
    ("query('fieldnet.iot.site_plan', 'berlin', path='nowhere')", ["nowhere: is neither a file nor a folder of sites"]),
]


@pytest.mark.parametrize(("words", "expected"), WRONG)
def test_mistakes_are_told(
    words: str, expected: t.Sequence[str], tmp_path: Path, sites: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(sites.parent)
    said = _ask(tmp_path, {"answer": words})
    assert isinstance(said, str)
    for message in expected:
        assert message in said
