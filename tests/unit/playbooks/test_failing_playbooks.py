"""Sites that are wrong, or out of reach, among others that are not: who goes on, what is told, and how the run ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from support.sites import Data, berlin, write

COLLECTIONS = Path(__file__).resolve().parents[3] / "build" / "src"
NAMES = ("aachen", "berlin", "cadiz", "dublin", "essen", "fulda")
MARKERS = "<<<<<<< HEAD\ngateway: [\n"


def _play(playbook: str, folder: Path, *options: str) -> t.Tuple[int, str]:
    inventory = ["-i", str(folder / "sites"), "-i", str(folder / "hosts.yml")]
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", *inventory, f"fieldnet.iot.{playbook}", *options],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_NOCOLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    assert "Traceback" not in done.stdout
    return done.returncode, done.stdout


def _site(name: str) -> Data:
    number = NAMES.index(name)
    data = berlin()
    data.update(site=name, gateway={"host": f"gw.{name}", "dhcp": "kea"})
    data["probes"][0].update(host=f"probe.{name}", mac=f"02:00:00:00:{number:02}:20")
    for index, device in enumerate(data["devices"]):
        device["mac"] = f"02:00:00:00:{number:02}:1{index}"
    return data


@pytest.fixture(name="fleet")
def _fleet(tmp_path: Path) -> Path:
    """aachen is right; berlin can't be reached; cadiz has no Python; dublin and essen are wrong, fulda has a device of
    berlin's."""
    sites = {name: _site(name) for name in NAMES}
    sites["aachen"].update(probes=[])
    sites["dublin"]["gateway"]["dhcp"] = "udhcpd"
    sites["fulda"]["devices"][0]["mac"] = sites["berlin"]["devices"][0]["mac"]
    (tmp_path / "sites").mkdir()
    for name, data in sites.items():
        write(tmp_path / "sites", f"{name}.yml", MARKERS if name == "essen" else data)
    far = {"ansible_host": "127.0.0.1", "ansible_port": 9}
    near = {"ansible_connection": "local", "ansible_python_interpreter": "/nonexistent/python3"}
    hosts = {f"{role}.{name}": near if name == "cadiz" else far for name in NAMES for role in ("gw", "probe")}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}), encoding="utf-8")
    return tmp_path


def _mend(fleet: Path, *names: str) -> None:
    for name in names:
        write(fleet / "sites", f"{name}.yml", _site(name))


def _told_once(out: str) -> None:
    """All that is wrong, at once, before anybody is asked."""
    head = out.index("4 sites are refused for wrong data and not touched; the others go on:")
    told = out[head:].split("\n\n", maxsplit=1)[0]
    assert "dublin.yml: gateway.dhcp: udhcpd is not one of: dnsmasq, isc, kea" in told
    assert "essen.yml: line 2: is not YAML" in told
    assert "fulda.yml: devices[0].mac: 02:00:00:00:01:10 is a duplicate of" in told
    assert "UNREACHABLE" not in out[:head]


def test_assess_goes_on_says_so_and_ends_with_an_error(fleet: Path) -> None:
    reports = fleet / "reports"
    code, out = _play(
        "assess", fleet, "-e", f"iot_report_dir={reports}", "-e", f"iot_history={fleet}/history",
        "-e", "iot_probe_become=false",
    )  # fmt: skip
    assert code == 2
    _told_once(out)
    assert "refused for wrong data (see above): dublin, " in out
    found = {one["site"]: one for one in json.loads((reports / "report.json").read_text(encoding="utf-8"))["sites"]}
    states = {Path(name).name: one["readiness"] for name, one in found.items()}
    others = dict.fromkeys(("berlin", "cadiz", "dublin", "essen.yml", "fulda"), "not_assessed")
    assert states == {"aachen": "inconclusive", **others}
    (data,) = found["dublin"]["requirements"]
    assert (data["vendor"], data["id"], data["verdict"]) == ("site", "data", "inconclusive")
    assert "udhcpd is not one of" in data["reason"]
    assert "fieldnet.iot.validate" in data["remedy"]
    reasons = {one["reason"] for one in found["cadiz"]["requirements"]}
    assert any("probe.cadiz: it has no Python where Ansible looks for it" in reason for reason in reasons)
    kept = sorted(path.name for path in (fleet / "history").iterdir())
    assert kept == ["aachen", "berlin", "cadiz", "dublin", "fulda"]
    suites = (reports / "report.xml").read_text(encoding="utf-8")
    case = '<testcase classname="fieldnet_iot.dublin.all.site" name="data" time="0"><error message="inconclusive: '
    assert case in suites
    metrics = (reports / "report.prom").read_text(encoding="utf-8")
    assert 'fieldnet_iot_site_readiness{site="dublin",readiness="not_assessed"} 1' in metrics


