# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scans by a program that stands in for iw: as it should be, slow, hanging, failing, with garbage, without end."""

from __future__ import annotations

import os
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._model import parse_checks
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._run import run_checks
from ansible_collections.fieldnet.iot.plugins.module_utils._wifi._explain import explain
from ansible_collections.fieldnet.iot.plugins.module_utils._wifi._iw import ScanError
from ansible_collections.fieldnet.iot.plugins.module_utils._wifi._scan import Scan, scan
from support.modules import RUNS, Runner, call_module
from support.wireless import BUSY, asked, network, stand_in

NETWORK = {"text": network()}
ABORTED = {"text": "scan aborted!\n"}


@pytest.fixture
def try_scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    def attempt(hidden: tuple[str, ...] = (), seconds: float = 5.0, **answers: list[dict[str, Any]]) -> Scan:
        monkeypatch.setenv("PATH", stand_in(tmp_path / "bin", **answers)["PATH"])
        return scan("wlan0", hidden, monotonic() + seconds)

    return attempt


def test_a_scan(try_scan: Any, tmp_path: Path) -> None:
    found = try_scan(scan=[NETWORK])
    assert [each["ssid"] for each in found.networks] == ["acme-iot"]
    assert (found.fresh, found.notes) == (True, [])
    assert asked(tmp_path / "bin") == [["dev", "wlan0", "scan"]]


def test_hidden_networks_are_asked_for_by_name(try_scan: Any, tmp_path: Path) -> None:
    # Nothing in a name is a word to iw, nor to a shell.
    names = ("passive", "a; touch x", "-u", "$(id)", "Büro")
    try_scan(names, scan=[NETWORK])
    assert asked(tmp_path / "bin") == [["dev", "wlan0", "scan", "ssid", "", *names]]


def test_too_many_names_for_the_card(try_scan: Any, tmp_path: Path) -> None:
    refused = {"code": 234, "words": "command failed: Invalid argument (-22)\n"}
    found = try_scan(("one", "two"), scan=[refused, NETWORK])
    assert found.notes == ["wlan0 can't ask for 2 names in one scan: hidden networks may be missing"]
    assert asked(tmp_path / "bin")[1] == ["dev", "wlan0", "scan"]


@pytest.mark.parametrize("first", [BUSY, ABORTED])
def test_a_busy_radio_is_asked_again(try_scan: Any, first: dict[str, Any], tmp_path: Path) -> None:
    assert try_scan(scan=[first, NETWORK]).fresh
    assert len(asked(tmp_path / "bin")) == 2


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (BUSY, "wlan0 is busy with other scans"),
        (ABORTED, "the scan on wlan0 was aborted by something else"),
        ({"hang": True}, "the scan on wlan0 did not end in time"),
        ({"code": 161, "words": "command failed: Operation not supported (-95)\n"}, "wlan0 can't scan in the mode"),
    ],
)
def test_what_the_kernel_remembers(try_scan: Any, answer: dict[str, Any], why: str) -> None:
    started = monotonic()
    found = try_scan(seconds=3.0, scan=[answer], dump=[NETWORK])
    assert (len(found.networks), found.fresh) == (1, False)
    (note,) = found.notes
    assert note.startswith(why)
    with pytest.raises(ScanError, match=why):
        try_scan(seconds=3.0, scan=[answer], dump=[{}])
    assert monotonic() - started < 8


def test_a_hanging_program_is_gone_with_its_children(try_scan: Any, tmp_path: Path) -> None:
    with pytest.raises(ScanError, match="did not end in time"):
        try_scan(seconds=3.0, scan=[{"hang": True, "text": network()}], dump=[{}])
    child = int((tmp_path / "bin" / "child.pid").read_text(encoding="ascii"))
    # A process that was killed may still be waiting for init to take notice of it.
    state = Path(f"/proc/{child}/stat")
    assert not state.exists() or state.read_text(encoding="ascii").split()[2] == "Z"


@pytest.mark.parametrize("answer", [{"text": "x" * 4096, "times": 2000}, {"words": "x" * 4096 * 20}])
def test_output_without_end(try_scan: Any, answer: dict[str, Any]) -> None:
    with pytest.raises(ScanError, match="that is no scan"):
        try_scan(scan=[answer])


def test_garbage(try_scan: Any) -> None:
    with pytest.raises(ScanError, match="iw printed what is no scan"):
        try_scan(scan=[{"text": "Usage: iw [options] command\n"}])
    with pytest.raises(ScanError, match="it failed without a word"):
        try_scan(scan=[{"code": 1}])
    with pytest.raises(ScanError) as caught:
        try_scan(scan=[{"code": 3, "words": "bad\x1b[31m\nthing " + "y" * 5000}])
    assert str(caught.value).startswith("iw can't scan on wlan0: bad\ufffd[31m thing yyy")
    assert len(str(caught.value)) < 400


def test_nobody_near(try_scan: Any) -> None:
    assert try_scan(scan=[{}]) == Scan([], True, [])


def test_so_many_networks_that_the_weakest_are_left_out(try_scan: Any) -> None:
    texts = [
        network(f"n{number:03}", f"02:00:00:00:{number // 256:02x}:{number % 256:02x}", signal=f"-{number // 7}.00 dBm")
        for number in range(600)
    ]
    found = try_scan(scan=[{"text": "".join(texts)}])
    assert [each["ssid"] for each in found.networks] == [f"n{number:03}" for number in range(500)]
    assert found.notes == ["600 networks were heard; these are the 500 strongest"]


def test_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if not any((Path(folder) / "iw").exists() for folder in ("/usr/local/sbin", "/usr/sbin", "/sbin")):
        with pytest.raises(ScanError, match="install the package iw"):
            scan("wlan0", (), monotonic() + 3)


