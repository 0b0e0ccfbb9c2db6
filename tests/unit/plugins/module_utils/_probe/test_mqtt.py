# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""MQTT checks against brokers that accept, refuse, want certificates, cut, stall and talk nonsense."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from pathlib import Path
from typing import Any, List, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st
from service_peers import (
    ANY_V4,
    ANY_V6,
    TcpAnswer,
    free_port,
    hang_up,
    observe,
    saying,
    silence,
    streaming,
    tcp_peer,
)
from tls_certificates import issue

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _model, _mqtt, _tls_records

HOST = "localhost"
SERVER = issue("broker", host=HOST)


def broker(reply: bytes, heard: Optional[List[bytes]] = None) -> TcpAnswer:
    """Says one thing to a CONNECT, and listens on until the client hangs up."""

    def answer(conn: socket.socket) -> None:
        first = conn.recv(65536)
        conn.sendall(reply)
        rest = b""
        while data := conn.recv(65536):
            rest += data
        if heard is not None:
            heard.extend((first, rest))

    return answer


def over_tls(context: ssl.SSLContext, then: TcpAnswer) -> TcpAnswer:
    def answer(conn: socket.socket) -> None:
        with context.wrap_socket(conn, server_side=True) as tls:
            then(tls)

    return answer


def ask(answer: TcpAnswer, host: str = ANY_V4, **options: Any) -> _model.Result:
    with tcp_peer(answer, host) as peer:
        return observe("mqtt", **{"host": host, "port": peer.port, "server_name": HOST, **options})


@pytest.mark.parametrize("host", [ANY_V4, ANY_V6])
@pytest.mark.parametrize(
    ("code", "meaning", "more"),
    [
        (0, "connection accepted", ""),
        (1, "unacceptable protocol version", ""),
        (2, "client identifier rejected", ""),
        (3, "server unavailable", ""),
        (4, "bad user name or password", ": it wants credentials, and the path is open"),
        (5, "not authorised", ": it wants credentials, and the path is open"),
        (77, "a code that MQTT 3.1.1 does not have", ""),
    ],
)
def test_any_connack_proves_the_path(host: str, code: int, meaning: str, more: str) -> None:
    seen = ask(broker(bytes((0x20, 2, 0, code))), host, tls=False)
    assert (seen["observation"], seen["connack"]) == ("open", {"code": code, "meaning": meaning})
    assert seen["reason"] == f"{host} answered with the CONNACK {code} ({meaning}){more}"
    assert (seen["step"], seen["mutual_tls"]) == ("mqtt", False)


def test_the_connect_is_minimal_and_followed_by_a_disconnect() -> None:
    heard: List[bytes] = []
    assert ask(broker(b"\x20\2\0\0", heard), tls="no")["observation"] == "open"
    for _wait in range(100):
        if not heard:
            time.sleep(0.01)
    assert heard == [bytes.fromhex("100c00044d5154540402003c0000"), b"\xe0\0"]


def test_a_broker_of_mqtt_5_refuses_in_its_own_form() -> None:
    seen = ask(broker(b"\x20\3\0\x84\0"), tls=False)
    assert (seen["observation"], seen["connack"]["code"]) == ("open", 0x84)


def test_over_tls(tmp_path: Path) -> None:
    heard: List[bytes] = []
    context = SERVER.context(tmp_path)
    context.set_alpn_protocols(["other", "mqtt"])
    seen = ask(over_tls(context, broker(b"\x20\2\0\5", heard)), alpn=["x-amzn-mqtt-ca", "mqtt"])
    assert (seen["observation"], seen["connack"]["code"]) == ("open", 5)
    assert (seen["protocol"], seen["alpn"]) == ("TLSv1.3", "mqtt")
    assert seen["certificate"] == {"sha256": SERVER.pin}
    for _wait in range(100):
        if not heard:
            time.sleep(0.01)
    assert heard == [_mqtt.CONNECT, _mqtt.DISCONNECT]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_broker_that_wants_a_client_certificate_is_open(tmp_path: Path, version: ssl.TLSVersion) -> None:
    context = SERVER.context(tmp_path)
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = version
    seen = ask(over_tls(context, broker(b"")))
    assert (seen["observation"], seen["mutual_tls"]) == ("open", True), seen["reason"]
    assert "alert" in seen["reason"]
    assert "(mutual TLS): the path is open" in seen["reason"]


def test_a_broker_that_hangs_up_after_its_server_hello_is_open(tmp_path: Path) -> None:
    """Without an alert, in the middle of the handshake: what it said in the clear is replayed."""
    context = SERVER.context(tmp_path)
    context.maximum_version = ssl.TLSVersion.TLSv1_2

    def answer(conn: socket.socket) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        incoming.write(conn.recv(65536))
        with contextlib.suppress(ssl.SSLWantReadError):
            context.wrap_bio(incoming, outgoing, server_side=True).do_handshake()
        conn.sendall(outgoing.read())
        conn.recv(65536)

    seen = ask(answer)
    assert (seen["observation"], seen["mutual_tls"], seen["step"]) == ("open", True, "tls")
    assert "closed the connection during the TLS handshake, as brokers do" in seen["reason"]


