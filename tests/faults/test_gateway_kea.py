# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reservations in a real Kea: taken by a client, refused when they are wrong, put back even when Kea goes fatal."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._record import Record
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._store import Store
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._transaction import Change, converge
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dhcp import Reservation, Told, Wanted
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import GatewayError, MissingPackages
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._kea import _kea
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._kea._control import KeaControl, serving_sockets
from support.dhcp_servers import SUBNET, ProcessDaemon, Segment, kea

FRONT = Reservation("front-door", "02:00:00:00:00:10", "10.40.0.10", SUBNET)
BACK = Reservation("back-door", "02:00:00:00:00:11", "10.40.0.11", SUBNET)
PRINTER, GUEST = "02:00:00:00:00:99", "02:00:00:00:00:77"


@dataclass
class Server:
    """A running Kea and the folder with everything it reads and writes."""

    segment: Segment
    folder: Path
    daemon: ProcessDaemon

    @property
    def main(self) -> Path:
        return self.folder / "kea.conf"

    @property
    def include(self) -> str:
        return f"{self.folder}/own/10.40.0.0_24.json"

    def steps(self, *reservations: Reservation, present: bool = True) -> _kea.Kea:
        return _kea.Kea(Wanted(reservations), present, self.daemon, f"{self.folder}/own")

    @property
    def store(self) -> Store:
        return Store(f"{self.segment.gateway.state}/fieldnet-iot")

    def hold(self, *reservations: Reservation, present: bool = True, check_mode: bool = False) -> Change:
        with self.segment.gateway.entered():
            return converge(lambda: self.steps(*reservations, present=present), check_mode, store=self.store)

    def fails(self, *reservations: Reservation) -> str:
        with pytest.raises(GatewayError) as caught:
            self.hold(*reservations)
        return str(caught.value)

    def files(self) -> t.Dict[str, bytes]:
        return {str(p): p.read_bytes() for p in self.folder.rglob("*") if p.suffix in (".conf", ".json")}

    def edit(self, old: str, new: str) -> None:
        text = self.main.read_text()
        assert old in text
        self.main.write_text(text.replace(old, new))


