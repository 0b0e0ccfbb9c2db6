# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Markdown (CommonMark with GitHub's tables) in which no string can be more than text.

Strings come from users' files: a bar must not end a table's cell, nor a tag or a link come to life.
"""

from __future__ import annotations

import re
import textwrap
import typing as t

# What may open a link, an emphasis, a code span, HTML, a strike-through, a formula or a cell; an ampersand where it may
# start an entity; what GitHub makes links of by itself; what ends a heading.
_SPECIAL = re.compile(r"[\\`*\[\]<|~$]|&(?=[#\w])|(?<![^\W_])_|_(?![^\W_])|:(?=//)|(?<=www)\.|(?<= )#", re.IGNORECASE)
# What means something at the start of a block: a heading, a quotation, a list, a table, an underline.
_FIRST = re.compile(r"^(?:[#>+=:-]|\d+(?=[.)](?: |$)))")
_PLAIN = re.compile(r"[\w.:*/+-]+(?: [\w.:*/+-]+)*", re.ASCII)
_TICKS = re.compile(r"`+")


def line(value: object) -> str:
    """A value on one line of printable characters."""
    words = " ".join(str(value).split())
    return "".join(char if char.isprintable() else "?" for char in words)


def text(value: object) -> str:
    """A value as text, wherever in a line it stands."""
    found = _SPECIAL.sub(r"\\\g<0>", line(value))
    first = _FIRST.match(found)
    if first is None:
        return found
    # A number keeps its digits: what makes a list of it is the character behind.
    cut = 0 if not first.group()[-1].isdigit() else first.end()
    return f"{found[:cut]}\\{found[cut:]}"


def code(value: object) -> str:
    """A name, a port, a domain in type of its own; anything else as text."""
    found = line(value)
    return f"`{found}`" if _PLAIN.fullmatch(found) else text(found)


def quoted(value: object) -> str:
    """The words of somebody else."""
    return f'"{text(value)}"'


def table(head: t.Sequence[str], rows: t.Iterable[t.Sequence[str]]) -> t.List[str]:
    """A table of cells that are Markdown already."""
    return [_row(head), _row(["---"] * len(head)), *map(_row, rows), ""]


def _row(cells: t.Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def block(lines: t.Sequence[str]) -> t.List[str]:
    """Lines as they are, to be copied; the fence is longer than any in them."""
    longest = max((len(found) for one in lines for found in _TICKS.findall(one)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}text", *lines, fence, ""]


def wrapped(words: str, first: str = "", rest: str = "", width: int = 76) -> t.List[str]:
    """Plain text in short lines, of which none breaks inside a word."""
    return textwrap.wrap(
        words, width, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )
