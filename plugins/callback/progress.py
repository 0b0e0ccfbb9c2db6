# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Callback plugin fieldnet.iot.progress: a thin door into plugin_utils."""

from __future__ import annotations

DOCUMENTATION = r"""
name: progress
type: notification
short_description: Show how many sites are done, and what failed
version_added: 1.0.0
author:
  - fieldnet.iot contributors (@fieldnet)
description:
  - Says how many sites are done of all, what runs since when, and what failed so far, and ends with the fleet's table,
    with the sites that are not fine, and counts of the others.
  - A site is the hosts with the same C(iot_site); a host without one stands for itself. A site is done when all its
    hosts are through the play, or failed. Failures that are ignored or rescued are none.
  - It can be used in two ways. As C(ANSIBLE_STDOUT_CALLBACK) it shows nothing else, and one line on a terminal that is
    drawn again and again, plain lines where the output is no terminal.
  - As one of C(ANSIBLE_CALLBACKS_ENABLED) it adds plain lines to what another callback shows. Use it so in AWX, whose
    own callback is that other one and must stay; and where you want to read every task's result as well.
  - Results of tasks with C(no_log) are never shown; messages are shortened to one line, without control characters.
requirements:
  - Enabled in the configuration.
options:
  interval:
    description: Seconds between two plain lines. A failure is told at once.
    type: float
    default: 10
    ini:
      - section: callback_progress
        key: interval
    env:
      - name: FIELDNET_IOT_PROGRESS_INTERVAL
  rows:
    description: How many sites that are not fine the table has at most.
    type: int
    default: 40
    ini:
      - section: callback_progress
        key: rows
    env:
      - name: FIELDNET_IOT_PROGRESS_ROWS
"""

EXAMPLES = r"""
ansible.cfg: |
  # beside another callback, as in AWX
  [defaults]
  callbacks_enabled = fieldnet.iot.progress

  [callback_progress]
  interval = 30

shell: |
  # nothing else, for somebody who watches
  ANSIBLE_STDOUT_CALLBACK=fieldnet.iot.progress ansible-playbook -i sites/ fieldnet.iot.provision
"""

import atexit
import functools
import os
import shutil
import sys
import threading
import time
import typing as t

from ansible import constants as C
from ansible.plugins.callback import CallbackBase

from ansible_collections.fieldnet.iot.plugins.plugin_utils._progress import _lines as lines
from ansible_collections.fieldnet.iot.plugins.plugin_utils._progress._play import Ends, rescuable, short, site_of
from ansible_collections.fieldnet.iot.plugins.plugin_utils._progress._progress import Progress
from ansible_collections.fieldnet.iot.plugins.plugin_utils._progress._screen import Screen

NAME = "fieldnet.iot.progress"
_Method = t.TypeVar("_Method", bound=t.Callable[..., None])


