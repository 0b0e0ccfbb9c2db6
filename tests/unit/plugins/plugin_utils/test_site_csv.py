"""Devices of sites in tables: merged, found again by row, and every mistake told with its file and row."""

from __future__ import annotations

import os
import tempfile
import typing as t
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._fleet import Fleet, FleetError, load_fleet
from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._plan import make_plan
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site import _tables
from support.inventories import site
from support.sites import Data, write

HEAD = "site,name,vendor,type,mac,ip,vlan,uplink\n"
BACK = "berlin,back-door,kisi,controller_pro,02:00:00:00:0a:01,10.40.0.30,iot,ethernet\n"


@pytest.fixture(name="sites")
def _sites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("sites").mkdir()
    return Path("sites")


def _berlin(**changes: t.Any) -> Data:
    return {**site("berlin", 1), "devices_csv": ["devices.csv"], **changes}


def _oslo() -> Data:
    """All of its devices are in the table."""
    data = {**site("oslo", 2), "devices_csv": ["devices.csv"], "endpoints": []}
    del data["devices"]
    return data


def _errors(sites: Path) -> t.List[str]:
    with pytest.raises(FleetError) as caught:
        load_fleet([sites], [])
    return caught.value.errors


def _load(sites: Path) -> Fleet:
    return load_fleet([sites], [])


def test_merged_with_those_of_the_file(sites: Path) -> None:
    write(sites, "berlin.yml", _berlin())
    write(sites, "oslo.yml", _oslo())
    oslo = "Oslo;Tür 1;Kisi;Controller Pro;0200.0000.0b01;DHCP;IoT;LAN\n"
    text = (HEAD + BACK).replace(",", ";") + oslo
    (sites / "devices.csv").write_text(text, encoding="cp1252")
    fleet = _load(sites)
    assert fleet.warnings == []
    berlin, other = fleet.sites
    assert [device.name for device in berlin.devices] == ["front-door", "lawn", "air", "back-door"]
    assert [(device.name, device.mac, device.ip, device.uplink) for device in other.devices] == [
        ("tuer-1", "02:00:00:00:0b:01", None, "ethernet")
    ]
    assert {"name": "back-door", "mac": "02:00:00:00:0a:01", "ip": "10.40.0.30", "subnet": "10.40.0.0/24"} in make_plan(
        berlin, fleet.specs
    )["dhcp"]["reservations"]


def test_a_device_is_the_same_wherever_it_stands(sites: Path) -> None:
    """The plan has no trace of the table."""
    data = _berlin()
    rows = "".join(
        f"berlin,{device['name']},{device['vendor']},{device['type']},{device['mac']},{device.get('ip', '')},iot,"
        f"{device.get('uplink', '')}\n"
        for device in data.pop("devices")
    )
    write(sites, "berlin.yml", data)
    write(sites, "devices.csv", HEAD + rows)
    there = _load(sites)
    write(sites, "berlin.yml", {**_berlin(), "devices_csv": []})
    here = _load(sites)
    assert there.sites == here.sites
    assert make_plan(there.sites[0], there.specs) == make_plan(here.sites[0], here.specs)


CASES: t.Sequence[t.Tuple[str, t.List[str]]] = [
    ("berlin,x,kisi,controller_pro,zz,,iot,\n", ["row 2: mac: zz is not a MAC address (02:00:00:00:00:10, "]),
    ("berlin,,kisi,controller_pro,,,iot,\n", ["row 2: name is empty", "row 2: mac is empty"]),
    (
        "berlin,x,kissi,controller_pro,02:00:00:00:0a:01,,iot,\n",
        ["row 2: vendor: kissi is no known vendor; did you mean kisi?"],
    ),
    (
        "berlin,x,kisi,controler_pro,02:00:00:00:0a:01,10.40.0.120,iot2,\n",
        [
            "row 2: vlan: iot2 is no VLAN of this site; did you mean iot?",
            "row 2: type: controler_pro is no device type of kisi; did you mean controller_pro?",
        ],
    ),
    (
        "berlin,x,kisi,controller_pro,02:00:00:00:0a:01,10.40.0.120,iot,\n",
        ["row 2: ip: 10.40.0.120 is inside the pool 10.40.0.100-10.40.0.199 of VLAN iot"],
    ),
    (
        "berlin,lawn,kisi,controller_pro,02:00:00:00:01:10,10.40.0.11,iot,\n",
        [
            "row 2: name: lawn is a duplicate of sites/berlin.yml: devices[1].name",
            "row 2: mac: 02:00:00:00:01:10 is a duplicate of sites/berlin.yml: devices[0].mac",
            "row 2: ip: 10.40.0.11 is a duplicate of sites/berlin.yml: devices[1].ip",
        ],
    ),
    (
        BACK + BACK,
        [
            "row 3: name: back-door is that of row 2, too",
            "row 3: mac: 02:00:00:00:0a:01 is that of row 2, too",
            "row 3: ip: 10.40.0.30 is that of row 2, too",
        ],
    ),
    (
        BACK + ",x,kisi,controller_pro,02:00:00:00:0a:02,,iot,\n",
        ["row 3: site: is empty, and other rows name theirs"],
    ),
    (BACK + "!!,x,kisi,controller_pro,02:00:00:00:0a:02,,iot,\n", ["row 3: site: !! is not a name (a-z, then a-z, "]),
    (
        BACK + "berlin,x,spiio,sensor,02:00:00:00:0a:02,,iot,ethernet\n",
        ["row 3: uplink: a spiio sensor has no "],
    ),
]


