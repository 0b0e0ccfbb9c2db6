# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Reservations for Kea: one file a subnet, which the user's own configuration includes."""

from __future__ import annotations

import contextlib
import typing as t
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
from .._files import OwnFile, OwnFiles, diff, read, state_diff
from .._wait import HEALTHY_WITHIN, wait
from ._check import check
from ._config import KeaConfig
from ._control import KeaControl, serving_sockets
from ._hosts import HEADER, Held, held, in_file, render, reserved

_MAIN = "/etc/kea/kea-dhcp4.conf"
_FOLDER = "/etc/kea/fieldnet-iot"  # its AppArmor profile lets Kea read nothing outside /etc/kea
_HEALTHY_WITHIN = HEALTHY_WITHIN
_HANG_UP = 'kill -HUP "$pid"\n'
# A Kea that takes a configuration opens its sockets anew, one whose reload goes fatal closes them and lives on. Where
# the module process lives, it knows more than a restart that reads the same faulty files.
_HANG_UP_AND_LOOK = """\
ears() { awk '$2 ~ /:0043$/ { print $10 }' "/proc/$pid/net/udp"; }
before=$(ears)
kill -HUP "$pid"
tries=50
[ "$RESCUED" = 0 ] || tries=10
while [ "$tries" -gt 0 ]; do
    sleep 0.2
    now=$(ears || true)
    if [ -n "$now" ] && [ "$now" != "$before" ]; then exit 0; fi
    tries=$((tries - 1))
done
if [ -n "$now" ] || [ "$RESCUED" = 1 ]; then exit 0; fi
"""


