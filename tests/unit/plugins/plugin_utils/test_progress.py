"""Progress: events in, lines out; whatever a host, a task or a message is called."""

from __future__ import annotations

import typing as t
import unicodedata
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.plugin_utils._progress._lines import (
    HIDDEN,
    cells,
    clean,
    cut,
    duration,
    failure,
    first_line,
    status,
    table,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._progress._play import Ends, rescuable
from ansible_collections.fieldnet.iot.plugins.plugin_utils._progress._progress import Failure, Now, Progress, Row
from ansible_collections.fieldnet.iot.plugins.plugin_utils._progress._screen import Screen

SITES = {"gw.berlin": "berlin", "probe.berlin": "berlin", "gw.oslo": "oslo"}
HOSTILE = st.text(max_size=300)


def _begun(batch: t.Iterable[str] = ()) -> Progress:
    progress = Progress()
    progress.begin("Provision", SITES, batch or SITES)
    return progress


def _states(progress: Progress) -> t.Dict[str, str]:
    return {row.site: row.state for row in progress.rows()}


# --- what a site's hosts make of it


def test_a_site_is_done_when_all_its_hosts_are() -> None:
    progress = _begun()
    assert (progress.now(0).sites, progress.now(0).done) == (2, 0)
    progress.started("gw.berlin", "Last", 1)
    progress.ended("gw.berlin", 2, last=True)
    assert progress.now(2).done == 0
    progress.started("probe.berlin", "Last", 1)
    assert progress.now(2).done == 0
    progress.ended("probe.berlin", 2, last=True)
    assert progress.now(2).done == 1


def test_who_runs_a_handler_after_the_last_task_is_not_done() -> None:
    progress = _begun(["gw.oslo"])
    progress.ended("gw.oslo", 1, last=True)
    assert progress.now(1).done == 1
    progress.started("gw.oslo", "Handler", 1)
    assert progress.now(2).done == 0
    progress.ended("gw.oslo", 3)
    assert progress.now(3).done == 1


def test_after_a_last_task_that_includes_others_a_moment_has_to_pass() -> None:
    progress = _begun(["gw.oslo"])
    progress.ended("gw.oslo", 1, last=True, settles=True)
    assert progress.now(1.5).done == 0
    assert progress.now(2).done == 1


def test_batches_of_one_play_add_up_and_the_next_play_begins_anew() -> None:
    progress = _begun(["gw.berlin", "probe.berlin"])
    progress.begin("Provision", SITES, ["gw.oslo"])
    assert (progress.now(0).done, progress.now(0).sites) == (1, 2)
    progress.begin("Assess", SITES, SITES)
    assert progress.now(0).done == 0


def test_the_longest_task_is_shown_with_how_many_run_it() -> None:
    progress = _begun()
    progress.started("gw.oslo", "Stage", 10)
    progress.started("gw.berlin", "Change", 20)
    progress.started("probe.berlin", "Stage", 15)
    now = progress.now(130)
    assert (now.task, now.hosts, now.slowest, now.seconds) == ("Stage", 2, "gw.oslo", 120)
    assert status(now) == "0 of 2 sites done | Stage, 2 min 00 s, on gw.oslo and 1 more | Provision"


def test_a_failed_host_stays_failed_and_its_first_failure_counts() -> None:
    progress = _begun()
    progress.failed("gw.oslo", "failed", "Stage", "no space left")
    progress.failed("gw.oslo", "failed", "Clean up", "nothing there")
    progress.begin("Next", SITES, SITES)
    now = progress.now(0)
    assert (now.done, now.failed) == (1, 1)
    progress.finish({"gw.oslo": (2, 0)})
    assert progress.rows()[1] == Row("oslo", "failed", "", "gw.oslo: Stage: no space left")


def test_ansibles_counts_have_the_last_word() -> None:
    progress = _begun()
    progress.failed("gw.oslo", "failed", "Stage", "rescued, as it turns out")
    progress.finish({"gw.oslo": (0, 0), "gw.berlin": (0, 1), "probe.berlin": (1, 0)})
    assert _states(progress) == {"berlin": "failed", "oslo": "ok"}
    assert progress.rows()[1].why == ""


def test_who_was_not_reached_or_stopped_is_not_fine() -> None:
    progress = _begun(["gw.berlin", "probe.berlin"])
    progress.ended("gw.berlin", 1, last=True)
    progress.halted()
    progress.finish({})
    assert _states(progress) == {"berlin": "stopped", "oslo": "not reached"}


def test_a_host_of_no_site_is_told_beside_sites_only_where_it_went_wrong() -> None:
    progress = _begun()
    progress.begin("Look after all", {"localhost": ""}, ["localhost"])
    assert progress.now(0).sites == 1
    progress.finish({})
    assert _states(progress) == {"berlin": "ok", "oslo": "ok"}
    progress.failed("localhost", "failed", "Judge", "bad data")
    progress.finish({"localhost": (1, 0)})
    assert _states(progress) == {"berlin": "ok", "localhost": "failed", "oslo": "ok"}
    alone = Progress()
    alone.begin("Validate", {"localhost": ""}, ["localhost"])
    alone.finish({})
    assert _states(alone) == {"localhost": "ok"}


@pytest.mark.parametrize("document", [None, [], {"sites": 1}, {"sites": [1, {"site": 1, "readiness": "ready"}, {}]}])
def test_what_is_no_assessment_is_none(document: t.Any) -> None:
    progress = _begun()
    progress.assessed(document)
    assert progress.readiness == {}


# --- secrets and messages


@pytest.mark.parametrize(
    "result",
    [
        {"censored": "x", "msg": "hunter2"},
        {"_ansible_no_log": True, "msg": "hunter2"},
        {"msg": "", "results": [{"failed": True, "_ansible_no_log": True, "msg": "hunter2"}]},
    ],
)
def test_what_is_not_to_be_logged_is_hidden(result: t.Dict[str, t.Any]) -> None:
    assert first_line(result) == HIDDEN
    assert first_line({"msg": "hunter2"}, secret=True) == HIDDEN


@pytest.mark.parametrize(
    ("result", "line"),
    [
        ({"msg": "\n\n  first\nsecond"}, "first"),
        ({"msg": ["first", "second"]}, "first"),
        ({"msg": None, "stderr": "from stderr"}, "from stderr"),
        ({"msg": "One or more items failed", "results": [{}, {"failed": True, "msg": "this item"}]}, "this item"),
        ({"results": "none"}, "no message"),
        ({"msg": "\x1b[31mred\x1b[0m"}, "red"),
        ({}, "no message"),
    ],
)
def test_the_first_line_that_says_something(result: t.Dict[str, t.Any], line: str) -> None:
    assert first_line(result) == line


@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE, st.integers(1, 200))
def test_no_line_obeys_anybody(site: str, host: str, task: str, message: str, width: int) -> None:
    one = Failure(host, site, "failed", task, first_line({"msg": message}))
    now = Now(task, 400, 3, 1, 1, task, 2, host, 5.0)
    rows = table([Row(site, "failed", "not_ready", message), Row(host, "ok", "", "")], 5)
    for line in [failure(one), status(now), status(now, width), *rows]:
        assert not [c for c in line if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
    assert cells(status(now, width)) <= width
    assert len(failure(one)) <= 400


@given(HOSTILE, st.integers(0, 50))
def test_a_cut_text_fits_and_a_short_one_is_whole(text: str, width: int) -> None:
    assert cells(cut(text, width)) <= width
    assert clean(clean(text)) == clean(text)
    if cells(text) <= width:
        assert cut(text, width) == text


@pytest.mark.parametrize(("seconds", "text"), [(0.9, "0 s"), (59, "59 s"), (61, "1 min 01 s"), (3661, "1 h 01 min")])
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


# --- the table


def test_four_hundred_sites_make_a_short_table_with_what_failed_first() -> None:
    rows = [Row(f"site{n:03}", "ok", "ready", "") for n in range(300)]
    rows += [Row(f"site{n:03}", "ok", "degraded", "") for n in range(300, 395)]
    rows += [Row("site395", "changed", "not_ready", ""), Row("site396", "failed", "", "gw: Stage: no")]
    lines = table(rows, 3)
    assert lines[0] == "397 sites: 395 ok, 1 changed, 1 failed"
    assert lines[1] == "readiness: 300 ready, 95 degraded, 1 not_ready"
    assert lines[2].split() == ["SITE", "RUN", "READINESS", "WHY"]
    assert [line.split()[0] for line in lines[3:6]] == ["site396", "site395", "site300"]
    assert lines[6:] == ["and 94 more that are not fine"]


def test_where_all_is_fine_counts_are_enough() -> None:
    assert table([Row("oslo", "ok", "ready", "")], 40) == ["1 site: 1 ok", "readiness: 1 ready"]
    assert table([], 40) == []


# --- the screen


def _screen(terminal: bool, interval: float = 10) -> t.Tuple[Screen, t.List[str]]:
    out: t.List[str] = []
    draw: t.Optional[t.Callable[[str], None]] = out.append if terminal else None
    return Screen(lambda text, bad: out.append(text), draw, lambda: 20, interval), out


def test_plain_lines_come_now_and_then_and_failures_at_once() -> None:
    screen, out = _screen(False)
    for second in range(35):
        screen.update(lambda width: "status", second)
    assert out == ["status"] * 3
    screen.say("failed")
    screen.clear()
    assert out == [*["status"] * 3, "failed"]


def test_a_terminals_line_is_drawn_five_times_a_second_at_most_and_cleared() -> None:
    screen, out = _screen(True)
    for moment in range(100):
        screen.update(lambda width: "s" * width, moment / 100)
    assert out == [f"\r{'s' * 19}\x1b[K\r"] * 5
    screen.say("failed")
    assert out[-2:] == ["\r\x1b[K", "failed"]
    screen.update(lambda width: "again", 1)
    screen.clear()
    assert out[-1] == "\r\x1b[K"
    screen.clear()
    assert len(out) == 9


# --- what ends a play


def _task(name: str, action: str = "command", implicit: bool = False) -> t.Any:
    return SimpleNamespace(_uuid=name, action=action, implicit=implicit, _parent=None)


def _block(tasks: t.Sequence[t.Any], rescue: t.Sequence[t.Any] = (), always: t.Sequence[t.Any] = ()) -> t.Any:
    found = SimpleNamespace(block=tasks, rescue=rescue, always=always, _parent=None, _uuid=f"block{id(tasks)}")
    for task in (*tasks, *rescue, *always):
        task._parent = found
    return found


def _ends(blocks: t.Sequence[t.Any], strategy: str = "linear") -> Ends:
    return Ends.of(SimpleNamespace(strategy=strategy, compile=lambda: blocks))


def test_the_last_tasks_of_a_play() -> None:
    flush = _block([_task("flush", "meta", implicit=True)])
    assert _ends([flush, _block([_task("a"), _task("b")]), flush]).ids == {"b"}
    assert _ends([_block([_task("a")], [_task("mend")])]).ids == {"a", "mend"}
    assert _ends([_block([_block([_task("a")], [_task("mend")], [_task("z")])])]).ids == {"z"}
    assert _ends([_block([_task("a"), _task("m", "ansible.builtin.meta")])]).ids == {"a"}
    assert _ends([flush]).ids == frozenset()


@pytest.mark.parametrize(
    ("strategy", "ends"), [("linear", False), ("free", False), ("ansible.builtin.host_pinned", True)]
)
def test_an_include_ends_a_play_only_where_nobody_waits_for_others(strategy: str, ends: bool) -> None:
    task = _task("a", "ansible.builtin.include_tasks")
    assert _ends([_block([task])], strategy).which(task) == (ends, True)


def test_a_rescue_takes_care_of_its_block_and_of_nothing_else() -> None:
    inner, mend, after, alone = _task("inner"), _task("mend"), _task("after"), _task("alone")
    _block([_block([inner])], [mend], [after])
    _block([alone])
    assert [rescuable(task) for task in (inner, mend, after, alone)] == [True, False, False, False]
