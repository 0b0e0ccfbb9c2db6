# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lint of reservations: what no DHCP server refuses by itself."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway import _dhcp
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dhcp import (
    UNRESTRICTED,
    Reservation,
    Told,
    by_subnet,
    own_addresses,
    read,
)
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dhcp_lint import Survey, contradictions
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import InvalidPolicy
from ansible_collections.fieldnet.iot.plugins.module_utils._reservable import Range

Entry = t.Dict[str, t.Any]
FRONT: Entry = {"name": "front-door", "mac": "02:00:00:00:00:10", "ip": "10.40.0.10", "subnet": "10.40.0.0/24"}
BACK: Entry = {"name": "back-door", "mac": "02:00:00:00:00:11", "ip": "10.40.0.11", "subnet": "10.40.0.0/24"}


def parse(entries: t.List[Entry], subnets: t.Sequence[Entry] = ()) -> t.Tuple[Reservation, ...]:
    """What is right by itself."""
    wanted = read(entries, subnets)
    wanted.finish()
    return wanted.reservations


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"name": "front-door"}, "reservations[1].name: front-door is already that of reservations[0]"),
        ({"mac": "02-00-00-00-00-10"}, "reservations[1].mac: 02:00:00:00:00:10 is already that of reservations[0]"),
        ({"ip": "10.40.0.10"}, "reservations[1].ip: 10.40.0.10 is already that of reservations[0]"),
        ({"ip": "10.41.0.9"}, "reservations[1].ip: 10.41.0.9 is outside the subnet 10.40.0.0/24"),
        ({"ip": "10.40.0.255"}, "reservations[1].ip: 10.40.0.255 is the broadcast address of 10.40.0.0/24"),
        ({"ip": "10.40.0.0"}, "reservations[1].ip: 10.40.0.0 is the network address of 10.40.0.0/24"),
        ({"ip": "10.40.0.1"}, "reservations[1].ip: 10.40.0.1 is an address of the gateway itself"),
        ({"ip": "10.40.0.300"}, "reservations[1].ip: 10.40.0.300 is not an IPv4 address"),
        (
            {"mac": "02:00:00:00:00"},
            "reservations[1].mac: 02:00:00:00:00 is not a MAC address (write it as 02:00:00:00:00:10)",
        ),
        (
            {"name": "a,set:x\nb"},
            "reservations[1].name: a,set:x\nb is not a host name label (1 to 63 of a-z, 0-9 and hyphens)",
        ),
        (
            {"name": "12h"},
            "reservations[1].name: 12h is no name for a device (DHCP servers take it for a number, a time or an order)",
        ),
        (
            {"mac": "01:00:5e:00:00:01"},
            "reservations[1].mac: 01:00:5e:00:00:01 is not the MAC address of a device (it is null, multicast or"
            " broadcast)",
        ),
        (
            {"subnet": "10.40.0.7/24"},
            "reservations[1].subnet: 10.40.0.7/24 is not an IPv4 subnet (write it as 10.40.0.0/24, host bits zero)",
        ),
    ],
)
def test_each_problem_has_its_place(change: Entry, problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_dhcp, "own_addresses", lambda: {"10.40.0.1"})
    with pytest.raises(InvalidPolicy) as caught:
        parse([FRONT, {**BACK, **change}])
    assert caught.value.problems == [problem]


def test_all_problems_are_told_at_once() -> None:
    wanted = read(
        [FRONT, {**FRONT, "ip": "10.40.0.0"}, {**BACK, "name": "ignore", "mac": "ff:ff:ff:ff:ff:ff"}],
        [{"subnet": "10.40.0.0/24", "router": "10.41.0.1", "dns_servers": ["nowhere"]}, {"subnet": "10.40.0.0/24"}],
    )
    places = [problem.split(":")[0] for problem in wanted.problems]
    assert places == [
        *("subnets[0].router", "subnets[0].dns_servers[0]", "subnets[1].subnet"),
        *("reservations[1].ip", "reservations[1].name", "reservations[1].mac"),
        *("reservations[2].name", "reservations[2].mac"),
    ]


@pytest.mark.parametrize("name", ["5", "12h", "7d", "90s", "4w", "30m", "infinite", "ignore", "localhost"])
def test_names_that_a_server_takes_for_something_else_are_refused(name: str) -> None:
    """dnsmasq takes them for the time of a lease, or for the order to ignore the device."""
    with pytest.raises(InvalidPolicy, match="is no name for a device"):
        parse([{**FRONT, "name": name}])


