# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reservations in a real dnsmasq: taken by a client, refused when they are wrong, put back when they fail."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway import _dnsmasq as under_test
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dhcp import Reservation
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import GatewayError, MissingPackages
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._journal import Store
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._record import Record
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._transaction import Change, converge
from support.dhcp_servers import SUBNET, ProcessDaemon, Segment, dnsmasq

FRONT = Reservation("front-door", "02:00:00:00:00:10", "10.40.0.10", SUBNET)
BACK = Reservation("back-door", "02:00:00:00:00:11", "10.40.0.11", SUBNET)
GUEST = "02:00:00:00:00:77"


@dataclass
class Server:
    """A running dnsmasq and the folder with everything it reads and writes."""

    segment: Segment
    folder: Path
    daemon: ProcessDaemon

    @property
    def paths(self) -> under_test.Paths:
        return under_test.Paths(f"{self.folder}/dnsmasq.d/fieldnet-iot.conf", f"{self.folder}/own/dnsmasq.hosts")

    @property
    def store(self) -> Store:
        return Store(f"{self.segment.gateway.state}/fieldnet-iot")

    def steps(self, *reservations: Reservation, present: bool = True) -> t.Callable[[], under_test.Dnsmasq]:
        return lambda: under_test.Dnsmasq(reservations, present, self.daemon, self.paths)

    def hold(self, *reservations: Reservation, present: bool = True, check_mode: bool = False) -> Change:
        with self.segment.gateway.entered():
            return converge(self.steps(*reservations, present=present), check_mode, store=self.store)

    def fails(self, *reservations: Reservation) -> str:
        with pytest.raises(GatewayError) as caught:
            self.hold(*reservations)
        return str(caught.value)

    def files(self) -> t.Dict[str, bytes]:
        skip = ("leases", "pid")
        return {str(p): p.read_bytes() for p in self.folder.rglob("*") if p.is_file() and p.name not in skip}


@pytest.fixture
def server(tmp_path: Path) -> t.Iterator[Server]:
    with contextlib.ExitStack() as stack:
        segment = Segment(stack)
        daemon = dnsmasq(segment, tmp_path)
        stack.callback(daemon.kill)
        daemon.start()
        daemon.calls.clear()
        yield Server(segment, tmp_path, daemon)


def test_a_client_gets_its_reserved_address(server: Server) -> None:
    assert server.segment.lease(FRONT.mac).startswith("10.40.0.1")
    change = server.hold(FRONT)
    assert list(change.differences) == [server.paths.hosts, server.paths.configuration]
    assert server.daemon.calls == ["stop", "start"]  # a new line of configuration
    assert server.segment.lease(FRONT.mac) == "10.40.0.10"
    assert server.segment.lease("02:00:00:00:00:99") == "10.40.0.50"  # the site's own


def test_new_hosts_take_a_signal_and_no_restart(server: Server) -> None:
    server.hold(FRONT)
    server.daemon.calls.clear()
    pid = server.daemon.state().pid
    assert list(server.hold(FRONT, BACK).differences) == [server.paths.hosts]
    assert (server.daemon.calls, server.daemon.state().pid) == (["hang up"], pid)
    assert server.segment.lease(BACK.mac) == "10.40.0.11"


def test_a_reservation_that_goes_is_gone(server: Server) -> None:
    server.hold(FRONT, BACK)
    server.hold(BACK)
    assert server.segment.lease(FRONT.mac) != "10.40.0.10"
    assert server.segment.lease(BACK.mac) == "10.40.0.11"


def test_an_unchanged_server_is_left_alone(server: Server) -> None:
    server.hold(FRONT)
    server.daemon.calls.clear()
    before = server.files()
    assert not server.hold(FRONT).differences
    assert (server.daemon.calls, server.files()) == ([], before)


def test_check_mode_changes_nothing_and_says_what_a_run_does(server: Server) -> None:
    before = server.files()
    checked = server.hold(FRONT, check_mode=True)
    assert (server.daemon.calls, server.files()) == ([], before)
    assert server.hold(FRONT) == checked
    shown = {entry["after_header"]: entry["after"] for entry in checked.diff}
    assert {path: server.files()[path].decode() for path in shown} == shown


def test_leases_survive(server: Server) -> None:
    address = server.segment.lease(GUEST)
    server.hold(FRONT)
    server.hold(FRONT, BACK)
    server.hold(present=False)
    assert GUEST in (server.folder / "leases").read_text()
    assert server.segment.lease(GUEST) == address


