# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Reservations for dnsmasq: one line of configuration that names one file of ours."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from pathlib import Path

from . import _dnsmasq_config
from ._commands import find
from ._daemon import READ_WITHIN, Daemon, SystemdDaemon
from ._dhcp import Reservation, by_subnet
from ._dnsmasq_check import check_lines
from ._errors import GatewayError, InvalidPolicy, MissingPackages
from ._files import OwnFile, OwnFiles, diff, state_diff
from ._record import Record
from ._transaction import Change, Steps
from ._watch import ReadWatch


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
        reservations: t.Sequence[Reservation],
        present: bool,
        daemon: Daemon | None = None,
        paths: Paths | None = None,
    ) -> None:
        self._reservations = reservations
        self._present = present
        self._paths = paths or Paths()
        self._daemon = daemon or SystemdDaemon("dnsmasq.service")
        self._was = self._daemon.state()
        self._binary = find("dnsmasq") or "dnsmasq"
        if present and (not find("dnsmasq") or not self._was.exists):
            raise MissingPackages(["dnsmasq"], "the reservations need dnsmasq and its service")
        self._command = self._daemon.command(self._was) or _dnsmasq_config.default_command(self._binary)
        self._conf, self._hosts = self._wanted()
        # In this order no configuration ever names a file that is not there.
        self._files = OwnFiles([self._hosts, self._conf] if present else [self._conf, self._hosts])
        self._must_restart = False

    def stage(self) -> Change:
        """Compare files and daemon; refuse what contradicts the rest of dnsmasq's configuration."""
        differences = [file.path for file in self._files.stale()]
        diffs = [diff(file) for file in self._files.stale()]
        warnings: list[str] = []
        if self._present:
            configuration = _dnsmasq_config.read(self._command)
            self._refuse_conflicts(configuration)
            warnings = _unserved(configuration, self._reservations)
            if not self._was.active:
                differences.append(f"{self._was.name} is not active")
                diffs.append(state_diff(self._was.name, "not active", "active"))
        return Change(differences, diffs, warnings)

    def validate(self) -> None:
        """dnsmasq parses its configuration with the reservations inline: --test does not read the files of hosts."""
        if self._present:
            lines = [f"dhcp-host={_line(reservation)}" for reservation in self._reservations]
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
        header = "# Written by fieldnet.iot, changes are lost.\n"
        hosts = "".join(f"{_line(reservation)}\n" for reservation in self._reservations)
        return (
            OwnFile(self._paths.configuration, f"{header}dhcp-hostsfile={self._paths.hosts}\n"),
            # Readable for all: on SIGHUP dnsmasq is no longer root.
            OwnFile(self._paths.hosts, header + hosts),
        )

    def _refuse_conflicts(self, configuration: _dnsmasq_config.Configuration) -> None:
        if not configuration.reads(self._paths.configuration):
            folder = Path(self._paths.configuration).parent
            raise GatewayError(
                f"dnsmasq does not read {self._paths.configuration}:"
                f" add conf-dir={folder},*.conf to {_dnsmasq_config.main_file(self._command)}"
            )
        ours = {identity: r.name for r in self._reservations for identity in (r.mac, r.ip)}
        conflicts = [
            f"{ours[identity]}: {identity} is already reserved in {place}; remove it there or in the site's data"
            for place, identity in configuration.reservations(but=self._paths.hosts)
            if identity in ours
        ]
        if conflicts:
            raise InvalidPolicy(conflicts)

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


def _line(reservation: Reservation) -> str:
    return f"{reservation.mac},{reservation.ip},{reservation.name}"


def _unserved(configuration: _dnsmasq_config.Configuration, reservations: t.Iterable[Reservation]) -> list[str]:
    return [
        f"dnsmasq has no dhcp-range in {subnet}, so that the reservations there have no effect:"
        " add one to its configuration"
        for subnet in by_subnet(reservations)
        if not configuration.serves(subnet)
    ]
