# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine on loopback, over IPv4 and IPv6: real sockets, results in order, nothing raised."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from pathlib import Path
from typing import Any, Iterator

import pytest
from service_peers import ANY_V4, ANY_V6, free_port, hang_up, saying, tcp_peer, udp_peer

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _model, _run, _tcp
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._kinds import KINDS, Kind


def run(*checks: dict[str, Any], limit: float = 60.0) -> list[dict[str, Any]]:
    return _run.run_checks(_model.parse_checks(list(checks), {"timeout": 1.0}), limit)


def one(kind: str, **check: Any) -> dict[str, Any]:
    (result,) = run({"kind": kind, **check})
    return result


@contextlib.contextmanager
def kind(runner: Any) -> Iterator[str]:
    """A kind of check that the engine does not know, as a plug-in would add one."""
    KINDS["odd"] = Kind(KINDS["tcp"].options, lambda: runner)
    try:
        yield "odd"
    finally:
        del KINDS["odd"]


@pytest.mark.parametrize("host", [ANY_V4, ANY_V6])
def test_an_open_tcp_port(host: str) -> None:
    with tcp_peer(hang_up, host) as peer:
        result = one("tcp", id="x", host=host, port=peer.port)
    elapsed = result.pop("elapsed")
    (address,) = result.pop("addresses")
    assert result == {
        "id": "x",
        "kind": "tcp",
        "target": _model.target_of(host, peer.port),
        "observation": "open",
        "reason": f"{host} completed the handshake",
        "attempts": 1,
        "flaky": False,
        "bound": {"interface": None, "source": None, "family": "any"},
    }
    assert 0 < address.pop("elapsed") <= elapsed < 1
    assert address == {
        "address": host,
        "observation": "open",
        "reason": f"{host} completed the handshake",
        "errno": None,
        "icmp": None,
    }


@pytest.mark.parametrize("host", [ANY_V4, ANY_V6])
def test_a_closed_tcp_port(host: str) -> None:
    result = one("tcp", host=host, port=free_port(host=host))
    assert result["observation"] == "closed_or_reset"
    assert result["addresses"][0]["errno"] == "ECONNREFUSED"


@pytest.mark.parametrize("host", [ANY_V4, ANY_V6])
def test_a_closed_udp_port(host: str) -> None:
    result = one("udp", host=host, port=free_port(socket.SOCK_DGRAM, host))
    assert result["observation"] == "closed"
    assert result["addresses"][0]["icmp"]["from"] == host
    assert result["elapsed"] < 0.5


@pytest.mark.parametrize("host", [ANY_V4, ANY_V6])
def test_a_udp_port_that_answers(host: str) -> None:
    with udp_peer(lambda data: [data[::-1]], host) as peer:
        result = one("udp", host=host, port=peer.port, payload_hex="010203", expect_hex="0302")
        other = one("udp", host=host, port=peer.port, payload_hex="010203", expect_hex="ff")
        nothing = one("udp", host=host, port=peer.port)
    assert (result["observation"], result["addresses"][0]["reply_hex"]) == ("open", "030201")
    assert other["observation"] == "wrong_answer"
    assert "its reply starts with 030201" in other["reason"]
    assert (nothing["observation"], nothing["addresses"][0]["reply_hex"]) == ("open", "")


def test_a_udp_port_that_reads_and_says_nothing_is_unproven() -> None:
    with udp_peer(lambda _data: []) as peer:
        result = one("udp", host=ANY_V4, port=peer.port, timeout=0.3)
    assert result["observation"] == "unproven"
    assert 0.3 <= result["elapsed"] < 0.6


def test_the_right_reply_counts_also_after_wrong_ones() -> None:
    with udp_peer(lambda _data: [b"noise", b"noise", b"right"]) as peer:
        result = one("udp", host=ANY_V4, port=peer.port, expect_hex=b"right".hex())
    assert result["observation"] == "open"


def test_a_peer_that_never_stops_talking_ends_at_the_timeout() -> None:
    with udp_peer(lambda _data: (b"noise" for _number in range(200_000))) as peer:
        result = one("udp", host=ANY_V4, port=peer.port, expect_hex=b"right".hex(), timeout=0.3)
    assert result["observation"] == "wrong_answer"
    assert result["elapsed"] < 0.6


def test_a_server_that_greets_and_one_that_hangs_up_are_open() -> None:
    with tcp_peer(saying(b"220 hello")) as greeting, tcp_peer(lambda conn: conn.close()) as closing:
        found = run(*({"kind": "tcp", "host": ANY_V4, "port": peer.port} for peer in (greeting, closing)))
    assert [result["observation"] for result in found] == ["open", "open"]


def test_no_socket_is_left_in_time_wait() -> None:
    """The probe closes by reset: its port is free again at once."""
    with tcp_peer(hang_up) as peer:
        one("tcp", host=ANY_V4, port=peer.port)
    hexadecimal = f"0100007F:{peer.port:04X}"
    table = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()
    assert not [line for line in table if hexadecimal in line and line.split()[3] == "06"]


