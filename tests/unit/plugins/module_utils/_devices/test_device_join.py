# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is on the VLAN, by table; and the tables themselves as programs print them."""

from __future__ import annotations

import ipaddress
import json
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.module_utils._devices import _arp, _device_info, _links, _makers
from ansible_collections.fieldnet.iot.plugins.module_utils._devices._arp import Answer
from ansible_collections.fieldnet.iot.plugins.module_utils._devices._join import Evidence, Expected, conflicts, join
from ansible_collections.fieldnet.iot.plugins.module_utils._devices._lease import Lease
from ansible_collections.fieldnet.iot.plugins.module_utils._devices._links import (
    BridgePort,
    Interface,
    LldpNeighbour,
    Neighbour,
    Tables,
)
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import GatewayError

DOOR, OTHER, GATEWAY = "02:00:00:00:00:10", "02:00:00:00:00:66", "02:00:00:00:00:01"
IP, ELSEWHERE = "10.40.0.10", "10.40.0.117"
V6 = "fe80::10"
SWITCH = LldpNeighbour("eth1", "switch-1", "Gi0/24", "02:00:00:00:aa:01", True)
ITSELF = LldpNeighbour("lan3", "camera", "eth0", DOOR, False)


def interface(name: str, *under: str) -> Interface:
    return Interface(name, GATEWAY, (ipaddress.IPv4Interface("10.40.0.1/24"),), (name, *under))


def tables(**found: Any) -> Tables:
    return Tables({"vlan40": interface("vlan40", "eth1", "lan3")}, **found)


def lease(address: str, state: str = "active", mac: str = DOOR) -> Lease:
    return Lease(address, mac, None, "door", None, None, state, "dnsmasq")


def rows(evidence: Evidence, ip: Optional[str] = IP) -> List[Dict[str, Any]]:
    return join([Expected("front-door", DOOR, ip)], evidence, lambda _mac: None)


def evidence(*answers: str, asked: Any = (IP,), leases: Any = (), mac: str = DOOR, **found: Any) -> Evidence:
    seen = tuple(Answer("vlan40", address, mac) for address in answers)
    return Evidence(tables(**found), ("vlan40",), seen, frozenset(asked), tuple(leases))


def neighbour(address: str, fresh: bool, mac: str = DOOR) -> List[Neighbour]:
    return [Neighbour("vlan40", address, mac, fresh)]


@pytest.mark.parametrize(
    ("seen", "ip", "status", "reason"),
    [
        (evidence(IP), IP, "present", "answers at 10.40.0.10"),
        (evidence(IP, ELSEWHERE), IP, "present", "answers at 10.40.0.10, 10.40.0.117"),
        (evidence(ELSEWHERE), None, "present", "answers at 10.40.0.117"),
        (evidence(ELSEWHERE), IP, "wrong_address", "answers at 10.40.0.117, not at the expected 10.40.0.10"),
        (evidence(neighbours=neighbour(IP, True)), IP, "present", "answers at 10.40.0.10"),
        # Confirmed a moment ago, but it answers at another address now.
        (evidence(ELSEWHERE, neighbours=neighbour(IP, True)), IP, "wrong_address", "not at the expected"),
        (evidence(), IP, "absent", "nothing of its MAC address answers at 10.40.0.10"),
        (evidence(neighbours=neighbour(IP, False)), IP, "absent", "nothing of its MAC address answers"),
        (evidence(leases=[lease(IP)]), IP, "absent", "; its lease of 10.40.0.10 is active"),
        (evidence(asked=(), neighbours=neighbour(IP, False)), IP, "unproven", "was at 10.40.0.10 some time ago"),
        (evidence(asked=()), IP, "unproven", "nobody asked for 10.40.0.10"),
        (evidence(asked=(), leases=[lease(ELSEWHERE)]), None, "unproven", "nobody asked for 10.40.0.117"),
        (evidence(), None, "unproven", "it has no expected address and no lease"),
        (evidence(neighbours=neighbour(V6, True)), IP, "no_address", "heard by IPv6, but at no IPv4 address"),
        (evidence(neighbours=neighbour(V6, False)), IP, "absent", "nothing of its MAC address answers"),
        (evidence(ports=[BridgePort(DOOR, "lan3", "vlan40", 4)]), IP, "no_address", "heard by a bridge, but at no"),
        (evidence(ports=[BridgePort(DOOR, "lan3", "other", 4)]), IP, "absent", "nothing of its MAC address answers"),
        (evidence(lldp=[ITSELF]), IP, "no_address", "heard by LLDP, but at no IPv4 address"),
        (evidence(lldp=[ITSELF], asked=()), IP, "unproven", "heard by LLDP, but at no IPv4 address"),
        (evidence(IP, mac=OTHER), IP, "absent", "; 10.40.0.10 is in use by 02:00:00:00:00:66"),
    ],
)
def test_an_expected_device(seen: Evidence, ip: Optional[str], status: str, reason: str) -> None:
    first = rows(seen, ip)[0]
    assert (first["name"], first["status"]) == ("front-door", status)
    assert reason in first["reason"]


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (evidence(ELSEWHERE, mac=OTHER), "no device of the site has 10.40.0.117"),
        (
            evidence(ELSEWHERE, mac=OTHER, leases=[lease(ELSEWHERE, mac=OTHER)]),
            "no device of the site, which calls itself door, has 10.40.0.117",
        ),
        (evidence(ports=[BridgePort(OTHER, "lan3", "vlan40", 4)]), "heard by LLDP or a bridge, without an address"),
        (evidence(asked=(), neighbours=neighbour(ELSEWHERE, False, OTHER)), "no device of the site has 10.40.0.117"),
        (evidence(asked=[ELSEWHERE], neighbours=neighbour(ELSEWHERE, False, OTHER)), None),
        (evidence(neighbours=neighbour(V6, True, OTHER)), "no device of the site has fe80::10"),
        (evidence(leases=[lease(ELSEWHERE, mac=OTHER)]), None),
        (evidence(IP, mac=GATEWAY), None),
        (evidence(lldp=[SWITCH]), None),
    ],
)
def test_somebody_else(seen: Evidence, reason: Optional[str]) -> None:
    strangers = rows(seen)[1:]
    assert [(row["status"], row["name"], row["reason"]) for row in strangers] == (
        [("unknown", None, reason)] if reason else []
    )