@pytest.fixture(params=["control", "signal"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> t.Iterator[Server]:
    yield from _server(tmp_path, control=request.param == "control")


@pytest.fixture
def commanded(tmp_path: Path) -> t.Iterator[Server]:
    yield from _server(tmp_path, control=True)


@pytest.fixture
def signalled(tmp_path: Path) -> t.Iterator[Server]:
    yield from _server(tmp_path, control=False)


def _server(folder: Path, control: bool) -> t.Iterator[Server]:
    with contextlib.ExitStack() as stack:
        segment = Segment(stack)
        daemon = kea(segment, folder, control)
        stack.callback(daemon.kill)
        daemon.start()
        daemon.calls.clear()
        yield Server(segment, folder, daemon)


def test_a_client_gets_its_reserved_address(server: Server) -> None:
    assert server.segment.lease(FRONT.mac).startswith("10.40.0.1")
    pid = server.daemon.state().pid
    assert list(server.hold(FRONT).differences) == [server.include]
    assert server.segment.lease(FRONT.mac) == "10.40.0.10"
    assert server.segment.lease(PRINTER) == "10.40.0.50"  # the site's own
    assert server.daemon.state().pid == pid


def test_a_reservation_that_goes_is_gone(server: Server) -> None:
    server.hold(FRONT, BACK)
    server.hold(BACK)
    assert server.segment.lease(FRONT.mac) != "10.40.0.10"
    assert server.segment.lease(BACK.mac) == "10.40.0.11"
    server.hold()
    assert server.segment.lease(BACK.mac) != "10.40.0.11"


def test_an_unchanged_server_is_left_alone(server: Server) -> None:
    server.hold(FRONT)
    server.daemon.calls.clear()
    before = server.files()
    assert not server.hold(FRONT).differences
    assert (server.daemon.calls, server.files()) == ([], before)


def test_files_that_kea_has_not_read_are_noticed(commanded: Server) -> None:
    commanded.hold(FRONT)
    ours = Path(commanded.include).read_text()
    Path(commanded.include).write_text("")
    KeaControl(f"{commanded.folder}/ctl").reload()
    Path(commanded.include).write_text(ours)
    assert list(commanded.hold(FRONT).differences) == ["the running Kea does not use the reservations yet"]
    assert commanded.segment.lease(FRONT.mac) == "10.40.0.10"


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
    server.hold(present=False)
    assert GUEST in (server.folder / "leases.csv").read_text()
    assert server.segment.lease(GUEST) == address


def test_absent_empties_what_kea_includes(server: Server) -> None:
    server.hold(FRONT)
    assert list(server.hold(present=False).differences) == [server.include]
    assert "hw-address" not in Path(server.include).read_text()
    assert not server.hold(present=False).differences
    assert server.segment.lease(PRINTER) == "10.40.0.50"


def test_a_configuration_without_our_include_is_refused_with_the_line_to_add(commanded: Server) -> None:
    commanded.edit(f'<?include "{commanded.include}"?>', "")
    before = commanded.files()
    assert commanded.fails(FRONT) == (
        f"{commanded.main}: the subnet {SUBNET} does not include {commanded.include}: create it empty"
        f' (install -D -m 644 /dev/null {commanded.include}), then write <?include "{commanded.include}"?> as the last'
        f' entry of "reservations" of that subnet, for example "reservations": [ <?include "{commanded.include}"?> ]'
    )
    assert commanded.files() == before


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("10.40.0.0/24", "10.49.0.0/24", "has no subnet 10.40.0.0/24: add it to subnet4"),
        ('"id": 1,', '"id": 1, "reservations-in-subnet": false,', '"reservations-in-subnet" is false for 10.40.0.0/24'),
        ('"subnet4"', '"host-reservation-identifiers": ["client-id"], "subnet4"', 'add "hw-address" to "host-reserv'),
        ('"subnet4"', '"reservation-mode": "disabled", "subnet4"', '"reservation-mode" keeps the reservations'),
        ('"Dhcp4": {', '"Dhcp4": {{', "is not a configuration of Kea"),
    ],
)
def test_a_configuration_in_which_ours_has_no_effect_is_refused(
    commanded: Server, old: str, new: str, complaint: str
) -> None:
    commanded.edit(old, new)
    before = commanded.files()
    assert complaint in commanded.fails(FRONT)
    assert commanded.files() == before


def test_what_kea_itself_refuses_is_told_in_its_words(server: Server) -> None:
    server.edit('"id": 1,', '"id": 1, "valid-lifetime": 9, "min-valid-lifetime": 99,')
    before = server.files()
    message = server.fails(FRONT)
    assert message.startswith("kea-dhcp4 -t refused the reservations, nothing was changed: Error encountered: ")
    assert "min-valid-lifetime" in message
    assert "/.fieldnet-iot-" not in message
    assert server.files() == before
    assert server.segment.lease(PRINTER) == "10.40.0.50"


def test_what_the_site_reserves_for_all_subnets_or_as_a_network_is_seen(commanded: Server) -> None:
    commanded.edit(
        '"subnet4"', '"reservations": [ { "hw-address": "02:00:00:00:00:10", "hostname": "Camera" } ], "subnet4"'
    )
    commanded.edit("10.40.0.100-10.40.0.199", "10.40.0.128/26")
    assert commanded.fails(FRONT, Reservation("camera", "02:00:00:00:00:11", "10.40.0.190", SUBNET)).split("; ") == [
        f"front-door: {FRONT.mac} is already reserved in {commanded.main}, global",
        "remove it there or in the site's data",
        f"camera: camera is already reserved in {commanded.main}, global",
        "remove it there or in the site's data",
        f"camera: 10.40.0.190 is inside the pool 10.40.0.128-10.40.0.191 ({commanded.main}, subnet 10.40.0.0/24), where"
        " another device may get it",
        "choose one outside the pool, or take it out of the pool",
    ]


