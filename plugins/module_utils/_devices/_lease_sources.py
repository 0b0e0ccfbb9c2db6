# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Where each daemon of this host keeps its leases, as its own configuration says."""

from __future__ import annotations

import re
import time
import typing as t
from pathlib import Path

from .._gateway._dnsmasq import _config
from .._gateway._errors import GatewayError
from .._gateway._kea import _config as _kea_config
from .._gateway._kea._control import KeaControl
from . import _lease_dnsmasq, _lease_files, _lease_isc, _lease_kea
from ._lease import Leases
from ._processes import Process, absolute, has_our_root, running

PROGRAMS = {"dnsmasq": "dnsmasq", "kea": "kea-dhcp4", "isc": "dhcpd"}
_DNSMASQ_FILES = ("/var/lib/misc/dnsmasq.leases", "/var/lib/dnsmasq/dnsmasq.leases")  # Debian, Fedora
_KEA_FILES = ("/var/lib/kea/kea-leases4.csv", "/var/lib/kea/dhcp4.leases")
_ISC_FILES = ("/var/lib/dhcp/dhcpd.leases", "/var/lib/dhcpd/dhcpd.leases")
_ISC_LEASE_FILE = re.compile(r'^\s*lease-file-name\s+"([^"\n]+)"\s*;', re.MULTILINE)
_PAGE = 10_000  # leases of one answer, so that Kea goes on serving meanwhile
_EMPTY = 3  # Kea's result code for nothing found


class Source(t.NamedTuple):
    """One daemon's leases: the place they were read from, and what was found there."""

    server: str
    place: str
    pid: t.Optional[int]
    leases: Leases


def read_file(server: str, path: str) -> Source:
    """The leases of a file that a user names."""
    try:
        return Source(server, path, None, _parse(server, path))
    except FileNotFoundError:
        raise GatewayError(f"{path}: there is no such file") from None


def read_running(servers: t.Sequence[str]) -> t.Tuple[t.List[Source], t.List[str]]:
    """The leases of every daemon that runs here, and what was wrong with those that could not be read."""
    kinds = {PROGRAMS[server]: server for server in servers}
    found: t.List[Source] = []
    failures: t.List[str] = []
    for process in running(kinds):
        server = kinds[process.name]
        try:
            if not has_our_root(process.pid):
                raise GatewayError("it runs with a root folder of its own: give backend and path")
            found.append(_READERS[server](process))
        except GatewayError as error:
            failures.append(f"{process.name} (process {process.pid}): {error}")
    return found, failures


def _parse(server: str, path: str) -> Leases:
    now = time.time()
    if server == "kea":
        return _lease_kea.parse(_lease_files.read_kea(path), now)
    text = _lease_files.read(path)
    return _lease_dnsmasq.parse(text, now) if server == "dnsmasq" else _lease_isc.parse(text, now)


def _from_file(server: str, process: Process, path: str) -> Source:
    """A daemon that never gave a lease may not have made its file yet."""
    place = absolute(process.pid, path)
    try:
        return Source(server, place, process.pid, _parse(server, place))
    except FileNotFoundError:
        if not Path(place).parent.is_dir():
            raise GatewayError(f"{place}: there is no such folder") from None
        return Source(server, place, process.pid, Leases())


def _dnsmasq(process: Process) -> Source:
    configuration = _config.read(process.command)
    if configuration.values("leasefile-ro") or configuration.values("9"):
        raise GatewayError("it keeps no lease file (leasefile-ro): a script of its owner has the leases")
    named = [option.value for name in ("dhcp-leasefile", "l") for option in configuration.values(name) if option.value]
    return _from_file("dnsmasq", process, named[-1] if named else _first(_DNSMASQ_FILES))


def _isc(process: Process) -> Source:
    command = process.command
    named = _option(command, "-lf")
    if not named:
        match = _ISC_LEASE_FILE.search(_text(absolute(process.pid, _option(command, "-cf") or "/etc/dhcp/dhcpd.conf")))
        named = match.group(1) if match else _first(_ISC_FILES)
    return _from_file("isc", process, named)


def _kea(process: Process) -> Source:
    main = absolute(process.pid, _option(process.command, "-c") or "/etc/kea/kea-dhcp4.conf")
    dhcp4 = _kea_config.load(main, lambda _include: None)
    database = dhcp4.get("lease-database")
    database = database if isinstance(database, dict) else {}
    if database.get("type", "memfile") == "memfile" and database.get("persist", True) is not False:
        return _from_file("kea", process, str(database.get("name") or _first(_KEA_FILES)))
    path = _kea_config.control_socket(dhcp4)
    if not path:
        raise GatewayError(
            f'{main} keeps the leases in no file, and has no "control-socket" of type unix to ask Kea over'
        )
    return _ask_kea(process, KeaControl(path))


def _ask_kea(process: Process, control: KeaControl) -> Source:
    rows: t.List[t.Any] = []
    start = "start"
    while True:
        answer = control.ask("lease4-get-page", {"from": start, "limit": _PAGE})
        if answer.get("result") not in (0, _EMPTY):
            raise GatewayError(
                f"it does not tell its leases ({answer.get('text', 'no reason given')}): load libdhcp_lease_cmds.so in"
                ' "hooks-libraries"'
            )
        arguments = answer.get("arguments")
        page = arguments.get("leases") if isinstance(arguments, dict) else None
        page = page if isinstance(page, list) else []
        rows += page
        last = str(page[-1].get("ip-address")) if page and isinstance(page[-1], dict) else start
        if len(page) < _PAGE or last == start:
            return Source("kea", control.path, process.pid, _lease_kea.from_answer(rows, time.time()))
        start = last


def _option(command: t.Sequence[str], name: str) -> t.Optional[str]:
    return command[command.index(name) + 1] if name in command[:-1] else None


def _first(paths: t.Sequence[str]) -> str:
    return next((path for path in paths if Path(path).exists()), paths[0])


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


_READERS: t.Dict[str, t.Callable[[Process], Source]] = {"dnsmasq": _dnsmasq, "kea": _kea, "isc": _isc}
