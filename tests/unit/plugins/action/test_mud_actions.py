"""mud_import and mud_export as a user runs them: by their playbooks, into folders."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data import _yaml
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._import import import_data
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._vendors import load_specs
from support.mud import Data, document, draft, matches
from support.mud_yang import why_invalid

COLLECTIONS = Path(__file__).resolve().parents[4] / "build" / "src"


class Run(t.NamedTuple):
    """How a playbook ended."""

    ok: bool
    changed: bool
    out: str

    @property
    def words(self) -> str:
        """What it printed, as one line without what JSON adds."""
        return " ".join(self.out.replace('\\"', '"').split())


def _play(name: str, *options: str, **variables: t.Any) -> Run:
    command = [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", f"fieldnet.iot.{name}", *options]
    done = subprocess.run(
        [*command, "-e", json.dumps(variables)],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    out = done.stdout + done.stderr
    assert "Traceback" not in out
    return Run(done.returncode == 0, "changed=0" not in out, out)


def _write(folder: Path, name: str, data: Data) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(data), encoding="utf-8")
    return folder / name


def test_a_folder_of_files_becomes_a_folder_of_specs(tmp_path: Path) -> None:
    mud, vendors = tmp_path / "mud", tmp_path / "vendors"
    _write(mud, "lamp.json", draft())
    other = document(matches("x.example"), **{"mfg-name": "Fans", "mud-url": "https://fans.example/f.json"})
    _write(mud, "fan.json", other)
    first = _play("mud_import", "--check", iot_mud=[str(mud)], iot_vendors_dest=str(vendors))
    assert (first.ok, first.changed, vendors.exists()) == (True, True, False)
    again = [_play("mud_import", iot_mud=[str(mud)], iot_vendors_dest=str(vendors)) for _time in range(2)]
    assert [(one.ok, one.changed) for one in again] == [(True, True), (True, False)]
    assert "ethernet-acl-type is a draft's name of eth-acl-type" in again[0].words
    assert "arp: it matches on Ethernet headers, and a spec knows IP alone; not carried" in again[0].words
    assert _yaml.load(vendors / "lamps_lamp_2000.yml") == (import_data(draft()).data, [])
    specs, errors = load_specs([vendors])
    assert errors == []
    assert {"lamps_lamp_2000", "fans_lamp_2000"} < set(specs)


def test_all_errors_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    mud, vendors = tmp_path / "mud", tmp_path / "vendors"
    _write(mud, "a.json", document(matches("x.example")))
    _write(mud, "b.json", document(matches("y.example")))
    _write(mud, "c.json", document(matches("y y.example"), **{"mud-version": 9}))
    (mud / "d.json").write_text("{", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    sources = [str(mud), str(tmp_path / "empty"), str(tmp_path / "none.json")]
    found = _play("mud_import", iot_mud=sources, iot_vendors_dest=str(vendors), iot_mud_vendor="Not a slug")
    assert not found.ok
    for sentence in (
        "empty: has no MUD file (*.json)",
        "vendor: Not a slug can't be the name of 5 specs: import one file then",
        "a.json: vendor: Not a slug is not a name",
        "c.json: mud.mud-version: 9 is no version that is known here; 1 is",
        "c.json: acls.acl[0].aces.ace[0].matches.ipv4.ietf-acldns:dst-dnsname: y y.example is not a domain",
        "d.json: line 1: is not JSON",
        "none.json: can't be read: No such file or directory",
    ):
        assert sentence in found.words
    assert not vendors.exists()


def test_two_files_of_one_vendor(tmp_path: Path) -> None:
    first = _write(tmp_path, "a.json", document(matches("x.example")))
    second = _write(tmp_path, "b.json", document(matches("y.example")))
    found = _play("mud_import", iot_mud=[str(first), str(second)])
    assert not found.ok
    assert f"b.json: makes the vendor lamps_lamp_2000, as {first} does: import it alone, with vendor" in found.words
    assert _play("mud_import", iot_mud=[str(second)], iot_mud_vendor="lamps_b").ok


@pytest.mark.parametrize("there", ["vendor: lamps_lamp_2000\n", "\udcff"])
def test_what_somebody_wrote_stays(there: str, tmp_path: Path) -> None:
    mud = _write(tmp_path, "a.json", document(matches("x.example")))
    mine = tmp_path / "lamps_lamp_2000.yml"
    mine.write_bytes(there.encode("utf-8", "surrogateescape"))
    found = _play("mud_import", iot_mud=[str(mud)], iot_vendors_dest=str(tmp_path))
    assert not found.ok
    assert mine.read_bytes() == there.encode("utf-8", "surrogateescape")
    assert f"{mine}: " in found.words


def test_specs_become_files_and_specs_again(tmp_path: Path) -> None:
    mud = tmp_path / "mud"
    hosts = [{"vendor": "kisi", "requirement": "firmware", "hosts": ["fw.electricimp.com"]}]
    options = {"iot_mud_url": "https://mud.example.com/", "iot_mud_dest": str(mud), "iot_mud_hosts": hosts}
    runs = [_play("mud_export", *more, **options) for more in (("--check",), (), ())]
    assert [(one.ok, one.changed) for one in runs] == [(True, True), (True, True), (True, False)]
    assert "cloud-session: left out: MUD has no word for *.electricimp.com" in runs[1].words
    names = sorted(path.name for path in mud.iterdir())
    assert names == ["kisi.controller_pro.json", "kisi.reader_pro.json", "spiio.sensor.json", "tsi.monitor.json"]
    for path in mud.iterdir():
        assert why_invalid(json.loads(path.read_text(encoding="utf-8"))) == ""
    specs, errors = load_specs([mud])
    assert errors == []
    assert {"kisi_reader_pro", "kisi_controller_pro", "spiio_sensor", "tsi_monitor"} < set(specs)
    assert specs["kisi_reader_pro"].requirements[0].domains == ("fw.electricimp.com",)


def test_export_tells_all_errors_and_writes_over_nothing(tmp_path: Path) -> None:
    hosts = [{"vendor": "kisi", "requirement": "dhcp", "hosts": ["a b"]}]
    found = _play("mud_export", iot_mud_url="http://x.example", iot_vendors=["kissi"], iot_mud_hosts=hosts)
    assert not found.ok
    assert "mud_url: http://x.example is not an https URL" in found.words
    assert "vendors: kissi is no vendor with a spec; did you mean kisi?" in found.words
    assert "hosts[0].requirement: dhcp is no flow out of the site of kisi" in found.words
    mine = _write(tmp_path, "tsi.monitor.json", document(matches("x.example")))
    before = mine.read_bytes()
    options = {"iot_mud_url": "https://mud.example.com/", "iot_mud_dest": str(tmp_path)}
    found = _play("mud_export", **options)
    assert not found.ok
    assert "tsi.monitor.json: is there, and was not made here: give another dest, or remove it" in found.words
    assert mine.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1
