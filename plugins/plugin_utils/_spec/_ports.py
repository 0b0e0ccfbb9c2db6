# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Which ports the devices of vendors use, for whoever has to listen on them."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.module_utils import _values
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Spec, no_spec

_PROTOCOLS = ("tcp", "udp")

Port = t.Tuple[str, int]


class PortsError(ValueError):
    """What was asked for is wrong; the text has every mistake."""


def vendor_ports(
    specs: t.Mapping[str, Spec], vendors: t.Sequence[object], kinds: t.Sequence[str], exclude: t.Sequence[object]
) -> t.List[t.Dict[str, t.Any]]:
    """The ports of some vendors (of all, if none is named), each once, sorted."""
    errors = [no_spec(vendor, specs) for vendor in vendors if str(vendor) not in specs]
    left_out = _excluded(exclude, errors)
    if errors:
        raise PortsError("\n".join(errors))
    found = {
        (port.protocol, port.port)
        for vendor in map(str, vendors or sorted(specs))
        for requirement in specs[vendor].requirements
        if requirement.kind in kinds
        for port in requirement.ports
    }
    return [{"protocol": protocol, "port": port} for protocol, port in sorted(found - left_out)]


def _excluded(entries: t.Sequence[object], errors: t.List[str]) -> t.Set[Port]:
    ports: t.Set[Port] = set()
    for entry in entries:
        protocol, slash, number = str(entry).partition("/")
        try:
            port = _values.port(number if slash else protocol)
        except ValueError:
            port = 0
        if not port or (slash and protocol not in _PROTOCOLS):
            errors.append(f"exclude: {entry} is not a port (write it as 22 or tcp/22)")
        ports |= {(name, port) for name in ([protocol] if slash else _PROTOCOLS)}
    return ports
