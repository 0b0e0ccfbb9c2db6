# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DHCP checks on a segment with real dnsmasq servers: the right one, a second one, none.

Needs root and the binaries of support.segment.BINARIES (Debian: iproute2, util-linux, dnsmasq-base).
"""

from __future__ import annotations

import json
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
            "netmask": "255.255.255.0",
            "source": "10.40.0.1",
            "mac": json.loads(server.run("ip", "-j", "link", "show", "eth0"))[0]["address"],
            "relay": None,
        }
    ]
    assert seen["findings"] == []
    assert 0.5 <= seen["elapsed"] < 1.9  # less than its timeout
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
    assert 0.5 < seen["elapsed"] < 2


def test_fifty_devices_are_one_exchange(segment: Segment, probe: Host, server: Host) -> None:
    macs = [f"02:00:00:00:01:{number:02x}" for number in range(50)]
    addresses = [f"10.40.0.{number + 10}" for number in range(50)]
    checks = [
        {"kind": "dhcp", "mac": mac, "interface": "eth0", "expect_ip": address, "timeout": 3}
        for mac, address in zip(macs, addresses)
    ]
    started = time.monotonic()
    none = probe.probe([{**check, "timeout": 1} for check in checks])
    assert time.monotonic() - started < 20  # one after the other would take 50
    assert {seen["observation"] for seen in none} == {"no_offer"}
    hosts = [f"--dhcp-host={mac},{address}" for mac, address in zip(macs, addresses)]
    segment.dnsmasq(server, "--dhcp-range=10.40.0.200,10.40.0.250,255.255.255.0,1h", *hosts)
    found = probe.probe(checks)
    assert [seen["offers"][0]["address"] for seen in found] == addresses
    assert {seen["observation"] for seen in found} == {"offered"}
    assert max(seen["elapsed"] for seen in found) < 2.9


def test_without_root_the_check_says_what_it_needs(probe: Host) -> None:
    seen = probe.probe([{"kind": "dhcp", "mac": RESERVED, "interface": "eth0"}], user=65534)[0]
    assert seen["observation"] == "not_run"
    assert seen["reason"] == (
        "a DHCP check sends and hears raw frames, which takes root (or CAP_NET_RAW): run the task with become: true"
    )


def test_an_interface_that_is_not_there_or_down(probe: Host) -> None:
    missing, there = probe.probe(
        [
            {"kind": "dhcp", "mac": RESERVED, "interface": "eth7", "timeout": 2},
            {"kind": "dhcp", "mac": RESERVED, "interface": "eth0", "timeout": 2},
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


@pytest.mark.parametrize("how", ["shared", "alone"])
def test_a_dhcp_client_of_the_probe_host_is_no_obstacle(segment: Segment, probe: Host, server: Host, how: str) -> None:
    segment.dnsmasq(server, POOL, RESERVATION)
    client = probe.start("python3", "-c", HOLD_PORT, how)
    assert client.stdout is not None
    assert client.stdout.readline() == "bound\n"
    assert look(probe)["observation"] == "offered"


def test_the_probe_host_s_own_packet_filter_is_no_obstacle(segment: Segment, probe: Host, server: Host) -> None:
    segment.dnsmasq(server, POOL, RESERVATION)
    for hook in ("input", "output"):
        probe.run(
            "nft", f"add table ip t; add chain ip t {hook} {{ type filter hook {hook} priority 0; policy drop; }}"
        )
    assert look(probe, expect_ip="10.40.0.10")["observation"] == "offered"


def test_a_slow_second_server_is_found_by_who_names_the_first(segment: Segment, probe: Host, server: Host) -> None:
    """It tests an address for three seconds before it offers it, as dnsmasq does; the first one has answered then."""
    segment.dnsmasq(server, POOL, RESERVATION)
    rogue = segment.host("rogue", "10.40.0.66/24")
    segment.dnsmasq(rogue, "--dhcp-range=10.40.0.200,10.40.0.250,255.255.255.0,1h")
    assert look(probe, timeout=5, expect_ip="10.40.0.10")["observation"] == "offered"
    seen = look(probe, timeout=6, expect_ip="10.40.0.10", servers=["10.40.0.1"])
    assert seen["observation"] == "wrong_offer"
    (mac,) = [offer["mac"] for offer in seen["offers"] if offer["server"] == "10.40.0.66"]
    assert [(found["finding"], found["server"], found["mac"]) for found in seen["findings"]] == [
        ("rogue", "10.40.0.66", mac)
    ]
    assert f"10.40.0.66 ({mac}) is no DHCP server of this segment (those are: 10.40.0.1)" in seen["reason"]
    assert mac == json.loads(rogue.run("ip", "-j", "link", "show", "eth0"))[0]["address"]


def test_a_server_that_takes_another_s_name_is_found(segment: Segment, probe: Host, server: Host) -> None:
    segment.dnsmasq(server, POOL, RESERVATION)
    rogue = segment.host("rogue", "10.40.0.66/24")
    folder = segment.folder / "rogue"
    folder.mkdir()
    (folder / "conf").write_text(
        "authoritative; ping-check false; server-identifier 10.40.0.1;\n"
        "subnet 10.40.0.0 netmask 255.255.255.0 {}\n"
        f"host a {{ hardware ethernet {RESERVED}; fixed-address 10.40.0.10; }}"
    )
    (folder / "leases").touch()
    rogue.start("dhcpd", "-4", "-f", "-q", "-cf", f"{folder}/conf", "-lf", f"{folder}/leases", "--no-pid", "eth0")
    while not rogue.run("ss", "-Hlnu", "sport", "=", ":67"):
        time.sleep(0.02)
    seen = look(probe, expect_ip="10.40.0.10", servers=["10.40.0.1"])
    assert [found["finding"] for found in seen["findings"]] == ["impostor"]
    assert "10.40.0.1 is claimed by two machines" in seen["reason"]


def test_wrong_options_are_told(segment: Segment, probe: Host, server: Host) -> None:
    segment.dnsmasq(server, POOL, RESERVATION, "--dhcp-option=3,10.40.0.254", "--dhcp-option=6,9.9.9.9")
    ours = ["10.40.0.1"]
    seen = look(probe, expect_ip="10.40.0.10", expect_router=ours, expect_dns=["9.9.9.9"], expect_ntp=[], servers=ours)
    assert seen["reason"] == (
        "10.40.0.1 offers 10.40.0.10; 10.40.0.1 gives router 10.40.0.254, not the expected 10.40.0.1"
    )
    assert [found["finding"] for found in seen["findings"]] == ["router"]


def test_two_thousand_devices_are_asked_at_a_bounded_rate(segment: Segment, probe: Host, server: Host) -> None:
    macs = [f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}" for number in range(2000)]
    addresses = [f"10.40.{8 + (number >> 8)}.{number & 255}" for number in range(2000)]
    server.run("ip", "address", "add", "10.40.0.1/16", "dev", "eth0")
    hosts = segment.folder / "hosts"
    hosts.write_text("".join(f"{mac},{address}\n" for mac, address in zip(macs, addresses)))
    segment.dnsmasq(
        server, "--dhcp-range=10.40.0.0,static,255.255.0.0", f"--dhcp-hostsfile={hosts}", "--dhcp-lease-max=3000"
    )
    checks = [
        {"kind": "dhcp", "mac": mac, "interface": "eth0", "expect_ip": address, "timeout": 3}
        for mac, address in zip(macs, addresses)
    ]
    sent = int(json.loads(probe.run("ip", "-j", "-s", "link", "show", "eth0"))[0]["stats64"]["tx"]["packets"])
    started = time.monotonic()
    found = probe.probe(checks)
    assert 8 < time.monotonic() - started < 30
    assert {seen["observation"] for seen in found} == {"offered"}
    assert max(seen["elapsed"] for seen in found) < 3
    now = int(json.loads(probe.run("ip", "-j", "-s", "link", "show", "eth0"))[0]["stats64"]["tx"]["packets"])
    assert now - sent < 2100


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
    assert look(probe, UNKNOWN, timeout=0.5)["elapsed"] < 2
