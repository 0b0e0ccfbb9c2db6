# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Where a DNS server's process hears questions, and what it answers: a few bytes of RFC 1035, no library."""

from __future__ import annotations

import ipaddress
import os
import re
import secrets
import socket
import struct
import time
import typing as t
from pathlib import Path

_SOCKET = re.compile(r"socket:\[(\d+)\]")
_PORT = "0035"
_TRY = 0.5  # seconds until a question is asked again
_A, _TXT, _AAAA = 1, 16, 28
_IN, _CHAOS = 1, 3


def heard_on(pid: int) -> set[str]:
    """The addresses on which a process hears questions over UDP."""
    try:
        own = {_inode(descriptor) for descriptor in Path(f"/proc/{pid}/fd").iterdir()}
        lines = [
            line.split()
            for name in ("udp", "udp6")
            for line in Path(f"/proc/{pid}/net/{name}").read_text(encoding="ascii", errors="replace").splitlines()[1:]
        ]
    except OSError:
        return set()
    bound = [fields[1].split(":") for fields in lines if len(fields) > 9 and fields[9] in own]
    return {_address(address) for address, port in bound if port == _PORT}


def hears(addresses: t.Container[str], address: str) -> bool:
    """Whether one address is among those, by itself or as one of all."""
    return address in addresses or ("::" if ":" in address else "0.0.0.0") in addresses


def reachable(addresses: t.Iterable[str]) -> list[str]:
    """Those of some addresses at which this host can ask; all of them means the loopback's, too."""
    askable = sorted(address for address in addresses if not address.startswith("fe80:"))  # those need a zone
    return [{"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address) for address in askable]


def answers(server: str, within: float) -> bool:
    """Whether anything answers there: asked for its version, which needs nobody else's answer."""
    return _ask(server, "version.bind", _TXT, _CHAOS, within) is not None


def look_up(server: str, name: str, version: int, within: float) -> list[str]:
    """The addresses that a server answers a name with; none: it has none, or doesn't answer."""
    kind = _A if version == 4 else _AAAA
    reply = _ask(server, name, kind, _IN, within)
    try:
        return list(_addresses(reply, kind)) if reply else []
    except (struct.error, IndexError, ValueError):
        return []


def _ask(server: str, name: str, kind: int, group: int, within: float) -> bytes | None:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    identity = secrets.token_bytes(2)
    question = identity + struct.pack("!5H", 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", kind, group)
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        with socket.socket(socket.AF_INET6 if ":" in server else socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(_TRY)
            try:
                asking.connect((server, 53))
                asking.send(question)
                reply = asking.recv(4096)
            except socket.timeout:
                continue
            except OSError:  # nobody hears there: not yet, or not at all
                time.sleep(min(0.05, within))
                continue
        if len(reply) >= 12 and reply[:2] == identity:
            return reply
    return None


def _addresses(reply: bytes, kind: int) -> t.Iterator[str]:
    questions, records = struct.unpack_from("!2H", reply, 4)
    position = 12
    for _question in range(questions):
        position = _after_name(reply, position) + 4
    for _record in range(records):
        position = _after_name(reply, position)
        found, _group, _ttl, length = struct.unpack_from("!HHIH", reply, position)
        position += 10
        if found == kind:
            yield str(ipaddress.ip_address(reply[position : position + length]))
        position += length


def _after_name(reply: bytes, position: int) -> int:
    while reply[position]:
        if reply[position] >= 0xC0:  # a pointer ends it
            return position + 2
        position += reply[position] + 1
    return position + 1


def _inode(descriptor: Path) -> str:
    try:
        match = _SOCKET.fullmatch(os.readlink(descriptor))
    except OSError:
        return ""
    return match.group(1) if match else ""


def _address(text: str) -> str:
    """The kernel writes addresses as 32-bit words in the machine's own order."""
    words = [struct.pack("=I", int(text[start : start + 8], 16)) for start in range(0, len(text), 8)]
    return str(ipaddress.ip_address(b"".join(words)))
