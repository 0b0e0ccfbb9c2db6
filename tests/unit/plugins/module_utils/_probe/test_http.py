# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The captive portal check, against portals, tamperers and peers that speak no HTTP."""

from __future__ import annotations

import socket
import time
from typing import Any, Dict, List

import pytest
from hypothesis import given
from hypothesis import strategies as st
from service_peers import ANY_V4, ANY_V6, hang_up, observe, saying, silence, streaming, tcp_peer

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _http, _model

NO_CONTENT = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"
LOGIN = b"<html>Welcome to the hotel! Please log in.</html>"


def ok(body: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([b"HTTP/1.1 200 OK", *headers, b"", body])


def ask(answer: bytes, **options: Any) -> _model.Result:
    with tcp_peer(saying(answer)) as peer:
        return observe("http", url=f"http://{ANY_V4}:{peer.port}/generate_204", **options)


def test_the_expected_answer_is_open() -> None:
    seen = ask(NO_CONTENT)
    assert (seen["observation"], seen["status"], seen["portal_url"]) == ("open", 204, None)
    assert seen["reason"] == f"{ANY_V4} answered 204 as expected"


@pytest.mark.parametrize("host", [ANY_V4, ANY_V6])
def test_the_request(host: str) -> None:
    heard: List[bytes] = []

    def answer(conn: socket.socket) -> None:
        heard.append(conn.recv(65536))
        conn.sendall(NO_CONTENT)

    authority = f"[{host}]" if ":" in host else host
    with tcp_peer(answer, host) as peer:
        url = f"http://{authority}:{peer.port}/check?a=b#part"
        assert observe("http", url=url)["observation"] == "open"
    lines = heard[0].split(b"\r\n")
    assert lines[0] == b"GET /check?a=b HTTP/1.1"
    assert f"Host: {authority}:{peer.port}".encode() in lines
    assert b"Connection: close" in lines
    assert heard[0].endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    ("answer", "portal"),
    [
        (
            b"HTTP/1.1 302 Found\r\nLocation: https://portal.example/login?x=1\r\n\r\n",
            "https://portal.example/login?x=1",
        ),
        (b"HTTP/1.0 307 Temporary Redirect\nlocation:   //portal.example/\n\n", "http://portal.example/"),
        (b"HTTP/1.1 301 Moved\r\nLocation: /login\r\n\r\n", "http://127.0.0.1:{port}/login"),
        (b"HTTP/1.1 302 Found\r\n\r\n", None),
        (b"HTTP/1.1 302 Found\r\nLocation: \x1b[2J\r\n\r\n", None),
        (b"HTTP/1.1 302 Found\r\nLocation: http://[broken\r\n\r\n", None),
        (b"HTTP/1.1 511 Network Authentication Required\r\n\r\n" + LOGIN, None),
    ],
)
def test_a_redirect_is_a_portal_and_is_not_followed(answer: bytes, portal: Any) -> None:
    connections: List[int] = []

    def handler(conn: socket.socket) -> None:
        connections.append(1)
        saying(answer)(conn)

    with tcp_peer(handler) as peer:
        seen = observe("http", url=f"http://{ANY_V4}:{peer.port}/")
    portal = portal and portal.format(port=peer.port)
    assert (seen["observation"], seen["portal_url"]) == ("portal", portal)
    assert seen["reason"].endswith(f"and points to {portal}" if portal else f"answered {seen['status']}")
    assert connections == [1]


def test_a_redirect_of_a_megabyte_is_cut() -> None:
    seen = ask(b"HTTP/1.1 302 Found\r\nLocation: http://portal.example/" + b"a" * 10000 + b"\r\n\r\n")
    assert seen["observation"] == "portal"
    assert len(seen["portal_url"]) == 2000


@pytest.mark.parametrize(
    ("answer", "options", "reason"),
    [
        (ok(LOGIN), {}, "answered 200 instead of 204"),
        (
            ok(LOGIN),
            {"expect_status": 200, "expect_body": "Success"},
            "answered 200, but with another body than expected",
        ),
        (b"HTTP/1.1 000 \r\n\r\n", {}, "answered 0 instead of 204"),
        (b"SSH-2.0-OpenSSH_9.2p1\r\n", {}, "answered, but what it speaks is not HTTP"),
        (b"HTTP/9.9 204\r\n\r\n", {}, "answered, but what it speaks is not HTTP"),
        (b"HTTP/1.1 \xb2\xb2\xb2\r\n\r\n", {}, "answered, but what it speaks is not HTTP"),
        (bytes(range(256)) * 200, {}, "answered, but what it speaks is not HTTP"),
        (b"\x15\x03\x01\x00\x02\x02\x16", {}, "answered, but what it speaks is not HTTP"),
    ],
)
def test_any_other_answer_is_tampered(answer: bytes, options: Dict[str, Any], reason: str) -> None:
    seen = ask(answer, **options)
    assert (seen["observation"], seen["reason"]) == ("tampered", f"{ANY_V4} {reason}")


