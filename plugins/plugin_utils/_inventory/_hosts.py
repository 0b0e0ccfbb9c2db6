# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What an inventory takes from sites: hosts, their groups and variables. From checked sites, or from data as it is."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._scalars import SLUG_PATTERN, inventory_host
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._csv import table_names, table_path
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import Site
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._tables import Tables

Data = t.Dict[str, t.Any]


class Hosts(t.NamedTuple):
    """The hosts of a site's file, as far as they can be read; plain values, so that a cache can keep them."""

    file: str
    site: str  # empty where it has no usable name
    gateways: t.Sequence[str]
    probes: t.Sequence[t.Sequence[str]]  # host and VLAN
    vendors: t.Sequence[str]
    tags: t.Sequence[str]

    @property
    def groups(self) -> t.List[str]:
        """The groups that all hosts of the site are in. No two kinds can meet: each name begins with its kind."""
        site = [f"site_{self.site}"] if self.site else []
        return [*site, *(f"vendor_{name}" for name in self.vendors), *(f"tag_{name}" for name in self.tags)]

    @property
    def paired(self) -> t.List[str]:
        """The probe hosts that share their VLAN with another one: they may answer each other's checks."""
        vlans = [vlan for _host, vlan in self.probes]
        return [host for host, vlan in self.probes if vlans.count(vlan) > 1]

    def variables(self) -> t.Iterator[t.Tuple[str, str, Data]]:
        """Each host with the group of its role and its variables."""
        common = {
            "iot_site": self.site,
            "iot_site_file": self.file,
            "iot_vendors": list(self.vendors),
            "iot_tags": list(self.tags),
        }
        for host in self.gateways:
            yield host, "iot_gateways", common
        for host, vlan in self.probes:
            yield host, "iot_probes", {**common, "iot_vlan": vlan}


def hosts_of_site(site: Site) -> Hosts:
    """The hosts of a site that is right; whoever read it knows the file."""
    return Hosts(
        "",
        site.name,
        [site.gateway.host],
        [[probe.host, probe.vlan] for probe in site.probes],
        sorted({device.vendor for device in site.devices}),
        sorted(set(site.tags)),
    )


def hosts_of_data(data: object, path: Path, tables: Tables) -> Hosts:
    """The hosts of a site that nobody has checked: what can't be read is left out, and refused by the plan."""
    if not isinstance(data, dict):
        return Hosts(str(path), "", [], [], [], [])
    name = _slug(data.get("site"))
    vendors = {_slug(row.get("vendor")) for row in _rows(data, "devices")}
    found = [tables.at(table_path(path, table)) for _index, table in table_names(data)]
    vendors.update(row.get("vendor", "") for table in found for _number, row in table.of(name))
    tags = data.get("tags")
    gateway = data.get("gateway")
    return Hosts(
        str(path),
        name,
        [host for host in [_host(gateway.get("host"))] if host] if isinstance(gateway, dict) else [],
        [[host, _slug(row.get("vlan"))] for row in _rows(data, "probes") for host in [_host(row.get("host"))] if host],
        sorted(vendors - {""}),
        sorted({_slug(tag) for tag in tags} - {""}) if isinstance(tags, list) else [],
    )


def _rows(data: Data, key: str) -> t.Iterator[Data]:
    rows = data.get(key)
    return (row for row in (rows if isinstance(rows, list) else []) if isinstance(row, dict))


def _slug(value: object) -> str:
    return value if isinstance(value, str) and SLUG_PATTERN.fullmatch(value) else ""


def _host(value: object) -> str:
    try:
        return inventory_host(value)
    except ValueError:
        return ""