@pytest.mark.parametrize(
    ("seen", "port", "system"),
    [
        (evidence(IP, lldp=[SWITCH]), None, "switch-1"),
        (evidence(IP, ports=[BridgePort(DOOR, "lan3", "vlan40", 1)]), "lan3", None),
        (evidence(IP, lldp=[SWITCH, ITSELF]), "lan3", "camera"),
    ],
)
def test_the_place_of_a_device(seen: Evidence, port: object, system: object) -> None:
    row = rows(seen)[0]
    assert (row["port"], row["lldp"] and row["lldp"]["system"]) == (port, system)


def test_two_machines_at_one_address() -> None:
    seen = Evidence(tables(), ("vlan40",), (Answer("vlan40", IP, DOOR), Answer("vlan40", IP, OTHER)), frozenset([IP]))
    assert conflicts(seen) == [{"address": IP, "macs": [DOOR, OTHER]}]
    door, stranger = rows(seen)
    assert (door["status"], stranger["status"]) == ("present", "unknown")
    assert door["reason"].endswith("10.40.0.10 is in use by 02:00:00:00:00:66")


MACS = st.sampled_from([DOOR, OTHER, GATEWAY, "02:00:00:00:00:77"])
ADDRESSES = st.sampled_from([IP, ELSEWHERE, "10.40.0.99", V6])


@given(
    answers=st.lists(st.tuples(ADDRESSES.filter(lambda a: ":" not in a), MACS), max_size=6),
    known=st.lists(st.tuples(ADDRESSES, st.booleans(), MACS), max_size=6),
    ports=st.lists(st.tuples(MACS, st.sampled_from(["vlan40", "other"])), max_size=4),
    asked=st.frozensets(st.sampled_from([IP, ELSEWHERE]), max_size=2),
)
def test_every_mac_is_told_once_and_every_status_has_its_evidence(
    answers: Any, known: Any, ports: Any, asked: Any
) -> None:
    found = tables(
        neighbours=[Neighbour("vlan40", address, mac, fresh) for address, fresh, mac in known],
        ports=[BridgePort(mac, "lan3", bridge, 0) for mac, bridge in ports],
    )
    seen = Evidence(found, ("vlan40",), tuple(Answer("vlan40", *one) for one in answers), asked)
    told = rows(seen)
    json.dumps(told)
    assert len({row["mac"] for row in told}) == len(told)
    assert (told[0]["status"] == "present") == (IP in told[0]["addresses"])
    assert told[0]["status"] != "absent" or (IP in asked and not told[0]["addresses"])
    answered = {mac for _address, mac in answers}
    assert answered - {GATEWAY} <= {row["mac"] for row in told if row["addresses"]}
    assert GATEWAY not in {row["mac"] for row in told}


def test_interfaces_as_ip_prints_them() -> None:
    addresses = [
        {"family": "inet", "local": "10.40.0.1", "prefixlen": 24},
        {"family": "inet6", "local": V6, "prefixlen": 64},
    ]
    listing = [
        {"ifname": "vlan40", "link": "br0", "address": GATEWAY, "addr_info": addresses},
        {"ifname": "br0", "address": GATEWAY},
        {"ifname": "lan3", "master": "br0"},
        {"ifname": "eth0"},
    ]
    found = _links.interfaces(listing)["vlan40"]
    assert (found.under, [str(network) for network in found.networks]) == (("vlan40", "br0", "lan3"), ["10.40.0.1/24"])


