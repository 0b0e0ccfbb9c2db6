# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The entries of a MUD file for one flow: each list is without memory, so that both ways need one."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._model import NUMBERS
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Port

Data = t.Dict[str, t.Any]


class Remote(t.NamedTuple):
    """The other end: a host (name or address), or a class of MUD; with neither, anybody."""

    host: str = ""
    mud: t.Tuple[t.Tuple[str, str], ...] = ()

    @property
    def address(self) -> t.Optional[t.Union[ipaddress.IPv4Address, ipaddress.IPv6Address]]:
        """Its address, where it is one."""
        try:
            return ipaddress.ip_address(self.host)
        except ValueError:
            return None

    def has(self, family: str) -> bool:
        """Whether it can be in an entry of this family."""
        return self.address is None or f"ipv{self.address.version}" == family


ANYWHERE = Remote()


def aces(name: str, family: str, remote: Remote, port: Port) -> t.Tuple[t.List[Data], t.List[Data]]:
    """The entries of the from-device policy and of the to-device policy."""
    both = [("from-device", name)]
    if remote.mud and remote.mud[0][0] == "same-manufacturer":
        both.append(("to-device", f"{name}-in"))  # a local flow may be opened by either
    opened = [_ace(f"{one}-frdev", family, remote, port, "destination", way) for way, one in both]
    answers = [_ace(f"{one}-todev", family, remote, port, "source", way) for way, one in both]
    return opened, answers


def _ace(name: str, family: str, remote: Remote, port: Port, end: str, initiated: str) -> Data:
    """``end`` is the side of the packet that the remote is; the port belongs to whoever was called."""
    called = end if initiated == "from-device" else ("source" if end == "destination" else "destination")
    header: Data = {"protocol": NUMBERS[port.protocol]}
    if remote.address:
        header[f"{end}-{family}-network"] = f"{remote.address}/{remote.address.max_prefixlen}"
    elif remote.host:
        header[f"ietf-acldns:{'dst' if end == 'destination' else 'src'}-dnsname"] = remote.host
    transport: Data = {f"{called}-port": {"operator": "eq", "port": port.port}}
    if port.protocol == "tcp":
        transport = {"ietf-mud:direction-initiated": initiated, **transport}
    classes = {"ietf-mud:mud": {key: value or [None] for key, value in remote.mud}} if remote.mud else {}
    return {
        "name": name,
        "matches": {**classes, family: header, port.protocol: transport},
        "actions": {"forwarding": "accept"},
    }
