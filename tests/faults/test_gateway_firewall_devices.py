# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may do what: known devices by MAC and IP address, each its vendor's flows; everybody else nothing."""

from __future__ import annotations

import contextlib
import socket
import time
import typing as t
from pathlib import Path

import pytest
import yaml

from support.firewall import REFUSED, WEB, apply, attempt, flow, policy, serve
from support.gateway import (
    CLOUD,
    CLOUD6,
    DEVICE,
    DEVICE_MAC,
    GATEWAY,
    OFFICE,
    OTHER,
    OTHER_MAC,
    STRANGER,
    STRANGER_MAC,
    Site,
    ask,
    connect,
    listening,
    ping,
)

VENDORS = Path(__file__).resolve().parents[2] / "plugins" / "plugin_utils" / "vendors"


@pytest.fixture
def site() -> t.Iterator[Site]:
    with contextlib.ExitStack() as stack:
        yield Site(stack)


def ports_of(vendor: str) -> t.List[t.Tuple[str, str, int]]:
    """The ports that a vendor's own data asks the gateway for."""
    spec = yaml.safe_load((VENDORS / f"{vendor}.yml").read_text(encoding="utf-8"))
    return [
        (f"iot/{vendor}/{requirement['id']}/{port['id']}", port["protocol"], port["port"])
        for requirement in spec["requirements"]
        if requirement["kind"] in ("outbound", "dns", "ntp")
        for port in [*requirement.get("any_of", []), *requirement.get("all_of", [])]
    ]


@pytest.mark.parametrize("vendor", sorted(path.stem for path in VENDORS.glob("*.yml")))
def test_each_vendors_flows_pass_and_nothing_else(site: Site, vendor: str) -> None:
    wanted = ports_of(vendor)
    flows = [flow(name, protocol, port, *([GATEWAY] if port == 53 else [])) for name, protocol, port in wanted]
    apply(site, policy(flows))
    open_ports = {(protocol, port) for _name, protocol, port in wanted}
    others = {("tcp", 22), ("tcp", 8080), ("udp", 443), ("tcp", 62435), ("udp", 62435), ("udp", 5353)} - open_ports
    with contextlib.ExitStack() as stack:
        for host in (site.cloud, site.office, site.other, site.gateway):
            serve(stack, host, open_ports | others)
        for name, protocol, port in wanted:
            to = GATEWAY if port == 53 else CLOUD
            before = site.packets(f"flow/{name}")
            assert attempt(site.device, protocol, to, port) == "open", name
            assert site.packets(f"flow/{name}") > before, name
            # Nobody but this device, to nowhere but there, by no other way.
            counted = site.packets(f"flow/{name}")
            unknown = site.packets("refused/unknown")
            assert attempt(site.stranger, protocol, to, port) == "EHOSTUNREACH"
            assert attempt(site.other, protocol, to, port) == "EHOSTUNREACH"
            assert site.packets("refused/unknown") >= unknown + 2
            known = site.packets("refused/known")
            for wrong in (OFFICE, OTHER, CLOUD if port == 53 else GATEWAY):
                assert attempt(site.device, protocol, wrong, port) == "EHOSTUNREACH", wrong
            assert site.packets("refused/known") >= known + 3
            assert site.packets(f"flow/{name}") == counted
            if protocol == "tcp":
                six = site.packets("refused/ipv6")
                assert connect(site.device, CLOUD6, port) == "EACCES"
                assert site.packets("refused/ipv6") > six
        for protocol, port in sorted(others):
            known = site.packets("refused/known")
            assert attempt(site.device, protocol, CLOUD, port) == "EHOSTUNREACH", port
            assert site.packets("refused/known") > known


