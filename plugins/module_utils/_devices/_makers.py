# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Who made a device, by the first half of its MAC address, where some library on the host knows that."""

from __future__ import annotations

import importlib
import typing as t

LIBRARIES = ("netaddr", "manuf")  # Debian: python3-netaddr
_Maker = t.Callable[[str], t.Optional[str]]


def find() -> t.Tuple[t.Optional[str], _Maker]:
    """The library that is there, by its name, and what asks it; None and nothing where there is none."""
    for name, build in (("netaddr", _netaddr), ("manuf", _manuf)):
        try:
            return name, _careful(build(importlib.import_module(name)))
        except Exception:  # noqa: BLE001, S112  # whatever a library of others raises, there may be the other
            continue
    return None, lambda _mac: None


def is_local(mac: str) -> bool:
    """Whether an address was made up (as private Wi-Fi addresses are), so that it names no maker."""
    return bool(int(mac[:2], 16) & 2)


def _careful(ask: _Maker) -> _Maker:
    def maker(mac: str) -> t.Optional[str]:
        if is_local(mac):
            return None
        try:
            return ask(mac)
        except Exception:  # noqa: BLE001  # an address that nobody registered
            return None

    return maker


def _netaddr(library: t.Any) -> _Maker:
    eui = library.EUI
    return lambda mac: str(eui(mac).oui.registration().org)


def _manuf(library: t.Any) -> _Maker:
    parser = library.MacParser()

    def maker(mac: str) -> t.Optional[str]:
        found = parser.get_manuf_long(mac)
        return str(found) if found else None

    return maker
