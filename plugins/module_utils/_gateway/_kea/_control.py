# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A running Kea: asked and told over its control socket, and judged by what it does.

Its ``status-get`` says that all is well even after a reload went fatal and it serves nobody any more, and
``config-get`` still shows the old configuration then. What does not lie is the kernel: such a Kea has closed its
UDP port.
"""

from __future__ import annotations

import json
import os
import re
import socket
import typing as t
from pathlib import Path

from .._errors import GatewayError

_TIMEOUT = 60.0
_MAX_ANSWER = 256 * 1024 * 1024
_SOCKET = re.compile(r"socket:\[(\d+)\]")


class KeaControl:
    """Commands over the UNIX socket."""

    def __init__(self, path: str) -> None:
        self.path = path

    def ask(self, command: str, arguments: t.Mapping[str, t.Any] | None = None) -> dict[str, t.Any]:
        """One command's answer."""
        question = {"command": command, **({"arguments": arguments} if arguments else {})}
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(_TIMEOUT)
                connection.connect(self.path)
                connection.sendall(json.dumps(question).encode())
                answer = json.loads(_receive(connection))
        except (OSError, ValueError) as error:
            raise GatewayError(f"Kea does not answer {command} on {self.path}: {error}") from None
        if not isinstance(answer, dict):
            raise GatewayError(f"Kea's answer to {command} can't be read: {str(answer)[:200]}")
        return answer

    def configuration(self) -> dict[str, t.Any]:
        """The configuration that is in use, in a form that config-set takes."""
        answer = self.ask("config-get")
        arguments = answer.get("arguments")
        if answer.get("result") != 0 or not isinstance(arguments, dict) or "Dhcp4" not in arguments:
            raise GatewayError(f"Kea does not show its configuration: {answer.get('text', 'no reason given')}")
        return {"Dhcp4": arguments["Dhcp4"]}  # without the hash that Kea 2.4 and later add, and don't take back

    def reload(self) -> None:
        """Read the configuration's files again."""
        self._succeed("config-reload")

    def use(self, configuration: t.Mapping[str, t.Any]) -> None:
        """Use a configuration that was in use before, whatever the files say."""
        self._succeed("config-set", configuration)

    def _succeed(self, command: str, arguments: t.Mapping[str, t.Any] | None = None) -> None:
        answer = self.ask(command, arguments)
        if answer.get("result") != 0:
            raise GatewayError(f"Kea refused {command}: {answer.get('text', 'no reason given')}")


def serving_sockets(pid: int) -> set[str]:
    """The sockets on which a process hears DHCP clients; Kea opens UDP port 67 beside its raw sockets, too."""
    own = set()
    try:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            match = _SOCKET.fullmatch(_target(descriptor))
            if match:
                own.add(match.group(1))
        lines = Path(f"/proc/{pid}/net/udp").read_text(encoding="ascii", errors="replace").splitlines()[1:]
    except OSError:
        return set()
    bound = (line.split() for line in lines)
    return {fields[9] for fields in bound if len(fields) > 9 and fields[1].endswith(":0043")} & own


def _target(link: Path) -> str:
    try:
        return os.readlink(link)
    except OSError:
        return ""


def _receive(connection: socket.socket) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        chunk = connection.recv(1 << 16)
        if not chunk:
            return b"".join(chunks)
        size += len(chunk)
        if size > _MAX_ANSWER:
            raise ValueError("the answer has no end")
        chunks.append(chunk)
