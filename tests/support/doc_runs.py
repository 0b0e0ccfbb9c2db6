# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A document followed by a machine: its files written, its commands typed, the answers compared with what it shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import typing as t
from pathlib import Path

from support.documents import ROOT, Block, Command, blocks, commands, file_of

_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)?")
_LONGEST = 300  # seconds of one command


class NotAsShown(AssertionError):
    """A document promises what does not happen."""


class Sandbox:
    """A folder of somebody who follows a document, who has nothing else at home."""

    def __init__(self, folder: Path, more: t.Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        self.environment = {
            **kept,
            "HOME": str(folder),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "ANSIBLE_NOCOLOR": "1",
            **(more or {}),
        }

    def follow(self, block: Block) -> None:
        """Write the file that a block is, make the change that it shows, or type its commands."""
        file = file_of(block)
        if file is not None:
            self.write(file.path, file.text, add=file.at_the_end)
        elif block.language == "diff":
            self.write("change.diff", block.text)
            self.type(Command("git apply change.diff && rm change.diff"), block)
        elif block.is_shell:
            for command in commands(block):
                self.type(command, block)

    def write(self, path: str, text: str, *, add: bool = False) -> None:
        """Make a file, or add to one."""
        target = self.folder / path
        if self.folder not in target.resolve().parents:
            raise NotAsShown(f"{path} leads out of the folder")
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("a" if add else "w", encoding="utf-8") as stream:
            stream.write(text)

    def type(self, command: Command, block: Block) -> None:
        """Run a command, and compare what it says."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command.line],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_LONGEST,
            check=False,
        )
        if done.returncode:
            raise NotAsShown(f"{block.place}: {command.line}\nends with {done.returncode}\n{done.stdout}")
        if command.shown and not shows(command.shown, done.stdout):
            raise NotAsShown(
                f"{block.place}: {command.line}\nsays\n{done.stdout}\nand the document shows\n{command.shown}"
            )


def follow(document: Path, place: Sandbox, *marked: str) -> None:
    """A document from its beginning to its end, so that what one command makes is there for the next.

    Commands whose comment is none of ``marked`` are somebody else's.
    """
    for block in blocks(document):
        if not block.is_shell or block.comment in ("", *marked):
            place.follow(block)


def shows(shown: str, said: str) -> bool:
    """Whether an answer is the one that is shown: ``...`` alone stands for any lines, in a line for any text."""
    groups: list[list[re.Pattern[str]]] = [[]]
    for line in _plain(shown):
        if line.strip() == "...":
            groups.append([])
        else:
            groups[-1].append(re.compile(".*".join(re.escape(part) for part in line.split("..."))))
    lines, place = _plain(said), 0
    for number, group in enumerate(groups):
        first, last = number == 0, number == len(groups) - 1
        starts = [place] if first else list(range(place, len(lines) - len(group) + 1))
        if last:
            starts = [start for start in starts if start + len(group) == len(lines)]
        found = next((start for start in starts if _fits(group, lines[start : start + len(group)])), None)
        if found is None:
            return False
        place = found + len(group)
    return True


def _fits(patterns: list[re.Pattern[str]], lines: list[str]) -> bool:
    return len(patterns) == len(lines) and all(one.fullmatch(line) for one, line in zip(patterns, lines, strict=True))


def _plain(text: str) -> list[str]:
    """Lines without what differs from run to run, and without empty ones, which no reader counts."""
    text = _TIME.sub("(time)", text.replace(str(ROOT), "(checkout)"))
    return [line.rstrip() for line in text.splitlines() if line.strip()]