def test_neighbours_as_ip_prints_them() -> None:
    listing = [
        {"dst": IP, "dev": "vlan40", "lladdr": DOOR.upper(), "state": ["REACHABLE"]},
        {"dst": ELSEWHERE, "dev": "vlan40", "lladdr": OTHER, "state": ["STALE"]},
        {"dst": "10.40.0.3", "dev": "vlan40", "state": ["FAILED"]},
        {"dst": "10.40.0.4", "dev": "vlan40", "lladdr": OTHER, "state": ["PERMANENT"]},
        {"dst": "10.41.0.3", "dev": "eth7", "lladdr": OTHER, "state": ["REACHABLE"]},
        "rubbish",
    ]
    assert _links.neighbours(listing, ["vlan40"]) == neighbour(IP, True) + neighbour(ELSEWHERE, False, OTHER)


def test_bridge_ports_as_bridge_prints_them() -> None:
    learnt = {"mac": DOOR, "ifname": "lan3", "used": 3, "updated": 2, "flags": [], "master": "br0", "state": ""}
    own = {"mac": GATEWAY, "ifname": "lan3", "flags": [], "master": "br0", "state": "permanent"}
    multicast = {"mac": "33:33:00:00:00:01", "ifname": "lan3", "flags": ["self"], "state": "permanent"}
    assert _links.bridge_ports([learnt, own, multicast]) == [BridgePort(DOOR, "lan3", "br0", 2)]


def test_lldp_as_lldpcli_prints_it() -> None:
    def told(chassis: Dict[str, Any], port: Dict[str, Any]) -> Any:
        return {"lldp": [{"interface": [{"name": "eth1", "chassis": [chassis], "port": [port]}]}]}

    switch = told(
        {"id": [{"type": "mac", "value": "02:00:00:00:AA:01"}], "name": [{"value": "switch-1"}],
         "capability": [{"type": "Bridge", "enabled": True}, {"type": "Router", "enabled": False}]},
        {"id": [{"type": "ifname", "value": "Gi0/24"}], "descr": [{"value": "uplink"}]},
    )  # fmt: skip
    assert _links.lldp(switch) == [SWITCH]
    itself, chassis = [{"type": "mac", "value": DOOR}], [{"type": "mac", "value": OTHER}]
    camera = told({"id": chassis}, {"id": itself, "descr": [{"value": "e\x1b"}]})
    assert _links.lldp(camera) == [LldpNeighbour("eth1", OTHER, "e\ufffd", DOOR, False)]


@pytest.mark.parametrize("nothing", [{}, [], None, {"lldp": [{}]}, {"lldp": "x"}, {"lldp": [{"interface": [{}]}]}])
def test_lldp_without_neighbours(nothing: Any) -> None:
    assert [one.system for one in _links.lldp(nothing)] in ([], [None])


def test_arp() -> None:
    question = _arp.request(bytes.fromhex("020000000001"), bytes((10, 40, 0, 1)), IP)
    assert len(question) == 28
    assert _arp.parse(question + bytes(18)) == ("10.40.0.1", GATEWAY)
    probe = _arp.request(bytes.fromhex("020000000001"), bytes(4), IP)
    assert _arp.parse(probe) is None


@given(data=st.binary(max_size=60))
def test_any_frame_is_somebody_or_nobody(data: bytes) -> None:
    for frame in (data, _arp.request(bytes(6), bytes(4), IP)[:8] + data):
        found = _arp.parse(frame)
        assert found is None or ipaddress.IPv4Address(found[0])


def test_devices_are_refused_all_at_once() -> None:
    with pytest.raises(GatewayError) as caught:
        _device_info.parse_devices(
            [
                {"name": "a", "mac": "01:00:5e:00:00:01", "ip": None},
                {"name": "b", "mac": DOOR, "ip": "10.40.0.300"},
                {"name": "c", "mac": DOOR, "ip": None},
            ]
        )
    assert [line.partition(": ")[0] for line in str(caught.value).split("; ")] == [
        "devices[0].mac", "devices[1].ip", "devices[2].mac",
    ]  # fmt: skip


LIBRARIES = {
    "netaddr": "class EUI:\n    def __init__(self, mac):\n        self.mac = mac\n        self.oui = self\n"
    "    def registration(self):\n        if self.mac[:2] == '0c':\n            raise Exception('not registered')\n"
    "        return type('R', (), {'org': 'Maker of ' + self.mac[:8]})()\n",
    "manuf": "class MacParser:\n    def get_manuf_long(self, mac):\n"
    "        return None if mac[:2] == '0c' else 'Maker of ' + mac[:8]\n",
}


@pytest.mark.parametrize("name", [*LIBRARIES, None])
def test_makers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: Optional[str]) -> None:
    """Libraries as they are known to behave stand in for the real ones, which need not be here."""
    for other, text in LIBRARIES.items():
        monkeypatch.delitem(sys.modules, other, raising=False)
        (tmp_path / f"{other}.py").write_text(text if other == name else "raise ImportError")
    monkeypatch.syspath_prepend(str(tmp_path))
    found, maker = _makers.find()
    for other in LIBRARIES:
        monkeypatch.delitem(sys.modules, other, raising=False)
    assert found == name
    assert maker("00:0c:29:11:22:33") == ("Maker of 00:0c:29" if name else None)
    assert maker("0c:00:00:11:22:33") is None
    assert maker(DOOR) is None