def _harmless(method: _Method) -> _Method:
    """A run must never suffer from who watches it: what goes wrong here is told once, and the watching ends."""

    @functools.wraps(method)
    def guarded(self: CallbackModule, *args: t.Any, **kwargs: t.Any) -> None:
        try:
            with self.lock:
                method(self, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - whatever it is, the run goes on
            self.give_up(error)

    return t.cast(_Method, guarded)


def _columns() -> int:
    """How wide the terminal is by now."""
    return shutil.get_terminal_size().columns


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Ansible's events for plugin_utils, its lines for Ansible's display."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = NAME
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *args: t.Any, **kwargs: t.Any) -> None:
        super().__init__(*args, **kwargs)
        self.lock = threading.RLock()
        self._progress, self._ends = Progress(), Ends()
        self._screen: t.Optional[Screen] = None
        self._over = threading.Event()
        self._quiet = False
        self._verdict: t.Optional[str] = None
        self.disabled: bool = False
        self._colour = False
        self._ticker: t.Optional[threading.Thread] = None
        self._held: t.List[t.Tuple[str, bool]] = []  # lines of the ticker
        self._pid = os.getpid()

    # --- what is shown
    def _made_screen(self) -> Screen:
        if self._screen is None:
            alone = C.DEFAULT_STDOUT_CALLBACK == NAME
            terminal = alone and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
            interval = max(1.0, float(self.get_option("interval")))
            self._screen = Screen(self._line, self._draw if terminal else None, _columns, interval)
            self._colour = terminal and not os.environ.get("NO_COLOR")
            atexit.register(self._leave)
            if terminal:
                self._make_room(self._screen)
        return self._screen

    def _make_room(self, screen: Screen) -> None:
        """What others show (warnings, the report of an action) gets lines of its own, not the rest of the status."""
        show = self._display.display

        def display(*args: t.Any, **kwargs: t.Any) -> None:
            # The processes that run tasks hand over what they show to this one.
            if os.getpid() == self._pid:
                with self.lock:
                    screen.clear()
            show(*args, **kwargs)

        self._display.display = display

    def _watch(self) -> None:
        self._over.clear()
        if self._ticker is None or not self._ticker.is_alive():
            self._ticker = threading.Thread(target=self._tick, daemon=True)
            self._ticker.start()

    def _line(self, text: str, bad: bool) -> None:
        if threading.current_thread() is self._ticker:
            self._held.append((text, bad))
        else:
            self._show(text, bad)

    def _show(self, text: str, bad: bool) -> None:
        self._display.display(text, color=C.COLOR_ERROR if bad and self._colour else None)
        sys.stdout.flush()

    @staticmethod
    def _draw(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    def _update(self) -> None:
        if not self._quiet and not self._over.is_set():
            now = time.monotonic()
            self._made_screen().update(lambda width: lines.status(self._progress.now(now), width), now)

    def _tick(self) -> None:
        # Also while nothing happens: somebody who watches must see since when.
        while not self._over.wait(1.0):
            self._again()
            self._let_go()

    def _let_go(self) -> None:
        """Without the lock: the display of ansible-runner waits for whoever is in the middle of an event, and where its
        callback is made of this one, that waits for the lock."""
        held, self._held = self._held, []
        try:
            for text, bad in held:
                self._show(text, bad)
        except Exception as error:  # noqa: BLE001 - whatever it is, the run goes on
            self.give_up(error)

    @_harmless
    def _again(self) -> None:
        self._update()

    @_harmless
    def _leave(self) -> None:
        """The program ends, perhaps in the middle of a run: the terminal's line is left clean."""
        self._over.set()
        if self._screen and os.getpid() == self._pid:
            self._screen.clear()

    def give_up(self, error: Exception) -> None:
        self._over.set()
        if not self.disabled:
            self.disabled = True
            self._display.warning(f"{NAME} shows nothing more: {lines.clean(repr(error))}. Please report this.")

    # --- what happens
    @_harmless
    def v2_playbook_on_play_start(self, play: t.Any) -> None:
        inventory = play.get_variable_manager()._inventory
        everybody = {host.name: site_of(host) for host in inventory.get_hosts(play.hosts, ignore_restrictions=True)}
        batch = [host.name for host in inventory.get_hosts(play.hosts)]
        self._quiet = False
        self._ends = Ends.of(play)
        self._progress.begin(str(play.get_name()), everybody, batch)
        self._watch()
        self._update()

    @_harmless
    def v2_playbook_on_vars_prompt(self, *args: t.Any, **kwargs: t.Any) -> None:
        self._hush()

    def _hush(self) -> None:
        """Somebody is asked something: the terminal is theirs."""
        if self._screen:
            self._screen.clear()
        self._quiet = True

    @_harmless
    def v2_playbook_on_task_start(self, task: t.Any, is_conditional: bool) -> None:
        self._quiet = False
        if short(task.action) == "pause":
            self._hush()

    @_harmless
    def v2_runner_on_start(self, host: t.Any, task: t.Any) -> None:
        self._progress.started(host.name, str(task.get_name()), time.monotonic())
        self._update()

    def _ended(self, result: t.Any, changed: bool = False) -> None:
        last, settles = self._ends.which(result._task)
        self._progress.ended(result._host.name, time.monotonic(), last, settles, changed)

    @_harmless
    def v2_runner_on_ok(self, result: t.Any) -> None:
        self._ended(result, bool(result._result.get("changed")))
        if short(result._task.action) == "assess":
            self._progress.assessed(result._result)
            self._verdict = result._result.get("msg")
        self._update()

    @_harmless
    def v2_runner_on_skipped(self, result: t.Any) -> None:
        self._ended(result)
        self._update()

    @_harmless
    def v2_runner_on_failed(self, result: t.Any, ignore_errors: bool = False) -> None:
        self._ended(result, bool(ignore_errors and result._result.get("changed")))
        judged = self._is_verdict(result)
        if judged:
            self._progress.assessed(result._result)
        if not ignore_errors and not rescuable(result._task):
            self._bad(result, "failed", judged)
            if self._ends.for_all(result._task) and not judged:
                self._progress.halted()
        self._update()

    @_harmless
    def v2_runner_on_unreachable(self, result: t.Any) -> None:
        self._ended(result)
        if not result._task.ignore_unreachable:
            self._bad(result, "unreachable")
        self._update()

    def _is_verdict(self, result: t.Any) -> bool:
        """Whether a run fails for what it saw: in the task that judged, or in the next one, with its message."""
        action, found = short(result._task.action), result._result
        return (action == "assess" and "sites" in found) or (
            action == "fail" and self._verdict is not None and self._verdict == found.get("msg")
        )

    def _bad(self, result: t.Any, kind: str, judged: bool = False) -> None:
        task = result._task
        message = lines.first_line(result._result, task.no_log is True)
        if judged:
            failure = self._progress.judged(result._host.name, str(task.get_name()), message)
        else:
            failure = self._progress.failed(result._host.name, kind, str(task.get_name()), message)
        self._made_screen().say(lines.failure(failure), bad=True)

    @_harmless
    def v2_playbook_on_no_hosts_remaining(self) -> None:
        self._progress.halted()

    @_harmless
    def v2_playbook_on_stats(self, stats: t.Any) -> None:
        names = {*stats.processed, *stats.failures, *stats.dark}
        counts = {name: (stats.failures.get(name, 0), stats.dark.get(name, 0)) for name in names}
        self._progress.finish(counts)
        screen = self._made_screen()
        self._over.set()
        screen.clear()
        for line in lines.table(self._progress.rows(), max(1, int(self.get_option("rows")))):
            screen.say(line)