def test_a_cut_is_ambiguous_and_other_names_are_tried() -> None:
    seen = ask(hang_up)
    assert seen["observation"] == "tls_cut"
    assert seen["other_names"] == [
        {"server_name": None, "outcome": "cut"},
        {"server_name": "example.com", "outcome": "cut"},
    ]
    assert (
        "so it is for every server name: no filter of names, but a dead service, or a filter of TLS" in seen["reason"]
    )
    assert "can't be told from here" in seen["reason"]


def test_a_filter_of_one_server_name_is_told(tmp_path: Path) -> None:
    serve = over_tls(SERVER.context(tmp_path), broker(b"\x20\2\0\0"))

    def filtered(conn: socket.socket) -> None:
        hello = conn.recv(65536, socket.MSG_PEEK)
        if b"iot.vendor.example" in hello:
            conn.recv(65536)
            return
        serve(conn)

    seen = ask(filtered, server_name="iot.vendor.example")
    assert seen["observation"] == "tls_cut"
    assert [one["outcome"] for one in seen["other_names"]] == ["answered", "answered"]
    assert "asked for another server name, or for none, it answers" in seen["reason"]


def test_an_address_sends_no_name_so_only_another_is_tried() -> None:
    seen = ask(hang_up, server_name=None)
    assert [one["server_name"] for one in seen["other_names"]] == ["example.com"]


@pytest.mark.parametrize(
    ("answer", "tls", "observation", "reason"),
    [
        (
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
            False,
            "wrong_answer",
            "no MQTT CONNACK (it starts with 485454502f312e31",
        ),
        (b"\x20\2\7\0", False, "wrong_answer", "no MQTT CONNACK (it starts with 20020700)"),
        (b"\x20\2", False, "closed_or_reset", "closed the connection after the MQTT CONNECT"),
        (b"", False, "closed_or_reset", "closed the connection after the MQTT CONNECT"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", True, "wrong_answer", "no TLS (it starts with 485454502f312e31"),
        (b"\x20\2\0\0", True, "wrong_answer", "no TLS (it starts with 20020000)"),
        (bytes((21, 3, 3, 0, 2, 2, 112)), True, "tls_error", "the peer sent the alert unrecognized name"),
        (b"\x16\x03\x03\x00\x04", True, "tls_error", "closed the connection during the TLS handshake"),
    ],
)
def test_what_proves_no_broker(answer: bytes, tls: bool, observation: str, reason: str) -> None:
    seen = ask(saying(answer), tls=tls)
    assert (seen["observation"], seen["mutual_tls"], seen["connack"]) == (observation, False, None)
    assert reason in seen["reason"]


@pytest.mark.parametrize(("tls", "observation"), [(True, "tls_error"), (False, "dropped")])
def test_silence_ends_at_the_deadline(tls: bool, observation: str) -> None:
    started = time.monotonic()
    seen = ask(silence, tls=tls, timeout=0.4)
    assert 0.3 < time.monotonic() - started < 1.2
    assert seen["observation"] == observation


def test_a_broker_that_is_mute_after_the_handshake(tmp_path: Path) -> None:
    seen = ask(over_tls(SERVER.context(tmp_path), silence), timeout=0.5)
    assert (seen["observation"], seen["step"]) == ("dropped", "mqtt")
    assert "answered nothing to the MQTT CONNECT in time" in seen["reason"]


@pytest.mark.parametrize("chunk", [b"\0" * 1000, b"\x16\x03\x03\x00\x00" * 200, b"\x20"])
@pytest.mark.parametrize("tls", [True, False])
def test_an_endless_stream_ends(tls: bool, chunk: bytes) -> None:
    started = time.monotonic()
    seen = ask(streaming(b"", chunk), tls=tls, timeout=3)
    assert time.monotonic() - started < 2.5
    assert seen["observation"] in ("wrong_answer", "tls_error")


def test_a_closed_port() -> None:
    seen = observe("mqtt", host=ANY_V4, port=free_port())
    assert (seen["observation"], seen["addresses"][0]["errno"]) == ("closed_or_reset", "ECONNREFUSED")


@given(st.binary(max_size=40))
def test_any_bytes_are_a_code_or_refused(data: bytes) -> None:
    try:
        code = _mqtt.return_code(data)
    except ValueError:
        return
    assert code is None if len(data) < 4 else code == data[3]


@given(
    start=st.sampled_from([b"", b"\x16\x03\x03\x00\x2a\x02\x00\x00\x26", b"\x16\x03\x03"]), rest=st.binary(max_size=300)
)
def test_any_bytes_are_records_or_none(start: bytes, rest: bytes) -> None:
    heard = start + rest
    assert _tls_records.greeted(heard) in (True, False)
    assert sum(map(len, _tls_records.chain(heard))) <= len(heard)


@pytest.mark.parametrize("alpn", ["mqtt", [""], ["a" * 256], ["\u00e9"], ["a b"], ["a"] * 21])
def test_protocol_names_that_are_none_are_refused(alpn: Any) -> None:
    with pytest.raises(_model.InvalidChecks, match=r"^checks\[0\]\.alpn: is not a list of at most"):
        _model.parse_checks([{"kind": "mqtt", "host": "broker.example", "alpn": alpn}])


def test_the_port_goes_with_the_protocol() -> None:
    checks = [{"kind": "mqtt", "host": "a.example", **more} for more in ({}, {"tls": "false"}, {"port": 443})]
    assert [check["port"] for check in _model.parse_checks(checks)] == [8883, 1883, 443]
