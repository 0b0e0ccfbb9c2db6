# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The captive portal API beside the page of known content: what it says, and when it is not believed."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st
from service_peers import ANY_V4, free_port, observe, saying, silence, tcp_peer
from tls_certificates import Certificate, issue

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _http, _model, _portal_api

AUTHORITY = issue("Public Authority", authority=True)
API = issue("api", AUTHORITY, "localhost")
OPEN_PAGE = b"HTTP/1.1 204 No Content\r\n\r\n"
PORTAL_PAGE = b"HTTP/1.1 302 Found\r\nLocation: http://portal.example/login\r\n\r\n"
UNRESTRICTED = "urn:ietf:params:capport:unrestricted"


@pytest.fixture(autouse=True)
def _authorities(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "authorities.pem").write_bytes(AUTHORITY.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authorities.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))


def reply(told: object, status: str = "200 OK", kind: str = "application/captive+json") -> bytes:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def look(
    folder: Path,
    api: Callable[[socket.socket], None],
    page: bytes = OPEN_PAGE,
    certificate: Certificate = API,
    **options: Any,
) -> _model.Result:
    context = certificate.context(folder)

    def over_tls(conn: socket.socket) -> None:
        with context.wrap_socket(conn, server_side=True) as tls:
            api(tls)

    with tcp_peer(saying(page)) as site, tcp_peer(over_tls) as portal:
        url = f"https://localhost:{portal.port}/captive?x=1"
        # The peer listens on IPv4 only.
        return observe("http", url=f"http://{ANY_V4}:{site.port}/", api_url=url, family="ipv4", **options)


def test_a_free_host(tmp_path: Path) -> None:
    heard: List[bytes] = []

    def api(conn: socket.socket) -> None:
        heard.append(conn.recv(65536))
        conn.sendall(reply({"captive": False, "venue-info-url": "https://venue.example/", "seconds-remaining": 326}))

    seen = look(tmp_path, api)
    assert seen["observation"] == "open"
    assert seen["api"] == {
        "captive": False,
        "portal_url": None,
        "venue_url": "https://venue.example/",
        "can_extend": False,
        "seconds_left": 326,
        "bytes_left": None,
        "error": None,
    }
    assert heard[0].startswith(b"GET /captive?x=1 HTTP/1.1\r\nHost: localhost:")
    assert b"\r\nAccept: application/captive+json\r\n" in heard[0]


@pytest.mark.parametrize("page", [OPEN_PAGE, PORTAL_PAGE, b"HTTP/1.1 200 OK\r\n\r\nads"])
def test_a_captive_host_is_in_a_portal_whatever_the_page_says(tmp_path: Path, page: bytes) -> None:
    told = {"captive": True, "user-portal-url": "https://portal.example/", "can-extend-session": True}
    seen = look(tmp_path, saying(reply(told)), page)
    assert seen["observation"] == "portal"
    assert seen["portal_url"] in ("https://portal.example/", "http://portal.example/login")
    assert (seen["api"]["captive"], seen["api"]["can_extend"]) == (True, True)
    if page == OPEN_PAGE:
        expected = "the portal's API says that this host is captive and points to https://portal.example/ ("
        assert seen["reason"].startswith(expected)


def test_the_api_explains_why_no_name_resolves(tmp_path: Path) -> None:
    context = API.context(tmp_path)

    def api(conn: socket.socket) -> None:
        with context.wrap_socket(conn, server_side=True) as tls:
            saying(reply({"captive": True}))(tls)

    with tcp_peer(api) as portal:
        url = f"https://localhost:{portal.port}/"
        seen = observe("http", url="http://does-not-exist.invalid/", api_url=url, family="ipv4")
    assert (seen["observation"], seen["addresses"]) == ("portal", [])
    assert "captive (does-not-exist.invalid did not resolve: " in seen["reason"]


