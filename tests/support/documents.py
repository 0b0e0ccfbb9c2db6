# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation as data: the blocks of a Markdown file, and what its author says of each to whoever runs them.

A comment above a block, which no reader sees, says how it is proven. CONTRIBUTING.md has the words.
"""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]
SHELL = frozenset({"sh", "console"})
# Their commands are typed in a checkout, which they change.
EXAMPLES = [ROOT / f"docs/contributing/{name}.md" for name in ("backend", "check", "vendor")]
_COMMENT = re.compile(r"<!--\s*(.*?)\s*-->", re.DOTALL)
_FILE = re.compile(r"# (?P<path>[\w.-]+(?:/[\w.-]+)*\.\w+)(?P<more>: at the end)?(?:,.*)?")  # "# sites/berlin.yml"


class Block(t.NamedTuple):
    """A fenced block."""

    document: Path
    line: int
    language: str
    text: str
    comment: str = ""
    """What stands in a comment right above it."""

    @property
    def place(self) -> str:
        """Where it is, as an editor opens it."""
        return f"{self.document.relative_to(ROOT)}:{self.line}"

    @property
    def is_shell(self) -> bool:
        """Whether somebody will type it."""
        return self.language in SHELL


class File(t.NamedTuple):
    """A file that a document shows whole, or what is added to one."""

    path: str
    text: str
    at_the_end: bool = False


class Command(t.NamedTuple):
    """What is typed, and what is shown of the answer (nothing: whatever it may be)."""

    line: str
    shown: str = ""


def documents() -> list[Path]:
    """Every Markdown file that a reader is led to."""
    beside = [ROOT / "tests/lab/README.md", *ROOT.glob("*.md"), *(ROOT / "roles").glob("*/README.md")]
    found = [*beside, *(ROOT / "docs").rglob("*.md")]
    return sorted(found)


def blocks(document: Path) -> list[Block]:
    """The fenced blocks of a document, in their order."""
    found, comment = [], ""
    for token in MarkdownIt().parse(document.read_text(encoding="utf-8")):
        if token.type == "html_block":
            told = _COMMENT.fullmatch(token.content.strip())
            comment = " ".join(told[1].split()) if told else ""
        elif token.type == "fence":
            line = token.map[0] + 1 if token.map else 0
            found.append(Block(document, line, token.info.split(" ")[0], token.content, comment))
            comment = ""
        else:
            comment = ""
    return found


def file_of(block: Block) -> File | None:
    """The file that a block is, by its first line or by the comment ``file: PATH`` where it can't have one."""
    if block.comment.startswith("file: "):
        return File(block.comment[6:], block.text)
    first = _FILE.fullmatch(block.text.partition("\n")[0])
    return File(first["path"], block.text, bool(first["more"])) if first and not block.is_shell else None


def commands(block: Block) -> list[Command]:
    """The commands of a block: a script as one, a session's one by one, each with its answer."""
    if block.language == "sh":
        return [Command(block.text)]
    found: list[list[str]] = []
    typed = 0  # lines of the last command, which may go on over several
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append([line[2:]])
            typed = 1
        elif found and len(found[-1]) == typed and found[-1][-1].endswith("\\"):
            found[-1].append(line)
            typed += 1
        elif found:
            found[-1] = [*found[-1][:typed], *found[-1][typed:], line]
    return [_command(lines) for lines in found]


def _command(lines: list[str]) -> Command:
    end = next(place for place, line in enumerate(lines, 1) if not line.endswith("\\"))
    return Command("\n".join(lines[:end]), "\n".join(lines[end:]))


def spans(document: Path) -> t.Iterator[str]:
    """What a document sets as code in its sentences and tables."""
    for token in MarkdownIt().enable("table").parse(document.read_text(encoding="utf-8")):
        for child in token.children or ():
            if child.type == "code_inline":
                yield child.content
