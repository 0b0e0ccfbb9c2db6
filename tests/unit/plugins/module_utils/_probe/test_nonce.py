# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kind nonce against the real responder, and against everybody else who may answer in its place."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _model, _run
from ansible_collections.fieldnet.iot.plugins.module_utils._responder import _service
from support.responders import KEY, OTHER_KEY, PORT, free_port, responder

LIAR = free_port()
Peer = t.Callable[[socket.socket], t.Any]


@pytest.fixture(scope="module", autouse=True)
def running() -> t.Iterator[None]:
    with responder():
        yield


def ask(*checks: t.Dict[str, t.Any]) -> t.List[t.Dict[str, t.Any]]:
    common = {"kind": "nonce", "host": "127.0.0.1", "port": PORT, "key": KEY, "timeout": 0.5}
    return _run.run_checks(_model.parse_checks([{**common, **check} for check in checks]))


@contextlib.contextmanager
def impostor(kind: int, answer: Peer) -> t.Iterator[None]:
    """Somebody else at the port LIAR; the connection, or the socket with a datagram, goes to ``answer``."""
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", LIAR))
        if kind == socket.SOCK_STREAM:
            sock.listen()
        thread = threading.Thread(target=_lie, args=(sock, answer), daemon=True)
        thread.start()
        yield
        thread.join(5)


def _lie(sock: socket.socket, answer: Peer) -> None:
    if sock.type == socket.SOCK_DGRAM:
        answer(sock)
        return
    with contextlib.suppress(OSError), sock.accept()[0] as connection:
        answer(connection)


def send_back(change: t.Callable[[bytes], bytes]) -> Peer:
    """An answer made of the question."""

    def answer(sock: socket.socket) -> None:
        data, peer = sock.recvfrom(4096)
        if sock.type == socket.SOCK_DGRAM:
            sock.sendto(change(data), peer)
        else:
            sock.sendall(change(data))

    return answer


def forged(key: str) -> t.Callable[[bytes], bytes]:
    return lambda data: _service.make_reply(key.encode(), data[16:48], _service.Seen("192.0.2.1", 1, LIAR))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_the_responder_is_known(protocol: str, host: str) -> None:
    result = ask({"host": host, "protocol": protocol})[0]
    assert result["observation"] == "open"
    assert "proved that it was reached" in result["reason"]
    assert (result["answer"], result["nat"], result["transport"]) == ("authentic", False, protocol)
    assert result["seen_as"]["address"] == result["addresses"][0]["address"]
    assert result["seen_as"]["port"] > 1023


LIES: t.Dict[str, t.Callable[[bytes], bytes]] = {
    "echo": lambda data: data,
    "zeros": lambda data: bytes(len(data)),
    "http": lambda _data: b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 200,
    "one byte": lambda _data: b"x",
    "another key": forged(OTHER_KEY),
    "another nonce": lambda _data: _service.make_reply(KEY.encode(), bytes(32), _service.Seen("192.0.2.1", 1, LIAR)),
    "cut short": lambda data: forged(KEY)(data)[:95],
}


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize(("protocol", "kind"), [("tcp", socket.SOCK_STREAM), ("udp", socket.SOCK_DGRAM)])
def test_who_does_not_know_the_key_is_no_responder(protocol: str, kind: int, lie: str) -> None:
    with impostor(kind, send_back(LIES[lie])):
        result = ask({"port": LIAR, "protocol": protocol})[0]
    assert result["observation"] == "intercepted"
    assert result["answer"] == "foreign"
    assert result["seen_as"] is None
    assert "know" in result["reason"]
    assert len(result["reason"]) < 400


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_the_responder_on_another_port_is_a_redirection(protocol: str) -> None:
    """The question is carried to the responder's own port, and its true answer back."""

    def carry(data: bytes) -> bytes:
        seen = _service.Seen("127.0.0.1", 5, 443)
        return _service.make_reply(KEY.encode(), data[16:48], seen)

    with impostor(socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM, send_back(carry)):
        result = ask({"port": LIAR, "protocol": protocol})[0]
    assert result["observation"] == "intercepted"
    assert "on its port 443: something redirects the port" in result["reason"]
    assert result["answer"] == "authentic"


