# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The leases that real servers gave to real clients, found by nothing but the running process."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._devices import _leases
from ansible_collections.fieldnet.iot.plugins.module_utils._devices._lease import Lease
from support import dhcp_servers
from support.dhcp_servers import ProcessDaemon, Segment

GUEST, NAMED = "02:00:00:00:00:77", "02:00:00:00:00:78"
PRINTER = "02:00:00:00:00:99"
CLIENT_ID = b"\x3d\x07\x01\x02\x00\x00\x00\x00\x78"
HOST_NAME = b"\x0c\x06camera"
Maker = t.Callable[[Segment, Path], ProcessDaemon]
MAKERS: t.Dict[str, Maker] = {"dnsmasq": dhcp_servers.dnsmasq, "kea": dhcp_servers.kea, "isc": dhcp_servers.isc}


@pytest.fixture
def segment() -> t.Iterator[Segment]:
    with contextlib.ExitStack() as stack:
        yield Segment(stack)


@contextlib.contextmanager
def running(daemon: ProcessDaemon) -> t.Iterator[ProcessDaemon]:
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.kill()


def found(segment: Segment, backend: str = "auto") -> _leases.Found:
    with segment.gateway.entered():
        return _leases.find_leases(backend, None)


def by_mac(segment: Segment) -> t.Dict[t.Optional[str], Lease]:
    return {lease.mac: lease for lease in found(segment).leases}


@pytest.mark.parametrize("server", sorted(MAKERS))
def test_leases_of_a_running_server(segment: Segment, tmp_path: Path, server: str) -> None:
    with running(MAKERS[server](segment, tmp_path)) as daemon:
        nothing = found(segment)
        assert ([source.server for source in nothing.sources], nothing.leases) == ([server], [])
        before = time.time()
        addresses = {GUEST: segment.lease(GUEST), NAMED: segment.lease(NAMED, CLIENT_ID + HOST_NAME)}
        segment.lease(PRINTER)
        leases = by_mac(segment)
        assert found(segment).sources[0].pid == daemon.state().pid
    assert {mac: leases[mac].address for mac in addresses} == addresses
    assert {lease.state for lease in leases.values()} == {"active"}
    assert {lease.server for lease in leases.values()} == {server}
    assert (leases[GUEST].client_id, leases[GUEST].hostname) == (None, None)
    assert (leases[NAMED].client_id, leases[NAMED].hostname) == ("01:02:00:00:00:00:78", "camera")
    # ISC dhcpd keeps no lease for a fixed address.
    assert (PRINTER in leases) == (server != "isc")
    for lease in leases.values():
        assert lease.expires is not None
        assert 3500 < lease.expires - before < 7300
        assert lease.starts is None if server == "dnsmasq" else abs(t.cast(int, lease.starts) - before) < 60
    assert found(segment).sources == []


