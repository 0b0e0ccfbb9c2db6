# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS checks against servers with every kind of certificate, and against what cuts or fakes a handshake."""

from __future__ import annotations

import socket
import ssl
import struct
import time
from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from service_peers import ANY_V4, ANY_V6, free_port, hang_up, observe, saying, silence, streaming, tcp_peer, with_tls
from tls_certificates import Certificate, issue

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _handshake, _model

HOST = "localhost"
AUTHORITY = issue("Public Authority", authority=True)
SERVER = issue("server", AUTHORITY, HOST)


@pytest.fixture(autouse=True)
def _authorities(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Our authority is the only public one."""
    (tmp_path / "authorities.pem").write_bytes(AUTHORITY.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authorities.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))


def shake(folder: Path, certificate: Certificate, host: str = ANY_V4, **options: Any) -> _model.Result:
    with tcp_peer(with_tls(certificate.context(folder)), host) as peer:
        return observe("tls", **{"host": host, "port": peer.port, "server_name": HOST, "family": "any", **options})


@pytest.mark.parametrize("host", [ANY_V4, ANY_V6])
def test_a_pinned_certificate_is_trusted_whoever_signed_it(tmp_path: Path, host: str) -> None:
    device = issue("firmware", days=-1)
    seen = shake(tmp_path, device, host, pins=[SERVER.pin, device.pin.upper()])
    assert seen["observation"] == "trusted"
    assert seen["reason"] == f"{host} presented the pinned certificate {device.pin}"
    assert (seen["certificate"]["sha256"], seen["certificate"]["subject"]) == (device.pin, "CN=firmware")
    assert seen["protocol"] == "TLSv1.3"
    assert (seen["verified"], seen["cut"]) == (None, False)


def test_another_certificate_than_the_pinned_is_intercepted(tmp_path: Path) -> None:
    middle = issue("Corporate Proxy", authority=True)
    resigned = issue("server", middle, HOST)
    seen = shake(tmp_path, resigned, pins=[SERVER.pin])
    assert seen["observation"] == "intercepted"
    assert f"presented {resigned.pin} (subject CN=server, issuer CN=Corporate Proxy)" in seen["reason"]
    assert "somebody in the path re-signs the connection" in seen["reason"]
    assert seen["certificate"]["sha256"] == resigned.pin
    assert (seen["certificate"]["issuer"], seen["certificate"]["self_issued"]) == ("CN=Corporate Proxy", False)
    assert seen["verified"] is False


def test_a_server_that_changed_its_public_certificate_is_said_to_be_possible(tmp_path: Path) -> None:
    seen = shake(tmp_path, SERVER, pins=[issue("old").pin])
    assert (seen["observation"], seen["verified"]) == ("intercepted", True)
    assert "the server may have changed it" in seen["reason"]


def test_a_public_authority_vouches(tmp_path: Path) -> None:
    seen = shake(tmp_path, SERVER)
    assert (seen["observation"], seen["verified"], seen["verify_error"]) == ("trusted", True, None)
    assert seen["certificate"]["sha256"] == SERVER.pin
    assert seen["certificate"]["issuer"] == "CN=Public Authority"
    assert seen["certificate"]["not_after"].endswith("Z")


@pytest.mark.parametrize(
    ("name", "options", "self_issued", "error"),
    [
        ("self-signed", {}, True, "self"),
        (
            "unknown authority",
            {"issuer": issue("Unknown", authority=True), "host": HOST},
            False,
            "unable to get local issuer",
        ),
        ("expired", {"issuer": AUTHORITY, "host": HOST, "days": -1}, False, "expired"),
        ("expired and self-signed", {"days": -1}, True, ""),
        ("other name", {"issuer": AUTHORITY, "host": "other.example"}, False, "ostname mismatch"),
        ("names itself, signed by another", {"issuer": AUTHORITY, "forged_issuer": True}, True, ""),
    ],
)
def test_what_nobody_vouches_for_is_unproven(
    tmp_path: Path, name: str, options: Dict[str, Any], self_issued: bool, error: str
) -> None:
    certificate = issue(name, **options)
    seen = shake(tmp_path, certificate)
    assert (seen["observation"], seen["verified"]) == ("unproven", False)
    assert seen["certificate"]["sha256"] == certificate.pin
    assert seen["certificate"]["self_issued"] is self_issued
    assert error in seen["verify_error"]
    assert f"presented {certificate.pin}" in seen["reason"]
    assert "pin it, if it is the server's own, to settle whether somebody in the path re-signs" in seen["reason"]


def test_a_host_without_certificate_authorities_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    seen = shake(tmp_path, SERVER)
    assert seen["observation"] == "unproven"
    assert "this host has no certificate authorities (package ca-certificates)" in seen["reason"]


def test_the_server_name(tmp_path: Path) -> None:
    names: List[Optional[str]] = []
    with tcp_peer(with_tls(SERVER.context(tmp_path), names)) as peer:
        observe("tls", host=ANY_V4, port=peer.port, server_name="device.example", pins=[SERVER.pin])
        observe("tls", host="localhost", family="ipv4", port=peer.port, pins=[SERVER.pin])
        observe("tls", host=ANY_V4, port=peer.port, pins=[SERVER.pin])
    assert names == ["device.example", "localhost", None]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_an_old_protocol_is_still_looked_at(tmp_path: Path) -> None:
    context = SERVER.context(tmp_path)
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with tcp_peer(with_tls(context)) as peer:
        seen = observe("tls", host=ANY_V4, port=peer.port, server_name=HOST, pins=[SERVER.pin])
        unpinned = observe("tls", host=ANY_V4, port=peer.port, server_name=HOST)
    assert (seen["observation"], seen["protocol"]) == ("trusted", "TLSv1.1")
    assert (unpinned["observation"], unpinned["verified"]) == ("unproven", None)
    assert "which could not be verified (the TLS handshake failed: the peer sent the alert" in unpinned["reason"]


def test_a_server_that_wants_a_client_certificate_is_seen(tmp_path: Path) -> None:
    context = SERVER.context(tmp_path)
    context.verify_mode = ssl.CERT_REQUIRED
    with tcp_peer(with_tls(context)) as peer:
        assert observe("tls", host=ANY_V4, port=peer.port, pins=[SERVER.pin])["observation"] == "trusted"
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with tcp_peer(with_tls(context)) as peer:
        seen = observe("tls", host=ANY_V4, port=peer.port, pins=[SERVER.pin])
    assert (seen["observation"], seen["cut"]) == ("tls_error", False)


def reset(conn: socket.socket) -> None:
    conn.recv(65536)
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize(("handler", "how"), [(hang_up, "closed the connection"), (reset, "reset the connection")])
def test_a_cut_right_after_the_client_hello_stays_ambiguous(handler: Any, how: str) -> None:
    with tcp_peer(handler) as peer:
        seen = observe("tls", host=ANY_V4, port=peer.port)
    assert (seen["observation"], seen["cut"], seen["certificate"]) == ("tls_error", True, None)
    assert f"something {how} right after the TLS ClientHello" in seen["reason"]
    assert "which of them can't be told from here" in seen["reason"]
    assert "so it is for every server name" in seen["reason"]
    assert seen["other_names"] == [{"server_name": "example.com", "outcome": "cut"}]
    assert seen["addresses"][0]["observation"] == "tls_error"


def alert(number: int) -> bytes:
    return bytes((21, 3, 3, 0, 2, 2, number))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (alert(112), "the peer sent the alert unrecognized name"),
        (alert(40), "the peer sent the alert handshake failure"),
        (alert(80), "the peer sent the alert internal error"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "what answers does not speak TLS"),
        (b"220 mail.example ESMTP\r\n" * 20, "what answers does not speak TLS"),
        (b"\x16\x03\x03\x00\x04", "something closed the connection during the TLS handshake"),
    ],
)
def test_failures_are_named(answer: bytes, reason: str) -> None:
    with tcp_peer(saying(answer)) as peer:
        seen = observe("tls", host=ANY_V4, port=peer.port)
    assert (seen["observation"], seen["cut"]) == ("tls_error", False)
    assert reason in seen["reason"]


def test_silence_after_the_client_hello_ends_at_the_deadline() -> None:
    with tcp_peer(silence) as peer:
        started = time.monotonic()
        seen = observe("tls", host=ANY_V4, port=peer.port, timeout=0.4)
        assert 0.3 < time.monotonic() - started < 1
    assert (seen["observation"], seen["cut"]) == ("tls_error", False)
    assert seen["reason"] == f"{ANY_V4}: the TCP connection opened, but nothing answered the TLS ClientHello in time"


def test_a_trickle_ends_at_the_deadline() -> None:
    def trickle(conn: socket.socket) -> None:
        conn.recv(65536)
        for byte in b"\x16\x03\x03\x40\x00" + bytes(1000):
            conn.sendall(bytes((byte,)))
            time.sleep(0.05)

    with tcp_peer(trickle) as peer:
        started = time.monotonic()
        seen = observe("tls", host=ANY_V4, port=peer.port, timeout=0.4)
        assert 0.3 < time.monotonic() - started < 1
    assert "the TLS handshake did not end in time" in seen["reason"]


@pytest.mark.parametrize(
    "record", [b"\x16\x03\x03\x00\x00", b"\x16\x03\x03\x00\x04\x00\x00\x00\x00", b"\x14\x03\x03\x00\x01\x01"]
)
def test_an_endless_handshake_ends(record: bytes) -> None:
    with tcp_peer(streaming(b"", record * 1000)) as peer:
        started = time.monotonic()
        seen = observe("tls", host=ANY_V4, port=peer.port, timeout=20)
        assert time.monotonic() - started < 5
    assert seen["observation"] == "tls_error"


def test_paths_without_tcp() -> None:
    seen = observe("tls", host=ANY_V4, port=free_port())
    assert seen["observation"] == "closed_or_reset"
    assert seen["addresses"][0]["errno"] == "ECONNREFUSED"


def test_one_intercepted_address_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that meets the man in the middle at one address is not helped by another."""
    other = issue("middle")
    with tcp_peer(with_tls(SERVER.context(tmp_path)), ANY_V6) as good, tcp_peer(
        with_tls(other.context(tmp_path)), ANY_V4, good.port
    ):
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_args: [(0, 0, 0, "", (ANY_V6,)), (0, 0, 0, "", (ANY_V4,))])
        seen = observe("tls", host="two.example", port=good.port, pins=[SERVER.pin])
    assert seen["observation"] == "intercepted"
    assert [entry["observation"] for entry in seen["addresses"]] == ["trusted", "intercepted"]
    assert [entry["certificate"] for entry in seen["addresses"]] == [SERVER.pin, other.pin]
    assert seen["certificate"]["sha256"] == other.pin
    assert seen["reason"].endswith("(at 1 of 2 addresses)")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.sampled_from([b"", b"\x16\x03\x03", b"\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03"]),
    rest=st.binary(max_size=200),
)
def test_any_bytes_in_a_handshake_are_a_tls_error(start: bytes, rest: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(start + rest)
        theirs.shutdown(socket.SHUT_WR)
        with pytest.raises(_handshake.TlsError) as caught:
            _handshake.handshake(ours, _handshake.any_certificate(), "example.com", time.monotonic() + 2)
    assert caught.value.cut == (not start + rest)
    assert str(caught.value).isprintable()