@pytest.mark.parametrize("name", ["a5", "5x", "5-h", "h", "12hh", "ignored"])
def test_names_that_only_look_like_it_are_taken(name: str) -> None:
    assert parse([{**FRONT, "name": name}])[0].name == name


def test_macs_that_no_maker_gave_are_one_warning() -> None:
    makers = {**BACK, "mac": "0c:2a:69:00:00:11"}
    assert read([makers]).warnings == ()
    (warning,) = read([FRONT, makers]).warnings
    assert warning.startswith("locally administered MAC addresses: front-door (02:00:00:00:00:10). ")
    many = [{**FRONT, "name": f"d{n}", "mac": f"02:00:00:00:01:{n:02x}", "ip": f"10.40.0.{n}"} for n in range(10, 18)]
    assert " and 3 more. " in read(many).warnings[0]


def test_what_a_subnet_is_told_reaches_its_reservations_alone() -> None:
    told = {
        "subnet": "10.40.0.0/24",
        "router": "10.40.0.2",
        "ntp_servers": ["10.40.0.3"],
        "captive_portal": "unrestricted",
    }
    far = {"name": "far", "mac": "02:00:00:00:00:12", "ip": "10.39.0.2", "subnet": "10.39.0.0/24"}
    parsed = parse([FRONT, far], [told])
    assert [r.told for r in parsed] == [Told(), Told("10.40.0.2", (), ("10.40.0.3",), True)]
    assert UNRESTRICTED == "urn:ietf:params:capport:unrestricted"
    with pytest.raises(InvalidPolicy, match=r"10\.40\.0\.10 is the router's address in 10\.40\.0\.0/24"):
        parse([FRONT], [{**told, "router": "10.40.0.10"}])


def test_what_the_server_says_against_it() -> None:
    front = Reservation("front-door", "02:00:00:00:00:10", "10.40.0.10", "10.40.0.0/24")
    back = Reservation("back-door", "02:00:00:00:00:11", "10.40.0.150", "10.40.0.0/24")
    pool = Range("10.40.0.100", "10.40.0.199", "site.conf line 3")
    others = [("a line 1", "02:00:00:00:00:10"), ("a line 1", "10.40.0.10"), ("a line 2", "back-door"), ("b", "x")]
    assert contradictions([front, back], Survey([pool], others)) == [
        "front-door: 02:00:00:00:00:10 is already reserved in a line 1; remove it there or in the site's data",
        "front-door: 10.40.0.10 is already reserved in a line 1; remove it there or in the site's data",
        "back-door: back-door is already reserved in a line 2; remove it there or in the site's data",
        "back-door: 10.40.0.150 is inside the pool 10.40.0.100-10.40.0.199 (site.conf line 3), where another device may"
        " get it; choose one outside the pool, or take it out of the pool",
    ]
    assert contradictions([front], Survey([pool], [])) == []


def test_reservations_have_one_form_and_order() -> None:
    entries = [
        {**BACK, "mac": "02-00-00-00-00-AB", "ip": "10.40.0.100"},
        {**FRONT, "ip": "10.40.0.9"},
        {"name": "far", "mac": "02:00:00:00:00:12", "ip": "10.39.0.2", "subnet": "10.39.0.0/24"},
    ]
    parsed = parse(entries)
    assert [(r.ip, r.mac) for r in parsed] == [
        ("10.39.0.2", "02:00:00:00:00:12"),
        ("10.40.0.9", "02:00:00:00:00:10"),
        ("10.40.0.100", "02:00:00:00:00:ab"),
    ]
    assert parse(entries[::-1]) == parsed
    assert {subnet: len(group) for subnet, group in by_subnet(parsed).items()} == {
        "10.39.0.0/24": 1,
        "10.40.0.0/24": 2,
    }


def test_the_gateway_knows_its_addresses() -> None:
    assert "127.0.0.1" in own_addresses()
    assert "127.255.255.255" not in own_addresses()


@given(st.lists(st.fixed_dictionaries({field: st.text() for field in ("name", "mac", "ip", "subnet")}), max_size=3))
def test_hostile_text_never_gets_through(entries: t.List[Entry]) -> None:
    try:
        parsed = parse(entries)
    except InvalidPolicy:
        return
    for reservation in parsed:
        text = f"{reservation.name}{reservation.mac}{reservation.ip}"
        assert text.isascii()
        assert not set(text) & set(" ,;\"'\n#\\{}[]<>")
