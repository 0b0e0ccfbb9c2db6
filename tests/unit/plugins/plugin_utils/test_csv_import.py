# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Devices from spreadsheets as people keep them, and back."""

from __future__ import annotations

import csv
import io
import typing as t
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.module_utils import _values as values
from ansible_collections.fieldnet.iot.plugins.plugin_utils._data import _yaml
from ansible_collections.fieldnet.iot.plugins.plugin_utils._register import _csv_cells as cells
from ansible_collections.fieldnet.iot.plugins.plugin_utils._register._csv_import import Imported, import_devices
from ansible_collections.fieldnet.iot.plugins.plugin_utils._register._devices_yaml import render
from ansible_collections.fieldnet.iot.plugins.plugin_utils._register._formats import FORMATS
from ansible_collections.fieldnet.iot.plugins.plugin_utils._register._register import cell, entries
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._site import parse_site
from support.sites import berlin, specs

SPECS = specs()
HEAD = "name,vendor,type,mac,ip,vlan,uplink\n"
DOOR = {
    "name": "front-door", "vendor": "kisi", "type": "controller_pro", "mac": "02:00:00:00:00:10", "ip": "10.40.0.10",
    "vlan": "iot", "uplink": "ethernet",
}  # fmt: skip
ROW = ",".join(DOOR.values()) + "\n"


def read(text: t.Union[str, bytes], **defaults: str) -> Imported:
    return import_devices(text if isinstance(text, bytes) else text.encode(), SPECS, defaults)


def rows(found: Imported) -> t.List[t.Dict[str, str]]:
    assert found.problems == []
    return [row for _number, row in found.devices]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_spreadsheet_of_any_kind(encoding: str, separator: str, newline: str) -> None:
    lines = [
        ["Gerätename", "Hersteller", "Modell", "MAC-Adresse", "IP-Adresse", "VLAN", "Anschluss", "Bemerkung"],
        ["Tür Eingang 1 ", "Kisi", "Controller Pro", "0200.0000.0010", "10.40.0.10/24", "IoT", "LAN", "über der Tür"],
        ["", "", "", "", "", "", "", ""],
        [" Lawn", "spiio", "Sensor", "02-00-00-00-00-11", "dynamisch", "iot", "W-LAN", "x, y; z"],
    ]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator=newline).writerows(lines)
    found = read(text.getvalue().encode(encoding))
    assert rows(found) == [
        {**DOOR, "name": "tuer-eingang-1"},
        {
            "name": "lawn",
            "vendor": "spiio",
            "type": "sensor",
            "mac": "02:00:00:00:00:11",
            "vlan": "iot",
            "uplink": "wifi",
        },
    ]
    assert [number for number, _row in found.devices] == [2, 4]
    assert found.notes[:2] == ["columns that were not used: Bemerkung", "row 2: Tür Eingang 1 becomes tuer-eingang-1"]


def test_defaults_stand_in_for_columns_and_empty_cells() -> None:
    text = "Hostname;MAC;Type\nfront-door;020000000010;controller_pro\nback-door;020000000011;\n"
    found = rows(read(text, vendor="kisi", vlan="iot", type="reader_pro"))
    assert [(row["vendor"], row["type"], row["vlan"]) for row in found] == [
        ("kisi", "controller_pro", "iot"), ("kisi", "reader_pro", "iot"),
    ]  # fmt: skip


def test_excel_s_own_line_about_the_separator() -> None:
    (row,) = rows(read("sep=;\r\n" + (HEAD + ROW).replace(",", ";")))
    assert row == DOOR


@pytest.mark.parametrize(
    "text",
    [
        "020000000010", "02:00:00:00:00:10", "02-00-00-00-00-10", "0200.0000.0010", "0200:0000:0010", "020000-000010",
        "2:0:0:0:0:10", "02 00 00 00 00 10", "02:00:00:00:00:10".upper(),
    ],
)  # fmt: skip
def test_mac_addresses_in_any_notation(text: str) -> None:
    assert cells.mac(text) == "02:00:00:00:00:10"


@pytest.mark.parametrize("text", ["2E+10", "2,00E+10", "20000000010", "1122334455", "2.0"])
def test_mac_addresses_that_a_spreadsheet_computed(text: str) -> None:
    with pytest.raises(ValueError, match="the spreadsheet took for a number: make the column text"):
        cells.mac(text)


@pytest.mark.parametrize("text", ["", "02:00:00:00:00", "02:00-00:00:00:10", "0g0000000010", "02000000001", "x" * 999])
def test_what_is_no_mac_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"is (not )?a MAC address"):
        cells.mac(text)


@pytest.mark.parametrize("text", ["", "-", "n/a", "DHCP", "dynamic", "—"])
def test_no_address(text: str) -> None:
    assert cells.ip(text) is None


