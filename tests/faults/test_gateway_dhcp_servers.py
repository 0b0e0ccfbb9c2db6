# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for each DHCP server alike: the same verdicts, real leases, what goes is gone, leases of others stay."""

from __future__ import annotations

import typing as t
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._transaction import Membership, converge
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dhcp import (
    UNRESTRICTED,
    Reservation,
    Told,
    Wanted,
)
from support.dhcp_gateways import BACK, BACKENDS, FRONT, GUEST, PRINTER, Server, serving
from support.dhcp_servers import SUBNET

TOLD = Told("10.40.0.2", ("10.40.0.3", "9.9.9.9"), ("10.40.0.4",), True)


@pytest.fixture(params=BACKENDS)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> t.Iterator[Server]:
    with serving(request.param, tmp_path) as started:
        yield started


def test_a_client_gets_its_reserved_address(server: Server) -> None:
    assert server.segment.lease(FRONT.mac).startswith("10.40.0.1")
    assert server.hold(FRONT).differences
    assert server.segment.lease(FRONT.mac) == "10.40.0.10"
    assert server.segment.lease(PRINTER) == "10.40.0.50"  # the site's own


def test_ten_changes_cost_nobody_a_lease(server: Server) -> None:
    guests = {f"02:00:00:00:01:{number:02x}": "" for number in range(5)}
    guests = {mac: server.segment.lease(mac) for mac in guests}
    assert len(set(guests.values())) == 5
    for change in range(10):
        names = [replace(FRONT, ip=f"10.40.0.{20 + change}"), BACK]
        server.hold(*names[: 1 + change % 2])
        assert server.segment.lease(FRONT.mac) == f"10.40.0.{20 + change}"
    assert server.segment.lease(BACK.mac) == "10.40.0.11"
    assert {mac: server.segment.lease(mac) for mac in guests} == guests


def test_a_reservation_that_goes_is_gone(server: Server) -> None:
    server.hold(FRONT, BACK)
    assert server.segment.lease(FRONT.mac) == "10.40.0.10"
    server.hold(BACK)
    assert server.segment.lease(FRONT.mac) != "10.40.0.10"
    # The same address for another device, which replaces the one that had it.
    moved = replace(BACK, mac="02:00:00:00:00:12")
    server.hold(moved)
    assert server.segment.lease(moved.mac) == "10.40.0.11"
    assert server.segment.lease(BACK.mac) != "10.40.0.11"
    server.hold(present=False)
    assert server.segment.lease(moved.mac) != "10.40.0.11"
    assert not server.hold(present=False).differences


def test_an_unchanged_server_is_left_alone(server: Server) -> None:
    server.hold(replace(FRONT, told=TOLD), BACK)
    server.daemon.calls.clear()
    before, pid = server.files(), server.daemon.state().pid
    assert not server.hold(replace(FRONT, told=TOLD), BACK).differences
    assert (server.daemon.calls, server.files(), server.daemon.state().pid) == ([], before, pid)


def test_check_mode_changes_nothing_and_says_what_a_run_does(server: Server) -> None:
    before = server.files()
    checked = server.hold(replace(FRONT, told=TOLD), check_mode=True)
    assert (server.daemon.calls, server.files()) == ([], before)
    assert server.hold(replace(FRONT, told=TOLD)) == checked
    shown = {entry["after_header"]: entry["after"] for entry in checked.diff}
    assert {path: server.files()[path].decode() for path in shown} == shown


def test_reserved_devices_are_told_what_their_subnet_asks_for(server: Server) -> None:
    asked = (3, 6, 12, 42, 114)
    server.hold(replace(FRONT, told=TOLD))
    (_address, told), (address, others) = (server.segment.offer(mac, asked) for mac in (FRONT.mac, GUEST))
    assert {code: told[code] for code in asked} == {
        3: bytes([10, 40, 0, 2]),
        6: bytes([10, 40, 0, 3, 9, 9, 9, 9]),
        12: b"front-door",
        42: bytes([10, 40, 0, 4]),
        114: UNRESTRICTED.encode(),
    }
    assert address != FRONT.ip
    assert others.get(3) != told[3]
    assert 114 not in others
    server.hold(FRONT)
    _address, told = server.segment.offer(FRONT.mac, asked)
    assert (told.get(3) == bytes([10, 40, 0, 2]), told.get(42), told.get(114)) == (False, None, None)


