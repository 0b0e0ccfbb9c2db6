# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules for one service each, as Ansible runs them on a host, against peers on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from service_peers import ANY_V4, free_port, hang_up, saying, silence, tcp_peer, udp_peer, with_tls
from test_ntp import server
from tls_certificates import issue

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _kinds
from support.modules import RUNS, Runner, call_module, run_module

MODES = pytest.mark.parametrize("run", RUNS)


def told(result: dict[str, Any]) -> list[tuple[str, str]]:
    assert not result["changed"]
    return [(seen["id"], seen["observation"]) for seen in result["results"]]


@MODES
def test_ntp(tmp_path: Path, run: Runner) -> None:
    with udp_peer(server()) as good, udp_peer(server(ahead=90)) as ahead, udp_peer(server(stratum=16)) as lost:
        targets = [
            {"id": "good", "host": good.host, "port": good.port, "max_offset": 5},
            {"host": ahead.host, "port": str(ahead.port), "max_offset": 5},
            {"id": "lost", "host": lost.host, "port": lost.port},
        ]
        result = run("ntp_probe", tmp_path, {"targets": targets})
    assert told(result) == [("good", "open"), (f"ntp/{ANY_V4}:{ahead.port}", "wrong_answer"), ("lost", "wrong_answer")]
    assert (result["failed"], result["passed"]) == (False, False)
    assert result["results"][0]["stratum"] == 2
    assert 89 < result["results"][1]["offset"] < 91


@MODES
def test_tls(tmp_path: Path, run: Runner) -> None:
    pinned, other = issue("pinned"), issue("other")
    with tcp_peer(with_tls(pinned.context(tmp_path))) as peer:
        targets = [
            {"id": "pinned", "host": peer.host, "port": peer.port, "pins": [pinned.pin]},
            {"id": "other", "host": peer.host, "port": peer.port, "pins": [other.pin]},
            {"id": "unknown", "host": peer.host, "port": peer.port},
        ]
        result = run("tls_probe", tmp_path, {"targets": targets})
    assert told(result) == [("pinned", "trusted"), ("other", "intercepted"), ("unknown", "unproven")]
    assert result["results"][1]["certificate"]["subject"] == "CN=pinned"


@MODES
def test_http(tmp_path: Path, run: Runner) -> None:
    answers = {
        "open": b"HTTP/1.1 204 No Content\r\n\r\n",
        "portal": b"HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\n\r\n",
        "tampered": b"HTTP/1.1 200 OK\r\n\r\nWelcome",
    }
    with tcp_peer(saying(answers["open"])) as one, tcp_peer(saying(answers["portal"])) as two, tcp_peer(
        saying(answers["tampered"])
    ) as three:
        pages = [
            {"id": name, "url": f"http://{peer.host}:{peer.port}/"} for name, peer in zip(answers, (one, two, three))
        ]
        result = run("http_probe", tmp_path, {"pages": pages})
    assert told(result) == [(name, name) for name in answers]
    assert result["results"][1]["portal_url"] == "http://portal.example/"


@MODES
def test_mqtt(tmp_path: Path, run: Runner) -> None:
    with tcp_peer(saying(b"\x20\2\0\5")) as broker, tcp_peer(hang_up) as cut:
        targets = [
            {"id": "broker", "host": broker.host, "port": broker.port, "tls": False},
            {"host": cut.host, "port": cut.port, "alpn": ["mqtt"]},
        ]
        result = run("mqtt_probe", tmp_path, {"targets": targets})
    assert told(result) == [("broker", "open"), (f"mqtt/{ANY_V4}:{cut.port}", "tls_cut")]
    assert result["results"][0]["connack"] == {"code": 5, "meaning": "not authorised"}


@MODES
def test_idle(tmp_path: Path, run: Runner) -> None:
    with tcp_peer(silence) as peer:
        targets = [
            {"id": "kept", "host": peer.host, "port": peer.port, "idle_times": [0.5, "0.2"]},
            {"host": peer.host, "port": peer.port, "max_idle": 0.6, "sessions": 3, "opening_hex": "10 0c"},
            {"id": "long", "host": peer.host, "port": peer.port, "idle_times": [500]},
        ]
        result = run("idle_probe", tmp_path, {"targets": targets, "timeout": 1})
    assert told(result) == [("kept", "open"), (f"idle/{ANY_V4}:{peer.port}", "open"), ("long", "not_run")]
    assert [seen.get("longest_survived") for seen in result["results"]] == [0.5, 0.6, None]


def test_strict_fails_and_still_tells_everything(tmp_path: Path) -> None:
    port = free_port()
    result = run_module("tls_probe", tmp_path, {"strict": True, "targets": [{"host": ANY_V4, "port": port}]})
    assert result["failed"]
    assert result["msg"].startswith(f"1 of 1 checks did not pass: {ANY_V4}:{port} closed_or_reset (")
    assert told(result) == [(f"tls/{ANY_V4}:{port}", "closed_or_reset")]


@pytest.mark.parametrize(
    ("name", "arguments", "errors"),
    [
        (
            "ntp_probe",
            {"targets": [{"max_offset": "a lot"}, {"host": "a", "port": 0}]},
            [
                "targets[0].host: is missing",
                "targets[0].max_offset: is not a number of seconds (more than 0, at most 86400)",
                "targets[1].port: is not a port (1 to 65535)",
            ],
        ),
        (
            "tls_probe",
            {"targets": [{"host": "a b", "pins": ["md5:00"]}]},
            [
                "targets[0].host: is neither a DNS name nor an IP address",
                "targets[0].port: is missing",
            ],
        ),
        (
            "http_probe",
            {"pages": [{}, {"url": "https://example.com/", "expect_status": 42}]},
            [
                "pages[0].url: is missing",
                "pages[1].expect_status: is not an integer (100 to 599)",
                "pages[1].url: is not an http URL (write it as http://host/path)",
            ],
        ),
    ],
)
def test_every_mistake_is_told_at_once(tmp_path: Path, name: str, arguments: dict[str, Any], errors: list[str]) -> None:
    result = call_module(name, tmp_path, arguments)
    assert result["failed"]
    found = [error for error in sorted(result["errors"]) if ".pins" not in error]
    assert found == errors
    assert "Traceback" not in str(result)


def test_an_option_has_one_type_whatever_the_kind() -> None:
    """fieldnet.iot.probe takes all of them in one list."""
    seen: dict[str, Any] = {}
    for kind in _kinds.KINDS:
        for name, spec in _kinds.spec_of(kind).items():
            assert seen.setdefault(name, spec) == spec, f"{kind}.{name}"
    assert {"kind", "probe", "nameservers", *seen} == set(_kinds.spec_of())