def test_who_takes_a_devices_address_or_its_card_gets_nowhere(site: Site) -> None:
    apply(site, policy([WEB]))
    with listening(site.cloud, 443):
        assert connect(site.device, CLOUD, 443) == "open"
        site.device.run("ip", "link", "set", "eth0", "down")
        # Its address, with another card.
        site.stranger.run("ip", "address", "flush", "dev", "eth0", "scope", "global")
        site.stranger.run("ip", "address", "add", f"{DEVICE}/24", "dev", "eth0")
        site.stranger.run("ip", "route", "add", "default", "via", GATEWAY)
        site.gateway.run("ip", "neigh", "flush", "dev", "vlan40")
        assert connect(site.stranger, CLOUD, 443) == REFUSED
        # Its card, with another address.
        site.stranger.run("ip", "link", "set", "eth0", "address", DEVICE_MAC)
        site.stranger.run("ip", "address", "add", f"{STRANGER}/24", "dev", "eth0")
        site.gateway.run("ip", "neigh", "flush", "dev", "vlan40")
        assert connect(site.stranger, CLOUD, 443, source=STRANGER) == REFUSED
        # Both, in another VLAN.
        site.other.run("ip", "link", "set", "eth0", "address", DEVICE_MAC)
        site.other.run("ip", "address", "add", f"{DEVICE}/32", "dev", "eth0")
        assert connect(site.other, CLOUD, 443, source=DEVICE) in ("timeout", "EHOSTUNREACH 3/13 from 10.41.0.1")
        # Who has both is the device.
        assert connect(site.stranger, CLOUD, 443, source=DEVICE) == "open"


def test_unknown_devices_get_an_address_and_nothing_else(site: Site) -> None:
    apply(site, policy([WEB, flow("dns", "udp", 53, GATEWAY)]))
    with contextlib.ExitStack() as stack:
        serve(stack, site.gateway, [("udp", 67), ("udp", 53), ("tcp", 443)])
        serve(stack, site.cloud, [("tcp", 443)])
        with site.stranger.entered():
            client = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        client.settimeout(1)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        client.bind(("0.0.0.0", 68))
        for server in ("255.255.255.255", GATEWAY):
            client.sendto(b"discover", (server, 67))
            assert client.recv(100) == b"discover"
        assert not ping(site.stranger, GATEWAY)
        assert ask(site.stranger, GATEWAY, 53) == "EHOSTUNREACH"
        assert connect(site.stranger, CLOUD, 443) == connect(site.stranger, GATEWAY, 443) == REFUSED
        assert [entry["elem"]["val"]["concat"] for entry in site.elements("iot_unknown_seen")] == [
            ["vlan40", STRANGER_MAC]
        ]
        apply(site, {**policy([WEB]), "unknown_devices": "drop"})
        assert connect(site.stranger, CLOUD, 443) == "timeout"
        assert connect(site.device, CLOUD, 22) == REFUSED


def test_a_device_without_an_address_of_its_own_roams(site: Site) -> None:
    taken = "10.40.0.50"
    options = policy([WEB], ip=None)
    options["devices"].append({**options["devices"][0], "name": "fixed", "mac": OTHER_MAC, "ip": taken})
    apply(site, options)
    with listening(site.cloud, 443):
        assert connect(site.device, CLOUD, 443) == "open"
        for address in ("10.40.0.77", taken, "10.99.0.5"):
            site.device.run("ip", "address", "add", f"{address}/24", "dev", "eth0")
        site.gateway.run("ip", "route", "add", "10.99.0.0/24", "dev", "vlan40")
        site.cloud.run("ip", "route", "add", "10.99.0.0/24", "via", "203.0.113.1")
        assert connect(site.device, CLOUD, 443, source="10.40.0.77") == "open"
        assert connect(site.device, CLOUD, 443, source=taken) == REFUSED
        assert connect(site.device, CLOUD, 443, source="10.99.0.5").startswith("EHOSTUNREACH 3/13")
        assert connect(site.stranger, CLOUD, 443) == REFUSED


