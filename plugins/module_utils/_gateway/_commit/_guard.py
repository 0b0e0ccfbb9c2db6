# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What must be true before a gateway's packet filter is touched: nobody locks themselves out."""

from __future__ import annotations

import ipaddress
import json
import os
import re
import socket
import typing as t
from dataclasses import dataclass
from pathlib import Path

from .._commands import find, run
from .._errors import GatewayError, MissingPackages

_PARENT = re.compile(r"^PPid:\s+(\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class Session:
    """The SSH connection over which this process was started."""

    client: str
    server: str
    server_port: str
    zone: str = ""  # the interface, where the address is link-local

    def describe(self) -> str:
        """The session, for an error message."""
        return f"{self.client} to {self.server} port {self.server_port}"


def check_interfaces(names: t.Sequence[str]) -> None:
    """Refuse interfaces that this host doesn't have."""
    existing = [name for _index, name in socket.if_nameindex()]
    missing = [name for name in names if name not in existing]
    if missing:
        raise GatewayError(
            f"no interface {', '.join(missing)} on this host; it has {', '.join(sorted(existing))}:"
            " correct the interface in the site's data, or create it first"
        )


def check_management(names: t.Sequence[str]) -> None:
    """Refuse to restrict the interface through which this host is being managed."""
    session = find_session()
    if session is None:
        return
    interface = session.zone or _interface_towards(session)
    if interface in names:
        raise GatewayError(
            f"the SSH session that manages this host ({session.describe()}) arrives on {interface},"
            " an IoT interface: the policy would lock it out."
            " Manage the host through another interface, or remove this one from the policy"
        )


def find_session() -> Session | None:
    """The SSH session of this process."""
    return _parse_session(connection())


def connection() -> str:
    """SSH_CONNECTION: of this process's own environment, or (sudo clears it) of the nearest ancestor's; else empty."""
    own = os.environ.get("SSH_CONNECTION")
    if own:
        return own
    process = os.getppid()
    while process > 1:
        found = _environment(process).get("SSH_CONNECTION")
        if found:
            return found
        process = _parent(process)
    return ""


def _parse_session(text: str) -> Session | None:
    fields = text.split()
    if len(fields) != 4:
        return None
    client, _slash, zone = fields[0].partition("%")
    return Session(_plain(client), _plain(fields[2].partition("%")[0]), fields[3], zone)


def _plain(text: str) -> str:
    """An address without the disguise a dual-stack socket gives to IPv4."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    return str(getattr(address, "ipv4_mapped", None) or address)


def _environment(process: int) -> dict[str, str]:
    try:
        entries = Path(f"/proc/{process}/environ").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return {}
    return dict(entry.split("=", 1) for entry in entries if "=" in entry)


def _parent(process: int) -> int:
    try:
        match = _PARENT.search(Path(f"/proc/{process}/status").read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return 0
    return int(match.group(1)) if match else 0


def _interface_towards(session: Session) -> str:
    """The interface where the client's packets arrive: the one its answers leave through."""
    ip = find("ip")
    if ip is None:
        raise MissingPackages(["iproute2"], "the interface of the SSH session can't be found without the program ip")
    for question in ([session.client, "from", session.server], [session.client]):
        output = run([ip, "-j", "route", "get", *question])
        if output.code == 0:
            return _device(output.stdout)
    raise GatewayError(f"the interface of the SSH session ({session.describe()}) can't be found: {output.message}")


def _device(answer: str) -> str:
    try:
        routes = json.loads(answer)
        return str(routes[0]["dev"])
    except (ValueError, LookupError, TypeError):
        raise GatewayError(f"ip route get answered what can't be read: {answer[:200]}") from None
