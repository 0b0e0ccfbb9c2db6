# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Reservations for dnsmasq: a configuration that names a file of hosts, both ours."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .._commands import find
from .._commit._record import Record
from .._commit._transaction import Change, Steps
from .._commit._watch import ReadWatch
from .._daemon import READ_WITHIN, Daemon, SystemdDaemon
from .._dhcp import Wanted, by_subnet
from .._dhcp_drift import dhcp_drift
from .._dhcp_lint import Survey, contradictions, leased_to_others
from .._errors import GatewayError, MissingPackages
from .._files import OwnFile, OwnFiles, diff, state_diff
from . import _config
from ._check import check_lines
from ._hosts import host, options, render


@dataclass(frozen=True)
class Paths:
    """Where our two files lie."""

    configuration: str = "/etc/dnsmasq.d/fieldnet-iot.conf"
    hosts: str = "/etc/fieldnet-iot/dnsmasq.hosts"


class Dnsmasq(Steps):
    """Brings our two files and the running daemon into agreement with the reservations, or with there being none."""

    name = "dhcp"

    def __init__(
        self,
        wanted: Wanted,
        present: bool,
        daemon: Daemon | None = None,
        paths: Paths | None = None,
    ) -> None:
        self._request = wanted
        self._reservations = wanted.reservations
        self._present = present
        self._paths = paths or Paths()
        self._daemon = daemon or SystemdDaemon("dnsmasq.service")
        self._was = self._daemon.state()
        self._binary = find("dnsmasq") or "dnsmasq"
        if present and (not find("dnsmasq") or not self._was.exists):
            wanted.finish()
            raise MissingPackages(["dnsmasq"], "the reservations need dnsmasq and its service")
        self._command = self._daemon.command(self._was) or _config.default_command(self._binary)
        self._conf, self._hosts = self._wanted()
        # In this order no configuration ever names a file that is not there.
        self._files = OwnFiles([self._hosts, self._conf] if present else [self._conf, self._hosts])
        self._must_restart = False

    def stage(self) -> Change:
        """Compare files and daemon; refuse what contradicts the rest of dnsmasq's configuration."""
        stale = self._files.stale()
        differences = [file.path for file in stale]
        diffs = [diff(file) for file in stale]
        faults: list[str] = []
        warnings: list[str] = []
        if self._present:
            self._refuse_conflicts(_config.read(self._command))
            warnings = [*self._request.warnings, *leased_to_others("dnsmasq", self._reservations)]
            if not self._was.active:
                faults.append("not active")
                differences.append(f"{self._was.name} is not active")
                diffs.append(state_diff(self._was.name, "not active", "active"))
        drift = dhcp_drift(stale, [self._paths.hosts], self._reservations, self._was.name, *faults)
        return Change(differences, diffs, warnings, drift)

    def validate(self) -> None:
        """dnsmasq parses its configuration with the reservations inline: --test does not read the files of hosts."""
        if self._present:
            lines = [f"dhcp-host={host(reservation)}" for reservation in self._reservations]
            lines += options(self._reservations)
            check_lines(self._binary, self._command, lines, "the reservations")

    def record(self) -> Record:
        """A new line of configuration takes a restart (leases live on in their file), new hosts only a signal."""
        self._must_restart = not self._present or self._conf in self._files.stale()
        hang_up = 'kill -HUP "$pid"\n'
        return Record(
            runtime_files=self._files.wanted,
            undo=self._daemon.sh_undo(self._was, self._daemon.sh_restart() if self._must_restart else hang_up),
            commit=[] if self._was.active or not self._present else self._daemon.enable(),
        )

    def apply(self) -> None:
        """Our two files, and whatever makes it read them."""
        self._files.write()
        if self._present:
            self._take_effect()
        elif self._was.active:
            self._daemon.restart()

    def verify(self) -> None:
        """It still runs, and, where it was only told to read again, it is still the same process."""
        if not (self._present or self._was.active):
            return
        now = self._daemon.state()
        same_process = self._was.active and not self._must_restart
        if not now.active or (same_process and now.pid != self._was.pid):
            raise GatewayError(f"{now.name} did not survive the new reservations{self._daemon.last_words()}")

    def _wanted(self) -> tuple[OwnFile, OwnFile]:
        if not self._present:
            return OwnFile(self._paths.configuration, None), OwnFile(self._paths.hosts, None)
        lines = [f"dhcp-hostsfile={self._paths.hosts}", *options(self._reservations)]
        return (
            OwnFile(self._paths.configuration, render(lines)),
            # Readable for all: on SIGHUP dnsmasq is no longer root.
            OwnFile(self._paths.hosts, render(host(reservation) for reservation in self._reservations)),
        )

    def _refuse_conflicts(self, configuration: _config.Configuration) -> None:
        problems = []
        if not configuration.reads(self._paths.configuration):
            folder = Path(self._paths.configuration).parent
            problems.append(
                f"dnsmasq does not read {self._paths.configuration}:"
                f" add conf-dir={folder},*.conf to {_config.main_file(self._command)}"
            )
        problems += [
            f"dnsmasq has no dhcp-range in {subnet}, so that the reservations there would have no effect: add one to"
            f" its configuration, for example dhcp-range={subnet.split('/', 1)[0]},static"
            for subnet in by_subnet(self._reservations)
            if not configuration.serves(subnet)
        ]
        survey = Survey(configuration.ranges(), configuration.reservations(but=self._paths.hosts))
        self._request.finish(*problems, *contradictions(self._reservations, survey))

    def _take_effect(self) -> None:
        with ReadWatch(self._paths.hosts) as watch:
            if not self._was.active:
                self._daemon.start()
            elif self._must_restart:
                self._daemon.restart()
            else:
                self._daemon.hang_up()
            if not self._daemon.reads(watch):
                raise GatewayError(
                    f"{self._was.name} did not read {self._paths.hosts} within {READ_WITHIN:g} s"
                    f"{self._daemon.last_words()}"
                )
