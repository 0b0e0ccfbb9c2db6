# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""ISC dhcpd's configuration as it reads it, other people's parts included; it is only ever read.

Statements end with a semicolon or hold others in braces; ``include "file";`` may stand wherever a statement may
(dhcpd.conf(5)). Of all that, what matters is which addresses are whose.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from ..._reservable import Range
from .._errors import GatewayError

_PIECE = re.compile(r'"(?:[^"\\\n]|\\.)*"|#[^\n]*|[{};,]|[^\s{};,"#]+|"')
_INCLUDE = re.compile(r'("(?:[^"\\\n]|\\.)*"|#[^\n]*)|\binclude(\s+)"([^"\n]+)"')
_MAX_DEPTH = 10


@dataclass
class Statement:
    """A statement: its words, the statements in its braces, and where it begins."""

    place: str
    words: list[str]
    inner: list[Statement] = field(default_factory=list)

    def values(self, *name: str) -> t.Iterator[list[str]]:
        """What follows the name in each inner statement of that name."""
        for statement in self.inner:
            if statement.words[: len(name)] == list(name):
                yield statement.words[len(name) :]


class IscConfig:
    """What we need to know of it; ``own`` is our file."""

    def __init__(self, path: str, own: str) -> None:
        self.path = path
        self.own = own
        self._includes: dict[str, set[str]] = {}  # by file
        self._top = Statement(path, [], self._read(path, 0))

    @property
    def reads_own(self) -> bool:
        """Whether our file is included at all."""
        return any(self.own in included for included in self._includes.values())

    def subnets(self) -> list[ipaddress.IPv4Network]:
        """All subnets that are served."""
        found = []
        for statement in self._all():
            if statement.words[:1] == ["subnet"] and statement.words[2:3] == ["netmask"] and len(statement.words) == 4:
                with contextlib.suppress(ValueError):
                    found.append(ipaddress.IPv4Network(f"{statement.words[1]}/{statement.words[3]}"))
        return found

    def ranges(self) -> list[Range]:
        """What is given to anybody."""
        found = []
        for statement in self._all():
            if statement.words[:1] == ["range"]:
                ends = _addresses(statement.words[1:])
                found += [Range(ends[0], ends[-1], statement.place)] if ends else []
        return found

    def reserved(self) -> t.Iterator[tuple[str, str]]:
        """What hosts of others hold: the place, and each MAC address, IPv4 address or name."""
        for statement in self._all():
            if statement.words[:1] != ["host"] or statement.place.startswith(f"{self.own} line "):
                continue
            for words in statement.values("hardware", "ethernet"):
                yield statement.place, _mac(" ".join(words))
            for words in statement.values("fixed-address"):
                yield from ((statement.place, address) for address in _addresses(words))
            names = [statement.words[1:2], *statement.values("option", "host-name")]
            yield from ((statement.place, word.strip('"').lower()) for words in names for word in words)

    def way(self) -> list[str]:
        """The files through which ours is included, the main one among them."""
        found = {self.own}
        while True:
            more = {path for path, included in self._includes.items() if included & found} - found
            if not more:
                return sorted((found | {self.path}) - {self.own})
            found |= more

    def staged(self, names: t.Mapping[str, str]) -> dict[str, str]:
        """The texts of the files on the way to ours, in which includes have the given names."""

        def replace(match: t.Match[str]) -> str:
            if match.group(1) is not None:
                return match.group()
            path = _absolute(match.group(3))
            return f'include{match.group(2)}"{names.get(path, path)}"'

        return {path: _INCLUDE.sub(replace, _text(path)) for path in self.way()}

    def _read(self, path: str, depth: int) -> list[Statement]:
        if depth > _MAX_DEPTH:
            raise GatewayError(f"{path}: more than {_MAX_DEPTH} includes within each other")
        self._includes.setdefault(path, set())
        if path == self.own and not Path(path).exists():
            return []  # about to be written
        text = _text(path)
        stack, start, line, counted = [Statement(path, [])], 1, 1, 0
        words: list[str] = []
        for match in _PIECE.finditer(text):
            piece = match.group()
            line, counted = line + text.count("\n", counted, match.start()), match.start()
            if piece == ";":
                self._end(stack[-1], path, start, words, depth)
                words = []
            elif piece == "{":
                inner = Statement(f"{path} line {start}", words)
                stack[-1].inner.append(inner)
                stack.append(inner)
                words = []
            elif piece == "}":
                words = []
                if len(stack) > 1:
                    stack.pop()
            elif piece != "," and not piece.startswith("#"):
                start = start if words else line
                words.append(piece)
        return stack[0].inner

    def _end(self, parent: Statement, path: str, line: int, words: list[str], depth: int) -> None:
        if words[:1] == ["include"] and len(words) == 2:
            included = _absolute(words[1].strip('"'))
            self._includes[path].add(included)
            parent.inner += self._read(included, depth + 1)
        elif words:
            parent.inner.append(Statement(f"{path} line {line}", words))

    def _all(self) -> t.Iterator[Statement]:
        rest = [self._top]
        while rest:
            statement = rest.pop()
            yield statement
            rest += reversed(statement.inner)


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise GatewayError(f"{path} can't be read: {error.strerror}") from None


def _absolute(path: str) -> str:
    return str(Path("/", path))


def _addresses(words: t.Iterable[str]) -> list[str]:
    found = []
    for word in words:
        try:
            found.append(str(ipaddress.IPv4Address(word)))
        except ValueError:
            continue  # a name, or dynamic-bootp
    return found


def _mac(text: str) -> str:
    try:
        return ":".join(f"{int(part, 16):02x}" for part in text.split(":"))
    except ValueError:
        return text