def test_results_come_in_the_order_of_the_checks() -> None:
    with tcp_peer(hang_up) as peer, udp_peer(lambda data: [data]) as echo:
        checks = [
            {"id": f"{number}", "kind": "udp" if number % 3 else "tcp", "host": host, "port": port}
            for number, (host, port) in enumerate(
                [(ANY_V4, peer.port), (ANY_V4, echo.port), ("localhost", echo.port)] * 8
            )
        ]
        results = run(*checks)
    assert [result["id"] for result in results] == [check["id"] for check in checks]
    assert {result["observation"] for result in results} == {"open"}


def test_nothing_to_do_is_done() -> None:
    assert run() == []


def test_a_name_is_asked_for_once_and_its_addresses_are_all_tried() -> None:
    with tcp_peer(hang_up) as peer:
        result = one("tcp", host="localhost", port=peer.port, family="ipv4")
    assert [entry["address"] for entry in result["addresses"]] == ["127.0.0.1"]
    assert result["target"] == f"localhost:{peer.port}"


@pytest.mark.parametrize("kind_name", ["tcp", "udp"])
def test_a_name_that_does_not_exist(kind_name: str) -> None:
    result = one(kind_name, host="does-not-exist.invalid", port=1)
    assert result["observation"] == "name_error"
    assert "does-not-exist.invalid did not resolve" in result["reason"]
    assert result["addresses"] == []


def test_what_goes_wrong_in_a_runner_is_one_check_not_run() -> None:
    def broken(_check: dict[str, Any], _deadline: float) -> dict[str, Any]:
        raise ZeroDivisionError("division by zero")

    with tcp_peer(hang_up) as peer, kind(broken) as odd:
        target = {"host": ANY_V4, "port": peer.port}
        failed, fine = run({"kind": odd, **target}, {"kind": "tcp", **target})
    assert (failed["observation"], failed["target"]) == ("not_run", f"{ANY_V4}:{peer.port}")
    assert "ZeroDivisionError: division by zero" in failed["reason"]
    assert fine["observation"] == "open"


def test_a_missing_library_names_its_package_and_the_remedy() -> None:
    def lacking(_check: dict[str, Any], _deadline: float) -> dict[str, Any]:
        raise _model.MissingLibrary("dnspython", "a DNS check")

    with kind(lacking) as odd:
        result = one(odd, host=ANY_V4, port=1)
    assert result["observation"] == "not_run"
    assert "dnspython is missing on this host" in result["reason"]
    assert "pip install dnspython" in result["reason"]


def test_a_runner_that_never_returns_is_left_behind() -> None:
    forever = threading.Event()
    with kind(lambda _check, _deadline: forever.wait()) as odd, tcp_peer(hang_up) as peer:
        started = time.monotonic()
        stuck, fine = run(
            {"kind": odd, "host": ANY_V4, "port": 1}, {"kind": "tcp", "host": ANY_V4, "port": peer.port}, limit=1.0
        )
    forever.set()
    assert stuck["observation"] == "not_run"
    assert "time limit" in stuck["reason"]
    assert fine["observation"] == "open"
    assert time.monotonic() - started < 2.5


def test_a_later_attempt_that_passes_is_flaky() -> None:
    port = free_port()
    with socket.socket() as listener:
        listener.bind((ANY_V4, port))
        threading.Timer(0.5, listener.listen).start()
        result = one("tcp", host=ANY_V4, port=port, attempts=3)
    assert (result["observation"], result["attempts"], result["flaky"]) == ("open", 2, True)


def test_an_attempt_that_proves_more_stands() -> None:
    """Refused at first, then silence: the refusal is what is known."""
    seen = iter(["closed_or_reset", "dropped"])

    def runner(check: dict[str, Any], _deadline: float) -> dict[str, Any]:
        observation = next(seen)
        return {"observation": observation, "reason": observation, "target": check["host"], "addresses": []}

    with kind(runner) as odd:
        result = one(odd, host=ANY_V4, port=1, attempts=2)
    assert (result["observation"], result["attempts"], result["flaky"]) == ("closed_or_reset", 2, False)


def test_thousands_of_connects_within_few_files() -> None:
    """More checks than sockets may be open: they take turns."""
    with socket.create_server((ANY_V4, 0), backlog=1024) as listener:
        port = listener.getsockname()[1]
        checks = _model.parse_checks([{"kind": "tcp", "host": ANY_V4, "port": port}] * 500)
        outcomes = _tcp.run_all(checks, 8, time.monotonic() + 30)
    assert [outcome["observation"] for outcome in outcomes if isinstance(outcome, dict)] == ["open"] * 500


def test_the_blocking_runner_of_tcp_agrees_with_the_loop() -> None:
    with tcp_peer(hang_up) as peer:
        (check,) = _model.parse_checks([{"kind": "tcp", "host": ANY_V4, "port": peer.port}])
        assert _tcp.run(check, time.monotonic() + 1)["observation"] == "open"
