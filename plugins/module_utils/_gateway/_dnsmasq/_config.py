# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""dnsmasq's configuration as its running process reads it, other people's parts included; it is only ever read."""

from __future__ import annotations

import ipaddress
import re
import typing as t
from dataclasses import dataclass, field
from pathlib import Path

from ..._reservable import Range

_DEFAULTS = "/etc/default/dnsmasq"  # Debian's unit takes the folder from here
_CONFIG_DIR = re.compile(r"^CONFIG_DIR=[\"']?([^\"'\n]+)", re.MULTILINE)
_COMMENT = re.compile(r"(^|\s)#.*$")
_SHORT = {
    "7": "conf-dir",
    "A": "address",
    "C": "conf-file",
    "F": "dhcp-range",
    "G": "dhcp-host",
    "H": "addn-hosts",
    "S": "server",
    "h": "no-hosts",
}
_NO_NAME = re.compile(r"[0-9]+[wdhms]?|infinite|ignore|.*[:*].*|")  # a time, an order, an identity, a tag
_MAC = re.compile(r"(?i)\b[0-9a-f]{1,2}([:-][0-9a-f]{1,2}){5}\b")
_MAX_FILES = 10_000


@dataclass(frozen=True)
class Directive:
    """One option, and where it stands."""

    place: str
    name: str
    value: str


@dataclass(frozen=True)
class _Option:
    name: str
    value: str
    arguments: t.Sequence[str]


@dataclass
class Configuration:
    """All options, and the files they come from."""

    directives: list[Directive] = field(default_factory=list)
    files: set[str] = field(default_factory=set)
    folders: list[str] = field(default_factory=list)  # as conf-dir takes them: path, then suffixes

    def values(self, name: str) -> list[Directive]:
        """The options of one name."""
        return [directive for directive in self.directives if directive.name == name]

    def reads(self, path: str) -> bool:
        """Whether a file would be read if it were there."""
        file = Path(path)
        return any(Path(folder.split(",")[0]) == file.parent and _selects(folder, file.name) for folder in self.folders)

    def serves(self, subnet: str) -> bool:
        """Whether some dhcp-range lies in a subnet."""
        network = ipaddress.IPv4Network(subnet)
        return any(
            address in network for directive in self.values("dhcp-range") for address in _addresses(directive.value)
        )

    def ranges(self) -> list[Range]:
        """What is given to anybody."""
        found = []
        for directive in self.values("dhcp-range"):
            parts = [_addresses(part) for part in directive.value.split(",")]
            # Tags come first; "static" or "proxy" may stand where the end does.
            start = next((place for place, part in enumerate(parts) if part), len(parts))
            if start + 1 < len(parts) and parts[start + 1]:
                found.append(Range(str(parts[start][0]), str(parts[start + 1][0]), directive.place))
        return found

    def reservations(self, but: str) -> t.Iterator[tuple[str, str]]:
        """What is reserved, but for one file: the place, and each MAC address, IPv4 address or name."""
        for directive in self.values("dhcp-host"):
            yield from ((directive.place, identity) for identity in _identities(directive.value))
        for directive in [*self.values("dhcp-hostsfile"), *self.values("dhcp-hostsdir")]:
            for file in _files_of(directive.value, but):
                for number, line in enumerate(lines_of(file), 1):
                    yield from ((f"{file} line {number}", identity) for identity in _identities(line))


def default_command(binary: str) -> list[str]:
    """How the distribution's unit starts dnsmasq."""
    match = _CONFIG_DIR.search("\n".join(lines_of(Path(_DEFAULTS))))
    return [binary, *(["-7", match.group(1).strip()] if match else [])]


def main_file(command: t.Sequence[str]) -> str:
    """The configuration file that a command line names, or the built-in one."""
    named = [option.value for option in _options(command) if option.name == "conf-file"]
    return named[-1] if named else "/etc/dnsmasq.conf"


