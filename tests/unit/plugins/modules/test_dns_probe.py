# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module dns_probe, as Ansible runs it on a host: packed, sent and executed."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from support import modules

ADDRESS = "127.0.0.1"
SERVER = """
import socket
import dns.message, dns.rrset
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", 0))
print(sock.getsockname()[1], flush=True)
while True:
    data, sender = sock.recvfrom(65535)
    reply = dns.message.make_response(dns.message.from_wire(data))
    name = reply.question[0].name
    if str(name).startswith("missing."):
        reply.set_rcode(3)
    else:
        reply.answer.append(dns.rrset.from_text(name, 300, "IN", "A", "203.0.113.10"))
    sock.sendto(reply.to_wire(), sender)
"""


@pytest.fixture(scope="module")
def port() -> Any:
    with subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield int(server.stdout.readline())
        server.kill()


run_module = partial(modules.run_module, "dns_probe")


@pytest.mark.parametrize("mode", [(), ("--check",)])
def test_results_come_in_the_order_of_the_queries(tmp_path: Path, port: int, mode: tuple[str, ...]) -> None:
    queries = [
        {"name": "imp01.electricimp.com", "port": port, "expect_answers": ["203.0.113.10"]},
        {"id": "gone", "name": "missing.example.com", "port": port},
        {"name": "missing.example.com", "port": port, "expect_rcode": "NXDOMAIN", "server": ADDRESS},
        {"name": "imp01.electricimp.com", "port": port, "transport": "tcp", "id": "tcp"},
    ]
    result = run_module(tmp_path, {"server": ADDRESS, "queries": queries}, *mode)
    assert (result["failed"], result["changed"], result["passed"]) == (False, False, False)
    first, second, third, fourth = result["results"]
    assert first["id"] == f"dns/imp01.electricimp.com:{port}"
    assert first["target"] == f"imp01.electricimp.com A at {ADDRESS}:{port}"
    assert (first["observation"], first["answers"], first["ttl"]) == ("answered", ["203.0.113.10"], 300)
    assert (second["id"], second["observation"]) == ("gone", "wrong_answer")
    assert second["reason"] == f"{ADDRESS} answered NXDOMAIN; expected NOERROR"
    assert third["observation"] == "answered"
    assert (fourth["id"], fourth["observation"]) == ("tcp", "closed_or_reset")


def test_strict_fails_and_still_tells_everything(tmp_path: Path, port: int) -> None:
    queries = [{"name": "missing.example.com", "port": port}, {"name": "example.com", "port": port}]
    result = run_module(tmp_path, {"server": ADDRESS, "strict": True, "queries": queries})
    assert result["failed"]
    assert result["msg"].startswith("1 of 2 checks did not pass: missing.example.com A at ")
    assert [seen["observation"] for seen in result["results"]] == ["wrong_answer", "answered"]


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    queries = [
        {"name": "exa mple.com", "record_type": "ANY"},
        {"record_type": "A", "port": 0, "timeout": "soon"},
        {"name": "example.com", "server": "resolver.example"},
    ]
    result = run_module(tmp_path, {"server": "10.40.0.300", "queries": queries})
    assert result["failed"]
    assert sorted(result["errors"]) == [
        "queries[0].name: is not a DNS name",
        "queries[0].record_type: is not the type of a DNS record (A, AAAA, TXT, ...)",
        "queries[1].name: is missing",
        "queries[1].port: is not a port (1 to 65535)",
        "queries[1].timeout: is not a number of seconds (0.1 to 60)",
        "queries[2].server: is not an IP address",
        "server: is not an IP address",
    ]


def test_without_dnspython_nothing_else_is_told(tmp_path: Path) -> None:
    (tmp_path / "dns.py").write_text("raise ImportError('No module named dns')\n")
    result = run_module(tmp_path, {"queries": [{"name": "example.com"}]}, PYTHONPATH=str(tmp_path))
    assert result["failed"]
    assert result["msg"].startswith("Failed to import the required Python library (dnspython >= 2.1) on ")
    assert "Traceback" not in result["msg"]
    assert not {"results", "errors"} & set(result)
