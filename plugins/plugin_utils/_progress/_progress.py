# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Progress: the events of a run become who is through, what runs, what failed. Pure; a clock is given, not read.

Ansible says when a host begins and ends a task, but never that it is through the play. So a host is through when it
ended the play's last task and runs nothing, when it failed, and at the latest when its batch ends.
"""

from __future__ import annotations

import dataclasses
import typing as t

Data = t.Mapping[str, t.Any]
# A last task that includes others is followed by them in a moment; who runs nothing for so long has none to come.
SETTLE = 1.0


@dataclasses.dataclass
class Host:
    """One host of the run; one of no site stands for itself."""

    name: str
    site: str
    belongs: bool = True
    # waiting (its batch has not begun), running, through, failed, unreachable
    state: str = "waiting"
    task: str = ""
    since: float = 0.0
    busy: bool = False
    ended: bool = False
    at_end: bool = False
    settles: bool = False
    changed: bool = False


@dataclasses.dataclass(frozen=True)
class Failure:
    """A failure that nobody ignored or rescued."""

    host: str
    site: str
    kind: str
    task: str
    message: str


@dataclasses.dataclass(frozen=True)
class Now:
    """What there is to show."""

    play: str
    sites: int
    done: int
    failed: int
    unreachable: int
    task: str = ""
    hosts: int = 0
    slowest: str = ""
    seconds: float = 0.0


@dataclasses.dataclass(frozen=True)
class Row:
    """A site at the end of the run."""

    site: str
    state: str
    readiness: str
    why: str


class Progress:
    """Events in, a picture out."""

    def __init__(self) -> None:
        self.play = ""
        self.hosts: t.Dict[str, Host] = {}
        self.failures: t.Dict[str, Failure] = {}
        self.readiness: t.Dict[str, str] = {}
        self._of_play: t.List[Host] = []
        self._judges: t.Set[str] = set()
        self._halting = False

    def begin(self, play: str, everybody: t.Mapping[str, str], batch: t.Iterable[str]) -> None:
        """A play, or the next batch of one, begins; everybody of it with their sites, "" for those of none."""
        self._end_batch()
        now, again = set(batch), play == self.play and {host.name for host in self._of_play} == set(everybody)
        self.play = play
        for name, site in everybody.items():
            host = self.hosts.setdefault(name, Host(name, site or name, bool(site)))
            if host.state in ("failed", "unreachable", "stopped"):
                continue
            if name in now:
                host.state, host.busy, host.at_end, host.ended = "running", False, False, False
            elif not again:
                host.state = "waiting"
        self._of_play = [self.hosts[name] for name in everybody]

    def _end_batch(self) -> None:
        for host in self.hosts.values():
            host.busy = False
            if host.state == "running":
                host.state = "stopped" if self._halting and not host.at_end else "through"
        self._halting = False

    def started(self, name: str, task: str, now: float) -> None:
        host = self.hosts.get(name)
        if host:
            host.busy, host.task, host.since = True, task, now

    def ended(self, name: str, now: float, last: bool = False, settles: bool = False, changed: bool = False) -> None:
        """It ended a task: the play's last one, perhaps one that includes others that it may have to do yet."""
        host = self.hosts.get(name)
        if host:
            host.busy, host.since, host.ended = False, now, True
            host.at_end, host.settles = host.at_end or last, settles
            host.changed = host.changed or changed

    def failed(self, name: str, kind: str, task: str, message: str) -> Failure:
        """It failed, or was unreachable, and nothing will go on there."""
        host = self.hosts.setdefault(name, Host(name, name, False))
        host.busy, host.state = False, kind
        failure = Failure(name, host.site, kind, task, message)
        # The first one is what went wrong; what `always` stumbles over afterwards follows from it.
        return self.failures.setdefault(name, failure)

    def halted(self) -> None:
        """Ansible goes on with none of the batch; who has not ended its last task will not."""
        self._halting = True

    def judged(self, name: str, task: str, message: str) -> Failure:
        """The run fails for what was seen at other sites, by the host that happened to judge; it is fine itself."""
        self._judges.add(name)
        return Failure(name, name, "failed", task, message)

    def assessed(self, document: t.Any) -> None:
        """What fieldnet.iot.assess returned; whatever has another shape is not that."""
        sites = document.get("sites") if isinstance(document, dict) else None
        for site in sites if isinstance(sites, list) else []:
            if isinstance(site, dict) and isinstance(site.get("site"), str) and isinstance(site.get("readiness"), str):
                self.readiness[site["site"]] = site["readiness"]

    def finish(self, counts: t.Mapping[str, t.Tuple[int, int]]) -> None:
        """The run is over; Ansible's own counts of failed and unreachable have the last word."""
        self._end_batch()
        for name, (failures, dark) in counts.items():
            host = self.hosts.setdefault(name, Host(name, name, False, "through"))
            kind = "unreachable" if dark else "failed" if failures else ""
            if kind and (dark or name not in self._judges):
                host.state = kind
            elif host.state in ("failed", "unreachable"):
                host.state = "through"
                self.failures.pop(name, None)

    def _through(self, host: Host, now: float) -> bool:
        if host.state != "running":
            return host.state != "waiting"
        return host.at_end and not host.busy and (not host.settles or now - host.since >= SETTLE)

    def now(self, now: float) -> Now:
        """The picture of this moment."""
        done: t.Dict[str, bool] = {}
        running: t.Dict[str, t.List[Host]] = {}
        for host in self._of_play:
            done[host.site] = done.get(host.site, True) and self._through(host, now)
            if host.busy:
                running.setdefault(host.task, []).append(host)
        bad = {host.site: "" for host in self.hosts.values() if host.state == "failed"}
        dark = {host.site: "" for host in self.hosts.values() if host.state == "unreachable"}
        counts = (len(done), sum(done.values()), len(bad), len(dark))
        if not running:
            return Now(self.play, *counts)
        slowest = min((host for hosts in running.values() for host in hosts), key=lambda host: host.since)
        hosts = len(running[slowest.task])
        return Now(self.play, *counts, slowest.task, hosts, slowest.name, max(0.0, now - slowest.since))

    def rows(self) -> t.List[Row]:
        """Each site at the end: the worst state of its hosts, and why.

        Beside sites a host of none (localhost, which looks after all of them) is told only where it went wrong.
        """
        sites: t.Dict[str, t.List[Host]] = {}
        for host in self.hosts.values():
            sites.setdefault(host.site, []).append(host)
        belong = {host.site for host in self.hosts.values() if host.belongs}
        found = [self._row(site, sites[site]) for site in sorted(sites)]
        return [row for row in found if not belong or row.site in belong or row.state in ("failed", "unreachable")]

    def _row(self, site: str, hosts: t.Sequence[Host]) -> Row:
        states = {host.state for host in hosts}
        found = next((state for state in ("failed", "unreachable", "stopped") if state in states), "")
        if not found:
            # A host that no play came to any more: the run ended before.
            found = "not reached" if "waiting" in states else "changed" if any(h.changed for h in hosts) else "ok"
        why = [self.failures[host.name] for host in hosts if host.name in self.failures]
        text = "; ".join(f"{one.host}: {one.task}: {one.message}" for one in why)
        return Row(site, found, self.readiness.get(site, ""), text)
