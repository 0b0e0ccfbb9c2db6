# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DNS over TLS and over HTTPS against servers on loopback, whose certificates and manners are up to each test."""

from __future__ import annotations

import socket
import ssl
import time
from pathlib import Path
from typing import Any, Callable, List

import dns.flags
import dns.message
import pytest
from hypothesis import given
from hypothesis import strategies as st
from service_peers import ANY_V4, ANY_V6, TcpAnswer, hang_up, observe, saying, silence, tcp_peer
from test_dns import NAME, other, over_tcp, records, reply
from tls_certificates import issue

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _dns_https, _http, _model, _stream

AUTHORITY = issue("Public Authority", authority=True)
HOST = "resolver.example"
SERVER = issue("resolver", AUTHORITY, HOST)
ANSWER = f"{NAME}. 300 A 203.0.113.10"
TYPE = "Content-Type: application/dns-message\r\n"
Page = Callable[[dns.message.Message], bytes]


@pytest.fixture(autouse=True)
def _authorities(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "authorities.pem").write_bytes(AUTHORITY.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authorities.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))


def over_tls(context: ssl.SSLContext, inner: TcpAnswer) -> TcpAnswer:
    def answer(conn: socket.socket) -> None:
        with context.wrap_socket(conn, server_side=True) as tls:
            inner(tls)

    return answer


