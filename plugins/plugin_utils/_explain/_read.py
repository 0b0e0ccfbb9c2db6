# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a gateway's tasks have registered while its probe hosts asked again."""

from __future__ import annotations

import typing as t

Data = t.Mapping[str, t.Any]


class Traced(t.NamedTuple):
    """What was asked of a gateway, and what came of it."""

    asked: Data  # as the module explain returns it
    said: Data  # the last that path_trace returned
    again: t.Dict[str, str]  # by check: what the probe host saw meanwhile


def read(registered: t.Callable[[str], Data], variables: Data) -> Traced:
    """The variables are those of the tasks: ``asked``, ``started``, ``again``, ``ended``."""

    def seen(name: str) -> Data:
        return registered(str(variables[name])) if name in variables else {}

    asked = seen("asked")
    if not asked.get("flows"):
        return Traced({}, {}, {})
    ended = seen("ended")
    said = ended if ended.get("results") or ended.get("failed") else seen("started")
    return Traced(asked, said, _observations(seen("again")))


def _observations(again: Data) -> t.Dict[str, str]:
    """A loop's results hold one result of the module probe each, or why there is none."""
    return {
        str(result["id"]): str(result["observation"])
        for turn in again.get("results") or ()
        for result in turn.get("results") or ()
    }
