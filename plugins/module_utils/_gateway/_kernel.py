# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the kernel says of itself (proc(5)): no program is run."""

from __future__ import annotations

import typing as t
from pathlib import Path

_LEGACY = {4: "/proc/self/net/ip_tables_names", 6: "/proc/self/net/ip6_tables_names"}


def conf(interface: str, name: str) -> str:
    """The name of an IPv4 setting of an interface, in which a slash stands for a dot of the interface's name."""
    return f"net.ipv4.conf.{interface.replace('.', '/')}.{name}"


def setting(name: str) -> str:
    """The value of a setting by its name for sysctl(8); nothing where there is none."""
    path = name.replace(".", "\0").replace("/", ".").replace("\0", "/")
    return _text(Path("/proc/sys", path)).strip()


def forwarding_off(version: int, interfaces: t.Iterable[str]) -> str:
    """The first setting that keeps packets of these interfaces from being forwarded; nothing: none does."""
    switches = ["net.ipv4.ip_forward"] if version == 4 else ["net.ipv6.conf.all.forwarding"]
    if version == 4:
        switches += [conf(interface, "forwarding") for interface in interfaces]
    return next((switch for switch in dict.fromkeys(switches) if setting(switch) == "0"), "")


def legacy_tables(version: int) -> list[str]:
    """The tables of iptables-legacy that are loaded."""
    return _text(Path(_LEGACY[version])).split()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except OSError:
        return ""