def test_kea_s_leases_after_its_clean_up(segment: Segment, tmp_path: Path) -> None:
    """Rows of one address many times over, then what kea-lfc makes of them, beside what Kea goes on writing."""
    with running(dhcp_servers.kea(segment, tmp_path)) as daemon:
        first = segment.lease(GUEST)
        for _round in range(3):
            segment.lease(GUEST)
        csv = tmp_path / "leases.csv"
        rows = csv.read_text().splitlines()
        assert sum(row.startswith(first) for row in rows) >= 2
        csv.rename(tmp_path / "leases.csv.1")
        names = [f"{csv}.{name}" for name in ("2", "1", "output", "completed")]
        arguments = [part for pair in zip(("-x", "-i", "-o", "-f"), names) for part in pair]
        lfc = ["kea-lfc", "-4", *arguments, "-c", f"{daemon._argv[2]}", "-p", f"{tmp_path}/lfc.pid"]
        done = subprocess.run(lfc, env={**os.environ, **daemon._env}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        csv.write_text(rows[0] + "\n")
        assert by_mac(segment)[GUEST].address == first
        csv.write_text(f"{rows[0]}\n{rows[-1].replace(GUEST, NAMED)}\n")
        assert set(by_mac(segment)) == {NAMED}


@pytest.mark.parametrize("hook", [True, False])
def test_a_kea_without_a_file_is_asked(segment: Segment, tmp_path: Path, hook: bool) -> None:
    daemon = dhcp_servers.kea(segment, tmp_path)
    (library,) = list(Path("/usr/lib").glob("*/kea/hooks/libdhcp_lease_cmds.so"))
    hooks = f'"hooks-libraries": [ {{ "library": "{library}" }} ],' if hook else ""
    main = tmp_path / "kea.conf"
    main.write_text(
        main.read_text()
        .replace('"memfile",', '"memfile", "persist": false,')
        .replace('{ "Dhcp4": {', '{ "Dhcp4": {' + hooks)
    )
    with running(daemon):
        address = segment.lease(GUEST)
        seen = found(segment, "kea")
    if hook:
        assert [(lease.address, lease.mac, lease.state) for lease in seen.leases] == [(address, GUEST, "active")]
        assert seen.sources[0].place == f"{tmp_path}/ctl"
    else:
        assert (seen.leases, seen.sources) == ([], [])
        assert "load libdhcp_lease_cmds.so" in seen.problems[0]


def test_a_server_that_keeps_its_leases_for_itself(segment: Segment, tmp_path: Path) -> None:
    with running(dhcp_servers.dnsmasq(segment, tmp_path, "leasefile-ro\ndhcp-script=/bin/true\n")):
        seen = found(segment)
    assert seen.sources == []
    assert "it keeps no lease file (leasefile-ro)" in seen.problems[0]


@pytest.mark.parametrize("server", sorted(MAKERS))
def test_a_server_of_another_network_is_not_ours(segment: Segment, tmp_path: Path, server: str) -> None:
    with running(MAKERS[server](segment, tmp_path)), segment.device.entered():
        assert _leases.find_leases("auto", None) == _leases.Found([], [], [])


@pytest.mark.parametrize("server", sorted(MAKERS))
def test_a_released_lease_is_no_longer_active(segment: Segment, tmp_path: Path, server: str) -> None:
    with running(MAKERS[server](segment, tmp_path)):
        address = segment.lease(GUEST)
        assert by_mac(segment)[GUEST].state == "active"
        segment.release(GUEST, address)
        deadline = time.monotonic() + 5
        while GUEST in (now := by_mac(segment)) and now[GUEST].state == "active":
            assert time.monotonic() < deadline, now
            time.sleep(0.05)


NOBODY = """
import os, sys
from ansible_collections.fieldnet.iot.plugins.module_utils._devices import _leases
from support.preload import preload
preload()
os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    print(_leases.find_leases("auto", None))
except Exception as error:
    print(type(error).__name__, error)
"""


def test_who_may_not_look_is_told_to_become_root(segment: Segment, tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    path = f"PYTHONPATH={root / 'tests'}:{root / 'build' / 'src'}"
    with running(dhcp_servers.dnsmasq(segment, tmp_path)), segment.gateway.entered():
        done = subprocess.run(["env", path, sys.executable, "-c", NOBODY], capture_output=True, text=True, check=False)
    # Nor may such a user see which of the machine's servers belong to this network.
    said = r"GatewayError \S+ \(process \d+\) can't be looked at by this user: set become to true\n"
    assert re.fullmatch(said, done.stdout), done.stdout + done.stderr


def test_an_expired_lease_is_told_as_one(segment: Segment, tmp_path: Path) -> None:
    with running(dhcp_servers.isc(segment, tmp_path, "max-lease-time 1; min-lease-time 1;\n")):
        assert segment.lease(GUEST)
        deadline = time.monotonic() + 10
        while by_mac(segment)[GUEST].state != "expired":
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_the_module_says_that_nothing_runs(segment: Segment, tmp_path: Path) -> None:
    program = (
        "import sys; from support.modules import run_module; from pathlib import Path;"
        f"print(run_module('dhcp_lease_info', Path({str(tmp_path)!r}), {{'backend': 'kea'}})['msg'])"
    )
    root = Path(__file__).resolve().parents[2]
    path = f"PYTHONPATH={root / 'tests'}:{root / 'build' / 'src'}"
    with segment.gateway.entered():
        done = subprocess.run(["env", path, sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("no DHCP server runs on this host (looked for kea-dhcp4): start it, or give")
