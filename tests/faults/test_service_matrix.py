# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fault matrix of the services: what TLS, HTTP, NTP and MQTT checks must say of each way a service, or a device in
the path, can behave, over IPv4 and IPv6.

A real router re-signs, cuts, redirects and drops; the probe is a user without any capability. All cells run at the same
time, in one call of the engine. Needs root, iproute2, nftables, util-linux.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path as File
from types import MappingProxyType
from typing import Any, Iterator, Mapping, NamedTuple

import pytest

from support.path import SERVER, SERVER6, Path, Seen, nft
from support.service_server import NAME

TESTS = File(__file__).resolve().parents[1]
PYTHONPATH = [TESTS.parent / "build/src", TESTS, TESTS / "unit/plugins/module_utils/_probe"]
HELLO = "@ih,0,8 0x16"  # the first byte of a TCP payload: a TLS handshake
ROUTER_RULES = f"""
table inet services {{
  chain forward {{
    type filter hook forward priority 0
    tcp dport {{ 2003, 2035 }} {HELLO} reject with tcp reset
    tcp dport 2036 {HELLO} drop
    udp dport 2026 drop
  }}
  chain prerouting {{
    type nat hook prerouting priority dstnat
    iifname lan tcp dport 2002 redirect to :3002
    iifname lan tcp dport 2011 redirect to :3011
    iifname lan tcp dport 2012 redirect to :3012
  }}
}}
"""


class Cell(NamedTuple):
    """A check, and what it must say. ``{{own}}`` in an option stands for what the server tells of that name."""

    kind: str
    port: int
    observation: str
    says: str
    options: Mapping[str, Any] = MappingProxyType({})
    details: Mapping[str, Any] = MappingProxyType({})


PINNED = {"pins": ["{own}"]}
PLAIN = {"tls": False}
CELLS = {
    "tls-pinned": Cell("tls", 2001, "trusted", "presented the pinned certificate", PINNED),
    "tls-resigned": Cell("tls", 2002, "intercepted", "issuer CN=Corporate Proxy), which is none of the pinned", PINNED),
    "tls-cut-by-router": Cell("tls", 2003, "tls_error", "reset the connection right after", PINNED, {"cut": True}),
    "tls-public": Cell("tls", 2004, "trusted", "that a public authority vouches for", {}, {"verified": True}),
    "tls-resigned-unpinned": Cell("tls", 2002, "unproven", "no public authority vouches", {}, {"verified": False}),
    "tls-other-issuer": Cell(
        "tls", 2002, "intercepted", "does not name Authority as its issuer", {"issuer": "Authority"}
    ),
    "tls-expired": Cell("tls", 2005, "unproven", "certificate has expired: CN=expired was valid until"),
    "tls-hangs-up": Cell("tls", 2006, "tls_error", "closed the connection right after", {}, {"cut": True}),
    "tls-half-open": Cell("tls", 2007, "tls_error", "nothing answered the TLS ClientHello in time", {}, {"cut": False}),
    "tls-not-tls": Cell("tls", 2008, "tls_error", "what answers does not speak TLS"),
    "http-open": Cell("http", 2010, "open", "answered 204 as expected"),
    "http-portal": Cell("http", 2011, "portal", "points to http://portal.example/login", {}, {"status": 302}),
    "http-tampered": Cell("http", 2012, "tampered", "answered 200 instead of 204", {}, {"status": 200}),
    "http-half-open": Cell("http", 2013, "dropped", "answered nothing in time"),
    "http-not-http": Cell("http", 2014, "tampered", "what it speaks is not HTTP"),
    "http-endless": Cell("http", 2015, "tampered", "answered 200 instead of 204"),
    "ntp-open": Cell("ntp", 2020, "open", "answered (stratum 2)", {"max_offset": 5}),
    "ntp-bad-origin": Cell("ntp", 2021, "unproven", "its origin timestamp is not the one sent"),
    "ntp-stratum-16": Cell("ntp", 2022, "wrong_answer", "not synchronised (stratum 16)"),
    "ntp-kiss-of-death": Cell("ntp", 2023, "open", "kiss-o'-death RATE", {}, {"kiss_code": "RATE"}),
    "ntp-garbage": Cell("ntp", 2024, "unproven", "too short for an NTP packet"),
    "ntp-silent": Cell("ntp", 2025, "unproven", "kept silent"),
    "ntp-dropped": Cell("ntp", 2026, "unproven", "kept silent"),
    "ntp-ahead": Cell(
        "ntp", 2027, "wrong_answer", "ahead of this host's, more than the 5 s allowed", {"max_offset": 5}
    ),
    "ntp-unsynchronised": Cell("ntp", 2028, "wrong_answer", "not synchronised (leap indicator 3)"),
    "mqtt-accepted": Cell("mqtt", 2030, "open", "CONNACK 0 (connection accepted)", PLAIN),
    "mqtt-refused": Cell("mqtt", 2031, "open", "it wants credentials, and the path is open", PLAIN),
    "mqtt-tls": Cell("mqtt", 2032, "open", "CONNACK 0 (connection accepted)"),
    "mqtt-mutual-tls": Cell("mqtt", 2033, "open", "alert certificate required", {}, {"mutual_tls": True}),
    "mqtt-mutual-tls-1.2": Cell("mqtt", 2034, "open", "(mutual TLS): the path is open", {}, {"mutual_tls": True}),
    "mqtt-cut-by-router": Cell("mqtt", 2035, "tls_cut", "so it is for every server name"),
    "mqtt-dropped-by-router": Cell("mqtt", 2036, "tls_error", "nothing answered the TLS ClientHello in time"),
    "mqtt-garbage": Cell("mqtt", 2037, "wrong_answer", "no MQTT CONNACK", PLAIN),
    "mqtt-half-open": Cell("mqtt", 2038, "dropped", "answered nothing to the MQTT CONNECT in time", PLAIN),
}
API = Cell(
    "http", 2010, "portal", "the portal's API says that this host is captive and points to https://portal.example/"
)
FAMILIES = {"ipv4": SERVER, "ipv6": SERVER6}


