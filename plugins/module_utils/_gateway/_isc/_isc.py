# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Reservations for ISC dhcpd: one file of ours that the user's configuration includes.

It reads its configuration at its start alone, so that every change takes a restart; leases live on in their file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..._devices import _lease_sources
from ..._devices._lease import ACTIVE
from .._commands import find
from .._commit._record import Record
from .._commit._transaction import Change, Steps
from .._daemon import Daemon
from .._dhcp import Wanted, by_subnet
from .._dhcp_drift import dhcp_drift
from .._dhcp_lint import Survey, contradictions, leased_to_others
from .._errors import GatewayError, MissingPackages
from .._files import OwnFile, OwnFiles, diff, state_diff
from .._kea._control import serving_sockets
from .._wait import wait
from ._check import check
from ._config import IscConfig
from ._daemon import IscDaemon, started_before
from ._hosts import HEADER, render
from ._interfaces import default_main, interfaces_problem, option


@dataclass(frozen=True)
class Paths:
    """Where our file lies, and what Debian's script reads."""

    own: str = "/etc/dhcp/fieldnet-iot.conf"  # its AppArmor profile lets dhcpd read nothing outside /etc/dhcp
    defaults: str = "/etc/default/isc-dhcp-server"


class Isc(Steps):
    """Brings our file and the daemon into agreement with the reservations, or with there being none."""

    name = "dhcp"

    def __init__(self, wanted: Wanted, present: bool, daemon: Daemon | None = None, paths: Paths | None = None) -> None:
        self._request = wanted
        self._reservations = wanted.reservations
        self._present = present
        self._paths = paths or Paths()
        self._daemon = daemon or IscDaemon()
        self._was = self._daemon.state()
        if present and not (find("dhcpd") and self._was.exists):
            wanted.finish()
            raise MissingPackages([_package()], "the reservations need ISC dhcpd and its service")
        self._command = self._daemon.command(self._was)
        self._main = option(self._command, "-cf") or default_main(self._paths.defaults)
        self._config: IscConfig | None = None
        self._files = OwnFiles([])
        self._leases: set[str] = set()

    def stage(self) -> Change:
        """Compare file and daemon; refuse what contradicts the rest of dhcpd's configuration."""
        if self._present or self._was.active:
            self._config = IscConfig(self._main, self._paths.own)
        if self._present and self._config:
            self._refuse_conflicts(self._config)
        self._files = OwnFiles([OwnFile(self._paths.own, self._text())])
        stale = self._files.stale()
        differences = [file.path for file in stale]
        diffs = [diff(file) for file in stale]
        faults: list[str] = []
        warnings: list[str] = []
        if self._present:
            warnings = [*self._request.warnings, *leased_to_others("isc", self._reservations)]
            if not self._was.active:
                faults.append("not active")
                differences.append(f"{self._was.name} is not active")
                diffs.append(state_diff(self._was.name, "not active", "active"))
            elif not differences and started_before(self._was.pid, self._paths.own):
                faults.append("does not use the reservations yet")
                differences.append("the running dhcpd does not use the reservations yet")
                diffs.append(state_diff(self._was.name, "without the reservations", "with the reservations"))
        drift = dhcp_drift(stale, [self._paths.own], self._reservations, self._was.name, *faults)
        return Change(differences, diffs, warnings, drift)

    def validate(self) -> None:
        """dhcpd parses a copy of its configuration."""
        text = self._text()
        if self._config and text is not None and find("dhcpd"):
            check(self._config, text)

    def record(self) -> Record:
        """Our file; remembers the leases that must be there afterwards."""
        # Those outside every pool, such as of one that was made smaller, it forgets by itself.
        ranges = self._config.ranges() if self._config else []
        leases = _leased(ACTIVE) if self._was.active else set()
        self._leases = {address for address in leases if any(address in pool for pool in ranges)}
        return Record(
            runtime_files=self._files.wanted,
            undo=self._daemon.sh_undo(self._was, self._daemon.sh_restart()),
            commit=[] if self._was.active or not self._present else self._daemon.enable(),
        )

    def apply(self) -> None:
        """Our file, and a daemon that reads it."""
        self._files.write()
        if self._was.active:
            self._daemon.restart()
        elif self._present:
            self._daemon.start()

    def verify(self) -> None:
        """It hears clients, and knows the leases that it knew."""
        if not (self._present or self._was.active):
            return
        name = self._was.name
        if not wait(self._hears_clients, self._is_alive):
            raise GatewayError(f"{name} does not serve with the new reservations{self._daemon.last_words()}")
        lost = self._leases - _leased() if self._leases else ()
        if lost:
            raise GatewayError(f"{name} has lost {len(lost)} leases, such as that of {min(lost)}")

    def _is_alive(self) -> bool:
        return self._daemon.state().active

    def _hears_clients(self) -> bool:
        return bool(serving_sockets(self._daemon.state().pid))

    def _text(self) -> str | None:
        """A file that is included must be there, with or without reservations; where there is one, it may be."""
        if self._present:
            return render(self._reservations)
        return HEADER if Path(self._paths.own).exists() else None

    def _refuse_conflicts(self, config: IscConfig) -> None:
        problems = []
        if not config.reads_own:
            problems.append(
                f"{self._main} does not include {self._paths.own}: create it empty (install -D -m 644 /dev/null"
                f' {self._paths.own}), then add the line include "{self._paths.own}"; at the end of {self._main}'
            )
        subnets = by_subnet(self._reservations)
        served = {str(network) for network in config.subnets()}
        problems += [
            f"{self._main} has no subnet {subnet}, so that the reservations there would have no effect: add it"
            for subnet in subnets
            if subnet not in served
        ]
        problems += interfaces_problem(self._paths.defaults, self._command, subnets)
        survey = Survey(config.ranges(), config.reserved())
        self._request.finish(*problems, *contradictions(self._reservations, survey))


def _leased(state: str = "") -> set[str]:
    """The addresses of all leases, or of those in one state: a lease that has just ended is not lost."""
    sources, _failures = _lease_sources.read_running(["isc"])
    leases = (lease for source in sources for lease in source.leases.ordered())
    return {lease.address for lease in leases if state in ("", lease.state)}


def _package() -> str:
    return "isc-dhcp-server" if find("apt-get") else "dhcp-server"
