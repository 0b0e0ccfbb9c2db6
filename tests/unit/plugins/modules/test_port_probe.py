# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules port_probe and probe, as Ansible runs them on a host, against peers on loopback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from service_peers import ANY_V4, ANY_V6, free_port, hang_up, tcp_peer, udp_peer

from support.modules import RUNS, Runner, call_module, run_module


@pytest.mark.parametrize("run", RUNS)
def test_ports_are_probed_in_order_also_in_check_mode(tmp_path: Path, run: Runner) -> None:
    closed = free_port()
    with tcp_peer(hang_up, ANY_V6) as peer, udp_peer(lambda data: [data]) as echo:
        targets = [
            {"host": ANY_V4, "port": closed},
            {"host": ANY_V4, "port": str(echo.port), "protocol": "udp", "payload_hex": "0a 0b"},
            {"id": "six", "host": ANY_V6, "port": peer.port, "protocol": "tcp"},
        ]
        result = run("port_probe", tmp_path, {"targets": targets})
    assert (result["failed"], result["changed"], result["passed"]) == (False, False, False)
    assert [(seen["id"], seen["kind"], seen["observation"]) for seen in result["results"]] == [
        (f"tcp/{ANY_V4}:{closed}", "tcp", "closed_or_reset"),
        (f"udp/{ANY_V4}:{echo.port}", "udp", "open"),
        ("six", "tcp", "open"),
    ]


def test_top_level_options_are_what_a_target_does_not_say(tmp_path: Path) -> None:
    with tcp_peer(hang_up) as peer:
        targets = [{"host": ANY_V4, "port": peer.port}, {"host": ANY_V4, "port": peer.port, "interface": "nope0"}]
        result = call_module("port_probe", tmp_path, {"interface": "lo", "strict": True, "targets": targets})
    assert result["failed"]
    assert (
        result["msg"]
        == f"1 of 2 checks did not pass: {peer.host}:{peer.port} not_run (this host has no interface nope0)"
    )
    assert [seen["bound"]["interface"] for seen in result["results"]] == ["lo", "nope0"]
    assert [seen["observation"] for seen in result["results"]] == ["open", "not_run"]


def test_strict_succeeds_when_all_is_open(tmp_path: Path) -> None:
    with tcp_peer(hang_up) as peer:
        targets = [{"host": ANY_V4, "port": peer.port}]
        result = call_module("port_probe", tmp_path, {"strict": True, "targets": targets})
    assert (result["failed"], result["passed"]) == (False, True)


def test_any_mix_of_checks_in_one_call(tmp_path: Path) -> None:
    closed = free_port()
    checks = [
        {"id": "dns", "kind": "dns", "name": "a.example", "server": ANY_V4, "port": closed, "transport": "tcp"},
        {"id": "tls", "kind": "tls", "host": ANY_V4, "port": closed},
        {"id": "http", "kind": "http", "url": f"http://{ANY_V4}:{closed}/"},
        {"id": "link", "kind": "link", "interface": "nope0", "router": "10.40.0.1", "subnet": "10.40.0.0/24"},
        {"id": "name", "kind": "udp", "host": "does-not-exist.invalid", "port": 1, "probe": "probe.example"},
    ]
    result = run_module("probe", tmp_path, {"checks": checks, "timeout": 2})
    assert [(seen["id"], seen["observation"]) for seen in result["results"]] == [
        ("dns", "closed_or_reset"),
        ("tls", "closed_or_reset"),
        ("http", "closed_or_reset"),
        ("link", "unreachable"),
        ("name", "name_error"),
    ]
    assert result["passed"] is False


@pytest.mark.parametrize(
    ("name", "arguments", "errors"),
    [
        (
            "port_probe",
            {
                "timeout": 99,
                "time_limit": 0,
                "targets": [
                    {"host": "a.example", "port": "x"},
                    {"port": 1, "protocol": "icmp"},
                    {"host": "a b", "port": 1, "payload_hex": "00"},
                ],
            },
            [
                "targets[1].protocol: is not one of tcp, udp",
                "time_limit: is not a number of seconds (1 to 3600)",
                "timeout: is not a number of seconds (0.1 to 60)",
                "targets[0].port: is not a port (1 to 65535)",
                "targets[1].host: is missing",
                "targets[2].payload_hex: is not an option of a tcp check "
                "(it has id, timeout, attempts, interface, source, family, nameservers, probe, host, port)",
                "targets[2].host: is neither a DNS name nor an IP address",
            ],
        ),
        (
            "probe",
            {"checks": [{"host": "a.example"}, {"kind": "ntp", "host": "a.example", "mac": "x"}]},
            [
                "checks[0].kind: is not one of ",
                "checks[1].mac: is not an option of a ntp check ",
            ],
        ),
    ],
)
def test_every_mistake_is_told_at_once(tmp_path: Path, name: str, arguments: dict[str, Any], errors: list[str]) -> None:
    result = call_module(name, tmp_path, arguments)
    assert result["failed"]
    assert [found.startswith(wanted) for found, wanted in zip(result["errors"], errors)] == [True] * len(errors)
    assert len(result["errors"]) == len(errors)
    assert result["msg"] == "; ".join(result["errors"])