@pytest.mark.parametrize(("rows", "expected"), CASES)
def test_exact_message(rows: str, expected: t.List[str], sites: Path) -> None:
    write(sites, "berlin.yml", _berlin())
    write(sites, "devices.csv", HEAD + rows)
    found = _errors(sites)
    assert len(found) == len(expected), found
    for error, start in zip(found, expected):
        assert error.startswith(f"sites/devices.csv: {start}"), error


def test_all_at_once(sites: Path) -> None:
    """What is wrong in the site's file, in the table, and between the two."""
    data = _berlin()
    data["vlans"][0]["router"] = "nowhere"
    data["devices"][0]["mac"] = "zz"
    write(sites, "berlin.yml", data)
    write(sites, "devices.csv", HEAD + "berlin,lawn,kisi,controller_pro,q,,iot,\n")
    assert [error.partition(" ")[0] + error.split(": ")[1] for error in _errors(sites)] == [
        "sites/devices.csv:row 2",
        "sites/berlin.yml:vlans[0].router",
        "sites/berlin.yml:devices[0].mac",
        "sites/devices.csv:row 2",
    ]


def test_a_site_without_a_row(sites: Path) -> None:
    write(sites, "berlin.yml", _berlin())
    write(sites, "devices.csv", HEAD + BACK.replace("berlin", "hamburg"))
    assert _errors(sites) == ["sites/berlin.yml: devices_csv[0]: sites/devices.csv has no row of the site berlin"]


def test_rows_of_nobody_are_told(sites: Path) -> None:
    """A warning, since a table may know sites that are not here yet; whoever is given one site knows no others."""
    write(sites, "berlin.yml", _berlin())
    rows = [BACK.replace("berlin", "berlim").replace("0a:01", f"0a:{number:02x}") for number in range(2, 9)]
    rows = [row.replace("back-door", f"d{place}").replace("0.30", f"0.{30 + place}") for place, row in enumerate(rows)]
    write(sites, "devices.csv", HEAD + BACK + "".join(rows))
    assert _load(sites).warnings == [
        "sites/devices.csv: rows 3, 4, 5, 6, 7 and 2 more: no site named berlim reads this table; did you mean berlin?"
    ]
    assert load_fleet([sites / "berlin.yml"], []).warnings == []


def test_a_table_without_sites_is_that_of_one(sites: Path) -> None:
    table = HEAD.replace("site,", "") + BACK.replace("berlin,", "")
    write(sites, "berlin.yml", _berlin())
    write(sites, "devices.csv", table)
    assert len(_load(sites).sites[0].devices) == 4
    write(sites, "oslo.yml", _oslo())
    assert _errors(sites) == [
        "sites/oslo.yml: devices_csv: sites/devices.csv is read by sites/berlin.yml already, and has no column site"
    ]


def test_the_same_device_in_the_tables_of_two_sites(sites: Path) -> None:
    write(sites, "berlin.yml", _berlin(devices_csv=["b.csv"]))
    write(sites, "oslo.yml", {**_oslo(), "devices_csv": ["o.csv"]})
    write(sites, "b.csv", HEAD + BACK)
    write(sites, "o.csv", HEAD + BACK.replace("berlin", "oslo"))
    assert _errors(sites) == [
        "sites/o.csv: row 2: mac: 02:00:00:00:0a:01 is a duplicate of sites/b.csv: row 2: mac",
    ]


