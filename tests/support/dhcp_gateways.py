# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A gateway with one of the three DHCP servers, and our reservations in it."""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._store import Store
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._transaction import Change, Steps, converge
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dhcp import Reservation, Wanted
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dnsmasq import _dnsmasq
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import GatewayError
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._isc import _isc
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._kea import _kea
from support import dhcp_servers
from support.dhcp_servers import SUBNET, ProcessDaemon, Segment

BACKENDS = ("dnsmasq", "isc", "kea")
FRONT = Reservation("front-door", "02:00:00:00:00:10", "10.40.0.10", SUBNET)
BACK = Reservation("back-door", "02:00:00:00:00:11", "10.40.0.11", SUBNET)
PRINTER, GUEST = "02:00:00:00:00:99", "02:00:00:00:00:77"
_SKIPPED = ("leases", "leases.csv", "pid", "dhcpd.leases", "dhcpd.leases~", "dhcpd.pid", "ctl", "ctl.lock")


@dataclass
class Server:
    """A running server and the folder with everything it reads and writes."""

    backend: str
    segment: Segment
    folder: Path
    daemon: ProcessDaemon

    @property
    def main(self) -> Path:
        """The site's own configuration."""
        return self.folder / {"dnsmasq": "dnsmasq.d/site.conf", "isc": "dhcpd.conf", "kea": "kea.conf"}[self.backend]

    @property
    def store(self) -> Store:
        """Where its transactions lie."""
        return Store(f"{self.segment.gateway.state}/fieldnet-iot")

    def steps(self, wanted: Wanted, present: bool = True) -> Steps:
        """The way to some reservations."""
        folder, daemon = str(self.folder), self.daemon
        if self.backend == "kea":
            return _kea.Kea(wanted, present, daemon, f"{folder}/own")
        if self.backend == "isc":
            return _isc.Isc(wanted, present, daemon, _isc.Paths(f"{folder}/own.conf", f"{folder}/defaults"))
        paths = _dnsmasq.Paths(f"{folder}/dnsmasq.d/fieldnet-iot.conf", f"{folder}/own/dnsmasq.hosts")
        return _dnsmasq.Dnsmasq(wanted, present, daemon, paths)

    def hold(self, *reservations: Reservation, present: bool = True, check_mode: bool = False) -> Change:
        """Go it."""
        with self.segment.gateway.entered():
            return converge(lambda: self.steps(Wanted(reservations), present), check_mode, store=self.store)

    def fails(self, *reservations: Reservation, present: bool = True) -> str:
        """Go it in vain."""
        with pytest.raises(GatewayError) as caught:
            self.hold(*reservations, present=present)
        return str(caught.value)

    def files(self) -> t.Dict[str, bytes]:
        """What it reads."""
        return {
            str(path): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file() and path.name not in _SKIPPED
        }

    def edit(self, old: str, new: str) -> None:
        """Change the site's own configuration."""
        text = self.main.read_text()
        assert old in text
        self.main.write_text(text.replace(old, new))


@contextlib.contextmanager
def serving(backend: str, folder: Path, wide: bool = False) -> t.Iterator[Server]:
    """A gateway whose server runs, and includes our file, which is empty; its subnet is a /24, or a /20."""
    with contextlib.ExitStack() as stack:
        segment = Segment(stack)
        if backend == "isc":
            (folder / "own.conf").touch()
            daemon = dhcp_servers.isc(segment, folder, f'include "{folder}/own.conf";\n')
        elif backend == "kea":
            daemon = dhcp_servers.kea(segment, folder)
        else:
            daemon = dhcp_servers.dnsmasq(segment, folder)
        if wide:
            _widen(segment, folder)
        stack.callback(daemon.kill)
        daemon.start()
        daemon.calls.clear()
        yield Server(backend, segment, folder, daemon)


def _widen(segment: Segment, folder: Path) -> None:
    segment.gateway.run("ip", "address", "replace", "10.40.0.1/20", "dev", "iot0")
    segment.gateway.run("ip", "address", "delete", "10.40.0.1/24", "dev", "iot0")
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        text = (
            path.read_text()
            .replace("0.0/24", "0.0/20")
            .replace("0_24", "0_20")
            .replace("255.255.255.0", "255.255.240.0")
        )
        path.write_text(text)
        path.rename(path.with_name(path.name.replace("0_24", "0_20")))
