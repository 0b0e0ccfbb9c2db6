"""A fleet on disk, as large as one likes: the same sites each time, written as people write them."""

from __future__ import annotations

import typing as t
from pathlib import Path

DEVICES = 50
_PROBE_MACS = 0xF00000
# Of ten devices: what a building has. The second is the type, the third how it is connected where it may be either.
_MIX = (
    *(("kisi", "reader_pro", "ethernet"),) * 3,
    ("kisi", "controller_pro", "ethernet"),
    *(("spiio", "sensor", ""),) * 4,
    *(("tsi", "monitor", ""),) * 2,
)
_NAMES = {"reader_pro": "reader", "controller_pro": "door-controller", "sensor": "planter", "monitor": "air"}
_HEAD = """\
---
# {name}: made for a measurement
plugin: fieldnet.iot.sites
schema: 1
site: {name}
tags: [{tag}, europe]
gateway: {{host: gw.{name}.example, firewall: nftables, dhcp: {dhcp}}}
vlans:
  - name: iot
    interface: vlan40
    subnet: {net}.0/24
    router: {net}.1
    pool: {net}.200-{net}.250
    dns: [{net}.1]
    dhcp_options: [router, dns]
probes:
  - {{host: probe.{name}.example, vlan: iot, interface: eth0, mac: {probe_mac}, ip: {net}.20}}
endpoints:
  - {{vendor: kisi, requirement: cloud-session, hosts: [imp01.electricimp.com, imp02.electricimp.com]}}
  - {{vendor: kisi, requirement: firmware, hosts: [fw.electricimp.com]}}
  - {{vendor: spiio, requirement: cloud-session, hosts: [cloud.spiio.example]}}
  - {{vendor: spiio, requirement: firmware, hosts: [cloud.spiio.example]}}
"""
_TSI = """\
  - {vendor: tsi, requirement: https, hosts: [api.tsi.example]}
  - {vendor: tsi, requirement: mqtt, hosts: [mqtt.tsi.example]}
  - {vendor: tsi, requirement: ntp, hosts: [time.tsi.example]}
"""
_REST = """\
ssids:
  - {ssid: acme-iot, vlan: iot, band_ghz: [2.4], channel: {channel}, security: wpa2-psk, standards: [b, g, n]}
blocked:
  - {vlan: iot, host: 10.255.0.9, port: 445, reason: no file shares for devices}
"""


class Row(t.NamedTuple):
    """A device of a site."""

    name: str
    vendor: str
    type: str
    mac: str
    ip: str
    uplink: str


def _mac(number: int) -> str:
    return f"0c:2a:69:{number >> 16:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"


def net_of(number: int) -> str:
    """Each site its own, as a company with a plan has them; there are 65,536."""
    return f"10.{number >> 8}.{number & 255}"


def probe_mac(number: int) -> str:
    """The MAC address of the site's probe host."""
    return _mac(_PROBE_MACS + number)


def address_of(mac: str, devices: int = DEVICES) -> t.Tuple[int, str]:
    """The site that has a MAC address, and the address that goes with it; a probe host gets one of the pool."""
    value = int(mac.replace(":", "")[6:], 16)
    if value >= _PROBE_MACS:
        return value - _PROBE_MACS, f"{net_of(value - _PROBE_MACS)}.200"
    number, index = divmod(value, devices)
    return number, f"{net_of(number)}.{21 + index}"


def rows(number: int, devices: int = DEVICES) -> t.List[Row]:
    """The devices of the site with this number."""
    found = []
    for index in range(devices):
        vendor, kind, uplink = _MIX[index % len(_MIX)]
        name = f"{_NAMES[kind]}-{index + 1:02}"
        ip = f"{net_of(number)}.{21 + index}"
        found.append(Row(name, vendor, kind, _mac(number * devices + index), ip, uplink))
    return found


def _device(row: Row) -> str:
    uplink = f", uplink: {row.uplink}" if row.uplink else ""
    where = f"mac: {row.mac}, ip: {row.ip}, vlan: iot{uplink}"
    return f"  - {{name: {row.name}, vendor: {row.vendor}, type: {row.type}, {where}}}\n"


def name_of(number: int) -> str:
    """A site's name."""
    return f"branch_{number:05}"


def _in_a_table(number: int) -> bool:
    """Of each ten sites one has half of its devices in a table, which ten of them share."""
    return number % 10 == 4


def _table(number: int) -> str:
    return f"region-{number // 100:03}.csv"


def text(number: int, devices: int = DEVICES, tables: bool = False) -> str:
    """The file of the site with this number. Each tenth does not know where TSI's devices go."""
    head = _HEAD.format(
        name=name_of(number),
        tag=("north", "east", "south", "west")[number % 4],
        dhcp=("dnsmasq", "kea", "isc")[number % 3],
        net=net_of(number),
        probe_mac=probe_mac(number),
    )
    rest = _REST.replace("{channel}", str((1, 6, 11)[number % 3]))
    found = rows(number, devices)
    if tables and _in_a_table(number):
        found = found[: devices // 2]
        rest += f"devices_csv: [../tables/{_table(number)}]\n"
    endpoints = "" if number % 10 == 9 else _TSI
    return head + endpoints + rest + "devices:\n" + "".join(map(_device, found))


def write_fleet(folder: Path, count: int, devices: int = DEVICES, tables: bool = False) -> Path:
    """A folder with so many sites; the tables lie beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (folder / f"{name_of(number)}.yml").write_text(text(number, devices, tables), encoding="utf-8")
    if tables:
        _write_tables(folder.parent / "tables", count, devices)
    return folder


def _write_tables(folder: Path, count: int, devices: int) -> None:
    folder.mkdir(exist_ok=True)
    lines: t.Dict[str, t.List[str]] = {}
    for number in filter(_in_a_table, range(count)):
        table = lines.setdefault(_table(number), ["site,name,vendor,type,mac,ip,vlan,uplink"])
        for row in rows(number, devices)[devices // 2 :]:
            table.append(",".join([name_of(number), *row[:5], "iot", row.uplink]))
    for name, found in lines.items():
        (folder / name).write_text("\n".join(found) + "\n", encoding="utf-8")
