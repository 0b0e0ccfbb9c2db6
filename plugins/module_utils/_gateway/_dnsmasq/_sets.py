# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""dnsmasq fills the packet filter's sets with the addresses that it answers: one file of ours with a line a domain.

What goes wrong here goes wrong without a word: a line that isn't used, a set that isn't there, another server where
devices ask. So each is looked for, before and after.
"""

from __future__ import annotations

import re
import time
from pathlib import Path

from .. import _name_service
from .._commands import find, run
from .._commit._record import Record
from .._commit._transaction import Change, Steps
from .._commit._watch import ReadWatch
from .._daemon import READ_WITHIN, Daemon, SystemdDaemon
from .._dns import DnsPolicy
from .._domain_sets import DomainSets
from .._domains import lines, over_match, versions
from .._drift import entry, file_drift, unit_drift
from .._errors import GatewayError, InvalidPolicy, MissingPackages
from .._files import OwnFile, OwnFiles, diff, state_diff
from . import _config, _foreign
from ._check import check_lines

CONFIGURATION = "/etc/dnsmasq.d/fieldnet-iot-sets.conf"
_HEADER = "# Written by fieldnet.iot, changes are lost.\n"
_VERSION = re.compile(r"version (\S+)")
_LOOK_UPS = 3  # names that are asked for, to see that their sets are filled
_ANSWER_WITHIN = 2.0  # seconds


class DnsmasqSets(Steps):
    """Brings our file and the running daemon into agreement with a policy, or with there being none."""

    name = "dns"

    def __init__(self, policy: DnsPolicy | None, daemon: Daemon | None = None, path: str = CONFIGURATION) -> None:
        self._policy = policy
        self._path = path
        self._daemon = daemon or SystemdDaemon("dnsmasq.service")
        self._was = self._daemon.state()
        self._binary = find("dnsmasq") or "dnsmasq"
        if policy and (not find("dnsmasq") or not self._was.exists):
            raise MissingPackages(["dnsmasq"], "egress by domain needs dnsmasq and its service")
        self._sets = DomainSets(policy) if policy else None
        self._command = self._daemon.command(self._was) or _config.default_command(self._binary)
        self._lines = lines(policy.domains, policy.table, policy.ipv6) if policy else []
        text = _HEADER + "".join(f"{line}\n" for line in self._lines) if policy else None
        self._files = OwnFiles([OwnFile(path, text)])

    def stage(self) -> Change:
        """Compare file, sets and daemon; refuse what dnsmasq would take without doing it."""
        stale = self._files.stale()
        differences, diffs, warnings = [file.path for file in stale], [diff(file) for file in stale], []
        drift = file_drift(stale)
        if self._policy and self._sets:
            configuration = _config.read(self._command)
            self._refuse(configuration, self._policy, new=bool(stale))
            if stale:
                warnings = _advice(configuration, self._policy)
                warnings += _foreign.unread(configuration, self._was.pid, self._path)
            else:
                differences += self._sets.missing()
                drift += [entry("set", name, "missing") for name in self._sets.lacking()]
            if not self._was.active:
                differences.append(f"{self._was.name} is not active")
                diffs.append(state_diff(self._was.name, "not active", "active"))
                drift += unit_drift(self._was.name, ["not active"])
        return Change(differences, diffs, warnings, drift)

    def validate(self) -> None:
        """dnsmasq parses its configuration together with our lines."""
        if self._policy:
            check_lines(self._binary, self._command, self._lines, "the domains' sets")

    def record(self) -> Record:
        """New lines take a restart (leases live on in their file). Without the sets, nothing is touched."""
        if self._sets:
            self._sets.require()
        undo = ""
        if self._policy or self._was.active:
            undo = self._daemon.sh_undo(self._was, self._daemon.sh_restart())
        return Record(
            runtime_files=self._files.wanted,
            undo=undo,
            check=f'pid=$({self._daemon.sh_pid()})\n[ "${{pid:-0}}" != 0 ]\n' if undo else "",
            commit=[] if self._was.active or not self._policy else self._daemon.enable(),
        )

    def apply(self) -> None:
        """Our file, and the daemon reads it; with that its cache is empty, so that every set is filled anew."""
        self._files.write()
        if self._policy:
            self._take_effect()
        elif self._was.active:
            self._daemon.restart()

    def verify(self) -> None:
        """It runs, hears the devices, and fills the sets of names that can be asked for."""
        if not (self._policy or self._was.active):
            return
        now = self._daemon.state()
        if not now.active:
            raise GatewayError(f"{now.name} did not survive the change{self._daemon.last_words()}")
        if self._policy and self._sets:
            self._sets.require()
            problems = self._unheard(self._policy, now.pid)
            if problems:
                raise InvalidPolicy(problems)
            self._see_filling(self._policy, self._sets, now.pid)

    def _refuse(self, configuration: _config.Configuration, policy: DnsPolicy, new: bool) -> None:
        main = _config.main_file(self._command)
        if not configuration.reads(self._path):
            folder = Path(self._path).parent
            raise GatewayError(f"dnsmasq does not read {self._path}: add conf-dir={folder},*.conf to {main}")
        if new:
            _require_nftset(self._binary)
        problems = _foreign.rivals(configuration, self._path, policy.domains)
        if self._was.active:
            problems += self._unheard(policy, self._was.pid)
        if problems:
            raise InvalidPolicy(problems)

    def _unheard(self, policy: DnsPolicy, pid: int) -> list[str]:
        """Where devices ask and this dnsmasq doesn't answer: then no set would be filled for them."""
        heard = _name_service.heard_on(pid)
        problems = []
        for router in policy.routers:
            if not _name_service.hears(heard, router):
                problems.append(
                    f"dnsmasq does not listen on {router} port 53 (it does on {', '.join(sorted(heard)) or 'none'}):"
                    " only its own answers fill the sets, so let it listen where the devices ask (interface or"
                    " listen-address, and no port other than 53), instead of any other server, and restart it"
                )
            elif not _name_service.answers(router, READ_WITHIN if pid != self._was.pid else _ANSWER_WITHIN):
                problems.append(f"dnsmasq listens on {router} port 53 but does not answer{self._daemon.last_words()}")
        return problems

    def _take_effect(self) -> None:
        with ReadWatch(self._path) as watch:
            if self._was.active:
                self._daemon.restart()
            else:
                self._daemon.start()
            if not self._daemon.reads(watch):
                raise GatewayError(
                    f"{self._was.name} did not read {self._path} within {READ_WITHIN:g} s{self._daemon.last_words()}"
                )

    def _see_filling(self, policy: DnsPolicy, sets: DomainSets, pid: int) -> None:
        """Ask for some names as devices do: an answer proves it, no answer proves nothing and is no failure."""
        server = next(iter([*policy.routers, *_name_service.reachable(_name_service.heard_on(pid))]), None)
        configuration = _config.read(self._command)
        names = [name for name in policy.patterns if not name.startswith("*.")]
        names = [name for name in names if not _foreign.local_answers(configuration, [name])]
        deadline = time.monotonic() + _ANSWER_WITHIN
        for name in names[:_LOOK_UPS] if server else []:
            for version in versions(policy.ipv6):
                if time.monotonic() > deadline:
                    return
                answer = _name_service.look_up(str(server), name, version, _ANSWER_WITHIN)
                unfilled = [address for address in answer if not sets.holds(name, version, address)]
                if unfilled:
                    raise GatewayError(
                        f"dnsmasq answered {name} with {', '.join(unfilled)}, but did not put that into the set"
                        f" {sets.describe(name, version)}{self._daemon.last_words()}"
                    )


def _require_nftset(binary: str) -> None:
    output = run([binary, "--version"])
    if re.search(r"(?<!\S)nftset(?!\S)", output.stdout):
        return
    version = _VERSION.search(output.stdout)
    raise GatewayError(
        f"this dnsmasq ({version.group(1) if version else 'of unknown version'}) can't fill sets of nftables: install"
        " 2.87 or newer, compiled with nftset (see dnsmasq --version), or set the site's gateway to egress: ports"
    )


def _advice(configuration: _config.Configuration, policy: DnsPolicy) -> list[str]:
    """What a site should know when its domains change; said only then."""
    found = [*over_match(policy.patterns), *_foreign.local_answers(configuration, policy.domains)]
    if configuration.values("use-stale-cache"):
        found.append(
            f"{configuration.values('use-stale-cache')[0].place}: with use-stale-cache a device may get an address a"
            " moment before it is in its set, and be refused once: remove it if devices don't try again"
        )
    return found
