# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reservations in a real ISC dhcpd: what is its own way, beside what holds for every server."""

from __future__ import annotations

import os
import time
import typing as t
from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._record import Record
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._transaction import converge
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dhcp import Wanted
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import GatewayError, MissingPackages
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._isc import _isc
from support.dhcp_gateways import BACK, FRONT, GUEST, PRINTER, Server, serving
from support.dhcp_servers import ProcessDaemon


@pytest.fixture
def server(tmp_path: Path) -> t.Iterator[Server]:
    with serving("isc", tmp_path) as started:
        yield started


def test_a_configuration_without_our_include_is_refused_with_the_line_to_add(server: Server) -> None:
    own = f"{server.folder}/own.conf"
    server.edit(f'include "{own}";', f'# include "{own}";')
    before = server.files()
    assert server.fails(FRONT) == (
        f"{server.main} does not include {own}: create it empty (install -D -m 644 /dev/null {own}),"
        f' then add the line include "{own}"; at the end of {server.main}'
    )
    assert (server.daemon.calls, server.files()) == ([], before)


def test_an_include_within_an_include_is_found_and_staged(server: Server) -> None:
    own, hosts = f"{server.folder}/own.conf", server.folder / "hosts.conf"
    server.edit(f'include "{own}";', f'include "{hosts}";')
    hosts.write_text(f'host tv {{ hardware ethernet 02:00:00:00:00:98; }} include "{own}";\n')
    server.hold(FRONT)
    assert server.segment.lease(FRONT.mac) == "10.40.0.10"
    hosts.write_text(f'host tv {{ hardware ethernet 02:00:00:00:00:98 }} include "{own}";\n')
    message = server.fails(BACK)
    assert message.startswith(f"dhcpd -t refused the reservations, nothing was changed: {hosts} line 1: ")
    assert "expect" in message
    assert not list(server.folder.glob(".fieldnet*"))


def test_a_label_of_the_site_s_own_is_no_secret(server: Server) -> None:
    server.main.write_text(server.main.read_text() + "host fieldnet-iot-front-door { }\n")
    assert "fieldnet-iot-front-door: already exists" in server.fails(FRONT)


def test_a_subnet_that_is_not_served_is_refused(server: Server) -> None:
    far = replace(FRONT, ip="10.41.0.9", subnet="10.41.0.0/24")
    assert server.fails(far) == (
        f"{server.main} has no subnet 10.41.0.0/24, so that the reservations there would have no effect: add it"
    )


def test_an_interface_that_debian_s_script_does_not_name_is_told_with_the_line(server: Server) -> None:
    defaults = server.folder / "defaults"
    defaults.write_text('#INTERFACESv4="iot0"\nINTERFACESv4="eth9"\n')
    assert server.fails(FRONT) == (
        f'{defaults}: INTERFACESv4 is "eth9", so that the devices on iot0 are not heard:'
        ' write INTERFACESv4="eth9 iot0" there'
    )
    defaults.write_text('INTERFACESv4="eth9 iot0"  # both\n')
    assert server.hold(FRONT).differences


def test_a_file_that_dhcpd_has_not_read_is_noticed(server: Server) -> None:
    server.hold(FRONT)
    own = server.folder / "own.conf"
    ours = own.read_text()
    own.write_text(ours.replace("10.40.0.10", "10.40.0.12"))
    server.daemon.restart()
    time.sleep(0.1)  # the clock of processes is a coarse one
    own.write_text(ours)
    assert list(server.hold(FRONT).differences) == ["the running dhcpd does not use the reservations yet"]
    assert server.segment.lease(FRONT.mac) == "10.40.0.10"
    future = time.time() + 3600
    os.utime(own, (future, future))
    assert not server.hold(FRONT).differences  # the clock was wrong


def test_absent_empties_what_dhcpd_includes(server: Server) -> None:
    server.hold(FRONT)
    own = server.folder / "own.conf"
    assert list(server.hold(present=False).differences) == [str(own)]
    assert "host " not in own.read_text()
    assert server.segment.lease(PRINTER) == "10.40.0.50"
    server.daemon.stop()
    assert not server.hold(present=False).differences
    server.daemon.start()  # which takes the file
    assert server.segment.lease(PRINTER) == "10.40.0.50"


def test_a_server_that_does_not_come_back_gets_its_old_file_and_serves(server: Server) -> None:
    """What its checker does not see: a file of leases that can't be read; mended while we wait."""
    guest = server.segment.lease(GUEST)
    leases, aside = server.folder / "dhcpd.leases", server.folder / "aside"
    before = server.files()

    class Steps(_isc.Isc):
        def record(self) -> Record:
            record = super().record()
            leases.rename(aside)
            return replace(record, undo=f"mv {aside} {leases}\n{record.undo}")

    paths = _isc.Paths(f"{server.folder}/own.conf", f"{server.folder}/defaults")
    with server.segment.gateway.entered(), pytest.raises(GatewayError) as caught:
        converge(lambda: Steps(Wanted((FRONT,)), True, server.daemon, paths), False, store=server.store)
    assert "does not serve with the new reservations" in str(caught.value)
    assert str(caught.value).endswith("the old state was put back")
    assert server.files() == before
    assert server.segment.lease(GUEST) == guest


def test_leases_that_are_lost_put_the_old_state_back(server: Server) -> None:
    server.segment.lease(GUEST)
    leases = server.folder / "dhcpd.leases"

    class Steps(_isc.Isc):
        def apply(self) -> None:
            leases.write_text("")
            super().apply()

    paths = _isc.Paths(f"{server.folder}/own.conf", f"{server.folder}/defaults")
    with server.segment.gateway.entered(), pytest.raises(GatewayError, match="has lost 1 leases, such as that of 10"):
        converge(lambda: Steps(Wanted((FRONT,)), True, server.daemon, paths), False, store=server.store)


def test_a_server_that_is_not_installed_names_its_package(server: Server) -> None:
    absent = ProcessDaemon(server.segment.gateway, [], {}, exists=False)
    with pytest.raises(MissingPackages) as caught:
        _isc.Isc(Wanted((FRONT,)), True, absent)
    assert caught.value.packages == ["isc-dhcp-server"]
