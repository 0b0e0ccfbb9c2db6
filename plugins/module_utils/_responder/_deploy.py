# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The module egress_responder: how the service gets onto a host, and off it."""

from __future__ import annotations

import hashlib
import re
import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.module_utils import _values
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway import _systemd
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commands import find, run
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._record import Record
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commit._transaction import Change, Steps
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import (
    GatewayError,
    InvalidPolicy,
    MissingPackages,
)
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._files import (
    OwnFile,
    OwnFiles,
    diff,
    read,
    state_diff,
)
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._model import parse_checks
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._run import passed, run_checks
from ansible_collections.fieldnet.iot.plugins.module_utils._responder import _service
from ansible_collections.fieldnet.iot.plugins.module_utils._responder._ports import (
    describe,
    parse_addresses,
    parse_ports,
    take,
)
from ansible_collections.fieldnet.iot.plugins.module_utils._responder._unit import (
    CONFIG,
    KEY,
    NAME,
    PROGRAM,
    Settings,
    files,
    ports_of,
)

_MOST_PORTS = 500
_OLDEST_SYSTEMD = 240  # DynamicUser as it is today, StandardInput=file:
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def parse(options: t.Mapping[str, t.Any]) -> Settings:
    """Settings from a module's options; every problem is reported at once, with its path, and without the key."""
    problems: t.List[str] = []
    if options["key"] is None:
        problems.append("key: is missing (the role takes it as egress_responder_key)")
    settings = Settings(
        key=options["key"] and take("key", options["key"], _values.secret, problems),
        ports=parse_ports(options["ports"], _MOST_PORTS, problems),
        addresses=parse_addresses(options["addresses"], problems),
        per_source=options["per_source"],
        total=options["total"],
    )
    problems += [
        f"{name}: is not a number of answers a second (1 to 10000)"
        for name in ("per_source", "total")
        if not 1 <= options[name] <= 10000
    ]
    if problems:
        raise InvalidPolicy(problems)
    return settings


class Responder(Steps):
    """The service with its files; without settings, neither."""

    name = "responder"

    def __init__(self, settings: t.Optional[Settings]) -> None:
        self._settings = settings
        self._python = find("python3") or ""
        self._by_path = files(settings, self._python)
        self._files = OwnFiles(list(self._by_path.values()))

    def stage(self) -> Change:
        """Compare files and service with what they shall be."""
        if not self._python:
            raise MissingPackages(["python3"], "the responder is a Python program")
        state = _systemd.show(NAME)[0]
        stale = self._files.stale()
        units = self._faults(state)
        return Change(
            differences=[*(file.path for file in stale), *units],
            diff=[*map(_shown, stale), *(state_diff(NAME, fault, "as it shall be") for fault in units)],
        )

    def _faults(self, state: _systemd.UnitState) -> t.List[str]:
        if self._settings is None:
            return []
        faults = {"not enabled": not state.enabled, "not active": not state.active, "not yet reread": state.stale}
        return [f"{NAME} is {fault}" for fault, there in faults.items() if there]

    def validate(self) -> None:
        """See whether the host can run it, and whether every port is free or ours."""
        if self._settings is None:
            return
        _check_systemd()
        if run([self._python, "-I", "-c", "import sys; sys.exit(sys.version_info < (3, 8))"]).code:
            raise GatewayError(f"{self._python} is older than Python 3.8, which the responder needs")
        ours = ports_of(read(CONFIG)) if _systemd.show(NAME)[0].active else set()
        try:
            found = _service.listen(
                [port for port in self._settings.ports if port not in ours], self._settings.addresses
            )
        except _service.Unavailable as error:
            raise GatewayError(
                f"can't listen on {describe(error.refused)}: stop what uses it, or leave the port out"
                " (egress_responder_exclude)"
            ) from None
        for sock in found:
            sock.close()

    def record(self) -> Record:
        """Files and service, as they are and as they shall be."""
        was = _systemd.show(NAME)[0]
        return Record(
            runtime_files=self._files.wanted,
            keep=[f"/etc/systemd/system/multi-user.target.wants/{NAME}"],
            undo=_undo(was),
            commit=[] if self._settings is None or was.enabled else [["systemctl", "enable", NAME]],
        )

    def apply(self) -> None:
        """Write the files and start the service, or end it and remove them."""
        if self._settings is None:
            self._remove()
            return
        self._files.write()
        _systemd.control("daemon-reload")
        _systemd.control("restart", NAME)

    def verify(self) -> None:
        """Ask it, as a prober would."""
        if self._settings is None:
            return
        address = next(iter(self._settings.addresses))
        first = dict(reversed(self._settings.ports))  # the lowest of each protocol
        target = {"host": _LOOPBACK.get(address, address), "key": self._settings.key, "kind": "nonce", "timeout": 2}
        checks = [{**target, "protocol": protocol, "port": port} for protocol, port in first.items()]
        failed = [result["reason"] for result in run_checks(parse_checks(checks)) if not passed(result)]
        if failed:
            raise GatewayError(f"the responder was started, but does not answer: {failed[0]}")

    def _remove(self) -> None:
        if _systemd.show(NAME)[0].exists:
            _systemd.control("disable", "--now", NAME)
        self._files.write()
        _systemd.control("daemon-reload")
        self._remove_folders()

    @staticmethod
    def _remove_folders() -> None:
        for path in (CONFIG, PROGRAM):
            folder = Path(path).parent
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


def _undo(was: _systemd.UnitState) -> str:
    """Lines of sh, after the files are back: the service runs as it did. No boot may wait for a job of its own."""
    verb = "restart" if was.active else "stop"
    return f"""\
block=
if [ "$AT_BOOT" = 1 ]; then block=--no-block; fi
systemctl $block stop {NAME} || true
systemctl daemon-reload
systemctl $block {verb} {NAME} || true
"""


def _shown(file: OwnFile) -> t.Dict[str, str]:
    """A file's difference: of the key nothing, of the program its checksum."""
    if file.path == KEY:
        old = "absent" if read(KEY) is None else "a key"
        return state_diff(KEY, old, "absent" if file.text is None else "the key given")
    if file.path == PROGRAM:
        return state_diff(PROGRAM, *map(_checksum, (read(PROGRAM), file.text)))
    return diff(file)


def _checksum(text: t.Optional[str]) -> str:
    return "absent" if text is None else f"sha256 {hashlib.sha256(text.encode()).hexdigest()}"


def _check_systemd() -> None:
    found = re.match(r"systemd (\d+)", run(["systemctl", "--version"]).stdout)
    if found is None or int(found.group(1)) < _OLDEST_SYSTEMD:
        version = found.group(1) if found else "unknown"
        raise GatewayError(f"the responder needs systemd {_OLDEST_SYSTEMD} or newer, and this host has {version}")
