# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The engine: any mix of checks in, one result each out, in the same order. Nothing raises to the caller."""

from __future__ import annotations

import contextlib
import time
from time import monotonic
from typing import Callable, Dict, Iterator, List, Optional, Tuple

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _again, _names, _pace, _silence
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._judge import best
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._kinds import KINDS
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._model import target_of
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import (
    PASSING,
    Check,
    NameFailure,
    NotRun,
    Result,
)
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._workers import Job, Workers

TIME_LIMIT = 300.0  # seconds that a run may take at most

_MOST_THREADS = 256  # each waits for the network nearly all of its time
_MOST_CONNECTS = 4096  # under way at once
_SPARE_FILES = 512  # of the limit on open files, for threads, name lookups and Python
_COMMON = frozenset({"target", "observation", "reason", "elapsed", "addresses"})
_BETWEEN_ATTEMPTS = 1.0  # seconds; what failed at once gets another chance later, and devices may send ICMP again


def run_checks(checks: List[Check], limit: float = TIME_LIMIT) -> List[Result]:
    """Make all checks (as parse_checks returns them) at the same time; the results in their order."""
    cutoff = monotonic() + limit
    _names.forget()
    _pace.forget()
    results: List[Optional[Result]] = [None] * len(checks)
    todo, attempt = list(range(len(checks))), 1
    while todo:
        found = _attempt([checks[place] for place in todo], cutoff)
        for place, result in zip(todo, found):
            results[place] = _merge(results[place], result, attempt)
        attempt += 1
        todo = [place for place in todo if attempt <= checks[place]["attempts"] and _worth_another(results[place])]
        if not todo or monotonic() + _BETWEEN_ATTEMPTS >= cutoff:
            break
        _names.forget(failures_only=True)
        time.sleep(_BETWEEN_ATTEMPTS)
    return [result for result in results if result is not None]


def passed(result: Result) -> bool:
    """Whether a check proved what it asks for."""
    return result["observation"] in PASSING


def _attempt(checks: List[Check], cutoff: float) -> List[Result]:
    """One attempt of every check: TCP connects in this thread's loop, the rest in threads beside it."""
    jobs = _start_threads(checks, cutoff)
    tcp = [place for place, check in enumerate(checks) if check["kind"] == "tcp"]
    results: Dict[int, Result] = {}
    if tcp:
        results.update(zip(tcp, _sweep([checks[place] for place in tcp], cutoff)))
    for places, job in jobs:
        # A runner that keeps to its deadline is done by then; any other is left behind.
        ended = job.wait(cutoff + 0.5)
        results.update(zip(places, job.result() if ended else [_late(checks[place]) for place in places]))
    found = [results[place] for place in range(len(checks))]
    _again.ask_again(checks, found, lambda check: _make_one(check, cutoff), cutoff)
    _silence.explain(found)
    return found


def _make_one(check: Check, cutoff: float) -> Result:
    return (_sweep if check["kind"] == "tcp" else _run_group)([check], cutoff)[0]


def _start_threads(checks: List[Check], cutoff: float) -> List[Tuple[List[int], Job[List[Result]]]]:
    workers = Workers(_MOST_THREADS)
    groups: Dict[Tuple[str, float, int], List[int]] = {}
    for place, check in enumerate(checks):
        if check["kind"] != "tcp":
            alone = 0 if KINDS[check["kind"]].load_many else place + 1
            groups.setdefault((check["kind"], check["timeout"], alone), []).append(place)
    return [
        (places, workers.submit(Job(_call([checks[place] for place in places], cutoff)))) for places in groups.values()
    ]


def _call(checks: List[Check], cutoff: float) -> Callable[[], List[Result]]:
    return lambda: _run_group(checks, cutoff)


