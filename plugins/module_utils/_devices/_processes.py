# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The daemons that run on this host: those in its own network, not those of its containers.

The processes say what no guess at paths does: which configuration a server was started with.
"""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

from .._gateway._daemon import command_line
from .._gateway._errors import GatewayError


class Process(t.NamedTuple):
    """A running program."""

    pid: int
    name: str
    command: t.List[str]


def running(names: t.Collection[str]) -> t.List[Process]:
    """The processes of some names in this process's network namespace; of a parent and its children the parent.

    Whoever is not root can't see whose network another's process is in: GatewayError then.
    """
    own = _network("self")
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        name = _read(folder / "comm").strip()
        network = _network(folder.name) if name in names else ""
        if network and network == own:
            found.append((folder.name, name))
        elif name in names and not network and os.geteuid() != 0:
            raise GatewayError(f"{name} (process {folder.name}) can't be looked at by this user: set become to true")
    numbers = {number for number, _name in found}
    return [
        Process(int(number), name, command_line(int(number)))
        for number, name in sorted(found, key=lambda entry: int(entry[0]))
        if _parent(number) not in numbers  # dnsmasq's helper for scripts
    ]


def has_our_root(pid: int) -> bool:
    """Whether a path means the same file to a process and to us."""
    try:
        return Path("/").samefile(f"/proc/{pid}/root")
    except OSError:
        return False


def absolute(pid: int, path: str) -> str:
    """A path as a process takes it: from the folder that it runs in."""
    try:
        return str(Path(os.readlink(f"/proc/{pid}/cwd"), path))
    except OSError:
        return path


def _network(pid: str) -> str:
    # A thread may have a network of its own, and this may be one.
    place = "/proc/thread-self/ns/net" if pid == "self" else f"/proc/{pid}/ns/net"
    try:
        return os.readlink(place)
    except OSError:
        return ""


def _parent(pid: str) -> str:
    fields = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()
    return fields[1] if len(fields) > 1 else ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
