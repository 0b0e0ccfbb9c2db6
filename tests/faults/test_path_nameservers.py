# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that a check looks up where it is told to, as a device would, and not at this host's own resolver."""

from __future__ import annotations

import sys
from pathlib import Path as File
from typing import Any, Iterator

import pytest

from support.path import CLIENT, CLIENT6, ROUTER, SERVER, SERVER6, Path, Seen

RESOLVER = File(__file__).resolve().parents[1] / "support" / "resolver.py"
VENDOR, OPEN = "imp01.electricimp.com", 1001
CHECKS: dict[str, dict[str, Any]] = {
    "given": {"nameservers": [SERVER]},
    "given-over-ipv6": {"nameservers": [SERVER6], "source": CLIENT},
    "given-from-there": {"nameservers": [SERVER6], "source": CLIENT6, "family": "any"},
    "second": {"nameservers": [ROUTER, SERVER]},
    "own": {},
    "unknown": {"host": "imp01.example", "nameservers": [SERVER]},
    "silent": {"host": "silent.electricimp.com", "nameservers": [SERVER], "timeout": 1.5},
    "nobody": {"nameservers": [ROUTER]},
    "bound": {"nameservers": [SERVER], "interface": "eth0"},
    "udp": {"kind": "udp", "nameservers": [SERVER]},
    "mqtt": {"kind": "mqtt", "tls": False, "nameservers": [SERVER]},
}


@pytest.fixture(scope="module")
def seen() -> Iterator[Seen]:
    with Path() as path:
        path.answer_without_limit()
        path.serve(tcp_open=[OPEN], udp_echo=[OPEN])
        server = path.server.start(sys.executable, str(RESOLVER), SERVER)
        if server.stdout is None or server.stdout.readline() != "ready\n":
            raise RuntimeError("the resolver did not start")
        common = {"kind": "tcp", "host": VENDOR, "port": OPEN, "timeout": 2.0}
        checks = [{"id": name, **common, **more} for name, more in CHECKS.items()]
        # The host's own resolver knows the name as well, and sends it elsewhere.
        yield path.probe(checks, hosts=f"{CLIENT} {VENDOR}\n")


@pytest.mark.parametrize("name", ["given", "given-over-ipv6", "second", "bound", "udp"])
def test_the_given_resolver_decides(seen: Seen, name: str) -> None:
    result = seen.results[name]
    assert result["observation"] == "open", result["reason"]
    assert [entry["address"] for entry in result["addresses"]] == [SERVER]


def test_without_one_the_host_decides(seen: Seen) -> None:
    result = seen.results["own"]
    assert result["observation"] == "closed_or_reset"
    assert [entry["address"] for entry in result["addresses"]] == [CLIENT]


def test_a_source_of_another_family_finds_no_address_of_its_own(seen: Seen) -> None:
    result = seen.results["given-from-there"]  # the source makes the check one of IPv6, and the name has none there
    assert result["observation"] == "name_error"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("unknown", f"imp01.example did not resolve: {SERVER} answered NXDOMAIN"),
        ("silent", "silent.electricimp.com did not resolve"),
        ("nobody", f"{VENDOR} did not resolve: {ROUTER} "),
    ],
)
def test_a_name_that_none_of_them_knows_says_what_each_said(seen: Seen, name: str, says: str) -> None:
    result = seen.results[name]
    assert result["observation"] == "name_error"
    assert says in result["reason"]


def test_what_speaks_over_a_connection_goes_there_too(seen: Seen) -> None:
    assert [entry["address"] for entry in seen.results["mqtt"]["addresses"]] == [SERVER]