def test_binding_by_mac_lets_known_devices_keep_their_old_address(site: Site) -> None:
    options = policy([WEB])
    options["devices"].append({**options["devices"][0], "name": "fixed", "mac": OTHER_MAC, "ip": "10.40.0.50"})
    site.device.run("ip", "address", "add", "10.40.0.77/24", "dev", "eth0")
    site.device.run("ip", "address", "add", "10.40.0.50/24", "dev", "eth0")
    with listening(site.cloud, 443):
        apply(site, options)
        assert connect(site.device, CLOUD, 443) == "open"
        assert connect(site.device, CLOUD, 443, source="10.40.0.77") == REFUSED
        apply(site, {**options, "binding": "mac"})
        assert connect(site.device, CLOUD, 443) == "open"
        assert connect(site.device, CLOUD, 443, source="10.40.0.77") == "open"
        assert connect(site.device, CLOUD, 443, source="10.40.0.50") == REFUSED


def test_profiles_are_kept_apart(site: Site) -> None:
    options = policy([WEB, flow("mqtt", "tcp", 8883)])
    options["profiles"] = [
        {"name": "vendor", "interface": "vlan40", "flows": ["web"]},
        {"name": "second", "interface": "vlan40", "flows": ["mqtt"]},
    ]
    options["devices"].append(
        {"name": "two", "interface": "vlan40", "mac": STRANGER_MAC, "ip": STRANGER, "profile": "second"}
    )
    apply(site, options)
    with listening(site.cloud, 443), listening(site.cloud, 8883):
        assert (connect(site.device, CLOUD, 443), connect(site.device, CLOUD, 8883)) == ("open", REFUSED)
        assert (connect(site.stranger, CLOUD, 443), connect(site.stranger, CLOUD, 8883)) == (REFUSED, "open")


def test_source_addresses_of_ipv6_belong_to_the_network_behind(site: Site) -> None:
    options = policy([WEB])
    options["profiles"][0]["ipv6"] = True
    apply(site, options)
    site.device.run("ip", "address", "add", "2001:db8:666::5/64", "dev", "eth0", "nodad")
    site.cloud.run("ip", "route", "add", "2001:db8:666::/64", "via", "2001:db8:99::1")
    with listening(site.cloud, 443), listening(site.office, 443):
        assert connect(site.device, CLOUD6, 443) == "open"
        assert connect(site.device, CLOUD6, 443, source="2001:db8:666::5") in ("EACCES", "timeout")
        assert site.packets("refused/unknown") > 0
        # A site's own prefix is known only if it says so.
        apply(site, {**options, "local_networks": ["10.0.0.0/8", "192.168.0.0/16", "2001:db8:7::/64"]})
        assert connect(site.device, "2001:db8:7::10", 443) == "EACCES"
    assert ping(site.device, "2001:db8:40::1")


def test_errors_about_a_connection_that_is_allowed_pass(site: Site) -> None:
    apply(site, policy([flow("udp", "udp", 7000)]))
    with site.device.entered():
        asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with asking, listening(site.cloud, 7000, socket.SOCK_DGRAM) as server:
        asking.sendto(b"ping", (CLOUD, 7000))
        _data, port = asking.recv(10), asking.getsockname()[1]
        asking.close()
        # The device has closed its port: the next answer makes it say so, and the cloud hears it.
        with site.cloud.entered():
            again = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        with again:
            again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            refused = site.packets("refused/known")
            server.sendto(b"late", (f"::ffff:{DEVICE}", port))
            deadline = time.monotonic() + 2
            while "InErrors" in (seen := site.cloud.run("cat", "/proc/net/snmp")) and not _unreachable(seen):
                assert time.monotonic() < deadline
                time.sleep(0.02)
        assert site.packets("refused/known") == refused


def _unreachable(snmp: str) -> bool:
    head, values = [line.split() for line in snmp.splitlines() if line.startswith("Icmp:")]
    return int(values[head.index("InDestUnreachs")]) > 0