def without_main_file(command: t.Sequence[str]) -> list[str]:
    """A command line's options but for the configuration file."""
    return [part for option in _options(command) if option.name != "conf-file" for part in option.arguments]


def read(command: t.Sequence[str]) -> Configuration:
    """Everything that a dnsmasq with this command line reads."""
    configuration = Configuration()
    _take(configuration, Directive("the command line", "conf-file", main_file(command)))
    for option in _options(command):
        if option.name != "conf-file":
            _take(configuration, Directive("the command line", option.name, option.value))
    return configuration


def _options(command: t.Sequence[str]) -> list[_Option]:
    """A command line's options as getopt takes them: the value after = or a space, with short ones also at once."""
    found = []
    rest = list(command[1:])
    while rest:
        argument = rest.pop(0)
        arguments = [argument]
        if argument.startswith("--"):
            name, _equals, value = argument[2:].partition("=")
        else:
            name, value = _SHORT.get(argument[1:2], argument[1:2]), argument[2:]
        if not value and rest and not rest[0].startswith("-"):
            value = rest.pop(0)
            arguments.append(value)
        found.append(_Option(name, value, arguments))
    return found


def _take(configuration: Configuration, directive: Directive) -> None:
    configuration.directives.append(directive)
    if directive.name == "conf-file":
        _take_file(configuration, Path(directive.value.split(",")[0]))
    elif directive.name == "conf-dir":
        configuration.folders.append(directive.value)
        folder = Path(directive.value.split(",")[0])
        for file in sorted(folder.iterdir()) if folder.is_dir() else []:
            if file.is_file() and _selects(directive.value, file.name):
                _take_file(configuration, file)


def _take_file(configuration: Configuration, file: Path) -> None:
    # dnsmasq reads no file twice either, so that files may name each other.
    path = str(file.resolve())
    if path in configuration.files or len(configuration.files) >= _MAX_FILES:
        return
    configuration.files.add(path)
    for number, line in enumerate(lines_of(file), 1):
        name, _equals, value = _COMMENT.sub("", line).partition("=")
        if name.strip():
            _take(configuration, Directive(f"{file} line {number}", name.strip(), value.strip().strip('"')))


def _selects(folder: str, name: str) -> bool:
    """Whether conf-dir=PATH[,SUFFIX...] takes a file: suffixes exclude, those with an asterisk are the only ones."""
    suffixes = [suffix.strip() for suffix in folder.split(",")[1:] if suffix.strip()]
    if name.startswith(".") or name.endswith("~") or (name.startswith("#") and name.endswith("#")):
        return False
    if any(name.endswith(suffix) for suffix in suffixes if not suffix.startswith("*")):
        return False
    wanted = [suffix[1:] for suffix in suffixes if suffix.startswith("*")]
    return not wanted or any(name.endswith(suffix) for suffix in wanted)


def _files_of(path: str, but: str) -> list[Path]:
    place = Path(path)
    files = sorted(place.iterdir()) if place.is_dir() else [place]
    return [file for file in files if file.is_file() and file != Path(but)]


def lines_of(file: Path) -> list[str]:
    """A text file's lines as a C program sees them; none, if it can't be read."""
    try:
        return file.read_text(encoding="utf-8", errors="replace").replace("\0", "").rstrip("\n").split("\n")
    except OSError:
        return []


def _identities(text: str) -> list[str]:
    macs = [":".join(f"{int(part, 16):02x}" for part in re.split("[:-]", m.group())) for m in _MAC.finditer(text)]
    addresses = [str(address) for address in _addresses(text)]
    parts = (part.strip().lower() for part in text.split(","))
    names = [part for part in parts if not (part in addresses or _NO_NAME.fullmatch(part) or _MAC.fullmatch(part))]
    return [*macs, *addresses, *names]


def _addresses(text: str) -> list[ipaddress.IPv4Address]:
    found = []
    for part in text.split(","):
        try:
            found.append(ipaddress.IPv4Address(part.strip()))
        except ValueError:
            continue
    return found