def over_https(page: Page, requests: List[bytes] | None = None) -> TcpAnswer:
    def answer(conn: socket.socket) -> None:
        head, body, length = b"", b"", 1
        while len(body) < length:
            head += conn.recv(65536)
            start, _blank, body = head.partition(b"\r\n\r\n")
            length = int(start.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        if requests is not None:
            requests.append(start)
        conn.sendall(page(dns.message.from_wire(body)))

    return answer


def page(query: dns.message.Message, *lines: str, status: str = "200 OK", kind: str = TYPE, **options: Any) -> bytes:
    body = reply(query, *lines, **options)
    return f"HTTP/1.1 {status}\r\n{kind}Content-Length: {len(body)}\r\n\r\n".encode() + body


def chunked(body: bytes, size: int) -> bytes:
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    encoded = b"".join(b"%x;x=y\r\n%s\r\n" % (len(part), part) for part in parts)
    return f"HTTP/1.1 200 OK\r\n{TYPE}Transfer-Encoding: chunked\r\n\r\n".encode() + encoded + b"0\r\n\r\n"


@pytest.fixture
def ask(tmp_path: Path) -> Callable[..., _model.Result]:
    """Ask a server that presents the good certificate and goes on as ``inner`` says."""

    def observed(inner: TcpAnswer, transport: str, **options: Any) -> _model.Result:
        with tcp_peer(over_tls(SERVER.context(tmp_path), inner)) as peer:
            where = {"port": peer.port} if transport == "tls" else {"url": f"https://{HOST}:{peer.port}/dns-query"}
            more = {"server_name": HOST} if transport == "tls" else {}
            return observe(
                "dns", **{"name": NAME, "server": ANY_V4, "transport": transport, **where, **more, **options}
            )

    return observed


Ask = Callable[..., _model.Result]


def test_an_answer_over_tls(ask: Ask) -> None:
    seen = ask(over_tcp(records(ANSWER)), "tls")
    assert (seen["observation"], seen["answers"]) == ("answered", ["203.0.113.10"]), seen["reason"]
    assert (seen["transport"], seen["truncated"], seen["edns"]) == ("tls", False, True)
    assert seen["tls"] == {"server_name": HOST, "verified": True, "certificate": SERVER.pin, "protocol": "TLSv1.3"}
    assert seen["target"].startswith(f"{NAME} A at tls://{ANY_V4}:")


def test_an_answer_over_https(ask: Ask) -> None:
    requests: List[bytes] = []
    seen = ask(over_https(lambda query: page(query, ANSWER), requests), "https")
    assert (seen["observation"], seen["answers"], seen["http_status"]) == ("answered", ["203.0.113.10"], 200)
    assert seen["tls"]["verified"] is True
    assert seen["target"].startswith(f"{NAME} A at https://{HOST}:")
    head = requests[0].decode().split("\r\n")
    assert head[0] == "POST /dns-query HTTP/1.1"
    assert head[1].startswith(f"Host: {HOST}:")
    assert {"Accept: application/dns-message", "Content-Type: application/dns-message"} <= set(head)


@pytest.mark.parametrize("host", [ANY_V4, ANY_V6])
@pytest.mark.parametrize("transport", ["tls", "https"])
def test_the_address_is_the_name_where_none_is_given(tmp_path: Path, host: str, transport: str) -> None:
    inner = over_tcp(records(ANSWER)) if transport == "tls" else over_https(lambda query: page(query, ANSWER))
    for certificate, observation in ((issue("r", AUTHORITY, host), "answered"), (SERVER, "tls_error")):
        with tcp_peer(over_tls(certificate.context(tmp_path), inner), host) as peer:
            seen = observe("dns", name=NAME, server=host, port=peer.port, transport=transport)
        assert (seen["observation"], seen["tls"]["server_name"]) == (observation, host), seen["reason"]


def test_the_host_of_a_url_is_looked_up(tmp_path: Path) -> None:
    inner = over_https(lambda query: page(query, ANSWER))
    with tcp_peer(over_tls(issue("r", AUTHORITY, "localhost").context(tmp_path), inner)) as peer:
        seen = observe("dns", name=NAME, url=f"https://localhost:{peer.port}/x?y=z", family="ipv4")
    assert (seen["observation"], seen["server"], seen["transport"]) == ("answered", "localhost", "https")


@pytest.mark.parametrize("transport", ["tls", "https"])
def test_an_unknown_certificate(tmp_path: Path, transport: str) -> None:
    middle = issue("resolver", issue("Corporate Proxy", authority=True), HOST)
    inner = over_tcp(records(ANSWER)) if transport == "tls" else over_https(lambda query: page(query, ANSWER))
    with tcp_peer(over_tls(middle.context(tmp_path), inner)) as peer:
        options = {"name": NAME, "server": ANY_V4, "port": peer.port, "transport": transport, "server_name": HOST}
        strict, lax = observe("dns", **options), observe("dns", **options, validate_certs="no")
    assert (strict["observation"], strict["tls"]["verified"]) == ("tls_error", False)
    assert f"nobody this host trusts vouches for under {HOST}" in strict["reason"]
    assert "rcode" not in strict
    assert (lax["observation"], lax["tls"]["verified"], lax["tls"]["certificate"]) == ("answered", None, middle.pin)


@pytest.mark.parametrize("transport", ["tls", "https"])
@pytest.mark.parametrize(
    ("peer", "observation"),
    [(hang_up, "tls_error"), (saying(b"SSH-2.0-OpenSSH_9.2\r\n"), "tls_error"), (silence, "tls_error")],
)
def test_no_tls_there(transport: str, peer: TcpAnswer, observation: str) -> None:
    with tcp_peer(peer) as there:
        seen = observe("dns", name=NAME, server=ANY_V4, port=there.port, transport=transport, timeout=0.5)
    assert seen["observation"] == observation
    assert seen["tls"] == {"server_name": ANY_V4, "verified": None, "certificate": None, "protocol": None}


@pytest.mark.parametrize(
    ("inner", "observation", "says"),
    [
        (silence, "dropped", "did not answer the query over TLS"),
        (hang_up, "closed_or_reset", "closed the connection without an answer"),
        (over_tcp(lambda query: [b"", b"\0\1garbage"]), "unproven", "does not count: it is not"),
        (over_tcp(lambda query: [reply(other(query, "other.example.", "A"), ANSWER)]), "unproven", "does not count"),
    ],
)
def test_a_bad_server_behind_good_tls(ask: Ask, inner: TcpAnswer, observation: str, says: str) -> None:
    seen = ask(inner, "tls", timeout=0.7)
    assert seen["observation"] == observation
    assert says in seen["reason"]


def test_tls_skips_what_is_no_answer(ask: Ask) -> None:
    seen = ask(over_tcp(lambda query: [b"?", reply(other(query, NAME, "AAAA")), reply(query, ANSWER)]), "tls")
    assert seen["observation"] == "answered"


@pytest.mark.parametrize("size", [1, 7, 10000])
def test_a_chunked_body(ask: Ask, size: int) -> None:
    seen = ask(over_https(lambda query: chunked(reply(query, ANSWER), size)), "https")
    assert (seen["observation"], seen["answers"]) == ("answered", ["203.0.113.10"]), seen["reason"]


def test_a_body_that_ends_with_the_connection(ask: Ask) -> None:
    seen = ask(over_https(lambda query: f"HTTP/1.0 200 OK\r\n{TYPE}\r\n".encode() + reply(query, ANSWER)), "https")
    assert seen["observation"] == "answered"


def test_a_long_answer(ask: Ask) -> None:
    lines = [f"{NAME}. 300 TXT {'x' * 250}{number}" for number in range(200)]
    seen = ask(over_https(lambda query: page(query, *lines)), "https", record_type="TXT")
    assert (seen["observation"], len(seen["answers"])) == ("answered", 200), seen["reason"]


@pytest.mark.parametrize(
    ("status", "kind", "observation", "says"),
    [
        ("302 Found", "Location: http://portal.example/\r\n", "wrong_answer",
         "answered HTTP 302 towards http://portal.example/ (not followed) instead of a DNS message"),
        ("301 Moved", "Location: \x1b[31m\r\n", "wrong_answer", "answered HTTP 301 towards \ufffd[31m (not"),
        ("404 Not Found", TYPE, "wrong_answer", "answered HTTP 404 instead of a DNS message"),
        ("200 OK", "Content-Type: text/html\r\n", "wrong_answer", "but with text/html instead of application/dns"),
        ("200 OK", "", "wrong_answer", "but with a body of no stated type"),
        ("200 OK", "Content-Type: Application/DNS-Message; x=y\r\n", "answered", "203.0.113.10"),
    ],
)  # fmt: skip
def test_what_http_says(ask: Ask, status: str, kind: str, observation: str, says: str) -> None:
    seen = ask(over_https(lambda query: page(query, ANSWER, status=status, kind=kind)), "https")
    assert seen["observation"] == observation
    assert says in seen["reason"]
    assert seen["reason"].isprintable()
    assert seen["http_status"] == int(status[:3])


@pytest.mark.parametrize(
    "data",
    [
        b"\0\0\x12\4\0\0\0\0\0" * 100,  # HTTP/2
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        f"HTTP/1.1 200 OK\r\n{TYPE}Content-Length: 5\r\n\r\nhello".encode(),
        f"HTTP/1.1 200 OK\r\n{TYPE}Content-Length: 0\r\n\r\n".encode(),
        f"HTTP/1.1 200 OK\r\n{TYPE}Transfer-Encoding: chunked\r\n\r\nzz\r\n".encode(),
        f"HTTP/1.1 200 OK\r\n{TYPE}Content-Length: 70000\r\n\r\n".encode() + bytes(70000),
    ],
)
def test_garbage_over_https_does_not_count(ask: Ask, data: bytes) -> None:
    seen = ask(over_https(lambda _query: data), "https", timeout=1)
    assert seen["observation"] == "unproven", seen["reason"]
    assert "what came in its name does not count: " in seen["reason"]


@pytest.mark.parametrize(
    ("head", "observation"),
    [
        (f"HTTP/1.1 200 OK\r\n{TYPE}\r\n".encode(), "unproven"),
        (f"HTTP/1.1 200 OK\r\n{TYPE}Transfer-Encoding: chunked\r\n\r\nFFFFFFF\r\n".encode(), "unproven"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 9, "wrong_answer"),
        (b"", "unproven"),
    ],
)
def test_an_endless_reply_ends(ask: Ask, head: bytes, observation: str) -> None:
    sent: List[int] = []

    def endless(conn: socket.socket) -> None:
        conn.recv(65536)
        conn.sendall(head)
        while True:
            conn.sendall(bytes(16384))
            sent.append(16384)

    started = time.monotonic()
    seen = ask(endless, "https", timeout=20)
    assert time.monotonic() - started < 8
    assert seen["observation"] == observation, seen["reason"]
    assert sum(sent) < 8 * 1024 * 1024  # what the sockets hold, not what was read


def test_a_body_that_trickles_ends_in_time(ask: Ask) -> None:
    def trickle(conn: socket.socket) -> None:
        conn.recv(65536)
        conn.sendall(f"HTTP/1.1 200 OK\r\n{TYPE}Content-Length: 100\r\n\r\n".encode())
        while True:
            conn.sendall(b"x")
            time.sleep(0.05)

    started = time.monotonic()
    assert ask(trickle, "https", timeout=0.6)["observation"] == "dropped"
    assert time.monotonic() - started < 2


class _Bytes(_stream.Stream):
    """A stream of some bytes, in pieces."""

    def __init__(self, data: bytes, size: int) -> None:
        self.data, self.size = data, size

    def receive(self, _deadline: float, _size: int = 0) -> bytes:
        if not self.data:
            raise _stream.Ended("closed the connection")
        piece, self.data = self.data[: self.size], self.data[self.size :]
        return piece


@given(
    head=st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n", f"HTTP/1.1 200 OK\r\n{TYPE}\r\n".encode()]),
    data=st.binary(max_size=400),
    size=st.integers(1, 60),
)
def test_any_bytes_are_an_http_reply_or_an_error(head: bytes, data: bytes, size: int) -> None:
    try:
        got = _dns_https.receive(_Bytes(head + data, size), 0.0)
    except (_http.HttpError, _stream.Ended):
        return
    wrong = _dns_https.objection(got)
    assert wrong is None or wrong.isprintable()
    assert len(got.body) <= 65535


@given(text=st.text(max_size=60))
def test_any_text_is_a_url_or_refused(text: str) -> None:
    refused: List[str] = []
    for url in (text, f"https://{text}", f"https://[{text}]/", f"https://resolver.example:{text}/"):
        try:
            check = _model.parse_checks([{"kind": "dns", "name": NAME, "url": url}])[0]
        except _model.InvalidChecks as error:
            refused.extend(error.errors)
            continue
        assert 1 <= check["port"] <= 65535
        assert _dns_https.host_of(check["url"])
        assert _dns_https.request(check["url"], b"").startswith(b"POST /")
    assert all(error.startswith("checks[0].url: ") for error in refused)