def _run_group(checks: List[Check], cutoff: float) -> List[Result]:
    """Checks of one kind and timeout, in one call of their kind's runner."""
    kind = KINDS[checks[0]["kind"]]
    started = monotonic()
    patience = max(checks[0]["timeout"], kind.patience(checks[0])) + kind.spread(len(checks))
    deadline = min(cutoff, started + patience)
    try:
        found = kind.load_many()(checks, deadline) if kind.load_many else [kind.load()(checks[0], deadline)]
        for check, result in zip(checks, found):
            _silence.amend(result, check)
    except Exception as error:  # noqa: BLE001  # the outermost guard: whatever goes wrong is one check's result
        return [_failure(check, error, started) for check in checks]
    return [_complete(check, result, monotonic() - started) for check, result in zip(checks, found)]


def _sweep(checks: List[Check], cutoff: float) -> List[Result]:
    from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _tcp

    started = monotonic()
    try:
        with _open_files(len(checks)) as window:
            outcomes = _tcp.run_all(checks, window, cutoff)
    except Exception as error:  # noqa: BLE001  # as in _run_group
        return [_failure(check, error, started) for check in checks]
    return [
        _failure(check, outcome, started) if isinstance(outcome, Exception) else _complete(check, outcome)
        for check, outcome in zip(checks, outcomes)
    ]


@contextlib.contextmanager
def _open_files(wanted: int) -> Iterator[int]:
    """How many sockets may be open at once; the limit on open files is raised for as long as that takes."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = min(wanted, _MOST_CONNECTS) + _SPARE_FILES
    top = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    raised = soft != resource.RLIM_INFINITY and soft < top
    if raised:
        resource.setrlimit(resource.RLIMIT_NOFILE, (top, hard))
    available = _MOST_CONNECTS if soft == resource.RLIM_INFINITY else max(soft, top) - min(_SPARE_FILES, soft // 2)
    try:
        yield max(1, min(available, _MOST_CONNECTS))
    finally:
        if raised:
            with contextlib.suppress(OSError, ValueError):  # harmless: the process ends soon
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _complete(check: Check, found: Result, elapsed: float = 0.0) -> Result:
    """A runner's result with what every result has."""
    details = {name: value for name, value in found.items() if name not in _COMMON}
    return {
        "id": check["id"],
        "kind": check["kind"],
        "target": found["target"],
        "observation": found["observation"],
        "reason": found["reason"],
        "elapsed": round(found.get("elapsed", elapsed), 6),
        "attempts": 1,
        "flaky": False,
        "bound": {name: check[name] for name in ("interface", "source", "family")},
        "addresses": found["addresses"],
        **details,
    }


def _failure(check: Check, error: Exception, started: float) -> Result:
    if isinstance(error, NameFailure):
        observation, reason = "name_error", str(error)
    elif isinstance(error, NotRun):
        observation, reason = "not_run", str(error)
    else:
        observation = "not_run"
        reason = f"a fault of the probe itself, please report it: {type(error).__name__}: {error}"
    found = {"observation": observation, "reason": reason, "target": _target(check), "addresses": []}
    return _complete(check, found, monotonic() - started)


def _late(check: Check) -> Result:
    return _failure(check, NotRun("the time limit of the whole run came first"), monotonic())


def _target(check: Check) -> str:
    """What a check is about, for a result whose runner did not get to say it."""
    if check.get("host"):
        return target_of(check["host"], check["port"])
    if check["kind"] == "wifi_scan":
        return str(check["interface"])
    known = (check.get(option) for option in ("name", "url", "mac", "router", "server"))
    return next((str(what) for what in known if what), "this host's resolver")


def _merge(earlier: Optional[Result], later: Result, attempt: int) -> Result:
    """The result after another attempt: it passes if that passed; else the attempt that proves most stands."""
    if earlier is None:
        return later
    elapsed = round(earlier["elapsed"] + later["elapsed"], 6)
    chosen = later if passed(later) else best([earlier, later])
    return {**chosen, "elapsed": elapsed, "attempts": attempt, "flaky": passed(later)}


def _worth_another(result: Optional[Result]) -> bool:
    """A device that rejects has decided; everything else may have been loss, or a service that was just away."""
    return result is not None and not passed(result) and result["observation"] not in ("not_run", "rejected")
