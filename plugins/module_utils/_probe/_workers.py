# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Threads that may be left behind.

What a check waits for can't always be interrupted (getaddrinfo knows no timeout). The threads of concurrent.futures
are joined when Python ends, so one stuck lookup would hold the module; daemon threads are not.
"""

from __future__ import annotations

import threading
from collections import deque
from time import monotonic
from typing import Callable, Deque, Generic, List, Optional, TypeVar

T = TypeVar("T")


class Job(Generic[T]):
    """A call, and what became of it."""

    def __init__(self, call: Callable[[], T]) -> None:
        self._call = call
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._listeners: List[Callable[[], None]] = []
        self._value: List[T] = []
        self.error: Optional[Exception] = None

    def run(self) -> None:
        """Make the call; an exception is kept for the one who asks for the result."""
        try:
            self._value.append(self._call())
        except Exception as error:  # noqa: BLE001  # raised again by result()
            self.error = error
        with self._lock:
            self._done.set()
        for listener in self._listeners:
            listener()

    def tell(self, listener: Callable[[], None]) -> None:
        """Call a function when the job has ended, from whichever thread that is."""
        with self._lock:
            if not self._done.is_set():
                self._listeners.append(listener)
                return
        listener()

    def wait(self, until: float) -> bool:
        """Whether it has ended by then."""
        return self._done.wait(max(0.0, min(until - monotonic(), threading.TIMEOUT_MAX)))

    def result(self) -> T:
        """What the call returned, or raise what it raised; only after it has ended."""
        if self.error is not None:
            raise self.error
        return self._value[0]


class Workers:
    """At most so many daemon threads, which end when nothing is left to do."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._waiting: Deque[Callable[[], None]] = deque()
        self._threads = 0

    def submit(self, job: Job[T]) -> Job[T]:
        """Run a job as soon as a thread is free."""
        with self._lock:
            self._waiting.append(job.run)
            start = self._threads < self._most
            self._threads += start
        if start:
            threading.Thread(target=self._work, daemon=True).start()
        return job

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._threads -= 1
                    return
                run = self._waiting.popleft()
            run()


def each_address(addresses: list[str], one: Callable[[str], T]) -> list[T]:
    """Run a function for every address at the same time; the outcomes in the order of the addresses.

    For what speaks to several addresses of one name, so that a dead one does not use up the time of the next.
    """
    if len(addresses) == 1:
        return [one(addresses[0])]
    workers = Workers(len(addresses))
    jobs = [workers.submit(Job(_call(one, address))) for address in addresses]
    for job in jobs:
        job.wait(float("inf"))
    return [job.result() for job in jobs]


def _call(one: Callable[[str], T], address: str) -> Callable[[], T]:
    return lambda: one(address)