def test_what_reserved_devices_are_told_is_read_back(commanded: Server) -> None:
    told = replace(FRONT, told=Told("10.40.0.2", ("10.40.0.3", "9.9.9.9")))
    commanded.hold(FRONT)
    assert commanded.hold(told).differences == [commanded.include]
    ours = Path(commanded.include).read_text()
    Path(commanded.include).write_text(ours.replace("9.9.9.9", "9.9.9.10"))
    KeaControl(f"{commanded.folder}/ctl").reload()
    Path(commanded.include).write_text(ours)
    assert list(commanded.hold(told).differences) == ["the running Kea does not use the reservations yet"]


def test_a_fatal_reload_is_recovered_from(commanded: Server) -> None:
    """Somebody has edited the configuration and not reloaded it; its checker finds nothing, its reload is fatal."""
    address = commanded.segment.lease(GUEST)
    commanded.edit("leases.csv", "nowhere/leases.csv")
    before = commanded.files()
    message = commanded.fails(FRONT)
    assert "Kea refused config-reload" in message
    assert "nowhere" in message
    assert message.endswith("the old state was put back")
    assert commanded.files() == before
    # Restoring our file alone would leave Kea dead, for the fault is not ours: it runs with what it had in use.
    assert commanded.segment.lease(GUEST) == address
    assert commanded.segment.lease(PRINTER) == "10.40.0.50"


def test_a_fatal_kea_is_known_by_its_sockets_though_its_status_is_well(commanded: Server) -> None:
    pid = commanded.daemon.state().pid
    assert serving_sockets(pid)
    commanded.edit("leases.csv", "nowhere/leases.csv")
    control = KeaControl(f"{commanded.folder}/ctl")
    with pytest.raises(GatewayError):
        control.reload()
    assert control.ask("status-get")["result"] == 0
    assert control.configuration()
    assert not serving_sockets(pid)


def test_without_a_control_socket_a_fatal_reload_is_seen_and_restarted(
    signalled: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_kea, "_HEALTHY_WITHIN", 1.5)
    good = signalled.main.read_text()

    class Steps(_kea.Kea):
        def record(self) -> Record:
            record = super().record()
            mend = f'cp "$SAVED/good" {signalled.main}\n'  # while we wait
            return replace(record, saved={"good": good}, undo=mend + record.undo)

    signalled.edit("leases.csv", "nowhere/leases.csv")
    own = f"{signalled.folder}/own"
    with signalled.segment.gateway.entered(), pytest.raises(GatewayError, match="does not serve with the new"):
        converge(lambda: Steps(Wanted((FRONT,)), True, signalled.daemon, own), False, store=signalled.store)
    assert signalled.segment.lease(PRINTER) == "10.40.0.50"
    assert "hw-address" not in Path(signalled.include).read_text()


def test_a_server_that_cannot_be_asked_is_warned_of(signalled: Server) -> None:
    (warning,) = signalled.hold(FRONT).warnings
    assert 'has no "control-socket" of type unix' in warning


def test_files_that_kea_includes_are_made_so_that_it_can_start(commanded: Server) -> None:
    commanded.edit("<?include", f'<?include "{commanded.folder}/own/later.json"?>, <?include')
    commanded.hold(FRONT)
    assert (commanded.folder / "own/later.json").exists()
    commanded.daemon.restart()
    assert commanded.segment.lease(FRONT.mac) == "10.40.0.10"


def test_a_stopped_server_is_started(server: Server) -> None:
    server.hold(FRONT)
    server.daemon.stop()
    assert list(server.hold(FRONT).differences) == ["server.service is not active"]
    assert server.segment.lease(FRONT.mac) == "10.40.0.10"


def test_a_server_that_does_not_start_is_reported_and_files_are_put_back(commanded: Server) -> None:
    commanded.daemon.stop()
    commanded.edit("leases.csv", "nowhere/leases.csv")
    before = commanded.files()
    message = commanded.fails(FRONT)
    assert "server.service does not serve with the new reservations" in message
    assert commanded.files() == before


def test_a_server_that_is_not_installed_names_its_package(commanded: Server) -> None:
    absent = ProcessDaemon(commanded.segment.gateway, [], {}, exists=False)
    with pytest.raises(MissingPackages) as caught:
        _kea.Kea(Wanted((FRONT,)), True, absent, f"{commanded.folder}/own")
    assert caught.value.packages == ["kea-dhcp4-server"]
