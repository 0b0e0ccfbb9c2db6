# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Work over many items in processes of its own, told in the items' order.

A worker takes each n-th batch and writes into a pipe that holds little, so that none runs ahead of who reads: memory
stays flat however many items there are, and the order never depends on who was faster. Workers are forked, so the work
may be any function; what it returns is pickled.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import typing as t
from multiprocessing.connection import Connection

_Item = t.TypeVar("_Item")
_Found = t.TypeVar("_Found")
_BATCH = 8
_WORTH_A_WORKER = 64  # items; fewer are done before a process has begun
_MOST = 8  # a container sees the processors of its host, and may use few of them


class WorkerError(Exception):
    """A worker ended before its work: the memory ran out, or somebody stopped it."""


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_order(
    work: t.Callable[[_Item], _Found], items: t.Sequence[_Item], workers: t.Optional[int] = None
) -> t.Iterator[_Found]:
    """What the work finds for each item, in their order; a few are done in this process."""
    count = min(processors(), _MOST, len(items) // _WORTH_A_WORKER) if workers is None else workers
    if count < 2 or multiprocessing.current_process().daemon:
        return map(work, items)
    return _by_workers(work, items, count)


def _by_workers(
    work: t.Callable[[_Item], _Found], items: t.Sequence[_Item], count: int
) -> t.Generator[_Found, None, None]:
    context = multiprocessing.get_context("fork")
    batches = [items[start : start + _BATCH] for start in range(0, len(items), _BATCH)]
    running: t.List[t.Tuple[t.Any, Connection]] = []
    try:
        for number in range(count):
            reader, writer = context.Pipe(duplex=False)
            process = context.Process(target=_serve, args=(work, batches[number::count], reader, writer), daemon=True)
            process.start()
            writer.close()
            running.append((process, reader))
        for number in range(len(batches)):
            yield from _received(*running[number % count])
    finally:
        # Whoever stopped reading, for whatever reason: no worker outlives it.
        for process, reader in running:
            reader.close()
            process.terminate()
        for process, _reader in running:
            process.join()


def _received(process: t.Any, reader: Connection) -> t.List[t.Any]:
    try:
        found, failure = reader.recv()
    except EOFError:
        process.join()
        raise WorkerError(f"a process that worked on it ended too early ({_ending(process.exitcode)})") from None
    if failure is not None:
        raise failure
    return t.cast("t.List[t.Any]", found)


def _ending(code: t.Optional[int]) -> str:
    if code is None or code >= 0:
        return f"exit code {code}"
    return signal.Signals(-code).name + (": is memory short?" if -code == signal.SIGKILL else "")


def _serve(
    work: t.Callable[[t.Any], t.Any], batches: t.Sequence[t.Sequence[t.Any]], reader: Connection, writer: Connection
) -> None:
    """In a worker: who has nobody to tell any more ends in silence."""
    reader.close()
    # Ansible's own handlers would end the whole run.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    try:
        for batch in batches:
            writer.send(([work(item) for item in batch], None))
    except BrokenPipeError:
        return
    except Exception as exc:  # noqa: BLE001 - whatever it is, who asked is to know it
        writer.send((None, exc))
