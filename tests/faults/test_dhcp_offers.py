# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""dhcp_probe beside each real server: it sees what a device would be offered, and leaves no trace of a lease."""

from __future__ import annotations

import contextlib
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._devices import _leases
from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _model, _run
from support import dhcp_servers
from support.dhcp_servers import ProcessDaemon, Segment
from support.gateway import run_module

PRINTER, GUEST, STRANGER = "02:00:00:00:00:99", "02:00:00:00:00:77", "02:00:00:00:00:78"
CLIENT_ID = b"\x3d\x07\x01\x02\x00\x00\x00\x00\x77"
Maker = t.Callable[[Segment, Path], ProcessDaemon]
MAKERS: t.Dict[str, Maker] = {"dnsmasq": dhcp_servers.dnsmasq, "kea": dhcp_servers.kea, "isc": dhcp_servers.isc}


class Stage:
    """A segment with a server, and a host on it that probes."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment

    def probe(self, *devices: t.Dict[str, t.Any], **options: t.Any) -> t.Dict[str, t.Any]:
        """What the module returns there."""
        arguments = {"interface": "eth0", "timeout": 1.5, "devices": list(devices), **options}
        return run_module(self.segment.device, "dhcp_probe", arguments)

    def leases(self) -> t.List[t.Any]:
        """What the server's lease file says."""
        with self.segment.gateway.entered():
            return _leases.find_leases("auto", None).leases


@pytest.fixture(params=sorted(MAKERS))
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> t.Iterator[Stage]:
    with contextlib.ExitStack() as stack:
        segment = Segment(stack)
        folder = tmp_path / "server"
        folder.mkdir()
        daemon = MAKERS[request.param](segment, folder)
        stack.callback(daemon.kill)
        daemon.start()
        assert segment.lease(STRANGER)  # it serves by now
        yield Stage(segment)


def test_each_device_s_offer_and_nothing_else_comes_of_it(stage: Stage) -> None:
    """A reserved device that was never there, one that is there with a lease, and one that nobody knows."""
    address = stage.segment.lease(GUEST, CLIENT_ID)
    before = stage.leases()
    result = stage.probe(
        {"name": "printer", "mac": PRINTER, "ip": "10.40.0.50"},
        {"name": "guest", "mac": GUEST, "ip": address, "client_id": "01:02:00:00:00:00:77"},
        {"name": "nobody", "mac": "02:00:5e:00:53:01"},
        servers=["10.40.0.1"],
    )
    assert [(seen["id"], seen["observation"]) for seen in result["results"]] == [
        ("printer", "offered"), ("guest", "offered"), ("nobody", "offered"),
    ], result  # fmt: skip
    assert result["passed"]
    (server,) = result["servers"]
    assert (server["server"], server["offers"], server["rogue"]) == ("10.40.0.1", 3, False)
    assert stage.leases() == before
    assert stage.segment.lease(GUEST, CLIENT_ID) == address
    assert stage.segment.lease(PRINTER) == "10.40.0.50"


def test_a_wrong_offer_says_who_and_what(stage: Stage) -> None:
    result = stage.probe({"name": "printer", "mac": PRINTER, "ip": "10.40.0.51"}, strict=True)
    assert result["failed"]
    assert "wrong_offer (10.40.0.1 offers 10.40.0.50, not the expected 10.40.0.51)" in result["msg"]


def test_an_address_that_a_device_has_is_not_taken_from_it(stage: Stage) -> None:
    """Asked for a stranger while its pool is in use, the server keeps every lease that it gave."""
    given = {f"02:00:00:00:02:{number:02x}": "" for number in range(10)}
    for mac in given:
        given[mac] = stage.segment.lease(mac)
    assert stage.probe(*[{"mac": f"02:00:00:00:03:{number:02x}"} for number in range(40)], window=0.3)["passed"]
    held = {lease.mac: lease.address for lease in stage.leases()}
    assert {mac: held[mac] for mac in given} == given
    assert len(held) <= len(given) + 1


def test_the_server_s_own_host_sees_the_same(stage: Stage) -> None:
    """A gateway may be its own probe host: DHCP is the one thing that it sees there as a device does."""
    with stage.segment.gateway.entered():
        checks = _model.parse_checks(
            [{"kind": "dhcp", "mac": PRINTER, "interface": "iot0", "timeout": 2, "servers": ["10.40.0.1"]}]
        )
        (seen,) = _run.run_checks(checks)
    assert (seen["observation"], seen["reason"]) == ("offered", "10.40.0.1 offers 10.40.0.50"), seen
    assert len(seen["offers"]) == 1


@pytest.mark.parametrize("stage", ["isc"], indirect=True)
def test_how_long_isc_holds_what_it_offered(stage: Stage) -> None:
    """Documented: two minutes; so an offer leaves a trace, but in its memory alone, and for its pool alone."""
    offered = stage.probe({"mac": GUEST})["results"][0]["offers"][0]["address"]
    assert stage.segment.lease("02:00:00:00:04:01") not in ("", offered)
    assert stage.segment.lease(GUEST) == offered


@pytest.mark.parametrize("stage", ["dnsmasq"], indirect=True)
def test_every_mistake_is_told_in_the_module_s_own_words(stage: Stage) -> None:
    started = time.monotonic()
    result = stage.probe(
        {"mac": "01:00:5e:00:00:01", "ip": "10.40.0.300"},
        {"name": "a b", "servers": ["x"]},
        {"mac": GUEST, "window": 0, "expect_captive_portal": "http://x"},
    )
    assert time.monotonic() - started < 20
    assert [error.partition(": ")[0] for error in result["errors"]] == [
        "devices[0].mac", "devices[0].ip", "devices[1].name", "devices[1].mac", "devices[1].servers",
        "devices[2].expect_captive_portal", "devices[2].window",
    ]  # fmt: skip
