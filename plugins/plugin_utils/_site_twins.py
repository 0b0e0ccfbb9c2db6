# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What two sites may not share: a name, a host, the MAC address of a device, which is in one place."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet_digest import Digest

_Place = t.Tuple[str, str, int, str]  # file, key, index, row of a table


class Twins:
    """Remembers whose is what; the later of two sites is wrong."""

    def __init__(self) -> None:
        # One entry a device of the fleet, so that the place is written out only where it is told.
        self._first: t.Dict[str, _Place] = {}

    def add(self, file: str, site: Digest) -> t.List[str]:
        """Add a site; what it shares with one before is told, each with both places, and then it is not added."""
        errors = []
        mine: t.Dict[str, _Place] = {}
        for kind, value, place in _owned(file, site):
            first = self._first.get(kind + value)
            if first is not None:
                errors.append(f"{_at(place)}: {value} is a duplicate of {_at(first)}")
            else:
                mine.setdefault(kind + value, place)
        if not errors:
            self._first.update(mine)
        return errors


def _owned(file: str, site: Digest) -> t.Iterator[t.Tuple[str, str, _Place]]:
    """What nobody else may have: its kind, the value, and where it stands."""
    yield "site ", site.name, (file, "site", -1, "")
    yield "host ", site.gateway.host, (file, "gateway.host", -1, "")
    for index, probe in enumerate(site.probes):
        yield "host ", probe.host, (file, "probes[{}].host", index, "")
        yield "", probe.mac, (file, "probes[{}].mac", index, "")
    for index, device in enumerate(site.devices):
        yield "", device.mac, (file, "devices[{}].mac", index, device.row)


def _at(place: _Place) -> str:
    file, key, index, row = place
    return f"{row}: mac" if row else f"{file}: {key.format(index)}"