def test_a_portal_that_denies_itself_stays_one(tmp_path: Path) -> None:
    seen = look(tmp_path, saying(reply({"captive": False})), PORTAL_PAGE)
    assert seen["observation"] == "portal"
    assert seen["reason"].endswith("the portal's API says all the same that this host is not captive")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (reply({"captive": True}, "302 Found"), "it answered 302, and redirects are not followed"),
        (reply({"captive": True}, kind="text/html"), "it answered with text/html instead of application/captive+json"),
        (reply({"captive": True}, kind="\x1b[2J"), "it answered with \ufffd[2j instead of application/captive+json"),
        (reply({"captive": "yes"}), "its answer does not say whether this host is captive"),
        (reply([True]), "its answer does not say whether this host is captive"),
        (reply(b"{"), "its answer is not JSON"),
        (reply(b"\xff"), "its answer is not JSON"),
        (reply(b"[" * 60000), "its answer is not JSON"),
        (b"SSH-2.0-x\r\n", "what it speaks is not HTTP"),
        (b"", "closed the connection"),
    ],
)
def test_an_answer_of_no_use_leaves_the_verdict_to_the_page(tmp_path: Path, answer: bytes, error: str) -> None:
    seen = look(tmp_path, saying(answer))
    assert (seen["observation"], seen["api"]["captive"], seen["api"]["error"]) == ("open", None, f"{ANY_V4}: {error}")
    assert seen["reason"].endswith(f"; the portal's API could not be asked: {ANY_V4}: {error}")


def test_an_api_that_nobody_vouches_for_is_not_believed(tmp_path: Path) -> None:
    forged = issue("api", host="localhost")
    answer = saying(reply({"captive": True}))
    seen = look(tmp_path, answer, certificate=forged)
    assert (seen["observation"], seen["api"]["captive"]) == ("open", None)
    assert "self" in seen["api"]["error"]
    assert look(tmp_path, answer, certificate=forged, validate_certs=False)["observation"] == "portal"


def test_silence_and_an_endless_body_end(tmp_path: Path) -> None:
    started = time.monotonic()
    seen = look(tmp_path, silence, timeout=0.5)
    assert time.monotonic() - started < 1.5
    assert (seen["observation"], seen["api"]["error"]) == ("open", f"{ANY_V4}: it kept silent")

    def endless(conn: socket.socket) -> None:
        conn.recv(65536)
        conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/captive+json\r\n\r\n[")
        while True:
            conn.sendall(b"1," * 2048)

    started = time.monotonic()
    seen = look(tmp_path, endless, timeout=5)
    assert time.monotonic() - started < 3
    assert seen["api"]["error"].endswith("its answer is not JSON")


def test_no_api_at_all(tmp_path: Path) -> None:
    with tcp_peer(saying(OPEN_PAGE)) as site:
        page = f"http://{ANY_V4}:{site.port}/"
        refused = observe("http", url=page, api_url=f"https://{ANY_V4}:{free_port()}/")
        unnamed = observe("http", url=page, api_url="https://does-not-exist.invalid/")
        free = observe("http", url=page, api_url=UNRESTRICTED)
        plain = observe("http", url=page)
    assert "a TCP reset came back" in refused["api"]["error"]
    assert "does-not-exist.invalid did not resolve" in unnamed["api"]["error"]
    assert (free["observation"], free["api"]["captive"], free["api"]["error"]) == ("open", False, None)
    assert "api" not in plain


@pytest.mark.parametrize("url", ["http://portal.example/", "urn:ietf:params:capport", "https://u:p@h/", "https://h/ x"])
def test_an_api_that_can_not_be_asked_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(_model.InvalidChecks, match=r"^checks\[0\]\.api_url: "):
        _model.parse_checks([{"kind": "http", "url": "http://a.example/", "api_url": url}])


JSON = st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=5)
NAMES = ("user-portal-url", "venue-info-url", "can-extend-session", "seconds-remaining", "bytes-remaining")


@given(st.booleans(), st.dictionaries(st.sampled_from(NAMES), JSON))
def test_whatever_stands_beside_captive(captive: bool, rest: Dict[str, Any]) -> None:
    body = json.dumps({"captive": captive, **rest}).encode()
    told = _portal_api.read(_http.Reply(200, {"content-type": "application/captive+json; charset=utf-8"}, body, True))
    assert told["captive"] is captive
    urls: List[Optional[str]] = [told["portal_url"], told["venue_url"]]
    assert all(url is None or url.isprintable() for url in urls)
    assert all(count is None or count >= 0 for count in (told["seconds_left"], told["bytes_left"]))
    assert told["can_extend"] in (True, False)


@given(st.binary(max_size=200))
def test_any_body_is_an_answer_or_an_error(body: bytes) -> None:
    reply_of_any_kind = _http.Reply(200, {"content-type": "application/captive+json"}, body, True)
    try:
        told = _portal_api.read(reply_of_any_kind)
    except _http.HttpError:
        return
    assert told["captive"] in (True, False)