def test_tables_that_cannot_be_read(sites: Path) -> None:
    """Also those that would never end, or fill the memory."""
    names: t.List[t.Any] = ["gone.csv", "folder", "/dev/zero", "pipe", "big.csv", "empty.csv", "big.csv", "nul.csv", 7]
    write(sites, "berlin.yml", _berlin(devices_csv=names))
    (sites / "folder").mkdir()
    os.mkfifo(sites / "pipe")
    (sites / "empty.csv").touch()
    (sites / "nul.csv").write_bytes(b"PK\x03\x04\0\0")
    with (sites / "big.csv").open("wb") as file:
        file.truncate(9 * 1024 * 1024)
    assert _errors(sites) == [
        "sites/berlin.yml: devices_csv[0]: sites/gone.csv cannot be read: No such file or directory",
        "sites/berlin.yml: devices_csv[1]: sites/folder is not a file",
        "sites/berlin.yml: devices_csv[2]: /dev/zero is not a file",
        "sites/berlin.yml: devices_csv[3]: sites/pipe is not a file",
        "sites/berlin.yml: devices_csv[4]: sites/big.csv is larger than 8 MiB",
        "sites/empty.csv: is empty",
        "sites/berlin.yml: devices_csv[6]: big.csv is a duplicate of devices_csv[4]",
        "sites/nul.csv: is not a text file: save the spreadsheet as CSV",
        "sites/berlin.yml: devices_csv[8]: sites/7 cannot be read: No such file or directory",
    ]


def test_permission_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may read everything, so it becomes somebody else."""
    with tempfile.TemporaryDirectory() as name:
        monkeypatch.chdir(name)
        Path(name).chmod(0o755)
        write(Path(name), "berlin.yml", _berlin()).chmod(0o644)
        write(Path(name), "devices.csv", HEAD + BACK).chmod(0)
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)
        try:
            found = _errors(Path(name))
        finally:
            if root:
                os.seteuid(0)
            monkeypatch.undo()
    assert found == ["berlin.yml: devices_csv[0]: devices.csv cannot be read: Permission denied"]


@pytest.mark.parametrize("value", ["devices.csv", {"a": 1}, [None, ["x"], True, ""], 5])
def test_a_list_that_is_none(value: object, sites: Path) -> None:
    """The shape says what is wrong; nothing is read."""
    write(sites, "berlin.yml", _berlin(devices_csv=value))
    assert all(error.startswith("sites/berlin.yml: devices_csv") for error in _errors(sites))


def test_a_shared_table_is_read_once(sites: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = []
    for number in range(40):
        data = site(f"s{number}", 100 + number, devices_csv=["devices.csv"], endpoints=[])
        del data["devices"]
        write(sites, f"s{number}.yml", data)
        rows.append(f"s{number},d,tsi,monitor,02:00:00:01:00:{number:02x},,iot,\n")
    write(sites, "devices.csv", HEAD + "".join(rows))
    seen: t.List[Path] = []
    read = vars(_tables)["import_devices"]

    def counting(*arguments: t.Any) -> t.Any:
        seen.append(sites)
        return read(*arguments)

    monkeypatch.setattr(_tables, "import_devices", counting)
    assert len(_load(sites).sites) == 40
    assert len(seen) == 1
    # Until it changes.
    write(sites, "devices.csv", HEAD + "".join(rows).replace("d,tsi", "e,tsi"))
    assert {site.devices[0].name for site in _load(sites).sites} == {"e"}
    assert len(seen) == 2


@settings(max_examples=60)
@given(st.binary(max_size=300), st.booleans())
def test_junk_never_raises_anything_else(tmp_path_factory: pytest.TempPathFactory, junk: bytes, header: bool) -> None:
    folder = tmp_path_factory.mktemp("junk")
    write(folder, "berlin.yml", _berlin())
    (folder / "devices.csv").write_bytes((HEAD.encode() if header else b"") + junk)
    errors: t.List[str] = []
    try:
        load_fleet([folder], [])
    except FleetError as exc:
        errors = exc.errors
    assert not [error for error in errors if "\n" in error]
