# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service checks on every Python that a managed host may have, with its standard library only."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from service_peers import ANY_V4, hang_up, saying, silence, tcp_peer, udp_peer, with_tls
from test_ntp import server
from tls_certificates import issue

from support.interpreters import FOUND

COLLECTIONS = Path(__file__).resolve().parents[2] / "build" / "src"
SCRIPT = """
import json, sys
sys.path.insert(0, sys.argv[1])
from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _model, _run
print(json.dumps(_run.run_checks(_model.parse_checks(json.load(sys.stdin)))))
"""
AUTHORITY = issue("Unknown Authority", authority=True)
SERVER = issue("server", AUTHORITY, "localhost")


def run_on(python: str, checks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    # -I -S: nothing installed beside the standard library.
    command = [python, "-I", "-S", "-W", "error", "-c", SCRIPT, str(COLLECTIONS)]
    request = json.dumps([{"host": ANY_V4, **check} if "url" not in check else check for check in checks])
    done = subprocess.run(command, input=request, capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == ""
    results: list[dict[str, Any]] = json.loads(done.stdout)
    return results


@pytest.mark.parametrize("version", FOUND)
def test_the_service_checks_run_on(tmp_path: Path, version: str) -> None:
    with tcp_peer(with_tls(SERVER.context(tmp_path, AUTHORITY))) as tls, udp_peer(server()) as clock, tcp_peer(
        saying(b"\x20\2\0\0")
    ) as broker, tcp_peer(hang_up) as cut, tcp_peer(saying(b"HTTP/1.1 204 x\r\n\r\n")) as page, tcp_peer(
        silence
    ) as idle:
        seen = run_on(
            FOUND[version],
            [
                {"kind": "tls", "port": tls.port, "pins": [SERVER.spki_pin]},
                {"kind": "tls", "port": tls.port, "server_name": "localhost"},
                {"kind": "ntp", "port": clock.port},
                {"kind": "mqtt", "port": broker.port, "tls": False},
                {"kind": "mqtt", "port": cut.port},
                {"kind": "http", "url": f"http://{ANY_V4}:{page.port}/", "api_url": f"https://{ANY_V4}:{cut.port}/"},
                {"kind": "idle", "port": idle.port, "idle_times": [0.2]},
            ],
        )
    expected = ["trusted", "unproven", "open", "open", "tls_cut", "open", "open"]
    assert [one["observation"] for one in seen] == expected, [one["reason"] for one in seen]
    assert [one["subject"] for one in seen[1]["chain"]] == ["CN=server", "CN=Unknown Authority"]
    assert seen[5]["api"]["captive"] is None


def test_what_needs_no_tls_loads_none() -> None:
    """Of ssl, loading the certificate authorities alone takes longer than most checks."""
    code = SCRIPT + 'print("ssl" in sys.modules)'
    port = {"host": ANY_V4, "port": 9, "timeout": 0.5}
    checks = [
        {"kind": "mqtt", **port, "tls": False},
        {"kind": "idle", **port, "idle_times": [0.1]},
        {"kind": "ntp", **port},
        {"kind": "http", "url": f"http://{ANY_V4}:9/"},
    ]
    for known, needed in (
        (checks, "False"),
        ([{"kind": "mqtt", **port}], "False"),
        ([{"kind": "tls", **port}], "True"),
    ):
        command = [sys.executable, "-I", "-S", "-c", code, str(COLLECTIONS)]
        done = subprocess.run(command, input=json.dumps(known), capture_output=True, text=True, check=True, timeout=60)
        assert done.stdout.splitlines()[-1] == needed, known