class Kea(Steps):
    """Brings our include files and the daemon into agreement with the reservations, or with there being none."""

    name = "dhcp"

    def __init__(
        self,
        wanted: Wanted,
        present: bool,
        daemon: Daemon | None = None,
        folder: str = _FOLDER,
    ) -> None:
        self._request = wanted
        self._reservations = wanted.reservations
        self._present = present
        self._folder = folder
        self._daemon = daemon or SystemdDaemon("kea-dhcp4-server.service", "kea-dhcp4.service")
        self._was = self._daemon.state()
        if present and not (find("kea-dhcp4") and self._was.exists):
            wanted.finish()
            raise MissingPackages([_package()], "the reservations need Kea's DHCPv4 server and its service")
        self._main = _main_file(self._daemon.command(self._was))
        self._texts: dict[str, str] = {}
        self._files = OwnFiles([])
        self._config: KeaConfig | None = None
        self._configured_control: KeaControl | None = None
        self._control: KeaControl | None = None
        self._used_before: dict[str, t.Any] | None = None
        self._gone: set[Held] = set()
        self._sockets_before: set[str] = set()

    def stage(self) -> Change:
        """Compare files and daemon; refuse subnets whose configuration doesn't include our file."""
        if self._present or self._was.active:
            self._read_config()
        self._texts = self._wanted()
        self._files = OwnFiles([OwnFile(path, text) for path, text in self._texts.items()])
        stale = self._files.stale()
        differences = [file.path for file in stale]
        diffs = [diff(file) for file in stale]
        faults: list[str] = []
        if self._present and not self._was.active:
            faults.append("not active")
            differences.append(f"{self._was.name} is not active")
            diffs.append(state_diff(self._was.name, "not active", "active"))
        if not differences and self._control and not self._uses_ours(self._control):
            faults.append("does not use the reservations yet")
            differences.append("the running Kea does not use the reservations yet")
            diffs.append(state_diff(self._was.name, "without the reservations", "with the reservations"))
        drift = dhcp_drift(stale, self._texts, self._reservations, self._was.name, *faults)
        return Change(differences, diffs, self._warnings(), drift)

    def validate(self) -> None:
        """Kea checks a copy of its whole configuration."""
        if not (self._config and find("kea-dhcp4")):
            return
        check(self._config.staged(self._texts), Path(self._main).parent, self._was.user)

    def record(self) -> Record:
        """Our files; remembers the configuration in use, and the sockets on which clients are heard."""
        self._used_before = self._control.configuration() if self._control else None
        self._gone = self._going()
        self._sockets_before = serving_sockets(self._was.pid)
        read_again = _HANG_UP if self._was_deaf() else _HANG_UP_AND_LOOK + self._daemon.sh_restart()
        return Record(
            runtime_files=self._files.wanted,
            undo=self._daemon.sh_undo(self._was, read_again),
            commit=[] if self._was.active or not self._present else self._daemon.enable(),
        )

    def apply(self) -> None:
        """New files, then the daemon reads them; leases are not touched."""
        self._files.write()
        if self._was.active:
            self._reload()
        elif self._present:
            self._daemon.start()
            self._control = self._configured_control

    def verify(self) -> None:
        """It serves clients as before, and, as far as it can be asked, it uses our reservations."""
        if not (self._present or self._was.active):
            return
        if not wait(self._is_healthy, self._is_alive, _HEALTHY_WITHIN):
            name = self._was.name
            raise GatewayError(f"{name} does not serve with the new reservations{self._daemon.last_words()}")

    def rescue(self) -> None:
        """Where the files that it has read again are at fault themselves: the configuration that it had in use."""
        if not self._was.active or wait(self._hears_clients, self._is_alive, 0.5):
            return
        if self._control and self._used_before and self._is_alive():
            self._control.use(self._used_before)
        else:
            self._daemon.restart()

    def _reload(self) -> None:
        if self._control:
            self._control.reload()
            return
        with ReadWatch(self._main) as watch:
            self._daemon.hang_up()
            if not self._daemon.reads(watch):
                raise GatewayError(f"{self._was.name} did not read {self._main} within {READ_WITHIN:g} s")

    def _is_alive(self) -> bool:
        return self._daemon.state().active

    def _is_healthy(self) -> bool:
        state = self._daemon.state()
        if not state.active or (self._was.active and state.pid != self._was.pid):
            return False
        if self._control:
            with contextlib.suppress(GatewayError):  # one that just starts does not listen yet
                return self._hears_clients() and self._uses_ours(self._control)
            return False
        # A Kea that took a new configuration has opened its sockets anew; one that refused it has kept them.
        return bool(serving_sockets(state.pid) - self._sockets_before) or (self._was.active and self._was_deaf())

    def _hears_clients(self) -> bool:
        return bool(serving_sockets(self._daemon.state().pid)) or self._was_deaf()

    def _was_deaf(self) -> bool:
        return not self._sockets_before

    def _uses_ours(self, control: KeaControl) -> bool:
        used = reserved(control.configuration())
        return not self._gone & used and {held(reservation) for reservation in self._reservations} <= used

    def _going(self) -> set[Held]:
        """What our files hold and shall not hold any more; it must not be in use afterwards, unless by others."""
        now = {entry for path in self._texts for entry in in_file(path, read(path) or "")}
        then = {entry for path, text in self._texts.items() for entry in in_file(path, text)}
        others = {identity for _place, identity in (self._config.reserved() if self._config else ())}
        return {entry for entry in now - then if entry[1] not in others}

    def _read_config(self) -> None:
        self._config = config = KeaConfig(self._main, self._folder)
        path = config.control_socket()
        self._configured_control = KeaControl(path) if path else None
        self._control = self._configured_control if self._was.active else None
        if self._present:
            subnets = by_subnet(self._reservations)
            problems = [problem for subnet in subnets for problem in config.problems(subnet, self._path(subnet))]
            survey = Survey(config.ranges(), config.reserved())
            self._request.finish(*problems, *contradictions(self._reservations, survey))

    def _warnings(self) -> list[str]:
        if not (self._present and self._was.active):
            return list(self._request.warnings) if self._present else []
        found = [*self._request.warnings, *leased_to_others("kea", self._reservations)]
        if not self._control:
            found.append(f'{self._main} has no "control-socket" of type unix: Kea can\'t be asked what it uses')
        if not serving_sockets(self._was.pid):
            found.append(
                f'{self._was.name} hears no clients: look at "interfaces-config" in {self._main} and at its log'
            )
        return found

    def _wanted(self) -> dict[str, str]:
        """The text of each file; one without reservations that Kea includes is empty, for it must be there."""
        included = self._config.includes if self._config else set()
        found = {str(path) for path in Path(self._folder).glob("*.json")}
        texts = dict.fromkeys(sorted(found | (included if self._present else set())), HEADER)
        if self._present:
            groups = by_subnet(self._reservations)
            texts.update({self._path(subnet): render(group) for subnet, group in groups.items()})
        return texts

    def _path(self, subnet: str) -> str:
        return f"{self._folder}/{subnet.replace('/', '_')}.json"


def _main_file(command: t.Sequence[str]) -> str:
    return command[command.index("-c") + 1] if "-c" in command[:-1] else _MAIN


def _package() -> str:
    return "kea-dhcp4-server" if find("apt-get") else "kea"
