# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Idle sessions with peers that keep them, end them, reset them, or do not keep silent. Paths are in tests/faults."""

from __future__ import annotations

import socket
import struct
import time
from typing import Any, Callable, Dict, List

import pytest
from service_peers import ANY_V4, ANY_V6, free_port, silence, tcp_peer

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _model, _run

Handler = Callable[[socket.socket], None]


def hold(handler: Handler, host: str = ANY_V4, **options: Any) -> _model.Result:
    """Through the engine, which knows how long it takes."""
    with tcp_peer(handler, host) as peer:
        check = {"kind": "idle", "host": host, "port": peer.port, "timeout": 1, "idle_times": [0.2, 0.6], **options}
        return _run.run_checks(_model.parse_checks([check]))[0]


def outcomes(seen: _model.Result) -> List[str]:
    return [session["outcome"] for session in seen["sessions"]]


@pytest.mark.parametrize("host", [ANY_V4, ANY_V6])
def test_a_path_that_keeps_its_sessions(host: str) -> None:
    started = time.monotonic()
    seen = hold(silence, host, idle_times=[0.6, 0.2, "0.4", 0.2])
    assert 0.6 < time.monotonic() - started < 1.1, "the longest, not their sum"
    assert (seen["observation"], seen["longest_survived"], seen["shortest_lost"]) == ("open", 0.6, None)
    assert [session["idle"] for session in seen["sessions"]] == [0.2, 0.4, 0.6]
    assert all(session["silent_for"] >= session["idle"] for session in seen["sessions"])
    assert seen["reason"] == f"the path to {host} still carries a session after 0.6 s of silence"


def test_the_byte_arrives_and_nothing_before_it() -> None:
    heard: List[float] = []

    def listen(conn: socket.socket) -> None:
        started = time.monotonic()
        if conn.recv(10) == b"\0":
            heard.append(time.monotonic() - started)

    assert hold(listen, idle_times=[0.5])["observation"] == "open"
    assert len(heard) == 1
    assert 0.45 < heard[0] < 0.8


def test_opening_bytes_and_the_greeting_do_not_count_as_silence() -> None:
    heard: List[bytes] = []

    def greet(conn: socket.socket) -> None:
        heard.append(conn.recv(10))
        time.sleep(0.3)
        conn.sendall(b"welcome")
        heard.append(conn.recv(10))

    seen = hold(greet, idle_times=[0.5], opening_hex="0a0b", payload_hex="c000")
    assert (seen["observation"], heard) == ("open", [b"\x0a\x0b", b"\xc0\0"])
    assert seen["elapsed"] > 0.75


def test_a_peer_that_dislikes_the_byte_has_still_got_it() -> None:
    """A server resets a connection that it closes with something unread."""

    def dislike(conn: socket.socket) -> None:
        conn.recv(1, socket.MSG_PEEK)
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    seen = hold(dislike, idle_times=[0.2, 0.3])
    assert (seen["observation"], outcomes(seen)) == ("open", ["survived", "survived"])


def after(seconds: float, then: Handler) -> Handler:
    def answer(conn: socket.socket) -> None:
        conn.settimeout(seconds)
        try:
            conn.recv(1)
            conn.settimeout(5)
            silence(conn)
        except socket.timeout:
            then(conn)

    return answer


def reset(conn: socket.socket) -> None:
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_a_peer_that_ends_silent_sessions_is_told_from_the_path() -> None:
    """What comes in the middle of the silence can only be known of the peer if it closes."""
    seen = hold(after(0.4, lambda conn: None))
    assert (seen["observation"], outcomes(seen), seen["shortest_lost"]) == ("open", ["survived", "closed"], None)
    seen = hold(after(0.1, lambda conn: None))
    assert (seen["observation"], outcomes(seen)) == ("unproven", ["closed", "closed"])
    assert "itself does not keep silent sessions" in seen["reason"]


