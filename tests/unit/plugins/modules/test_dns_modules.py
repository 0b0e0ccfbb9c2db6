# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS in all its transports, and the integrity of resolvers, as Ansible runs the modules on a host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from service_peers import ANY_V4, tcp_peer, udp_peer
from test_dns import NAME, over_tcp
from test_dns_integrity import ADDRESS, DARK, serve, zone
from test_dns_secure import over_https, over_tls, page
from tls_certificates import issue

from support.modules import RUNS, Runner, call_module, run_module

MODES = pytest.mark.parametrize("run", RUNS)
RECORD = f"{NAME}. 300 A {ADDRESS}"


@MODES
def test_secure_transports(tmp_path: Path, run: Runner) -> None:
    context = issue("resolver", host="resolver.example").context(tmp_path)
    dot = over_tls(context, over_tcp(lambda query: zone()(query, NAME)))
    doh = over_tls(context, over_https(lambda query: page(query, RECORD)))
    with tcp_peer(dot) as one, tcp_peer(doh) as two:
        queries = [
            {"id": "dot", "name": NAME, "transport": "tls", "port": one.port, "validate_certs": False},
            {"id": "doh", "name": NAME, "url": f"https://{ANY_V4}:{two.port}/dns-query", "validate_certs": False},
            {
                "id": "strict",
                "name": NAME,
                "transport": "tls",
                "port": str(one.port),
                "server_name": "resolver.example",
            },
        ]
        result = run("dns_probe", tmp_path, {"server": ANY_V4, "queries": queries})
    assert [(seen["id"], seen["observation"]) for seen in result["results"]] == [
        ("dot", "answered"),
        ("doh", "answered"),
        ("strict", "tls_error"),
    ]
    assert [seen["tls"]["verified"] for seen in result["results"]] == [None, None, False]
    assert not result["changed"]


@MODES
def test_integrity(tmp_path: Path, run: Runner) -> None:
    with udp_peer(serve(zone())) as good, udp_peer(serve(zone("0.0.0.0"))) as sink:
        resolvers = [
            {"server": ANY_V4, "port": peer.port, "names": [NAME], "dark_address": DARK} for peer in (good, sink)
        ]
        result = run("dns_integrity_probe", tmp_path, {"resolvers": resolvers})
        strict = run("dns_integrity_probe", tmp_path, {"resolvers": resolvers, "strict": True})
    assert [seen["observation"] for seen in result["results"]] == ["intact", "sinkholed"]
    assert (result["failed"], result["changed"], result["passed"]) == (False, False, False)
    assert result["results"][0]["id"] == f"dns_integrity/{ANY_V4}:{good.port}"
    assert strict["failed"]
    assert f"DNS integrity of {ANY_V4}:{sink.port} sinkholed (" in strict["msg"]


def test_the_same_by_probe(tmp_path: Path) -> None:
    with udp_peer(serve(zone(absent="198.51.100.1"))) as peer:
        check = {"kind": "dns_integrity", "server": ANY_V4, "port": peer.port, "names": [NAME], "dark_address": DARK}
        result = call_module("probe", tmp_path, {"checks": [check]})
    assert [seen["observation"] for seen in result["results"]] == ["rewritten"]


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    resolvers: list[dict[str, Any]] = [
        {"server": "resolver.example", "names": ["a b"]},
        {"port": 0, "dark_address": "nowhere", "private_ok": ["-"]},
    ]
    result = call_module("dns_integrity_probe", tmp_path, {"resolvers": resolvers})
    assert result["failed"]
    assert sorted(result["errors"]) == [
        "resolvers[0].names: has an entry that is not a DNS name",
        "resolvers[0].server: is not an IP address",
        "resolvers[1].dark_address: is not an IP address",
        "resolvers[1].port: is not a port (1 to 65535)",
        "resolvers[1].private_ok: has an entry that is not a DNS name",
    ]


def test_a_check_that_could_not_be_made_names_its_resolver(tmp_path: Path) -> None:
    resolvers = [{"server": ANY_V4, "dark_address": ANY_V4}]
    (seen,) = call_module("dns_integrity_probe", tmp_path, {"resolvers": resolvers})["results"]
    assert (seen["observation"], seen["target"]) == ("not_run", ANY_V4)


def test_without_dnspython(tmp_path: Path) -> None:
    (tmp_path / "dns.py").write_text("raise ImportError('No module named dns')\n")
    arguments = {"resolvers": [{"server": ANY_V4}]}
    result = run_module("dns_integrity_probe", tmp_path, arguments, PYTHONPATH=str(tmp_path))
    assert result["failed"]
    assert result["msg"].startswith("Failed to import the required Python library (dnspython >= 2.1) on ")