def test_the_address_that_is_seen_tells_of_nat() -> None:
    with impostor(socket.SOCK_STREAM, send_back(forged(KEY))):
        result = ask({"port": LIAR})[0]
    assert result["observation"] == "open"
    assert result["nat"] is True
    assert result["seen_as"] == {"address": "192.0.2.1", "port": 1}
    assert "sees this host as 192.0.2.1, which is NAT" in result["reason"]


def wait_for_end(sock: socket.socket) -> None:
    sock.settimeout(5)
    while sock.recv(4096):
        continue


def test_a_connection_alone_proves_nothing() -> None:
    """A transparent proxy accepts, and then has nobody to talk to."""
    with impostor(socket.SOCK_STREAM, wait_for_end):
        silent = ask({"port": LIAR})[0]
    with impostor(socket.SOCK_STREAM, lambda sock: sock.recv(4096)):
        closed = ask({"port": LIAR})[0]
    assert [silent["observation"], closed["observation"]] == ["intercepted", "intercepted"]
    assert "completed the handshake and then kept silent" in silent["reason"]
    assert "completed the handshake and then closed the connection" in closed["reason"]
    assert silent["answer"] == closed["answer"] == "none"


def test_an_endless_answer_ends() -> None:
    def stream(sock: socket.socket) -> None:
        while True:
            sock.sendall(b"x" * 65536)

    with impostor(socket.SOCK_STREAM, stream):
        result = ask({"port": LIAR})[0]
    assert result["observation"] == "intercepted"
    assert result["elapsed"] < 1.0


def test_a_forged_datagram_does_not_hide_the_true_one() -> None:
    def both(sock: socket.socket) -> None:
        data, peer = sock.recvfrom(4096)
        sock.sendto(b"forged", peer)
        sock.sendto(forged(KEY)(data), peer)

    with impostor(socket.SOCK_DGRAM, both):
        assert ask({"port": LIAR, "protocol": "udp"})[0]["observation"] == "open"


def test_silence_proves_nothing_unless_the_responder_answers_elsewhere() -> None:
    with impostor(socket.SOCK_DGRAM, lambda sock: sock.recvfrom(4096)):
        alone = ask({"port": LIAR, "protocol": "udp"})[0]
    with impostor(socket.SOCK_DGRAM, lambda sock: sock.recvfrom(4096)):
        beside = ask({"port": LIAR, "protocol": "udp"}, {})[0]
    assert alone["observation"] == "unproven"
    assert beside["observation"] == "dropped"
    assert "answers on another port, but not on this one" in beside["reason"]


def test_a_closed_port_is_a_closed_port() -> None:
    tcp, udp = ask({"port": LIAR}, {"port": LIAR, "protocol": "udp"})
    assert (tcp["observation"], udp["observation"]) == ("closed_or_reset", "closed")


def test_without_a_key_nothing_is_said_of_the_path() -> None:
    result = ask({"key": None})[0]
    assert result["observation"] == "not_run"
    assert "give responder_key" in result["reason"]


@pytest.mark.parametrize(
    "key", ["short", "x" * 257, "with spaces in it, long enough", "umlaut-äöü-0123456789", 12345678901234567]
)
def test_a_bad_key_is_refused_and_not_repeated(key: t.Any) -> None:
    with pytest.raises(_model.InvalidChecks) as caught:
        ask({"key": key})
    assert str(caught.value) == "checks[0].key: is not a key (16 to 256 printable ASCII characters, no spaces)"


def test_the_key_is_in_no_result() -> None:
    results = ask({}, {"port": LIAR}, {"protocol": "udp"}, {"host": "nowhere.invalid"}, {"source": "192.0.2.9"})
    assert KEY not in json.dumps(results)


@settings(max_examples=40)
@given(st.binary(max_size=300))
def test_whatever_comes_back_is_a_result(answer: bytes) -> None:
    with impostor(socket.SOCK_STREAM, send_back(lambda _data: answer)):
        result = ask({"port": LIAR})[0]
    assert result["observation"] == "intercepted"
    assert result["answer"] == ("foreign" if answer else "none")
    assert "fault of the probe" not in result["reason"]
