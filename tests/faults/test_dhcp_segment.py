# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DHCP checks on a segment with real dnsmasq servers: the right one, a second one, none.

Needs root and the binaries of support.segment.BINARIES (Debian: iproute2, util-linux, dnsmasq-base).
"""

from __future__ import annotations

import time
from typing import Any, Iterator

import pytest

from support.segment import Host, Segment

RESERVED, UNKNOWN = "02:00:00:00:00:10", "02:00:00:00:00:99"
POOL = "--dhcp-range=10.40.0.100,10.40.0.199,255.255.255.0,1h"
RESERVATION = f"--dhcp-host={RESERVED},10.40.0.10"


@pytest.fixture
def segment() -> Iterator[Segment]:
    with Segment() as built:
        yield built


@pytest.fixture
def probe(segment: Segment) -> Host:
    return segment.host("probe", "10.40.0.5/24")


@pytest.fixture
def server(segment: Segment) -> Host:
    return segment.host("server", "10.40.0.1/24")


def look(probe: Host, mac: str = RESERVED, **options: Any) -> dict[str, Any]:
    (seen,) = probe.probe([{"kind": "dhcp", "mac": mac, "interface": "eth0", "timeout": 2, **options}])
    return seen


def test_a_reserved_device_is_offered_its_address(segment: Segment, probe: Host, server: Host) -> None:
    leases = segment.dnsmasq(
        server,
        POOL,
        RESERVATION,
        "--dhcp-option=option:ntp-server,10.40.0.1",
        "--dhcp-option=114,https://portal.example/",
    )
    before = leases.read_text()
    seen = look(probe, expect_ip="10.40.0.10")
    assert (seen["observation"], seen["reason"]) == ("offered", "10.40.0.1 offers 10.40.0.10")
    assert seen["offers"] == [
        {
            "server": "10.40.0.1",
            "address": "10.40.0.10",
            "router": ["10.40.0.1"],
            "dns": [],
            "ntp": ["10.40.0.1"],
            "lease_time": 3600,
            "captive_portal": "https://portal.example/",
        }
    ]
    assert 0.5 <= seen["elapsed"] < 1.5
    assert leases.read_text() == before, "an offer was taken"
    assert RESERVED not in before


def test_a_probe_without_an_address_of_its_own_is_answered(segment: Segment, server: Host) -> None:
    segment.dnsmasq(server, POOL, RESERVATION)
    assert look(segment.host("bare", None), expect_ip="10.40.0.10")["observation"] == "offered"


def test_a_device_without_reservation_gets_an_address_of_the_pool(segment: Segment, probe: Host, server: Host) -> None:
    segment.dnsmasq(server, POOL, RESERVATION, "--no-ping")
    seen = look(probe, UNKNOWN)
    assert seen["observation"] == "offered"
    assert seen["offers"][0]["address"].startswith("10.40.0.1")
    wrong = look(probe, UNKNOWN, expect_ip="10.40.0.11")
    assert wrong["observation"] == "wrong_offer"
    assert wrong["reason"].endswith("not the expected 10.40.0.11")


def test_a_server_that_tests_an_address_first_needs_more_than_three_seconds(
    segment: Segment, probe: Host, server: Host
) -> None:
    segment.dnsmasq(server, POOL)
    impatient, patient = probe.probe(
        [
            {"kind": "dhcp", "mac": UNKNOWN, "interface": "eth0", "timeout": 1.5},
            {"kind": "dhcp", "mac": RESERVED, "interface": "eth0", "timeout": 8},
        ]
    )
    assert impatient["observation"] == "no_offer"
    assert "it tests an address for longer than that before it offers it" in impatient["reason"]
    assert patient["observation"] == "offered"
    assert patient["elapsed"] > 2.5


def test_a_server_that_ignores_unknown_devices(segment: Segment, probe: Host, server: Host) -> None:
    segment.dnsmasq(server, "--dhcp-range=10.40.0.0,static,255.255.255.0", RESERVATION)
    assert look(probe, RESERVED)["observation"] == "offered"
    assert look(probe, UNKNOWN, timeout=1)["observation"] == "no_offer"


def test_a_second_server_is_found(segment: Segment, probe: Host, server: Host) -> None:
    segment.dnsmasq(server, POOL, RESERVATION)
    rogue = segment.host("rogue", "10.40.0.66/24")
    segment.dnsmasq(rogue, "--dhcp-range=10.40.0.200,10.40.0.250,255.255.255.0,1h", "--no-ping")
    seen = look(probe, expect_ip="10.40.0.10")
    assert seen["observation"] == "wrong_offer"
    assert {offer["server"] for offer in seen["offers"]} == {"10.40.0.1", "10.40.0.66"}
    assert seen["reason"].endswith("the device takes whichever comes first")
    assert look(probe)["reason"].endswith("more than one DHCP server is on this segment")


def test_no_server_costs_the_timeout(probe: Host) -> None:
    seen = look(probe, timeout=1)
    assert (seen["observation"], seen["offers"]) == ("no_offer", [])
    assert seen["reason"].startswith("no DHCP server offered an address in time")
    assert 0.9 < seen["elapsed"] < 1.4


def test_fifty_devices_are_one_exchange(segment: Segment, probe: Host, server: Host) -> None:
    macs = [f"02:00:00:00:01:{number:02x}" for number in range(50)]
    addresses = [f"10.40.0.{number + 10}" for number in range(50)]
    checks = [
        {"kind": "dhcp", "mac": mac, "interface": "eth0", "expect_ip": address, "timeout": 3}
        for mac, address in zip(macs, addresses)
    ]
    started = time.monotonic()
    none = probe.probe([{**check, "timeout": 1} for check in checks])
    assert time.monotonic() - started < 3
    assert {seen["observation"] for seen in none} == {"no_offer"}
    hosts = [f"--dhcp-host={mac},{address}" for mac, address in zip(macs, addresses)]
    segment.dnsmasq(server, "--dhcp-range=10.40.0.200,10.40.0.250,255.255.255.0,1h", *hosts)
    found = probe.probe(checks)
    assert [seen["offers"][0]["address"] for seen in found] == addresses
    assert {seen["observation"] for seen in found} == {"offered"}
    assert max(seen["elapsed"] for seen in found) < 2


def test_without_root_the_check_says_what_it_needs(probe: Host) -> None:
    seen = probe.probe([{"kind": "dhcp", "mac": RESERVED, "interface": "eth0"}], user=65534)[0]
    assert seen["observation"] == "not_run"
    assert "root only: run the task with become: true" in seen["reason"]


def test_an_interface_that_is_not_there_or_down(probe: Host) -> None:
    missing, there = probe.probe(
        [
            {"kind": "dhcp", "mac": RESERVED, "interface": "eth7", "timeout": 1},
            {"kind": "dhcp", "mac": RESERVED, "interface": "eth0", "timeout": 1},
        ]
    )
    assert (missing["observation"], missing["reason"]) == ("not_run", "this host has no interface eth7")
    assert there["observation"] == "no_offer"
    probe.run("ip", "link", "set", "eth0", "down")
    seen = look(probe, timeout=1)
    assert seen["observation"] == "not_run"
    assert seen["reason"].startswith("can't send out of interface eth0: ")


HOLD_PORT = """
import socket, sys, time
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
if sys.argv[1] == "shared":
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
sock.bind(("0.0.0.0", 68))
print("bound", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize(("how", "observation"), [("shared", "offered"), ("alone", "not_run")])
def test_a_dhcp_client_of_the_probe_host(
    segment: Segment, probe: Host, server: Host, how: str, observation: str
) -> None:
    segment.dnsmasq(server, POOL, RESERVATION)
    client = probe.start("python3", "-c", HOLD_PORT, how)
    assert client.stdout is not None
    assert client.stdout.readline() == "bound\n"
    seen = look(probe)
    assert seen["observation"] == observation
    if how == "alone":
        assert "another program holds UDP port 68" in seen["reason"]


BABBLE = """
import os, socket, time
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
sock.bind(("0.0.0.0", 6767))
print("babbling", flush=True)
while True:
    for length in (0, 1, 239, 240, 300, 1400):
        sock.sendto(os.urandom(length), ("10.40.0.255", 68))
    time.sleep(0.001)
"""


def test_babble_on_the_segment_changes_nothing(segment: Segment, probe: Host, server: Host) -> None:
    segment.dnsmasq(server, POOL, RESERVATION)
    babbler = segment.host("babbler", "10.40.0.77/24").start("python3", "-c", BABBLE)
    assert babbler.stdout is not None
    assert babbler.stdout.readline() == "babbling\n"
    seen = look(probe, expect_ip="10.40.0.10")
    assert (seen["observation"], len(seen["offers"])) == ("offered", 1)
    assert look(probe, UNKNOWN, timeout=0.5)["elapsed"] < 1