def test_a_reset_in_the_silence_loses_the_session() -> None:
    seen = hold(after(0.4, reset))
    assert (seen["observation"], outcomes(seen)) == ("open", ["survived", "reset"])
    assert (seen["longest_survived"], seen["shortest_lost"]) == (0.2, 0.6)
    assert seen["reason"].endswith("after 0.2 s of silence, but lost one after 0.6 s")
    seen = hold(after(0.1, reset))
    assert (seen["observation"], seen["shortest_lost"]) == ("closed_or_reset", 0.2)


def test_a_peer_that_does_not_keep_silent() -> None:
    def chat(conn: socket.socket) -> None:
        while True:
            conn.sendall(b"and another thing")
            time.sleep(0.3)

    seen = hold(chat, idle_times=[4])
    assert (seen["observation"], outcomes(seen)) == ("unproven", ["spoke"])
    assert seen["elapsed"] < 3.5


def test_an_endless_stream_ends() -> None:
    def stream(conn: socket.socket) -> None:
        while True:
            conn.sendall(b"x" * 4096)

    started = time.monotonic()
    assert hold(stream, idle_times=[5])["observation"] == "unproven"
    assert time.monotonic() - started < 3.5


def test_a_closed_port_costs_no_silence() -> None:
    checks = _model.parse_checks([{"kind": "idle", "host": ANY_V4, "port": free_port(), "idle_times": [60]}])
    seen = _run.run_checks(checks)[0]
    assert seen["elapsed"] < 1
    assert (seen["observation"], seen["addresses"][0]["errno"]) == ("closed_or_reset", "ECONNREFUSED")


def test_a_time_limit_that_is_too_short_is_told_at_once() -> None:
    checks = _model.parse_checks([{"kind": "idle", "host": ANY_V4, "port": 9, "idle_times": [600]}])
    started = time.monotonic()
    seen = _run.run_checks(checks, 60)[0]
    assert time.monotonic() - started < 1
    assert seen["observation"] == "not_run"
    assert seen["reason"] == "it takes up to 606 s, more than the whole run may: give a longer time_limit"


def test_the_time_spans_between_two_bounds() -> None:
    check = {"kind": "idle", "host": "a.example", "port": 1}
    parsed = _model.parse_checks(
        [{**check, "min_idle": 10, "max_idle": 1000, "sessions": 3}, {**check, "max_idle": 320}]
    )
    assert parsed[0]["idle_times"] == [10.0, 100.0, 1000.0]
    assert (parsed[1]["idle_times"][0], parsed[1]["idle_times"][-1], len(parsed[1]["idle_times"])) == (20.0, 320.0, 8)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({}, "idle_times: is missing (or give max_idle)"),
        ({"idle_times": []}, "idle_times: is not a list of 1 to 16 numbers of seconds"),
        ({"idle_times": [1] * 17}, "idle_times: is not a list of 1 to 16 numbers of seconds"),
        ({"idle_times": ["soon"]}, "idle_times: is not a number of seconds (0.1 to 3480)"),
        ({"idle_times": [4000]}, "idle_times: is not a number of seconds (0.1 to 3480)"),
        ({"idle_times": [1], "max_idle": 2}, "max_idle: can't be given beside idle_times"),
        ({"max_idle": 2, "min_idle": 3}, "min_idle: is more than max_idle (2)"),
        ({"max_idle": True}, "max_idle: is not a number of seconds (0.1 to 3480)"),
        ({"max_idle": 2, "sessions": 17}, "sessions: is not an integer (2 to 16)"),
        ({"max_idle": 2, "payload_hex": ""}, "payload_hex: is empty, but silence ends by sending something"),
    ],
)
def test_bad_options_are_told(options: Dict[str, Any], error: str) -> None:
    with pytest.raises(_model.InvalidChecks) as caught:
        _model.parse_checks([{"kind": "idle", "host": "a.example", "port": 1, **options}])
    assert caught.value.errors == [f"checks[0].{error}"]
