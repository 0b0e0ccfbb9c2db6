# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What sites share and may not mean to: told, never refused."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._digest import digest
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._lint import shared, software_macs
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import Site
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._site import parse_site
from support.sites import berlin, specs


def site(name: str, third: int = 40, maker: str = "02:00:00") -> Site:
    """The site of berlin, somewhere else."""
    data = berlin()
    data["site"] = name
    for vlan in data["vlans"]:
        vlan.update(subnet=f"10.{third}.0.0/24", router=f"10.{third}.0.1", dns=[f"10.{third}.0.1"])
        vlan["pool"] = f"10.{third}.0.100-10.{third}.0.199"
    for row in [*data["probes"], *data["devices"]]:
        row["mac"] = row["mac"].replace("02:00:00", maker, 1)
        row.update({"ip": row["ip"].replace("10.40.", f"10.{third}.")} if "ip" in row else {})
    found, problems = parse_site(data, specs())
    assert found, problems
    return found


def test_one_site_shares_nothing() -> None:
    assert shared([digest(site("berlin"))]) == []


def test_names_and_addresses_in_several_sites_are_one_warning_each() -> None:
    names: t.List[str] = shared([digest(site("berlin")), digest(site("oslo", 41))])
    assert names == [
        "devices of several sites have one name: air (berlin, oslo), front-door (berlin, oslo), lawn (berlin, oslo)."
        " Where DNS joins them, rename them"
    ]
    both = shared([digest(site(f"s{number}")) for number in range(5)])
    assert both == [
        "devices of several sites have one name: air (s0, s1, s2 and 2 more), front-door (s0, s1, s2 and 2 more),"
        " lawn (s0, s1, s2 and 2 more). Where DNS joins them, rename them",
        "devices of several sites have one address: 10.40.0.10 (s0, s1, s2 and 2 more), 10.40.0.11 (s0, s1, s2 and 2"
        " more). No route may join them",
    ]


def test_macs_that_software_chose_are_told() -> None:
    (warning,) = software_macs(site("berlin"))
    assert warning.startswith(
        "locally administered MAC addresses: air (02:00:00:00:00:12), front-door (02:00:00:00:00:10), lawn ("
    )
    assert software_macs(site("berlin", maker="0c:2a:69")) == []