@pytest.mark.parametrize(
    "answer",
    [
        ok(b"Microsoft Connect Test"),
        ok(b"Microsoft Connect Test", b"Content-Length: 22"),
        ok(b"16\r\nMicrosoft Connect Test\r\n0\r\n\r\n", b"Transfer-Encoding: chunked"),
        ok(b"9\r\nMicrosoft\r\n5;x=y\r\n Conn\r\n8\r\nect Test\r\n0\r\n\r\n", b"transfer-encoding: Chunked"),
        ok(b"<p>Microsoft Connect Test, they say</p>", b"Content-Length: nonsense"),
    ],
)
def test_the_expected_body_in_every_framing(answer: bytes) -> None:
    seen = ask(answer, expect_status=200, expect_body="Microsoft Connect Test")
    assert seen["observation"] == "open", seen["reason"]


def test_a_server_that_keeps_the_connection_open_costs_no_timeout() -> None:
    def answer(conn: socket.socket) -> None:
        conn.recv(65536)
        conn.sendall(ok(b"4\r\nabcd\r\n0\r\n\r\n", b"Transfer-Encoding: chunked"))
        conn.recv(1)

    with tcp_peer(answer) as peer:
        started = time.monotonic()
        seen = observe("http", url=f"http://{ANY_V4}:{peer.port}/", expect_status=200, expect_body="other", timeout=5)
    assert seen["observation"] == "tampered"
    assert time.monotonic() - started < 2


def test_an_endless_body_is_read_to_64_kib_and_no_further() -> None:
    sent: List[int] = []
    with tcp_peer(streaming(ok(b""), b"a" * 4096, sent)) as peer:
        started = time.monotonic()
        seen = observe("http", url=f"http://{ANY_V4}:{peer.port}/", expect_status=200, expect_body="zzz", timeout=5)
        assert time.monotonic() - started < 2
    assert seen["observation"] == "tampered"


@pytest.mark.parametrize(
    ("start", "chunk"),
    [(b"HTTP/1.1 200 OK\r\n", b"X-Header: endless\r\n" * 50), (b"HTTP/1.1 200 ", b"a" * 1000), (b"", b"\0" * 1000)],
)
def test_an_endless_head_ends(start: bytes, chunk: bytes) -> None:
    with tcp_peer(streaming(start, chunk)) as peer:
        started = time.monotonic()
        seen = observe("http", url=f"http://{ANY_V4}:{peer.port}/", timeout=5)
        assert time.monotonic() - started < 2
    assert seen["observation"] == "tampered"


def test_a_trickle_ends_at_the_deadline() -> None:
    def answer(conn: socket.socket) -> None:
        conn.recv(65536)
        for byte in NO_CONTENT * 10:
            conn.sendall(bytes([byte]))
            time.sleep(0.05)

    with tcp_peer(answer) as peer:
        started = time.monotonic()
        seen = observe("http", url=f"http://{ANY_V4}:{peer.port}/", timeout=0.5)
        assert 0.4 < time.monotonic() - started < 1
    assert seen["observation"] == "tampered"


def test_no_answer_at_all() -> None:
    with tcp_peer(silence) as peer:
        seen = observe("http", url=f"http://{ANY_V4}:{peer.port}/", timeout=0.3)
    assert seen["observation"] == "dropped"
    assert seen["reason"] == f"{ANY_V4} completed the TCP handshake, but answered nothing in time"
    with tcp_peer(hang_up) as peer:
        seen = observe("http", url=f"http://{ANY_V4}:{peer.port}/")
    assert seen["observation"] == "closed_or_reset"
    assert seen["reason"] == f"{ANY_V4} accepted the connection, but closed the connection without an answer"
    seen = observe("http", url=f"http://{ANY_V4}:{peer.port}/")
    assert seen["observation"] == "closed_or_reset"
    assert seen["addresses"][0]["errno"] == "ECONNREFUSED"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/",
        "ftp://example.com/",
        "http://user:pass@example.com/",
        "http://example.com/a b",
        "http://example.com/\r\nX-Injected: yes",
        "http://exa_mple..com/",
        "http://example.com:0/",
        "http://example.com:65536/",
        "http:///x",
        "example.com",
    ],
)
def test_a_url_that_can_not_be_asked_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(_model.InvalidChecks, match=r"^checks\[0\]\.url: "):
        _model.parse_checks([{"kind": "http", "url": url}])


@given(
    start=st.sampled_from(
        [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 302 x\r\nLocation:", ok(b"", b"Transfer-Encoding: chunked")]
    ),
    rest=st.binary(max_size=300),
    ended=st.booleans(),
)
def test_any_bytes_are_a_reply_or_an_http_error(start: bytes, rest: bytes, ended: bool) -> None:
    url = _http.parse_url("http://example.com/")
    try:
        reply = _http.parse(start + rest, ended)
    except _http.HttpError:
        return
    if reply is None:
        assert not ended
        return
    observation, reason, portal = _http.judge(reply, url, 204, None)
    assert observation in ("open", "portal", "tampered")
    assert (reason + (portal or "")).isprintable()
    assert 0 <= reply.status <= 999
    assert len(reply.body) <= len(rest)


@given(data=st.binary(max_size=100), cut=st.integers(0, 100))
def test_what_came_so_far_never_contradicts_what_comes(data: bytes, cut: int) -> None:
    """A verdict reached early is the verdict on the whole."""
    whole = ok(data, b"Content-Length: %d" % len(data))
    early = _http.parse(whole[: len(whole) - cut], False)
    late = _http.parse(whole, True)
    assert late is not None
    assert late.body == data
    if early is not None:
        assert early.status == late.status
        assert late.body.startswith(early.body)
        assert not early.complete or early.body == late.body
