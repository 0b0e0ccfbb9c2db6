# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What progress has to know of a play: its sites, which task is its last one, what a rescue takes care of.

It reads what a play and its tasks have (blocks with tasks, ids, parents) and needs nothing of Ansible itself.
"""

from __future__ import annotations

import dataclasses
import typing as t

# They run once for all by themselves.
_ONCE = frozenset({"add_host", "group_by", "pause"})
_INCLUDES = frozenset({"include_tasks", "include_role"})


def short(name: t.Any) -> str:
    """The last part of a plugin's full name."""
    return str(name).rsplit(".", maxsplit=1)[-1]


def site_of(host: t.Any) -> str:
    """The site that a host belongs to, if any."""
    for variables in (host.vars, *(group.vars for group in host.get_groups())):
        if variables.get("iot_site"):
            return str(variables["iot_site"])
    return ""


@dataclasses.dataclass(frozen=True)
class Ends:
    """The tasks after which a host is through."""

    ids: t.FrozenSet[str] = frozenset()
    # No host waits for another one or for a free worker: it goes on at once with what its last task includes.
    pinned: bool = False
    # All hosts do a task before any does the next, so that what one fails can end all of them.
    together: bool = False

    @classmethod
    def of(cls, play: t.Any) -> Ends:
        pinned, together = short(play.strategy) == "host_pinned", short(play.strategy) in ("linear", "debug")
        for block in reversed(list(play.compile())):
            found = frozenset(_last(block))
            if found:
                return cls(found, pinned, together)
        return cls(frozenset(), pinned, together)

    def for_all(self, task: t.Any) -> bool:
        """Whether nobody goes on where it fails."""
        return self.together and (task.run_once is True or task.any_errors_fatal is True or short(task.action) in _ONCE)

    def which(self, task: t.Any) -> t.Tuple[bool, bool]:
        """Whether it ends a play, and whether that is certain only if nothing follows for a moment."""
        if task._uuid not in self.ids:
            return False, False
        includes = short(task.action) in _INCLUDES
        return (self.pinned if includes else True), includes


def _last(found: t.Any) -> t.Iterator[str]:
    """The ids of the tasks that may be the last of a block, or of a task."""
    if not hasattr(found, "block"):
        if not found.implicit and short(found.action) != "meta":
            yield found._uuid
        return
    for part in (found.always,) if found.always else (found.block, found.rescue):
        ids = next((ids for ids in (list(_last(one)) for one in reversed(part)) if ids), [])
        yield from ids


def rescuable(task: t.Any) -> bool:
    """Whether a rescue takes care of its failure: it stands in the block itself, not in the rescue or after it."""
    inner, outer = task, task._parent
    while outer is not None:
        if getattr(outer, "rescue", None) and any(one._uuid == inner._uuid for one in outer.block):
            return True
        inner, outer = outer, outer._parent
    return False
