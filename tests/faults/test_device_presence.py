# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""device_info on a gateway whose IoT interface is a bridge, with real machines behind its ports."""

from __future__ import annotations

import contextlib
import sys
import typing as t
from pathlib import Path

import pytest

from support.gateway import run_module
from support.netns import Host, wire

FRONT, BACK, MOVED, GONE, STRANGER = (f"02:00:00:00:00:{number}" for number in (10, 11, 12, 13, 66))
DEVICES = [
    {"name": "front-door", "mac": FRONT, "ip": "10.40.0.10"},
    {"name": "back-door", "mac": BACK, "ip": "10.40.0.11"},
    {"name": "moved", "mac": MOVED, "ip": "10.40.0.12"},
    {"name": "gone", "mac": GONE, "ip": "10.40.0.13"},
]

CRY = """
import socket
sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
sock.bind(("eth0", 0))
sock.send(b"\\xff" * 6 + bytes.fromhex("020000000011") + b"\\x88\\xb5" + bytes(50))
"""


class Vlan:
    """A gateway with the bridge iot0, and machines behind its ports."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._stack = stack
        self.gateway = self._host("gw")
        self.gateway.run("ip", "link", "add", "iot0", "type", "bridge")
        self.gateway.run("ip", "link", "set", "iot0", "up")
        self.gateway.run("ip", "address", "add", "10.40.0.1/24", "dev", "iot0")

    def _host(self, role: str) -> Host:
        host = Host(role)
        self._stack.callback(host.delete)
        return host

    def machine(self, port: str, mac: str, address: t.Optional[str]) -> Host:
        """A machine behind a port."""
        host = self._host(port)
        wire(self.gateway, port, host, "eth0")
        host.run("ip", "link", "set", "eth0", "address", mac)
        self.gateway.run("ip", "link", "set", port, "master", "iot0")
        if address:
            host.run("ip", "address", "add", f"{address}/24", "dev", "eth0")
        return host

    def look(self, **options: t.Any) -> t.Dict[str, t.Any]:
        """What the module returns on the gateway."""
        arguments = {"interfaces": ["iot0"], "devices": DEVICES, "timeout": 0.6, **options}
        return {"failed": False, **run_module(self.gateway, "device_info", {**arguments, "_check": True})}


@pytest.fixture
def vlan() -> t.Iterator[Vlan]:
    with contextlib.ExitStack() as stack:
        yield Vlan(stack)


def statuses(result: t.Dict[str, t.Any]) -> t.Dict[str, str]:
    return {row["name"] or row["mac"]: row["status"] for row in result["devices"]}


def test_present_wrong_absent_and_unknown_in_one_call(vlan: Vlan) -> None:
    vlan.machine("lan1", FRONT, "10.40.0.10")
    vlan.machine("lan2", MOVED, "10.40.0.112")
    vlan.machine("lan3", STRANGER, "10.40.0.200")
    silent = vlan.machine("lan4", BACK, None)
    silent.run("ip", "link", "set", "eth0", "arp", "off")
    # It is heard, as any machine without an address is that looks for a DHCP server.
    silent.run(sys.executable, "-c", CRY)
    result = vlan.look(ask="subnet")
    assert not result["failed"], result
    assert not result["changed"]
    assert statuses(result) == {
        "front-door": "present", "back-door": "no_address", "moved": "wrong_address", "gone": "absent",
        STRANGER: "unknown",
    }  # fmt: skip
    rows = {row["mac"]: row for row in result["devices"]}
    assert (rows[FRONT]["addresses"], rows[FRONT]["port"], rows[FRONT]["interface"]) == (["10.40.0.10"], "lan1", "iot0")
    assert rows[BACK]["port"] == "lan4"
    assert rows[MOVED]["reason"] == "answers at 10.40.0.112, not at the expected 10.40.0.12"
    assert rows[STRANGER]["addresses"] == ["10.40.0.200"]
    assert result["summary"]["unknown"] == 1
    assert result["conflicts"] == []


def test_who_is_asked(vlan: Vlan) -> None:
    """Without a reason to ask for an address, nobody learns of who is there."""
    vlan.machine("lan1", FRONT, "10.40.0.10")
    vlan.machine("lan3", STRANGER, "10.40.0.200")
    nobody = vlan.look(ask="none")
    assert set(statuses(nobody).values()) <= {"unproven", "unknown"}
    expected = vlan.look(ask="expected")
    assert (statuses(expected)["front-door"], statuses(expected)["gone"]) == ("present", "absent")
    assert expected["devices"][0]["ipv6"] == [] or expected["devices"][0]["ipv6"][0].startswith("fe80:")


def test_who_left_is_absent_though_the_neighbour_table_remembers(vlan: Vlan) -> None:
    front = vlan.machine("lan1", FRONT, "10.40.0.10")
    vlan.gateway.run("ip", "neighbour", "replace", "10.40.0.10", "lladdr", FRONT, "dev", "iot0", "nud", "stale")
    front.run("ip", "link", "set", "eth0", "down")
    vlan.gateway.run("ip", "link", "set", "lan1", "nomaster")
    assert statuses(vlan.look(ask="none"))["front-door"] == "unproven"
    assert statuses(vlan.look())["front-door"] == "absent"


def test_two_machines_with_one_address(vlan: Vlan) -> None:
    vlan.machine("lan1", FRONT, "10.40.0.10")
    vlan.machine("lan2", STRANGER, "10.40.0.10")
    result = vlan.look()
    assert result["conflicts"] == [{"address": "10.40.0.10", "macs": [FRONT, STRANGER]}]
    assert result["devices"][0]["reason"].endswith("10.40.0.10 is in use by 02:00:00:00:00:66")


def test_leases_and_problems_of_the_gateway(vlan: Vlan, tmp_path: Path) -> None:
    leases = tmp_path / "leases"
    leases.write_text(f"4102444800 {GONE} 10.40.0.150 camera *\nrubbish\n")
    (tmp_path / "conf").write_text("port=0\n")
    dnsmasq = vlan.gateway.popen("dnsmasq", "-k", "-C", f"{tmp_path}/conf", "-l", str(leases), "-x", "", "-u", "root",
                                 "-F", "10.40.0.100,10.40.0.199", "-i", "iot0", "--bind-dynamic")  # fmt: skip
    try:
        while ":67 " not in vlan.gateway.run("ss", "-Huln"):
            assert dnsmasq.poll() is None
        vlan.machine("lan1", GONE, "10.40.0.150")
        row = {row["name"]: row for row in vlan.look()["devices"]}["gone"]
    finally:
        dnsmasq.kill()
        dnsmasq.communicate()
    assert (row["status"], row["addresses"]) == ("wrong_address", ["10.40.0.150"])
    assert (row["lease"]["hostname"], row["lease"]["expires"]) == ("camera", "2100-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"interfaces": ["iot9"]}, "this host has no interface iot9 (it has iot0, lo)"),
        ({"devices": [{"mac": "x"}, {"mac": FRONT, "ip": "y"}]}, "devices[0].mac: x is not a MAC address"),
        ({"timeout": 0}, "timeout: is not a number of seconds (0.2 to 60)"),
    ],
)
def test_what_can_t_be_is_told(vlan: Vlan, options: t.Dict[str, t.Any], message: str) -> None:
    result = vlan.look(**options)
    assert result["failed"]
    assert message in result["msg"]


def test_an_interface_without_an_address_is_told(vlan: Vlan) -> None:
    vlan.gateway.run("ip", "address", "flush", "dev", "iot0")
    result = vlan.look()
    assert result["problems"] == ["interface iot0 has no IPv4 address to ask from"]
    assert set(statuses(result).values()) == {"unproven"}
