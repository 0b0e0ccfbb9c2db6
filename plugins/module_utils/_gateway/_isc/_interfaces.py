# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Which interfaces ISC dhcpd hears devices on: Debian's script takes them from a file, others from the command line."""

from __future__ import annotations

import ipaddress
import re
import sys
import typing as t
from pathlib import Path

_MAIN = "/etc/dhcp/dhcpd.conf"
_SETTING = re.compile(r"^\s*(\w+)=[\"']?([^\"'\n#]*)", re.MULTILINE)
_WITH_VALUE = ("-cf", "-lf", "-pf", "-p", "-user", "-group", "-chroot", "-tf", "-play", "-s")


def option(command: t.Sequence[str], name: str) -> str:
    """The value of an option of a command line, or nothing."""
    return command[command.index(name) + 1] if name in command[:-1] else ""


def default_main(defaults: str) -> str:
    """The configuration that Debian's script names, or the built-in one."""
    return settings(defaults).get("DHCPDv4_CONF") or _MAIN


def settings(defaults: str) -> dict[str, str]:
    """What Debian's script reads; nothing on others."""
    try:
        return {name: value.strip() for name, value in _SETTING.findall(Path(defaults).read_text(encoding="utf-8"))}
    except (OSError, ValueError):
        return {}


def interfaces_problem(defaults: str, command: t.Sequence[str], subnets: t.Iterable[str]) -> list[str]:
    """Why dhcpd does not hear the devices of some subnets, with the remedy; relayed subnets are not ours to judge."""
    wanted = {name for subnet in subnets for name in _interfaces_of(subnet)}
    script = Path(defaults).exists()
    named = settings(defaults)
    served = (named.get("INTERFACESv4") or named.get("INTERFACES", "")).split() if script else _interfaces(command)
    missing = sorted(wanted - set(served))
    if not missing or not (served or script):  # without the script, none named are all
        return []
    all_of_them, unheard = " ".join([*served, *missing]), f"the devices on {', '.join(missing)} are not heard"
    if script:
        now = f'{defaults}: INTERFACESv4 is "{" ".join(served)}"'
        return [f'{now}, so that {unheard}: write INTERFACESv4="{all_of_them}" there']
    return [f"dhcpd was started for {' '.join(served)} alone, so that {unheard}: start it for {all_of_them}"]


def _interfaces(command: t.Sequence[str]) -> list[str]:
    found = []
    rest = list(command[1:])
    while rest:
        word = rest.pop(0)
        if word in _WITH_VALUE and rest:
            rest.pop(0)
        elif not word.startswith("-"):
            found.append(word)
    return found


def _interfaces_of(subnet: str) -> t.Iterator[str]:
    """The interface with the connected route to a subnet, if there is one."""
    network = ipaddress.IPv4Network(subnet)
    try:
        rows = Path("/proc/thread-self/net/route").read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return
    for row in rows:
        fields = row.split()
        target, mask = (_address(fields[place]) for place in (1, 7))
        if (target, mask) == (network.network_address, network.netmask) and fields[2] == "00000000":
            yield fields[0]


def _address(digits: str) -> ipaddress.IPv4Address:
    """An address as the kernel prints it here: a number in the host's own order of bytes."""
    return ipaddress.IPv4Address(int(digits, 16).to_bytes(4, "little" if sys.byteorder == "little" else "big"))
