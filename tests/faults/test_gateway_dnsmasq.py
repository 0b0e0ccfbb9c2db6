# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reservations in a real dnsmasq: taken by a client, refused when they are wrong, put back when they fail."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._record import Record
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._transaction import converge
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dhcp import Reservation, Told, Wanted
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dnsmasq import _dnsmasq as under_test
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import GatewayError, MissingPackages
from support.dhcp_gateways import BACK, FRONT, GUEST, Server, serving
from support.dhcp_servers import SUBNET, ProcessDaemon, Segment, dnsmasq


@pytest.fixture
def server(tmp_path: Path) -> t.Iterator[Server]:
    with serving("dnsmasq", tmp_path) as started:
        yield started


def paths(server: Server) -> under_test.Paths:
    return under_test.Paths(f"{server.folder}/dnsmasq.d/fieldnet-iot.conf", f"{server.folder}/own/dnsmasq.hosts")


def test_a_new_line_of_configuration_takes_a_restart(server: Server) -> None:
    change = server.hold(FRONT)
    assert list(change.differences) == [paths(server).hosts, paths(server).configuration]
    assert server.daemon.calls == ["stop", "start"]  # a new line of configuration
    assert server.segment.lease(FRONT.mac) == "10.40.0.10"


def test_new_hosts_take_a_signal_and_no_restart(server: Server) -> None:
    server.hold(FRONT)
    server.daemon.calls.clear()
    pid = server.daemon.state().pid
    assert list(server.hold(FRONT, BACK).differences) == [paths(server).hosts]
    assert (server.daemon.calls, server.daemon.state().pid) == (["hang up"], pid)
    assert server.segment.lease(BACK.mac) == "10.40.0.11"


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
        server = Server("dnsmasq", segment, tmp_path, daemon)
        assert server.fails(FRONT) == (
            f"dnsmasq does not read {tmp_path}/dnsmasq.d/fieldnet-iot.conf:"
            f" add conf-dir={tmp_path}/dnsmasq.d,*.conf to {tmp_path}/dnsmasq.d/site.conf"
        )


def test_a_subnet_without_range_is_refused_with_the_line_to_add(server: Server) -> None:
    far = Reservation("far", "02:00:00:00:00:12", "10.41.0.9", "10.41.0.0/24")
    assert server.fails(FRONT, far) == (
        "dnsmasq has no dhcp-range in 10.41.0.0/24, so that the reservations there would have no effect: add one to its"
        " configuration, for example dhcp-range=10.41.0.0,static"
    )
    server.edit("no-ping\n", "no-ping\ndhcp-range=10.41.0.0,static\n")
    assert server.hold(FRONT, far).differences


def test_devices_that_are_told_more_survive_a_signal(server: Server) -> None:
    """dnsmasq 2.90 dies of SIGHUP where a file of hosts sets a tag for a device that has got its lease."""
    told = replace(FRONT, told=Told(router="10.40.0.2"))
    server.hold(told)
    assert server.segment.lease(told.mac) == told.ip
    assert server.hold(replace(told, ip="10.40.0.12")).differences == [paths(server).hosts]
    server.daemon.hang_up()
    server.daemon.hang_up()
    assert server.segment.lease(told.mac) == "10.40.0.12"
    assert server.segment.offer(told.mac, [3])[1][3] == bytes([10, 40, 0, 2])


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
        converge(lambda: Steps(Wanted((FRONT,)), True, server.daemon, paths(server)), False, store=server.store)
    assert server.files() == before
    assert server.segment.lease("02:00:00:00:00:99") == "10.40.0.50"


def test_a_server_that_is_not_installed_names_its_package(server: Server) -> None:
    absent = ProcessDaemon(server.segment.gateway, [], {}, exists=False)
    with pytest.raises(MissingPackages) as caught:
        under_test.Dnsmasq(Wanted((FRONT,)), True, absent, paths(server))
    assert caught.value.packages == ["dnsmasq"]
