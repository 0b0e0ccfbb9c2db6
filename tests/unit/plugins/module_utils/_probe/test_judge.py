# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ICMP errors from the kernel's bytes to words, and several addresses' entries to one sentence."""

from __future__ import annotations

import socket
import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _icmp
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._judge import best, entry, summarise

TARGET, OWN, ROUTER = "192.0.2.1", "192.0.2.9", "192.0.2.254"


def message(origin: int, kind: int, code: int, sender: str, number: int = 113) -> bytes:
    if ":" in sender:
        sockaddr = struct.pack("=HHI16sI", socket.AF_INET6, 0, 0, socket.inet_pton(socket.AF_INET6, sender), 0)
    else:
        sockaddr = struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton(sender))
    return struct.pack("=IBBBBII", number, origin, kind, code, 0, 0, 0) + sockaddr


def parse(data: bytes) -> _icmp.Icmp | None:
    return _icmp._parse(data)


@pytest.mark.parametrize(
    ("data", "text", "offender"),
    [
        (message(2, 3, 13, ROUTER), "ICMP admin-prohibited (3/13)", ROUTER),
        (message(2, 11, 0, ROUTER), "ICMP ttl-exceeded (11/0)", ROUTER),
        (message(2, 12, 1, ROUTER), "ICMP type 12 code 1 (12/1)", ROUTER),
        (message(3, 1, 4, "2001:db8::1"), "ICMPv6 port-unreachable (1/4)", "2001:db8::1"),
    ],
)
def test_messages(data: bytes, text: str, offender: str) -> None:
    icmp = parse(data)
    assert icmp is not None
    assert (icmp.text, icmp.offender, icmp.errno) == (text, offender, 113)
    assert icmp.as_dict()["from"] == offender


def test_what_this_host_says_itself_is_no_icmp_error() -> None:
    assert parse(message(1, 0, 0, "0.0.0.0")) is None


@given(st.binary(max_size=64))
def test_no_bytes_break_the_parser(data: bytes) -> None:
    icmp = parse(data)
    assert icmp is None or icmp.text


@pytest.mark.parametrize(
    ("kind", "code", "offender", "udp", "observation", "says"),
    [
        (3, 3, TARGET, True, "closed", "says that nothing listens there"),
        (3, 3, TARGET, False, "rejected", "itself rejected it"),
        (3, 13, TARGET, True, "rejected", "a firewall on it"),
        (3, 3, ROUTER, True, "rejected", f"{ROUTER} rejected it with ICMP port-unreachable (3/3)"),
        (3, 1, ROUTER, False, "rejected", f"{ROUTER} rejected it with ICMP host-unreachable (3/1)"),
        (3, 1, OWN, False, "no_route", "does not answer ARP"),
        (3, 13, OWN, True, "rejected", "this host's own firewall"),
    ],
)
def test_who_said_it_decides(kind: int, code: int, offender: str, udp: bool, observation: str, says: str) -> None:
    found, reason = _icmp.judge(_icmp.Icmp(113, 4, kind, code, offender), TARGET, OWN, udp)
    assert found == observation
    assert says in reason


def seen(*observations: str) -> list[dict[str, object]]:
    return [
        entry(f"192.0.2.{number}", observation, f"192.0.2.{number} was {observation}", time.monotonic())
        for number, observation in enumerate(observations, 1)
    ]


@pytest.mark.parametrize(
    ("observations", "observation", "reason"),
    [
        (["open"], "open", "192.0.2.1 was open"),
        (["open", "open"], "open", "192.0.2.1 was open (the same at 1 more)"),
        (["dropped", "open"], "open", "192.0.2.2 was open (other addresses: 192.0.2.1 dropped)"),
        (["no_route", "dropped"], "dropped", "192.0.2.2 was dropped (other addresses: 192.0.2.1 no_route)"),
        (["dropped", "rejected"], "rejected", "192.0.2.2 was rejected (other addresses: 192.0.2.1 dropped)"),
        (
            ["dropped"] * 6 + ["open"],
            "open",
            "192.0.2.7 was open (other addresses: 192.0.2.1 dropped, 192.0.2.2 dropped, 192.0.2.3 dropped, "
            "192.0.2.4 dropped and 2 more)",
        ),
    ],
)
def test_the_address_that_proves_most_speaks_for_all(observations: list[str], observation: str, reason: str) -> None:
    assert summarise(seen(*observations)) == (observation, reason)


def test_an_observation_nobody_ranked_proves_least() -> None:
    assert best(seen("new", "not_run"))["observation"] == "not_run"
