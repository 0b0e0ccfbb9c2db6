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
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dhcp import by_subnet, own_addresses, parse
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import InvalidPolicy

Entry = t.Dict[str, t.Any]
FRONT: Entry = {"name": "front-door", "mac": "02:00:00:00:00:10", "ip": "10.40.0.10", "subnet": "10.40.0.0/24"}
BACK: Entry = {"name": "back-door", "mac": "02:00:00:00:00:11", "ip": "10.40.0.11", "subnet": "10.40.0.0/24"}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"name": "front-door"}, "reservations[1].name: front-door is already that of reservations[0]"),
        ({"mac": "02-00-00-00-00-10"}, "reservations[1].mac: 02:00:00:00:00:10 is already that of reservations[0]"),
        ({"ip": "10.40.0.10"}, "reservations[1].ip: 10.40.0.10 is already that of reservations[0]"),
        ({"ip": "10.41.0.9"}, "reservations[1].ip: 10.41.0.9 is not in the subnet 10.40.0.0/24"),
        ({"ip": "10.40.0.255"}, "reservations[1].ip: 10.40.0.255 is the network or broadcast address of 10.40.0.0/24"),
        ({"ip": "10.40.0.0"}, "reservations[1].ip: 10.40.0.0 is the network or broadcast address of 10.40.0.0/24"),
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