@pytest.mark.parametrize(
    ("text", "name"), [("Tür Straße", "tuer-strasse"), ("Café 2.OG", "cafe-2-og"), ("_x_", "x"), ("\uff21\uff22", "ab")]
)
def test_names(text: str, name: str) -> None:
    assert cells.name(text) == name


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("", ["is empty"]),
        (b"\xd0\xcf\x11\xe0\0\0", ["is not a text file: save the spreadsheet as CSV"]),
        (HEAD, ["has no row beneath its header"]),
        ("a,b\n1,2\n", ["has no column for name, vendor, type, mac, vlan, and no default (it understood: none)"]),
        ("Name,MAC\n", ["has no column for vendor, type, vlan, and no default (it understood: Name, MAC)"]),
        (
            "name,vendor,type,mac,WLAN MAC,hw address,vlan\n",
            ["row 1: mac and hw address are both the column mac: remove one", "has no row beneath its header"],
        ),
        (HEAD + ROW + '"x,y\n', ["line 3: can't be read: unexpected end of data"]),
        (HEAD + ROW.strip() + ",,extra\n", ["row 2: has more cells than the header has"]),
        (
            HEAD + "Ω!,kisi,controller_pro,x,10.40.0.300,iot,radio\n,kis,y,2E+10,,,\n" + ROW + ROW,
            [
                "row 2: name: Ω! has no letter or digit that a host name can have",
                "row 2: mac: x is not a MAC address",
                "row 2: ip: 10.40.0.300 is not an IPv4 address",
                "row 2: uplink: radio is neither ethernet nor wifi",
                "row 3: name is empty",
                "row 3: mac: 2E+10 is a MAC address that the spreadsheet took for a number",
                "row 3: vlan is empty",
                "row 3: vendor: kis is no known vendor; did you mean kisi?",
                "row 5: name: front-door is that of row 4, too",
                "row 5: mac: 02:00:00:00:00:10 is that of row 4, too",
                "row 5: ip: 10.40.0.10 is that of row 4, too",
            ],
        ),
        (
            HEAD + ROW.replace("controller_pro", "controler") + "a,spiio,sensor,020000000012,,iot,lan\n",
            [
                "row 2: type: controler is no device type of kisi; did you mean controller_pro?",
                "row 3: uplink: a spiio sensor has no ethernet",
            ],
        ),
    ],
)
def test_every_mistake_is_told_with_its_row(text: t.Union[str, bytes], problems: t.List[str]) -> None:
    found = read(text).problems
    assert [told.startswith(wanted) for told, wanted in zip(found, problems)] == [True] * len(problems), found
    assert len(found) == len(problems)


def test_an_unknown_default_is_told() -> None:
    assert read(HEAD + ROW, color="red").problems[0].startswith("the defaults have no column color")


def test_the_same_name_at_two_sites_is_fine_and_the_same_mac_is_not() -> None:
    text = "site," + HEAD + "Berlin," + ROW + "oslo," + ROW
    assert read(text).problems == ["row 3: mac: 02:00:00:00:00:10 is that of row 2, too"]


@given(data=st.one_of(st.binary(max_size=400), st.text(max_size=200).map(lambda text: (HEAD + text).encode())))
def test_any_bytes_are_devices_or_problems(data: bytes) -> None:
    found = import_devices(data, SPECS, {})
    assert found.problems or found.devices
    assert all(text.isprintable() for text in found.problems + found.notes)
    if not found.problems:
        for _number, row in found.devices:
            assert {"name", "vendor", "type", "mac", "vlan"} <= set(row)


def is_name(text: str) -> bool:
    try:
        return bool(values.host_label(text))
    except ValueError:
        return False


LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True).filter(is_name)
TAILS = st.integers(0, 0xFFFFFFFF)


@given(names=st.lists(LABELS, min_size=1, max_size=8, unique=True), data=st.data())
def test_the_register_and_the_import_are_each_other_s_reverse(names: t.List[str], data: st.DataObject) -> None:
    site = berlin()
    tails = data.draw(st.lists(TAILS, min_size=len(names), max_size=len(names), unique=True))
    site["devices"] = [
        {**DOOR, "name": name, "mac": "06:00:" + tail.to_bytes(4, "big").hex(":"), "ip": f"10.40.0.{30 + place}"}
        for place, (name, tail) in enumerate(zip(names, tails))
    ]
    parsed, problems = parse_site(site, SPECS)
    assert parsed, problems
    text = FORMATS["csv"](entries([parsed], SPECS))
    again = [{name: value for name, value in row.items() if name != "site"} for row in rows(read(text))]
    assert again == site["devices"]


@given(names=st.lists(LABELS, min_size=1, max_size=8, unique=True))
def test_what_is_written_for_a_site_s_file_is_read_by_it(names: t.List[str], tmp_path_factory: t.Any) -> None:
    path: Path = tmp_path_factory.mktemp("yaml") / "devices.yml"
    devices = [{**DOOR, "name": name} for name in [*names, "no", "null", "007"]]
    path.write_text(render(devices), encoding="utf-8")
    data, problems = _yaml.load(path)
    assert (data, problems) == ({"devices": devices}, [])


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1", '=cmd|" /C calc"!A0'])
def test_no_spreadsheet_computes_a_cell(text: str) -> None:
    assert cell(text) == f"'{text}"
    assert cell("front-door") == "front-door"
    assert cell(None) == ""