@pytest.mark.parametrize(("playbook", "code"), [("provision", 4), ("drift", 2), ("learn_report", 2)])
def test_gateways_of_the_other_sites_are_asked(playbook: str, code: int, fleet: Path) -> None:
    ended, out = _play(playbook, fleet, "--check")
    assert ended == code
    _told_once(out)
    assert "fatal: [gw.cadiz]: FAILED!" in out
    for name in ("berlin", "dublin", "fulda"):
        assert f"fatal: [gw.{name}]: UNREACHABLE!" not in out
    assert "fatal: [gw.aachen]: UNREACHABLE!" in out


def test_of_two_sites_with_one_device_none_is_touched(fleet: Path) -> None:
    """Nobody knows which of them is right; an order of names is no answer."""
    _mend(fleet, "dublin", "essen", "cadiz", "aachen")
    code, out = _play("provision", fleet, "--check")
    assert code != 0
    assert "2 sites are refused for wrong data" in out
    for name in ("berlin", "fulda"):
        assert f"fatal: [gw.{name}]: FAILED!" in out


def test_a_file_without_a_host_does_not_let_a_run_end_well(fleet: Path) -> None:
    for name in NAMES:
        if name != "essen":
            (fleet / "sites" / f"{name}.yml").unlink()
    for playbook in ("provision", "assess", "drift", "learn_report"):
        code, out = _play(playbook, fleet)
        assert code == 2
        assert "essen.yml: line 2: is not YAML" in out


def test_a_limited_run_is_not_about_the_others(fleet: Path) -> None:
    report = fleet / "report.json"
    code, out = _play("assess", fleet, "--limit", "site_aachen", "-e", f"iot_report={report}")
    assert code == 0, out
    _told_once(out)
    assert [one["site"] for one in json.loads(report.read_text(encoding="utf-8"))["sites"]] == ["aachen"]


@pytest.mark.parametrize("playbook", ["provision", "assess", "drift", "learn_report"])
def test_all_or_nothing_where_somebody_wants_it(playbook: str, fleet: Path) -> None:
    (fleet / "fleet.yml").write_text(
        f"plugin: fieldnet.iot.sites\npath: [{fleet}/sites]\ninvalid_sites: fail\n", encoding="utf-8"
    )
    for options in (("-e", "iot_invalid_sites=fail"), ("-e", f"iot_sites={fleet}/fleet.yml")):
        code, out = _play(playbook, fleet, *options)
        assert code != 0
        assert "dublin.yml: gateway.dhcp: udhcpd is not one of: dnsmasq, isc, kea" in out
        assert "fatal: [gw.cadiz]" not in out
        assert "UNREACHABLE" not in out


def test_a_vendor_spec_that_is_wrong_concerns_all(fleet: Path) -> None:
    (fleet / "vendors").mkdir()
    (fleet / "vendors" / "acme.yml").write_text("schema: 1\nvendor: acme\n", encoding="utf-8")
    code, out = _play("provision", fleet, "-e", f"iot_vendor_path={fleet}/vendors")
    assert code == 2
    assert "acme.yml" in out
    assert "fatal: [gw.cadiz]" not in out


def test_what_could_not_be_looked_at_is_not_worse_and_is_known_all_the_same(fleet: Path) -> None:
    """A night on which a site's data are wrong, and the one after it, on which it can't be reached."""
    _mend(fleet, "essen", "fulda", "dublin")
    options = ["-e", f"iot_history={fleet}/history", "-e", "iot_probe_become=false", "--limit", "site_cadiz"]
    report = fleet / "report.json"
    code, out = _play("assess", fleet, *options)
    assert code == 0, out
    data = _site("cadiz")
    data["gateway"]["dhcp"] = "udhcpd"
    write(fleet / "sites", "cadiz.yml", data)
    code, out = _play("assess", fleet, *options, "-e", f"iot_report={report}")
    assert code == 2
    (found,) = json.loads(report.read_text(encoding="utf-8"))["sites"]
    assert found["readiness"] == "not_assessed"
    assert found["changes"]["worse"] == []
    assert found["changes"]["gone"] == []
    channel = next(one for one in found["requirements"] if one["id"] == "wifi-channel" and one["vendor"] == "spiio")
    assert channel["known"]["verdict"] == "met"
    assert "last seen met, " in channel["reason"]
    _mend(fleet, "cadiz")
    code, out = _play("assess", fleet, *options, "-e", f"iot_report={report}")
    assert code == 0, out
    (found,) = json.loads(report.read_text(encoding="utf-8"))["sites"]
    assert found["changes"]["better"] == []
    assert found["changes"]["worse"] == []