def check(name: str, cell: Cell, host: str, told: dict[str, str]) -> dict[str, Any]:
    bracketed = f"[{host}]" if ":" in host else host
    target: dict[str, Any] = {"url": f"http://{bracketed}:{cell.port}/"} if cell.kind == "http" else {"host": host}
    if cell.kind != "http":
        target["port"] = cell.port
    if cell.kind in ("tls", "mqtt"):
        target["server_name"] = NAME
    options = {
        key: [one.format(**told) for one in value] if key == "pins" else value for key, value in cell.options.items()
    }
    return {"id": name, "kind": cell.kind, "timeout": 3, **target, **options}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    folder = tmp_path_factory.mktemp("services")
    with Path() as path:
        told = {**start(path, "server", folder), **start(path, "router", folder)}
        nft(path.router, ROUTER_RULES)
        checks = [
            check(f"{family}/{name}", cell, host, told)
            for family, host in FAMILIES.items()
            for name, cell in CELLS.items()
        ]
        for family, host in FAMILIES.items():
            page = check(f"{family}/http-api", API, host, told)
            api = page["url"].replace("2010", "2016").replace("http:", "https:")
            checks.append({**page, "api_url": api, "validate_certs": False})
        yield probe(path, checks, folder / "authority.pem")


def start(path: Path, role: str, folder: File) -> dict[str, str]:
    host = path.server if role == "server" else path.router
    search = "PYTHONPATH=" + ":".join(map(str, PYTHONPATH))
    server = host.start("env", search, sys.executable, str(TESTS / "support/service_server.py"), role, str(folder))
    assert server.stdout is not None
    told: dict[str, str] = json.loads(server.stdout.readline())
    return told


def probe(path: Path, checks: list[dict[str, Any]], authority: File) -> Seen:
    """As Path.probe does, on a client that trusts one authority: read by nobody, so it is told as text."""
    shared = File(path.client.run("mktemp", "-p", "/tmp", "authority-XXXXXX").strip())
    try:
        shared.write_bytes(authority.read_bytes())
        shared.chmod(0o644)
        started = time.monotonic()
        environment = (
            "env",
            f"PYTHONPATH={PYTHONPATH[0]}:{PYTHONPATH[1]}",
            f"SSL_CERT_FILE={shared}",
            "SSL_CERT_DIR=/nowhere",
        )
        command = (*environment, sys.executable, str(TESTS / "support/path_probe.py"))
        told = json.loads(path.client.run(*command, text=json.dumps({"checks": checks})))
    finally:
        shared.unlink()
    assert time.monotonic() - started < 30
    return Seen({result["id"]: result for result in told["results"]}, told["wall"], told["peak_mb"])


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", [*CELLS, "http-api"])
def test_cell(seen: Seen, name: str, family: str) -> None:
    cell, result = CELLS.get(name, API), seen.results[f"{family}/{name}"]
    assert result["observation"] == cell.observation, result["reason"]
    assert cell.says in result["reason"]
    assert {key: result[key] for key in cell.details} == cell.details
    assert [one["address"] for one in result["addresses"]] == [FAMILIES[family]]


def test_all_cells_together_cost_little_more_than_one_timeout(seen: Seen) -> None:
    assert seen.wall < 12.0  # the silent NTP cells of one target wait for its pace
    assert seen.peak_mb < 80