def test_absent_leaves_nothing(server: Server) -> None:
    before = server.files()
    server.hold(FRONT)
    assert server.hold(present=False).differences
    assert server.files() == before
    assert not server.hold(present=False).differences
    assert server.segment.lease(FRONT.mac) != "10.40.0.10"


@pytest.mark.parametrize("identity", ["02:00:00:00:00:99,10.40.0.60", "02:00:00:00:00:88,10.40.0.50"])
def test_what_the_site_has_reserved_already_is_refused_with_its_place(server: Server, identity: str) -> None:
    mac, ip = identity.split(",")
    before = server.files()
    message = server.fails(Reservation("mine", mac, ip, SUBNET))
    taken = mac if mac.endswith("99") else ip
    assert message == (
        f"mine: {taken} is already reserved in {server.folder}/dnsmasq.d/site.conf line 7;"
        " remove it there or in the site's data"
    )
    assert (server.daemon.calls, server.files()) == ([], before)


def test_foreign_files_of_hosts_are_looked_into(server: Server) -> None:
    (server.folder / "more").mkdir()
    (server.folder / "more/hosts").write_text("# ours\n02-00-00-00-00-10,10.40.0.70\n")
    (server.folder / "dnsmasq.d/more.conf").write_text(f"dhcp-hostsdir={server.folder}/more\n")
    assert "more/hosts line 2; remove it there" in server.fails(FRONT)


def test_a_configuration_that_dnsmasq_refuses_is_not_touched(server: Server) -> None:
    (server.folder / "dnsmasq.d/later.conf").write_text("dhcp-range=nonsense\n")
    before = server.files()
    message = server.fails(FRONT)
    assert message.startswith("dnsmasq --test refused the reservations, nothing was changed: dnsmasq: bad dhcp-range")
    assert (server.daemon.calls, server.files()) == ([], before)
    assert server.segment.lease("02:00:00:00:00:99") == "10.40.0.50"


def test_a_folder_that_dnsmasq_does_not_read_is_named(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        segment = Segment(stack)
        daemon = dnsmasq(segment, tmp_path)
        daemon = ProcessDaemon(segment.gateway, ["dnsmasq", "-k", "-C", f"{tmp_path}/dnsmasq.d/site.conf"], {})
        stack.callback(daemon.kill)
        daemon.start()
        server = Server(segment, tmp_path, daemon)
        assert server.fails(FRONT) == (
            f"dnsmasq does not read {tmp_path}/dnsmasq.d/fieldnet-iot.conf:"
            f" add conf-dir={tmp_path}/dnsmasq.d,*.conf to {tmp_path}/dnsmasq.d/site.conf"
        )


def test_a_subnet_without_range_is_warned_of(server: Server) -> None:
    assert not server.hold(FRONT).warnings
    assert server.hold(Reservation("far", "02:00:00:00:00:12", "10.41.0.9", "10.41.0.0/24")).warnings == [
        "dnsmasq has no dhcp-range in 10.41.0.0/24, so that the reservations there have no effect:"
        " add one to its configuration"
    ]


def test_a_server_that_does_not_come_back_gets_its_old_files_and_serves(server: Server) -> None:
    """What --test does not see: a file of leases that can't be made; mended while we wait."""
    main = server.folder / "dnsmasq.conf"
    good = main.read_text()

    class Steps(under_test.Dnsmasq):
        def record(self) -> Record:
            record = super().record()
            return replace(record, saved={"good": good}, undo=f'cp "$SAVED/good" {main}\n{record.undo}')

    before = server.files()
    main.write_text("dhcp-leasefile=/nowhere/leases\n")
    with server.segment.gateway.entered(), pytest.raises(GatewayError, match="the old state was put back"):
        converge(lambda: Steps([FRONT], True, server.daemon, server.paths), False, store=server.store)
    assert server.files() == before
    assert server.segment.lease("02:00:00:00:00:99") == "10.40.0.50"


def test_a_stopped_server_is_started(server: Server) -> None:
    server.hold(FRONT)
    server.daemon.stop()
    assert list(server.hold(FRONT).differences) == ["server.service is not active"]
    assert server.segment.lease(FRONT.mac) == "10.40.0.10"


def test_a_server_that_is_not_installed_names_its_package(server: Server) -> None:
    absent = ProcessDaemon(server.segment.gateway, [], {}, exists=False)
    with pytest.raises(MissingPackages) as caught:
        under_test.Dnsmasq([FRONT], True, absent, server.paths)
    assert caught.value.packages == ["dnsmasq"]
