# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Kea's main configuration, which belongs to the user: read, never written.

It is JSON with three kinds of comments, needless commas and ``<?include "file"?>``, which puts a file's text in its
place, wherever that is. Our own include files are recognised by their path.
"""

from __future__ import annotations

import ipaddress
import json
import re
import typing as t
from pathlib import Path

from ..._reservable import Range
from .._errors import GatewayError

_TOKEN = re.compile(
    r'"(?:[^"\\\n]|\\.)*"'  # a string
    r"|//[^\n]*|\#[^\n]*|/\*.*?\*/"  # a comment
    r'|<\?include\s+"(?P<include>[^"\n]+)"\s*\?>',
    re.DOTALL,
)
_NEEDLESS_COMMA = re.compile(r'("(?:[^"\\\n]|\\.)*")|,(?=\s*(?:,|[\]}]))')
_MAX_DEPTH = 10  # as deep as Kea itself goes

Own = t.Callable[[str], t.Optional[str]]


def flatten(path: str, own: Own, depth: int = 0) -> str:
    """The configuration in one text without comments; ``own`` says what stands for an include of ours, else None."""

    def replace(match: t.Match[str]) -> str:
        token = match.group()
        include = match.group("include")
        if include is not None:
            ours = own(include)
            return flatten(include, own, depth + 1) if ours is None else ours
        return token if token.startswith('"') else " "

    if depth > _MAX_DEPTH:
        raise GatewayError(f"{path}: more than {_MAX_DEPTH} includes within each other")
    try:
        text = Path("/", path).read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise GatewayError(f"{path} can't be read: {error.strerror}") from None
    return _TOKEN.sub(replace, text)


def load(path: str, own: Own) -> dict[str, t.Any]:
    """The part of a configuration that is the DHCPv4 server's."""
    text = flatten(path, own)
    try:
        return _dict(_dict(json.loads(_NEEDLESS_COMMA.sub(r"\1", text), strict=False)).get("Dhcp4"))
    except ValueError as error:
        raise GatewayError(f"{path} is not a configuration of Kea: {error}") from None


class KeaConfig:
    """What we need to know of it."""

    def __init__(self, path: str, folder: str) -> None:
        self.path = path
        self.includes: set[str] = set()  # those of our files that it includes
        self._folder = Path(folder)
        self._dhcp4 = load(path, self._marker)
        self._networks = [_dict(network) for network in _list(self._dhcp4.get("shared-networks"))]

    def staged(self, texts: t.Mapping[str, str]) -> str:
        """The configuration as it would be with new texts of our files."""
        return flatten(self.path, lambda include: texts.get(include, "") if self._is_ours(include) else None)

    def ranges(self) -> list[Range]:
        """What is given to anybody."""
        found = []
        for entry, _parents in self._subnets():
            for pool in _list(entry.get("pools")):
                ends = _pool(str(_dict(pool).get("pool", "")))
                found += [Range(*ends, f"{self.path}, subnet {entry.get('subnet')}")] if ends else []
        return found

    def reserved(self) -> t.Iterator[tuple[str, str]]:
        """What others hold: the place, and each MAC address, IPv4 address or name."""
        scopes = [(self._dhcp4, "global"), *((e, f"subnet {e.get('subnet')}") for e, _parents in self._subnets())]
        for scope, place in scopes:
            for host in _list(scope.get("reservations")):
                values = [str(_dict(host).get(name, "")) for name in ("hw-address", "ip-address", "hostname")]
                yield from ((f"{self.path}, {place}", value.lower()) for value in values if value)

    def control_socket(self) -> str | None:
        """The path of the UNIX socket for commands: one in Kea up to 2.7, since then one of several."""
        return control_socket(self._dhcp4)

    def problems(self, subnet: str, include: str) -> list[str]:
        """Why an include file would have no effect on a subnet, each with the remedy."""
        entries = [(entry, parents) for entry, parents in self._subnets() if _same(entry.get("subnet"), subnet)]
        if not entries:
            return [f"{self.path} has no subnet {subnet}: add it to subnet4"]
        for entry, parents in entries:
            if {"fieldnet-include": include} in _list(entry.get("reservations")):
                return self._switched_off(subnet, [entry, *parents])
        return [
            f"{self.path}: the subnet {subnet} does not include {include}: create it empty (install -D -m 644"
            f' /dev/null {include}), then write <?include "{include}"?> as the last entry of "reservations" of that'
            f' subnet, for example "reservations": [ <?include "{include}"?> ]'
        ]

    def _switched_off(self, subnet: str, scopes: t.Sequence[t.Mapping[str, t.Any]]) -> list[str]:
        found = []
        # The innermost statement counts.
        if next((s["reservations-in-subnet"] for s in scopes if "reservations-in-subnet" in s), True) is False:
            found.append(f'{self.path}: "reservations-in-subnet" is false for {subnet}: set it to true')
        if next((s["reservation-mode"] for s in scopes if "reservation-mode" in s), "all") in ("disabled", "global"):
            found.append(f'{self.path}: "reservation-mode" keeps the reservations of {subnet} from use: remove it')
        if "hw-address" not in _list(self._dhcp4.get("host-reservation-identifiers", ["hw-address"])):
            found.append(f'{self.path}: add "hw-address" to "host-reservation-identifiers"')
        return found

    def _subnets(self) -> t.Iterator[tuple[dict[str, t.Any], list[dict[str, t.Any]]]]:
        for scope, parents in [(self._dhcp4, [self._dhcp4]), *((net, [net, self._dhcp4]) for net in self._networks)]:
            for entry in _list(scope.get("subnet4")):
                yield _dict(entry), parents

    def _is_ours(self, include: str) -> bool:
        return Path(include).parent == self._folder

    def _marker(self, include: str) -> str | None:
        if not self._is_ours(include):
            return None
        self.includes.add(include)
        return json.dumps({"fieldnet-include": include})


def control_socket(dhcp4: t.Mapping[str, t.Any]) -> str | None:
    """The path of the UNIX socket that a configuration names."""
    sockets = [dhcp4.get("control-socket"), *_list(dhcp4.get("control-sockets"))]
    names = [_dict(entry).get("socket-name") for entry in sockets if _dict(entry).get("socket-type") == "unix"]
    return next((str(name) for name in names if name), None)


def _pool(text: str) -> tuple[str, str] | None:
    """The ends of a pool, which is written as two addresses or as a network."""
    try:
        if "/" in text:
            network = ipaddress.IPv4Network(text.replace(" ", ""), strict=False)
            return str(network[0]), str(network[-1])
        first, _dash, last = text.partition("-")
        return str(ipaddress.IPv4Address(first.strip())), str(ipaddress.IPv4Address(last.strip()))
    except ValueError:
        return None


def _same(value: object, subnet: str) -> bool:
    try:
        return str(ipaddress.ip_network(str(value), strict=False)) == subnet
    except ValueError:
        return False


def _dict(value: object) -> dict[str, t.Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[t.Any]:
    return value if isinstance(value, list) else []
