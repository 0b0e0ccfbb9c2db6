# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The device register, as other systems take it, through the doors that users have."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.plugin_utils._register._formats import FORMATS
from ansible_collections.fieldnet.iot.plugins.plugin_utils._register._register import RegisterError, entries
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import Site
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._site import parse_site
from support.sites import berlin, specs, write

COLLECTIONS = Path(__file__).resolve().parents[4] / "build" / "src"
SPECS = specs()


def site(**changes: t.Any) -> Site:
    parsed, problems = parse_site({**berlin(), **changes}, SPECS)
    assert parsed, problems
    return parsed


def table(name: str, *sites: Site) -> t.List[t.Dict[str, str]]:
    text = FORMATS[name](entries(sites or [site()], SPECS))
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_register_for_people() -> None:
    text = FORMATS["csv"](entries([site()], SPECS))
    assert text == (
        "site,name,vendor,type,mac,ip,vlan,uplink\r\n"
        "berlin,front-door,kisi,controller_pro,02:00:00:00:00:10,10.40.0.10,iot,ethernet\r\n"
        "berlin,lawn,spiio,sensor,02:00:00:00:00:11,10.40.0.11,iot,\r\n"
        "berlin,air,tsi,monitor,02:00:00:00:00:12,,iot,\r\n"
    )


def test_hostapd_gets_what_may_come_by_wifi() -> None:
    """As hostapd reads it: a line that is no comment is a MAC address, and no more."""
    text = FORMATS["hostapd"](entries([site()], SPECS))
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert lines == ["02:00:00:00:00:11", "02:00:00:00:00:12"]
    assert "# berlin: lawn\n02:00:00:00:00:11\n" in text


def test_some_vlans_alone() -> None:
    assert entries([site()], SPECS, ["office"]) == []


# The columns of NetBox 4.6's import forms (netbox/dcim/forms/bulk_import.py, netbox/ipam/forms/bulk_import.py), with
# ".slug" for a related object; those that it requires.
NETBOX = {
    "netbox_manufacturers": ({"name", "slug"}, {"name", "slug"}),
    "netbox_device_types": (
        {"manufacturer", "model", "slug"},
        {"manufacturer", "default_platform", "model", "slug", "part_number", "u_height", "description", "comments"},
    ),
    "netbox_roles": ({"name", "slug"}, {"name", "slug", "parent", "color", "vm_role", "description"}),
    "netbox_devices": (
        {"role", "manufacturer", "device_type", "site", "status"},
        {"name", "role", "manufacturer", "device_type", "serial", "status", "site", "location", "description"},
    ),
    "netbox_interfaces": ({"device", "name", "type"}, {"device", "name", "type", "enabled", "mtu", "description"}),
    "netbox_mac_addresses": ({"mac_address"}, {"mac_address", "device", "interface", "is_primary", "description"}),
    "netbox_ip_addresses": (
        {"address", "status"},
        {"address", "vrf", "status", "role", "device", "interface", "is_primary", "dns_name", "description"},
    ),
}


@pytest.mark.parametrize("name", sorted(NETBOX))
def test_columns_are_netbox_s(name: str) -> None:
    required, known = NETBOX[name]
    columns = {column.partition(".")[0] for column in table(name)[0]}
    assert required <= columns <= known


def test_netbox_s_tables_refer_to_each_other() -> None:
    makers = {row["slug"] for row in table("netbox_manufacturers")}
    kinds = {(row["manufacturer.slug"], row["slug"]) for row in table("netbox_device_types")}
    roles = {row["slug"] for row in table("netbox_roles")}
    devices = table("netbox_devices")
    assert makers == {"kisi", "spiio", "tsi"}
    assert {(row["manufacturer.slug"], row["device_type.slug"]) for row in devices} == kinds
    assert {row["role.slug"] for row in devices} == roles
    interfaces = {(row["device"], row["name"]) for row in table("netbox_interfaces")}
    assert {device for device, _name in interfaces} == {row["name"] for row in devices}
    macs = table("netbox_mac_addresses")
    assert {(row["device"], row["interface"]) for row in macs} == interfaces
    addresses = table("netbox_ip_addresses")
    assert {(row["device"], row["interface"]) for row in addresses} <= interfaces
    assert [row["address"] for row in addresses] == ["10.40.0.10/24", "10.40.0.11/24"]
    assert {row["is_primary"] for row in [*macs, *addresses]} == {"true"}
    types = {row["device"]: row["type"] for row in table("netbox_interfaces")}
    assert types == {"front-door": "100base-tx", "lawn": "ieee802.11n", "air": "ieee802.11n"}