@pytest.mark.parametrize(
    ("reservation", "problem"),
    [
        (Reservation("mine", PRINTER, "10.40.0.60", SUBNET), f"mine: {PRINTER} is already reserved in "),
        (Reservation("mine", "02:00:00:00:00:88", "10.40.0.50", SUBNET), "mine: 10.40.0.50 is already reserved in "),
        (
            Reservation("printer", "02:00:00:00:00:88", "10.40.0.60", SUBNET),
            "printer: printer is already reserved in ",
        ),
        (
            Reservation("mine", "02:00:00:00:00:88", "10.40.0.150", SUBNET),
            "mine: 10.40.0.150 is inside the pool 10.40.0.100-10.40.0.199 (",
        ),
        (Reservation("mine", "02:00:00:00:00:88", "10.41.0.9", "10.41.0.0/24"), "10.41.0.0/24"),
    ],
)
def test_the_verdict_is_the_same_for_every_server(server: Server, reservation: Reservation, problem: str) -> None:
    before = server.files()
    message = server.fails(FRONT, reservation)
    assert problem in message
    assert str(server.main) in message or server.backend in message
    assert (server.daemon.calls, server.files()) == ([], before)
    assert server.segment.lease(PRINTER) == "10.40.0.50"


def test_a_wished_address_that_another_device_holds_is_warned_of(server: Server) -> None:
    """The pool was moved away from the address only now, so that somebody still has it."""
    address = server.segment.lease(GUEST)
    server.edit("10.40.0.100", "10.40.0.199")
    (warning,) = server.hold(replace(FRONT, ip=address)).warnings
    assert warning.startswith(f"front-door: {address} is leased to {GUEST} until 20")
    assert warning.endswith("gets it when that lease ends; reconnect the other device, or choose another address")
    assert server.hold(FRONT).warnings == []


NONSENSE = {
    "dnsmasq": ("no-ping", "no-such-thing"),
    "isc": ("10.40.0.199;", "10.40.0.199"),
    "kea": ('"id": 1', '"id": 1, "no": 1'),
}


def test_a_configuration_that_the_server_refuses_is_never_used(server: Server) -> None:
    """Somebody has broken the site's own part and not yet noticed."""
    server.hold(BACK)
    server.edit(*NONSENSE[server.backend])
    before = server.files()
    server.daemon.calls.clear()
    message = server.fails(FRONT)
    assert "refused the reservations, nothing was changed: " in message
    assert server.backend == "kea" or str(server.main) in message
    assert ".fieldnet-iot-" not in message
    assert (server.daemon.calls, server.files()) == ([], before)
    assert server.segment.lease(BACK.mac) == "10.40.0.11"


def test_what_nobody_confirms_is_put_back_by_the_script(server: Server) -> None:
    """As its timer does it: without Python, and without the process that has changed it."""
    guest = server.segment.lease(GUEST)
    server.hold(BACK)
    before = server.files()
    steps = server.steps
    with server.segment.gateway.entered():
        converge(lambda: steps(Wanted((FRONT,))), False, Membership("provision-1", 30), server.store)
    assert server.segment.lease(FRONT.mac) == "10.40.0.10"
    server.segment.gateway.run("sh", f"{server.store.folder}/transaction/rollback")
    assert server.files() == before
    assert server.segment.lease(BACK.mac) == "10.40.0.11"
    assert server.segment.lease(FRONT.mac) != "10.40.0.10"
    assert server.segment.lease(GUEST) == guest


def test_drift_is_told_by_device(server: Server) -> None:
    server.hold(FRONT, BACK)
    door = replace(FRONT, name="side-door", mac="02:00:00:00:00:13", ip="10.40.0.13")
    drift = server.hold(replace(FRONT, ip="10.40.0.12"), door, check_mode=True).drift
    assert [(entry["object"], entry["name"], entry["problem"]) for entry in drift] == [
        ("reservation", BACK.mac, "unexpected"),
        ("reservation", "front-door", "changed"),
        ("reservation", "side-door", "missing"),
    ]
    assert "10.40.0.10" in drift[1]["detail"]
    assert "10.40.0.12" in drift[1]["detail"]


def test_a_stopped_server_is_started(server: Server) -> None:
    server.hold(FRONT)
    server.daemon.stop()
    change = server.hold(FRONT)
    assert list(change.differences) == ["server.service is not active"]
    assert change.drift == [{"object": "unit", "name": "server.service", "problem": "changed", "detail": "not active"}]
    assert server.segment.lease(FRONT.mac) == "10.40.0.10"
