# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The responder on real sockets: who gets an answer, who gets none, and what it costs."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import time
import typing as t
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.module_utils._responder import _service
from support.responders import KEY, OTHER_KEY, PORT, free_port, responder, service

SPARE = free_port()
NONCE = bytes(range(32))
REQUEST = _service.make_request(KEY.encode(), NONCE)
HOSTS = ["127.0.0.1", "::1"]
# From close to nothing to more than a question, some of it with a good beginning.
garbage = st.one_of(st.binary(max_size=300), st.binary(max_size=90).map(lambda data: REQUEST[: 96 - len(data)] + data))


@pytest.fixture(scope="module", autouse=True)
def running() -> t.Iterator[None]:
    with responder():
        yield


def by_tcp(data: bytes, host: str = "127.0.0.1", port: int = PORT) -> bytes:
    """All that comes back over a connection on which something was sent, until its end."""
    answer = b""
    with socket.create_connection((host, port), timeout=8) as sock:
        try:
            sock.sendall(data)
            if len(data) < _service.SIZE:
                sock.shutdown(socket.SHUT_WR)
            while True:
                part = sock.recv(4096)
                if not part:
                    return answer
                answer += part
        except ConnectionError:
            return answer


def by_udp(data: bytes, host: str = "127.0.0.1", port: int = PORT, wait: float = 0.5) -> bytes:
    """The datagram that answers one, if any."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(wait)
        sock.connect((host, port))
        sock.send(data)
        try:
            return sock.recv(4096)
        except (socket.timeout, ConnectionRefusedError):  # the latter: it does not listen yet
            return b""


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("ask", [by_tcp, by_udp])
def test_who_knows_the_key_is_told_how_it_is_seen(ask: t.Callable[..., bytes], host: str) -> None:
    seen = _service.read_reply(KEY.encode(), NONCE, ask(REQUEST, host))
    assert seen is not None
    assert (seen.address, seen.own_port) == (host, PORT)
    assert seen.port > 1023


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(garbage)
def test_strangers_get_not_a_byte(data: bytes) -> None:
    if data == REQUEST:
        return
    assert by_tcp(data) == b""
    assert by_udp(data, wait=0.005) == b""


def test_another_key_gets_not_a_byte() -> None:
    stranger = _service.make_request(OTHER_KEY.encode(), NONCE)
    assert by_tcp(stranger) == b""
    assert by_udp(stranger, wait=0.1) == b""


def test_a_datagram_is_answered_from_the_address_that_it_came_to() -> None:
    with responder([("udp", SPARE)], ["0.0.0.0"]):
        assert len(by_udp(REQUEST, "127.0.0.9", SPARE)) == 96


def test_a_question_may_come_in_pieces() -> None:
    with socket.create_connection(("127.0.0.1", PORT), timeout=8) as sock:
        for byte in REQUEST:
            sock.sendall(bytes([byte]))
            time.sleep(0.001)
        assert len(sock.recv(200)) == 96


def test_who_sends_nothing_is_shown_out() -> None:
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", PORT), timeout=8) as sock:
        sock.sendall(REQUEST[:50])
        assert sock.recv(10) == b""
    assert 4.5 < time.monotonic() - started < 6.5


def test_a_crowd_of_silent_connections_keeps_nobody_out() -> None:
    crowd = []
    try:
        for _number in range(600):
            crowd.append(socket.create_connection(("127.0.0.1", PORT), timeout=8))
        assert len(by_tcp(REQUEST)) == 96
        assert len(by_udp(REQUEST)) == 96
    finally:
        for sock in crowd:
            sock.close()


def test_one_source_is_limited() -> None:
    with responder([("udp", SPARE)], ["127.0.0.1"], per_source=5.0):
        answers = sum(bool(by_udp(REQUEST, port=SPARE, wait=0.05)) for _number in range(30))
    assert 20 <= answers <= 28


def test_all_ports_that_cannot_be_had_are_named_and_none_is_kept() -> None:
    wanted = [("tcp", PORT), ("udp", PORT), ("tcp", SPARE)]
    with pytest.raises(_service.Unavailable) as caught:
        _service.listen(wanted, ["127.0.0.1"])
    assert str(caught.value) == (
        f"tcp {PORT}: Address already in use (127.0.0.1), udp {PORT}: Address already in use (127.0.0.1)"
    )
    _service.listen([("tcp", SPARE)], ["127.0.0.1"])[0].close()


CONFIG = {
    "addresses": ["127.0.0.1"],
    "ports": [{"protocol": "tcp", "port": SPARE}, {"protocol": "udp", "port": SPARE}],
    "per_source": 50,
    "total": 500,
}


def test_the_one_file_is_the_service(tmp_path: Path) -> None:
    """It needs no collection; it tells systemd when it listens, and holds its key nowhere to be seen."""
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(path)
        notify.settimeout(10)
        os.environ["NOTIFY_SOCKET"] = path
        try:
            with service(CONFIG, KEY.encode() + b"\n", tmp_path) as process:
                assert notify.recv(100) == b"READY=1"
                assert len(by_tcp(REQUEST, port=SPARE)) == 96
                assert len(by_udp(REQUEST, port=SPARE)) == 96
                told = b"".join(Path(f"/proc/{process.pid}/{name}").read_bytes() for name in ("cmdline", "environ"))
                assert KEY.encode() not in told
                assert os.readlink(f"/proc/{process.pid}/fd/0") == os.devnull
                process.send_signal(signal.SIGTERM)
                assert process.wait(timeout=5) == -signal.SIGTERM
        finally:
            del os.environ["NOTIFY_SOCKET"]


def test_the_service_survives_a_flood_in_bounded_memory(tmp_path: Path) -> None:
    with service(CONFIG, KEY.encode(), tmp_path) as process:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline and not by_udp(REQUEST, port=SPARE, wait=0.05):
            time.sleep(0.02)
        before = _resident(process)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            for number in range(20000):
                sock.sendto(REQUEST[:95] + bytes([number & 255]), ("127.0.0.1", SPARE))
                if not number % 40:
                    sock.sendto(os.urandom(1200), ("127.0.0.1", SPARE))
        for _number in range(200):
            by_tcp(b"GET / HTTP/1.1\r\n\r\n", port=SPARE)
        assert len(by_tcp(REQUEST, port=SPARE)) == 96
        assert _resident(process) - before < 4 * 1024
        assert process.poll() is None


@pytest.mark.parametrize(
    ("config", "says"),
    [
        (
            {**CONFIG, "ports": [{"protocol": "tcp", "port": PORT}]},
            f"can't listen on tcp {PORT}: Address already in use".encode(),
        ),
        ({}, b"the configuration can't be used: KeyError"),
        ([], b"the configuration can't be used: TypeError"),
    ],
    ids=["port in use", "nothing in it", "no mapping"],
)
def test_the_service_says_why_it_does_not_start(config: t.Any, says: bytes, tmp_path: Path) -> None:
    with service(config, KEY.encode(), tmp_path) as process:
        complaint = process.communicate(timeout=10)[1]
    assert says in complaint
    assert b"Traceback" not in complaint
    assert process.returncode != 0


def _resident(process: subprocess.Popen[bytes]) -> int:
    pages = int(Path(f"/proc/{process.pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() // 1024
