# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads that may be left behind, the pace of datagrams, names asked for once."""

from __future__ import annotations

import threading
import time
from typing import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _model, _names, _pace
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._workers import Job, Workers, each_address

CHECK = _model.parse_checks([{"kind": "tcp", "host": "localhost", "port": 1}])[0]


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    _pace.forget()
    _names.forget()
    yield
    _pace.forget()
    _names.forget()


def test_never_more_threads_than_allowed() -> None:
    running, most, lock = [0], [0], threading.Lock()

    def work() -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.01)
        with lock:
            running[0] -= 1

    workers = Workers(4)
    jobs = [workers.submit(Job(work)) for _number in range(40)]
    assert all(job.wait(time.monotonic() + 5) for job in jobs)
    assert most[0] <= 4


def test_a_job_keeps_its_exception_for_who_asks() -> None:
    job = Workers(1).submit(Job(lambda: 1 // 0))
    assert job.wait(time.monotonic() + 5)
    with pytest.raises(ZeroDivisionError):
        job.result()


def test_listeners_are_told_also_when_they_come_late() -> None:
    told: list[str] = []
    job = Job(lambda: 1)
    job.tell(lambda: told.append("early"))
    job.run()
    job.tell(lambda: told.append("late"))
    assert told == ["early", "late"]


def test_addresses_are_asked_at_the_same_time_and_answered_in_order() -> None:
    started = time.monotonic()

    def slow(address: str) -> str:
        time.sleep(0.2 if address == "a" else 0.1)
        return address.upper()

    assert each_address(["a", "b", "c"], slow) == ["A", "B", "C"]
    assert time.monotonic() - started < 0.35


def test_what_one_address_raises_is_raised() -> None:
    def fail(address: str) -> str:
        raise _model.NotRun(address)

    for addresses in (["a"], ["a", "b"]):
        with pytest.raises(_model.NotRun, match="a"):
            each_address(addresses, fail)


def take(count: int, within: float = 0.0) -> list[_pace.Token]:
    found = [_pace.acquire("192.0.2.1", 53, time.monotonic() + within) for _number in range(count)]
    return [token for token in found if token]


def test_six_at_once_then_one_a_second() -> None:
    assert len(take(20)) == 6
    started = time.monotonic()
    assert len(take(1, within=5.0)) == 1
    assert 0.8 < time.monotonic() - started < 1.5


def test_another_target_has_its_own_pace() -> None:
    take(6)
    assert _pace.acquire("192.0.2.2", 53, time.monotonic())


def test_what_was_answered_costs_nothing() -> None:
    for _number in range(100):
        (token,) = take(1)
        token.give_back()
        token.give_back()  # twice is once
    assert len(take(20)) == 6


def test_silence_costs_nothing_until_the_target_is_seen_to_send_errors() -> None:
    tokens = take(6)
    for token in tokens[:3]:
        token.silent()
    assert len(take(20)) == 3
    tokens[3].refused()
    tokens[4].silent()
    assert take(20) == []


def test_a_token_given_back_lets_the_next_go_at_once() -> None:
    (token, *_others) = take(6)
    threading.Timer(0.1, token.give_back).start()
    started = time.monotonic()
    assert len(take(1, within=5.0)) == 1
    assert time.monotonic() - started < 0.5


def test_a_port_that_answers_has_an_allowance_of_its_own() -> None:
    first, *_others = take(6)
    first.answered()
    assert len(take(100)) == 64
    assert _pace.acquire("192.0.2.1", 54, time.monotonic()), "what the answer did not cost"
    assert not _pace.acquire("192.0.2.1", 54, time.monotonic()), "the other ports share what they had"


def test_an_answer_lets_all_go_that_wait_for_the_port() -> None:
    first, *_others = take(6)
    waiting = [threading.Thread(target=take, args=(1, 5.0)) for _number in range(20)]
    for thread in waiting:
        thread.start()
    time.sleep(0.1)
    started = time.monotonic()
    first.answered()
    for thread in waiting:
        thread.join()
    assert time.monotonic() - started < 0.5


def test_a_name_is_looked_up_once() -> None:
    first, second = _names.look_up("localhost", CHECK), _names.look_up("localhost", CHECK)
    assert first is second
    assert "127.0.0.1" in _names.resolve("localhost", CHECK, time.monotonic() + 5)


def test_failures_are_asked_for_again_on_another_attempt_successes_are_not() -> None:
    good, bad = _names.look_up("localhost", CHECK), _names.look_up("does-not-exist.invalid", CHECK)
    assert good.wait(time.monotonic() + 10)
    assert bad.wait(time.monotonic() + 10)
    _names.forget(failures_only=True)
    assert _names.look_up("localhost", CHECK) is good
    assert _names.look_up("does-not-exist.invalid", CHECK) is not bad


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_an_address_is_its_own_answer(host: str) -> None:
    assert _names.resolve(host, CHECK, 0.0) == [host]


@given(st.ip_addresses(), st.sampled_from(["ipv4", "ipv6"]))
def test_an_address_of_another_family_is_a_name_error(address: object, family: str) -> None:
    host, check = str(address), {**CHECK, "family": family}
    if (":" in host) == (family == "ipv6"):
        assert _names.resolve(host, check, 0.0) == [host]
    else:
        with pytest.raises(_model.NameFailure, match=family):
            _names.resolve(host, check, 0.0)