def test_a_program_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "iw").write_bytes(b"\x7fELF not really")
    (tmp_path / "iw").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ScanError, match="can't be run: Exec format error"):
        scan("wlan0", (), monotonic() + 3)


def wireless(folder: Path, soft: str = "0", hard: str = "0") -> Path:
    switch = folder / "class" / "net" / "wlan0" / "phy80211" / "rfkill3"
    switch.mkdir(parents=True)
    (switch / "soft").write_text(f"{soft}\n", encoding="ascii")
    (switch / "hard").write_text(f"{hard}\n", encoding="ascii")
    (folder / "class" / "net" / "eth0").mkdir()
    return folder


@pytest.mark.parametrize(
    ("interface", "words", "switches", "why"),
    [
        ("wlan0", "nl80211 not found.", (), "this host's kernel has no Wi-Fi (nl80211): give it a wireless card"),
        ("wlan0", "command failed: Operation not permitted (-1)", (), "scanning on wlan0 takes root (CAP_NET_ADMIN)"),
        ("wlan1", "command failed: No such device (-19)", (), "no interface wlan1 (its wireless interfaces: wlan0)"),
        ("eth0", "command failed: No such device (-19)", (), "interface eth0 is no wireless one"),
        ("wlan0", "command failed: Network is down (-100)", (), "run ip link set wlan0 up"),
        ("wlan0", "command failed: Network is down (-100)", ("1", "0"), "run rfkill unblock wifi"),
        ("wlan0", "command failed: Network is down (-100)", ("1", "1"), "switched off by hardware (rfkill)"),
        ("wlan0", "command failed: Operation not possible due to RF-kill (-132)", ("1",), "rfkill unblock wifi"),
        ("wlan0", "command failed: Device or resource busy (-16)", (), "stop what scans there all the time"),
        ("wlan0", "command failed: Input/output error (-5)", (), "Input/output error (-5)"),
    ],
)
def test_each_failure_has_a_remedy(
    tmp_path: Path, interface: str, words: str, switches: tuple[str, ...], why: str
) -> None:
    assert why in explain(interface, words, wireless(tmp_path, *switches))


def test_a_host_without_any_radio(tmp_path: Path) -> None:
    words = "command failed: No such device (-19)"
    assert explain("wlan0", words, tmp_path) == (
        "this host has no interface wlan0 (it has no wireless interface at all)"
    )


# --- as a user runs it ---


@pytest.mark.parametrize("run", RUNS)
def test_the_module(tmp_path: Path, run: Runner) -> None:
    env = stand_in(tmp_path / "bin", scan=[{"text": network() + network("open", "02:00:00:00:01:02", "5180", "open")}])
    found = run("wifi_scan_info", tmp_path, {"interface": "wlan0"}, **env)
    assert (found["changed"], found["failed"], found["fresh"], found["notes"]) == (False, False, True, [])
    assert [(each["ssid"], each["channel"], each["security"]) for each in found["networks"]] == [
        ("acme-iot", 6, ["wpa2-psk"]),
        ("open", 36, ["open"]),
    ]


def test_the_module_without_a_radio(tmp_path: Path) -> None:
    env = stand_in(tmp_path / "bin", scan=[{"code": 1, "words": "nl80211 not found.\n"}])
    found = call_module("wifi_scan_info", tmp_path, {"interface": "wlan0"}, **env)
    assert found["failed"]
    assert found["msg"].startswith("this host's kernel has no Wi-Fi (nl80211): ")


def test_the_module_tells_every_mistake_at_once(tmp_path: Path) -> None:
    options = {"interface": "wlan0;id", "ssids": ["x" * 33], "timeout": 1}
    found = call_module("wifi_scan_info", tmp_path, options, **stand_in(tmp_path / "bin"))
    assert [error.partition(":")[0] for error in found["errors"]] == ["interface", "ssids", "timeout"]
    assert not (tmp_path / "bin" / "iw.log").exists()


def test_the_check(tmp_path: Path) -> None:
    env = stand_in(tmp_path / "bin", scan=[NETWORK])
    checks = [{"id": "air", "kind": "wifi_scan", "interface": "wlan0", "ssids": ["acme-iot"]}]
    found = call_module("probe", tmp_path, {"checks": checks}, **env)
    (result,) = found["results"]
    assert found["passed"]
    assert (result["observation"], result["reason"]) == ("heard", "1 network heard on wlan0")
    assert (result["target"], result["addresses"], result["fresh"]) == ("wlan0", [], True)
    assert [each["bssid"] for each in result["networks"]] == ["02:00:00:00:01:01"]


def test_checks_that_hear_nothing_or_can_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checks = parse_checks([{"kind": "wifi_scan", "interface": "wlan0"}])
    assert checks[0]["id"] == "wifi_scan/wlan0"
    monkeypatch.setenv("PATH", stand_in(tmp_path / "bin", scan=[{}])["PATH"])
    (result,) = run_checks(checks)
    assert (result["observation"], result["networks"]) == ("nothing_heard", [])
    words = "command failed: Operation not permitted (-1)\n"
    monkeypatch.setenv("PATH", stand_in(tmp_path / "bin", scan=[{"code": 255, "words": words}])["PATH"])
    (result,) = run_checks(checks)
    assert (result["observation"], result["target"]) == ("not_run", "wlan0")
    assert result["reason"] == "scanning on wlan0 takes root (CAP_NET_ADMIN): set become to true"


def test_the_stand_in_leaves_nothing_running(tmp_path: Path) -> None:
    assert os.access(stand_in(tmp_path)["PATH"].split(os.pathsep)[0], os.X_OK)
