# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules as Ansible runs them: what a user is told, and that the key is told to nobody."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import InvalidPolicy
from ansible_collections.fieldnet.iot.plugins.module_utils._responder._deploy import parse
from support.modules import ROOT, call_module, run_module
from support.responders import free_port, responder

KEY = "canary-0123456789-canary"
PORT = free_port()
UDP = [{"protocol": "udp", "port": PORT}]


def test_listen_ask_and_stop_by_modules_alone(tmp_path: Path) -> None:
    wanted = {"key": KEY, "ports": UDP, "lifetime": 300, "addresses": ["127.0.0.1"]}
    check = {"kind": "nonce", "host": "127.0.0.1", "port": PORT, "protocol": "udp"}
    stop = {"key": KEY, "state": "stopped"}
    try:
        checked = run_module("path_listener", tmp_path, wanted, "--check")
        nothing = run_module("path_listener", tmp_path, stop, "--check")
        started = run_module("path_listener", tmp_path, wanted, "-vvv")
        again = run_module("path_listener", tmp_path, wanted)
        asked = run_module("probe", tmp_path, {"responder_key": KEY, "checks": [check]}, "-vvv")
        own = run_module("probe", tmp_path, {"checks": [{**check, "key": KEY}, check]}, "-vvv")
        would = run_module("path_listener", tmp_path, stop, "--check")
    finally:
        stopped = run_module("path_listener", tmp_path, stop)
    assert [one["changed"] for one in (checked, nothing, started, again, would, stopped)] == [
        *(True, False, True, False, True, True)
    ]
    assert started["ports"] == [f"udp/{PORT}"]
    assert again["pid"] == started["pid"] == would["pid"] == stopped["pid"]
    assert asked["passed"] is True
    assert [one["observation"] for one in own["results"]] == ["open", "not_run"]
    assert run_module("path_listener", tmp_path, stop)["changed"] is False
    for result in (started, again, asked, own, would, stopped):
        assert KEY not in json.dumps(result)


def test_all_that_is_wrong_with_a_listener_is_told_at_once(tmp_path: Path) -> None:
    wrong = {"key": "short", "ports": [{"protocol": "tcp", "port": "x"}], "lifetime": 0, "addresses": ["here"]}
    assert call_module("path_listener", tmp_path, wrong)["errors"] == [
        "lifetime: is not a number of seconds (1 to 3600)",
        "key: is not a key (16 to 256 printable ASCII characters, no spaces)",
        "ports[0].port: is not a port (1 to 65535)",
        "addresses[0]: is not an IP address",
    ]
    assert call_module("path_listener", tmp_path, {"key": KEY})["msg"] == "ports: there is none to listen on"


def test_a_port_in_use_is_named_with_who_uses_it(tmp_path: Path) -> None:
    with responder([("tcp", PORT)], ["127.0.0.1"]):
        wanted = {"key": KEY, "ports": [{"protocol": "tcp", "port": PORT}], "addresses": ["127.0.0.1"]}
        result = call_module("path_listener", tmp_path, wanted)
    assert result["failed"]
    assert result["msg"].startswith(f"can't listen on tcp {PORT}: Address already in use (127.0.0.1) (used by ")
    assert f"process {os.getpid()}" in result["msg"]
    assert result["msg"].endswith(": stop what uses it, or leave the port out")


@pytest.mark.parametrize(
    ("options", "problems"),
    [
        ({}, ["key: is missing (the role takes it as egress_responder_key)", "ports: there is none to listen on"]),
        (
            {"key": "x" * 15, "ports": [{"protocol": "udp", "port": 0}], "per_source": 0, "addresses": []},
            [
                "key: is not a key (16 to 256 printable ASCII characters, no spaces)",
                "ports[0].port: is not a port (1 to 65535)",
                'addresses: there is none (all of this host\'s are ["0.0.0.0", "::"])',
                "per_source: is not a number of answers a second (1 to 10000)",
            ],
        ),
    ],
)
def test_all_that_is_wrong_with_a_responder_is_told_at_once(options: dict[str, t.Any], problems: list[str]) -> None:
    defaults = {"key": None, "ports": [], "addresses": ["::"], "per_source": 50, "total": 500}
    with pytest.raises(InvalidPolicy) as caught:
        parse({**defaults, **options})
    assert caught.value.problems == problems


def lookup(expression: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ansible", "adhoc", "localhost", "-i", "localhost,", "-c", "local"]
    return subprocess.run(
        [*command, "-m", "ansible.builtin.debug", "-a", json.dumps({"msg": "{{ " + expression + " }}"})],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "build" / "src"), "ANSIBLE_NOCOLOR": "true"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def ports_of(expression: str) -> list[str]:
    done = lookup(expression)
    found = json.loads(done.stdout.partition(" => ")[2])["msg"]
    return [f"{one['protocol']}/{one['port']}" for one in found]


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("query('fieldnet.iot.vendor_ports', 'spiio')", ["tcp/80", "tcp/993", "tcp/31314", "udp/53"]),
        ("query('fieldnet.iot.vendor_ports', 'spiio', exclude=[53, 'tcp/80'])", ["tcp/993", "tcp/31314"]),
        ("query('fieldnet.iot.vendor_ports', 'kisi', kinds=['local'])", ["udp/62435"]),
        ("query('fieldnet.iot.vendor_ports', 'tsi', kinds=['ntp'])", ["udp/123"]),
        (
            "query('fieldnet.iot.vendor_ports')",
            ["tcp/53", "tcp/80", "tcp/443", "tcp/993", "tcp/8883", "tcp/31314", "udp/53", "udp/123"],
        ),
    ],
)
def test_the_ports_of_vendors(expression: str, wanted: list[str]) -> None:
    assert ports_of(expression) == wanted


def test_a_wrong_question_for_ports_is_told_in_full() -> None:
    done = lookup("query('fieldnet.iot.vendor_ports', 'kizi', exclude=['sctp/80', 'x'])")
    assert done.returncode != 0
    told = (
        "kizi is no vendor with a spec; did you mean kisi?",
        "exclude: sctp/80 is not a port (write it as 22 or tcp/22)",
        "exclude: x is not a port (write it as 22 or tcp/22)",
    )
    for line in told:
        assert line in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
