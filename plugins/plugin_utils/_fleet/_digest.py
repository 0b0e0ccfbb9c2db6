# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What of a site matters to the others: little enough to keep of ten thousand."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import Site


class Host(t.NamedTuple):
    """A gateway, or a probe host with its MAC address."""

    host: str
    mac: str = ""


class Thing(t.NamedTuple):
    """A device; what it has none of is empty."""

    name: str
    mac: str
    ip: str
    row: str


class Digest(t.NamedTuple):
    """A site beside others."""

    name: str
    gateway: Host
    probes: t.Tuple[Host, ...]
    devices: t.Tuple[Thing, ...]
    subnets: t.Tuple[str, ...]


def digest(site: Site) -> Digest:
    """The digest of a site."""
    return Digest(
        site.name,
        Host(site.gateway.host),
        tuple(Host(probe.host, probe.mac) for probe in site.probes),
        tuple(Thing(device.name, device.mac, device.ip or "", device.row) for device in site.devices),
        tuple(vlan.subnet for vlan in site.vlans),
    )


_Place = t.Tuple[str, str, int, str]  # file, key, index, row of a table


class Twins:
    """Finds what two sites may not share: a name, a host, the MAC address of a device, which is in one place."""

    def __init__(self) -> None:
        # One entry a device of the fleet, so that the place is written out only where it is told.
        self._first: t.Dict[str, _Place] = {}

    def add(self, file: str, site: Digest) -> t.List[t.Tuple[str, str]]:
        """Add a site; what it shares with one before is told with both places, and with that one's file; then it is
        not added."""
        clashes = []
        mine: t.Dict[str, _Place] = {}
        for kind, value, place in _owned(file, site):
            earlier = self._first.get(kind + value)
            if earlier is None:
                mine.setdefault(kind + value, place)
            else:
                clashes.append((f"{_at(place)}: {value} is a duplicate of {_at(earlier)}", earlier[0]))
        if not clashes:
            self._first.update(mine)
        return clashes


def _owned(file: str, site: Digest) -> t.Iterator[t.Tuple[str, str, _Place]]:
    """What nobody else may have: its kind, the value, and where it stands."""
    yield "site ", site.name, (file, "site", 0, "")
    yield "host ", site.gateway.host, (file, "gateway.host", 0, "")
    for index, probe in enumerate(site.probes):
        yield "host ", probe.host, (file, "probes[{}].host", index, "")
        yield "", probe.mac, (file, "probes[{}].mac", index, "")
    for index, device in enumerate(site.devices):
        yield "", device.mac, (file, "devices[{}].mac", index, device.row)


def _at(place: _Place) -> str:
    file, key, index, row = place
    return f"{row}: mac" if row else f"{file}: {key.format(index)}"