def test_netbox_can_t_tell_devices_of_one_name_apart() -> None:
    oslo = site(site="oslo")
    with pytest.raises(RegisterError, match=r"these are there twice: front-door \(berlin and oslo\)"):
        table("netbox_devices", site(), oslo)
    assert len(table("csv", oslo, site())) == 6
    assert table("csv", oslo, site())[0]["site"] == "berlin"


def play(folder: Path, *arguments: str, **variables: t.Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ansible", "playbook", *arguments, "-e", json.dumps(variables)]
    env = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
           "ANSIBLE_NOCOLOR": "true", "ANSIBLE_LOCALHOST_WARNING": "false"}  # fmt: skip
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=120)


def test_the_lookup(tmp_path: Path) -> None:
    write(tmp_path, "berlin.yml", berlin())
    (tmp_path / "play.yml").write_text(
        "- {hosts: localhost, gather_facts: false, tasks: [{ansible.builtin.copy: {dest: '{{ out }}/{{ item }}',"
        " content: \"{{ lookup('fieldnet.iot.device_register', 'berlin.yml', format=item, sites=wanted) }}\"},"
        " loop: [csv, hostapd, netbox_mac_addresses]}]}\n"
    )
    done = play(tmp_path, "play.yml", out=str(tmp_path), wanted=["berlin"])
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("csv", "hostapd", "netbox_mac_addresses"):
        assert (tmp_path / name).read_bytes().decode() == FORMATS[name](entries([site()], SPECS))
    done = play(tmp_path, "play.yml", out=str(tmp_path), wanted=["rome"])
    assert "site: rome is no site here (known: berlin)" in done.stdout


def test_the_import_playbook(tmp_path: Path) -> None:
    source, dest = tmp_path / "list.csv", tmp_path / "devices.yml"
    source.write_text("Name;MAC;Typ\nTür 1;0200.0000.0010;controller pro\n", encoding="cp1252")
    variables = {
        "iot_csv": str(source),
        "iot_devices": str(dest),
        "iot_csv_defaults": {"vendor": "kisi", "vlan": "iot"},
    }
    check = play(tmp_path, "fieldnet.iot.devices_import", "--check", "--diff", **variables)
    assert check.returncode == 0, check.stdout + check.stderr
    assert "name: tuer-1" in check.stdout
    assert not dest.exists()
    first = play(tmp_path, "fieldnet.iot.devices_import", **variables)
    assert "changed=1" in first.stdout, first.stdout + first.stderr
    assert "row 2: T" in first.stdout
    assert dest.read_text().splitlines()[1:] == [
        "devices:",
        '  - {name: tuer-1, vendor: kisi, type: controller_pro, mac: "02:00:00:00:00:10", vlan: iot}',
    ]
    assert "changed=0" in play(tmp_path, "fieldnet.iot.devices_import", **variables).stdout
    dest.write_text("plugin: fieldnet.iot.sites\n")
    refused = play(tmp_path, "fieldnet.iot.devices_import", **variables)
    assert "is there, and was not written by an import" in refused.stdout
    assert dest.read_text() == "plugin: fieldnet.iot.sites\n"


def test_the_import_playbook_tells_every_mistake(tmp_path: Path) -> None:
    source = tmp_path / "list.csv"
    source.write_text("site,Name,MAC,Typ\nberlin,a,x,controller_pro\noslo,b,y,sensor\n")
    done = play(tmp_path, "fieldnet.iot.devices_import", iot_csv=str(source), iot_csv_defaults={"vendor": "kisi"})
    assert "has no column for vlan" in done.stdout
    source.write_text("site,Name,MAC,Typ\nberlin,a,020000000001,sensor\noslo,b,020000000002,sensor\n")
    defaults = {"vendor": "spiio", "vlan": "iot"}
    done = play(tmp_path, "fieldnet.iot.devices_import", iot_csv=str(source), iot_csv_defaults=defaults)
    assert "has devices of several sites (berlin, oslo): say by site" in done.stdout
    done = play(
        tmp_path, "fieldnet.iot.devices_import", iot_csv=str(source), iot_csv_defaults=defaults, iot_csv_site="oslo"
    )
    assert "name: b, vendor: spiio" in done.stdout
    done = play(tmp_path, "fieldnet.iot.devices_import", iot_csv="nowhere.csv")
    assert "nowhere.csv: can't be read: No such file or directory" in done.stdout
