# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The ports and addresses a listener is asked for, as data; and who has a port that it can't get."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Sequence, Set

from ansible_collections.fieldnet.iot.plugins.module_utils import _values
from ansible_collections.fieldnet.iot.plugins.module_utils._responder._service import Port

_SOCKET = re.compile(r"socket:\[(\d+)\]")
_LISTENING = {"tcp": ("0A",), "udp": ("07", "01")}  # states as /proc/net has them (include/net/tcp_states.h)


def take(place: str, value: object, check: Callable[[object], Any], errors: List[str]) -> Any:
    """The canonical value; what is wrong with one goes to the errors, with its place."""
    try:
        return check(value)
    except ValueError as error:
        errors.append(f"{place}: {error}")
        return None


def parse_ports(entries: Sequence[Mapping[str, Any]], most: int, errors: List[str]) -> List[Port]:
    """The ports, each once, in a canonical order."""
    if not entries:
        errors.append("ports: there is none to listen on")
    if len(entries) > most:
        errors.append(f"ports: are more than {most}")
    numbers = [take(f"ports[{i}].port", entry["port"], _values.port, errors) for i, entry in enumerate(entries)]
    return sorted({(entry["protocol"], number) for entry, number in zip(entries, numbers) if number})


def parse_addresses(values: Sequence[str], errors: List[str]) -> List[str]:
    """The addresses to listen on."""
    if not values:
        errors.append('addresses: there is none (all of this host\'s are ["0.0.0.0", "::"])')
    return [take(f"addresses[{index}]", value, _values.ip, errors) for index, value in enumerate(values)]


def describe(refused: Mapping[Port, str]) -> str:
    """Ports that can't be had, why, and who has them."""
    return ", ".join(f"{protocol} {port}: {why}{_held(protocol, port)}" for (protocol, port), why in refused.items())


def _held(protocol: str, port: int) -> str:
    owners = sorted(_owners(_sockets(protocol, port)))
    return f" ({', '.join(owners[:3])})" if owners else ""


def _sockets(protocol: str, port: int) -> Set[str]:
    """The inodes of the sockets bound to a port."""
    found = set()
    for name in (protocol, f"{protocol}6"):
        for fields in map(str.split, _lines(f"/proc/net/{name}")[1:]):
            if int(fields[1].rpartition(":")[2], 16) == port and fields[3] in _LISTENING[protocol]:
                found.add(fields[9])
    return found


def _owners(inodes: Set[str]) -> Set[str]:
    """The programs that have one of some sockets open; only root sees those of others."""
    found: Dict[str, None] = {}
    for descriptor in Path("/proc").glob("[0-9]*/fd/*") if inodes else ():
        try:
            match = _SOCKET.fullmatch(os.readlink(descriptor))  # Path.readlink needs Python 3.9
        except OSError:  # it has ended, or is another user's
            continue
        if match and match.group(1) in inodes:
            process = descriptor.parents[1]
            name = "".join(_lines(f"{process}/comm")) or "?"
            found[f"used by {name}, process {process.name}"] = None
    return set(found)


def _lines(path: str) -> List[str]:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
