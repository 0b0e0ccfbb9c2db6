# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Progress in words: lines of a width, without anything in them that a terminal would obey. Pure."""

from __future__ import annotations

import collections
import re
import typing as t
import unicodedata

from ansible_collections.fieldnet.iot.plugins.plugin_utils._progress._progress import Failure, Now, Row

LONGEST_MESSAGE = 200
LONGEST_NAME = 60
HIDDEN = "hidden, since the task has no_log"
_FINE = ("ok", "changed")
_STATES = ("ok", "changed", "failed", "unreachable", "stopped", "not reached")
# What colours a text: as a whole, since a part of it would stay as text.
_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
# Control, format (also what turns the direction of writing), surrogates, private, line and paragraph separators.
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def clean(text: t.Any, longest: int = LONGEST_MESSAGE) -> str:
    """One line that a terminal shows and does not obey."""
    # Only so much of a message can be shown; the rest of megabytes is not looked at.
    few = _SEQUENCE.sub("", str(text)[: longest * 4])
    shown = "".join(" " if unicodedata.category(one) in _UNSEEN else one for one in few)
    return cut(" ".join(shown.split()), longest)


def cells(text: str) -> int:
    """How many columns of a terminal it takes."""
    return sum(_cells(one) for one in text)


def _cells(one: str) -> int:
    if unicodedata.combining(one):
        return 0
    return 2 if unicodedata.east_asian_width(one) in ("W", "F") else 1


def cut(text: str, width: int) -> str:
    """As much of it as so many columns hold; three dots say that there was more."""
    if cells(text) <= width:
        return text
    dots, kept, room = "."[: max(0, width)] * min(3, max(0, width)), "", max(0, width - 3)
    for one in text:
        room -= _cells(one)
        if room < 0:
            break
        kept += one
    return kept + dots


def first_line(result: t.Mapping[str, t.Any], secret: bool = False) -> str:
    """What a failed task says, in one line; nothing of one that is not to be logged."""
    if secret or result.get("_ansible_no_log") or "censored" in result:
        return HIDDEN
    items = result.get("results")
    for item in items if isinstance(items, list) else []:
        if isinstance(item, dict) and (item.get("failed") or item.get("unreachable")):
            return first_line({key: value for key, value in item.items() if key != "results"})
    return next((line for line in map(_first, (result.get(key) for key in _SAYS)) if line), "no message")


_SAYS = ("msg", "stderr", "module_stderr", "reason", "stdout")


def _first(said: t.Any) -> str:
    text = "\n".join(map(str, said)) if isinstance(said, (list, tuple)) else "" if said is None else str(said)
    lines = (clean(line) for line in text[: LONGEST_MESSAGE * 100].splitlines())
    return next((line for line in lines if line), "")


def duration(seconds: float) -> str:
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


def status(now: Now, width: int = 0) -> str:
    """The line that says how far it is; what matters most comes first, since a narrow terminal has the start of it."""
    parts = [f"{now.done} of {now.sites} sites done"]
    parts += [f"{now.failed} failed"] if now.failed else []
    parts += [f"{now.unreachable} unreachable"] if now.unreachable else []
    if now.task:
        on = clean(now.slowest, LONGEST_NAME) + (f" and {now.hosts - 1} more" if now.hosts > 1 else "")
        parts.append(f"{clean(now.task, LONGEST_NAME)}, {duration(now.seconds)}, on {on}")
    parts += [clean(now.play, LONGEST_NAME)] if now.play else []
    line = " | ".join(parts)
    return cut(line, width) if width else line


def failure(one: Failure) -> str:
    site = f"{clean(one.site, LONGEST_NAME)} " if one.site != one.host else ""
    what = (
        f"({clean(one.host, LONGEST_NAME)}): {clean(one.task, LONGEST_NAME)}" if site else clean(one.task, LONGEST_NAME)
    )
    name = site or f"{clean(one.host, LONGEST_NAME)}: "
    return f"{one.kind}: {name}{what}: {clean(one.message)}"


def table(rows: t.Sequence[Row], most: int) -> t.List[str]:
    """The fleet at the end: counts, and the sites that are not fine, no more than so many."""
    if not rows:
        return []
    states = collections.Counter(row.state for row in rows)
    ready = collections.Counter(row.readiness for row in rows if row.readiness)
    total = "1 site: " if len(rows) == 1 else f"{len(rows)} sites: "
    total += ", ".join(f"{states[state]} {state}" for state in _STATES if states[state])
    lines = [total]
    if ready:
        known = ("ready", "degraded", "inconclusive", "not_assessed", "not_ready")
        lines.append("readiness: " + ", ".join(f"{ready[one]} {one}" for one in known if ready[one]))
    bad = [row for row in rows if row.state not in _FINE or row.readiness not in ("", "ready")]
    # What failed first: it needs somebody now.
    bad.sort(key=lambda row: (-(_STATES.index(row.state) in (2, 3, 4, 5)), row.readiness != "not_ready", row.site))
    shown = [
        (clean(row.site, LONGEST_NAME), row.state, row.readiness or "-", clean(row.why) or "-") for row in bad[:most]
    ]
    if shown:
        head = ("SITE", "RUN", "READINESS", "WHY")
        wide = [max(cells(line[column]) for line in [head, *shown]) for column in range(3)]
        for line in [head, *shown]:
            padded = [text + " " * (wide[column] - cells(text)) for column, text in enumerate(line[:3])]
            lines.append("  ".join([*padded, line[3]]).rstrip())
    if len(bad) > most:
        lines.append(f"and {len(bad) - most} more that are not fine")
    return lines
