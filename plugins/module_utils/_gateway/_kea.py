# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Reservations for Kea: one file a subnet, which the user's own configuration includes."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import tempfile
import time
import typing as t
from pathlib import Path

from ._commands import find, run
from ._daemon import READ_WITHIN, Daemon, SystemdDaemon
from ._dhcp import Reservation, by_subnet
from ._errors import GatewayError, InvalidPolicy, MissingPackages
from ._files import OwnFile, OwnFiles, diff, state_diff
from ._kea_config import KeaConfig
from ._kea_control import KeaControl, reserved, serving_sockets
from ._record import Record
from ._transaction import Change, Steps
from ._watch import ReadWatch

_HEADER = "// Written by fieldnet.iot, changes are lost.\n"
_MAIN = "/etc/kea/kea-dhcp4.conf"
_FOLDER = "/etc/kea/fieldnet-iot"  # its AppArmor profile lets Kea read nothing outside /etc/kea
_HEALTHY_WITHIN = 10.0  # seconds for Kea to serve again
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
        reservations: t.Sequence[Reservation],
        present: bool,
        daemon: Daemon | None = None,
        folder: str = _FOLDER,
    ) -> None:
        self._reservations = reservations
        self._present = present
        self._folder = folder
        self._daemon = daemon or SystemdDaemon("kea-dhcp4-server.service", "kea-dhcp4.service")
        self._was = self._daemon.state()
        if present and not (find("kea-dhcp4") and self._was.exists):
            raise MissingPackages([_package()], "the reservations need Kea's DHCPv4 server and its service")
        self._main = _main_file(self._daemon.command(self._was))
        self._texts: dict[str, str] = {}
        self._files = OwnFiles([])
        self._config: KeaConfig | None = None
        self._configured_control: KeaControl | None = None
        self._control: KeaControl | None = None
        self._used_before: dict[str, t.Any] | None = None
        self._sockets_before: set[str] = set()

    def stage(self) -> Change:
        """Compare files and daemon; refuse subnets whose configuration doesn't include our file."""
        if self._present or self._was.active:
            self._read_config()
        self._texts = self._wanted()
        self._files = OwnFiles([OwnFile(path, text) for path, text in self._texts.items()])
        differences = [file.path for file in self._files.stale()]
        diffs = [diff(file) for file in self._files.stale()]
        if self._present and not self._was.active:
            differences.append(f"{self._was.name} is not active")
            diffs.append(state_diff(self._was.name, "not active", "active"))
        if not differences and self._control and not self._uses_ours(self._control):
            differences.append("the running Kea does not use the reservations yet")
            diffs.append(state_diff(self._was.name, "without the reservations", "with the reservations"))
        return Change(differences, diffs, self._warnings())

    def validate(self) -> None:
        """Kea checks a copy of its whole configuration, as the user whom it runs as, beside the original."""
        if not (self._config and find("kea-dhcp4")):
            return
        with _staged(self._config.staged(self._texts), Path(self._main).parent, self._was.user) as staged:
            # As another user it would leave behind a lock file that its daemon can't open.
            argv = [*_as_user(self._was.user), "kea-dhcp4", "-t", staged]
            output = run(argv, environment={"KEA_LOCKFILE_DIR": "none"})
        if output.code != 0:
            complaint = _complaint(output.stderr + output.stdout).replace(staged, "the staged configuration")
            raise GatewayError(f"kea-dhcp4 -t refused the reservations, nothing was changed: {complaint}")

    def record(self) -> Record:
        """Our files; remembers the configuration in use, and the sockets on which clients are heard."""
        self._used_before = self._control.configuration() if self._control else None
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
        if not _wait(self._is_healthy, self._is_alive):
            name = self._was.name
            raise GatewayError(f"{name} does not serve with the new reservations{self._daemon.last_words()}")

    def rescue(self) -> None:
        """Where the files that it has read again are at fault themselves: the configuration that it had in use."""
        if not self._was.active or _wait(self._hears_clients, self._is_alive, within=0.5):
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
        wanted = {(r.subnet, r.mac, r.ip, r.name) for r in self._reservations}
        return wanted <= reserved(control.configuration())

    def _read_config(self) -> None:
        self._config = config = KeaConfig(self._main, self._folder)
        path = config.control_socket()
        self._configured_control = KeaControl(path) if path else None
        self._control = self._configured_control if self._was.active else None
        subnets = by_subnet(self._reservations) if self._present else []
        problems = [problem for subnet in subnets for problem in config.problems(subnet, self._path(subnet))]
        if problems:
            raise InvalidPolicy(problems)

    def _warnings(self) -> list[str]:
        if not (self._present and self._was.active):
            return []
        found = []
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
        texts = dict.fromkeys(sorted(found | (included if self._present else set())), _HEADER)
        if self._present:
            groups = by_subnet(self._reservations)
            texts.update({self._path(subnet): _render(group) for subnet, group in groups.items()})
        return texts

    def _path(self, subnet: str) -> str:
        return f"{self._folder}/{subnet.replace('/', '_')}.json"


def _render(reservations: t.Iterable[Reservation]) -> str:
    entries = [{"hw-address": r.mac, "ip-address": r.ip, "hostname": r.name} for r in reservations]
    return _HEADER + ",\n".join(json.dumps(entry) for entry in entries) + "\n"


def _main_file(command: t.Sequence[str]) -> str:
    return command[command.index("-c") + 1] if "-c" in command[:-1] else _MAIN


def _package() -> str:
    return "kea-dhcp4-server" if find("apt-get") else "kea"


@contextlib.contextmanager
def _staged(text: str, folder: Path, user: str) -> t.Iterator[str]:
    """A file that Kea's user may read, and nobody else: its configuration may hold passwords."""
    try:
        group = pwd.getpwnam(user).pw_gid
    except KeyError:
        raise GatewayError(f"there is no user {user}, whom Kea's service names") from None
    descriptor, path = tempfile.mkstemp(prefix=".fieldnet-iot-", suffix=".conf", dir=str(folder))
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            os.fchown(stream.fileno(), 0, group)
            os.fchmod(stream.fileno(), 0o640)
            stream.write(text)
        yield path
    finally:
        Path(path).unlink()


def _as_user(user: str) -> list[str]:
    group = pwd.getpwnam(user).pw_gid
    return [] if user == "root" else ["setpriv", f"--reuid={user}", f"--regid={group}", "--init-groups"]


def _complaint(text: str) -> str:
    """The one line of Kea's output that says what is wrong."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    plain = [line for line in lines if line.startswith("Error encountered:")]
    errors = [line for line in lines if " ERROR " in line or " FATAL " in line]
    return (plain or errors or lines or ["no reason given"])[0]


def _wait(condition: t.Callable[[], bool], possible: t.Callable[[], bool], within: float | None = None) -> bool:
    """Whether it becomes true soon, while it is possible; asks again after 20 ms, then less and less often."""
    deadline = time.monotonic() + (_HEALTHY_WITHIN if within is None else within)
    pause = 0.02
    while not condition():
        if time.monotonic() > deadline or not possible():
            return False
        time.sleep(pause)
        pause = min(pause * 2, 0.5)
    return True
