# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work in several processes: the same answers in the same order, and no process left behind, however it ends."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.plugin_utils._parallel import WorkerError, in_order

SOURCE = Path(__file__).resolve().parents[4] / "build" / "src"
ENDLESS = """
import os, signal, sys, time
from ansible_collections.fieldnet.iot.plugins.plugin_utils._parallel import in_order
def work(item):
    with open(sys.argv[1], "a") as file:
        file.write(f"{os.getpid()}\\n")
    time.sleep(0.01)
    return item
# What a shell starts in the background is told to ignore Ctrl-C, and so are all that it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)
for _item in in_order(work, range(100000), 2):
    pass
"""


def alive(pid: int) -> bool:
    """Whether a process runs: one that has ended and waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def until(condition: t.Callable[[], bool], seconds: float = 20) -> bool:
    """Whether it came true in time."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


@settings(max_examples=30)
@given(st.integers(0, 100), st.integers(1, 4))
def test_the_order_is_that_of_the_items(count: int, workers: int) -> None:
    assert list(in_order(lambda item: item * item, range(count), workers)) == [item * item for item in range(count)]


def test_many_are_done_by_others_and_few_here() -> None:
    assert set(in_order(lambda _item: os.getpid(), range(10))) == {os.getpid()}
    others = set(in_order(lambda _item: os.getpid(), range(50), 2))
    assert len(others) == 2
    assert os.getpid() not in others


def test_what_goes_wrong_in_a_worker_is_raised_here() -> None:
    with pytest.raises(ValueError, match="this one"):
        list(in_order(lambda item: int("this one") if item == 33 else item, range(100), 2))
    assert not multiprocessing.active_children()


def test_a_worker_that_is_killed_is_told() -> None:
    """As the kernel does when the memory is short. What came before it is not lost."""

    def work(item: int) -> int:
        if item == 40:
            os.kill(os.getpid(), signal.SIGKILL)
        return item

    seen: t.List[int] = []
    with pytest.raises(WorkerError, match=r"ended too early \(SIGKILL: is memory short\?\)"):
        seen.extend(in_order(work, range(100), 2))
    assert seen == list(range(40))
    assert not multiprocessing.active_children()


def test_what_cannot_be_told_is_no_hang() -> None:
    with pytest.raises((AttributeError, pickle.PicklingError), match=r"pickle|local object"):
        list(in_order(lambda _item: lambda: None, range(100), 2))


def test_who_stops_reading_leaves_no_process() -> None:
    found = in_order(lambda item: "x" * 100_000 + str(item), range(1000), 2)
    next(found)
    assert len(multiprocessing.active_children()) == 2
    del found
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_end_from_outside_ends_all_of_it(number: signal.Signals, tmp_path: Path) -> None:
    """Ctrl-C, a job that is cancelled, a process that is killed: its workers end too."""
    log = tmp_path / "pids"
    command = [sys.executable, "-c", ENDLESS, str(log)]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    with subprocess.Popen(command, env=environment, start_new_session=True, stderr=subprocess.PIPE) as process:

        def workers() -> t.Set[int]:
            return {int(line) for line in log.read_text(encoding="utf-8").split()} if log.exists() else set()

        try:
            assert until(lambda: len(workers()) == 2)
            process.send_signal(number)
            assert process.wait(20) != 0
            assert until(lambda: not any(map(alive, workers())))
        finally:
            for pid in (process.pid, *workers()):
                if alive(pid):
                    os.kill(pid, signal.SIGKILL)
