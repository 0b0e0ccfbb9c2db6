# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A policy of ours in firewalld, which forwards nothing by default: it permits what our table then restricts.

One file of our own. No zone, no setting of others is touched, and firewalld is reloaded only where that loses nothing.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .._commands import find, run
from .._commit._record import Record
from .._commit._together import Together
from .._commit._transaction import Change, Steps
from .._drift import entry, file_drift
from .._errors import GatewayError
from .._files import OwnFile, OwnFiles, diff, state_diff
from .._firewall import DEFAULT_TABLE, Policy
from . import _firewalld

NAME = "fieldnet-iot"  # firewalld takes at most 17 characters
_FILE = f"/etc/firewalld/policies/{NAME}.xml"
_RULE = '  <rule family="ipv4">\n    <source address="{}"/>\n    <accept/>\n  </rule>\n'
# At boot firewalld is not up yet, and reads what is on the disk by itself.
_UNDO = """\
if [ "$AT_BOOT" != 1 ] && firewall-cmd --state >/dev/null 2>&1; then firewall-cmd --reload >/dev/null; fi
"""


class FirewalldPolicy(Steps):
    """Brings our file and the running firewalld into agreement with the interfaces, or with there being no policy."""

    name = "firewalld"

    def __init__(self, subnets: t.Mapping[str, str], wanted: bool, path: str = _FILE) -> None:
        self._subnets = subnets
        self._wanted = wanted
        self._path = path
        self._expected: _firewalld.LoadedPolicy | None = None
        self._file = OwnFile(path, None)
        self._running = False
        self._must_reload = False
        self.differs = False

    def stage(self) -> Change:
        """Compare; where nothing is wanted and no file of ours is there, firewalld isn't even asked."""
        if not (self._wanted or OwnFiles([self._file]).stale()):
            return Change()
        bound = _firewalld.zones()
        self._running = bound is not None
        if self._wanted:
            if bound is None:
                raise GatewayError("firewalld does not run on this host: set firewalld_policy to false, or start it")
            self._expected, self._file = self._render(bound)
        differences = [file.path for file in OwnFiles([self._file]).stale()]
        diffs = [diff(self._file)] if differences else []
        if self._running and _firewalld.loaded_policy(NAME) != self._expected:
            states = ("not in use", "in use")
            differences.append(f"firewalld's policy {NAME}")
            diffs.append(state_diff(f"firewalld's policy {NAME}", states[not self._wanted], states[self._wanted]))
        self.differs = bool(differences)
        self._must_reload = self._running and self.differs
        drift = file_drift(OwnFiles([self._file]).stale()) or (
            [entry("firewalld policy", NAME, "changed", "not what its file says")] if differences else []
        )
        return Change(differences, diffs, self._warnings(bound or {}), drift)

    def validate(self) -> None:
        """A reload takes what is on the disk, and flushes iptables: refuse to lose what is only in use."""
        if not self._must_reload:
            return
        lost = _firewalld.unsaved_changes(but=NAME)
        if lost:
            raise GatewayError(
                f"firewalld has settings in use that a reload would lose ({'; '.join(lost)}): make them permanent"
                " (firewall-cmd --runtime-to-permanent) or drop them (firewall-cmd --reload)"
            )
        flushed = _firewalld.flushed_by_reload()
        if flushed:
            raise GatewayError(
                f"a reload of firewalld would flush the rules of others ({', '.join(flushed)}): set firewalld_policy to"
                " false, and permit the flows by hand when these rules can be loaded again afterwards"
                " (the warning about what firewalld drops has the commands)"
            )

    def record(self) -> Record:
        """Our file, and a reload where there was one."""
        if not self.differs:
            return Record()
        return Record(runtime_files=[self._file], undo=_UNDO)

    def apply(self) -> None:
        """firewalld takes no policy at run time but from its file."""
        OwnFiles([self._file]).write()
        if self._must_reload:
            self._firewall_cmd("--check-config")
            self._firewall_cmd("--reload")

    def verify(self) -> None:
        """It is in use, or gone."""
        if self._must_reload and _firewalld.loaded_policy(NAME) != self._expected:
            raise GatewayError(f"firewalld does not use {self._path} as it was written")

    def _render(self, bound: t.Mapping[str, str]) -> tuple[_firewalld.LoadedPolicy, OwnFile]:
        zones = _firewalld.ingress(bound, self._subnets)
        subnets = sorted(self._subnets.values())
        rules = "".join(
            f'  <rule family="ipv4">\n    <source address="{subnet}"/>\n    <accept/>\n  </rule>\n'
            for subnet in subnets
        )
        ingress = "".join(f'  <ingress-zone name="{zone}"/>\n' for zone in zones)
        text = (
            '<?xml version="1.0" encoding="utf-8"?>\n'
            "<!-- Written by fieldnet.iot, changes are lost. Its nftables table restricts what this permits. -->\n"
            f'<policy target="CONTINUE">\n{rules}{ingress}  <egress-zone name="{_firewalld.ANY}"/>\n</policy>\n'
        )
        loaded = _firewalld.LoadedPolicy(
            "CONTINUE",
            frozenset(zones),
            frozenset([_firewalld.ANY]),
            frozenset(_firewalld.accept_rule(subnet) for subnet in subnets),
        )
        return loaded, OwnFile(self._path, text)

    def _warnings(self, bound: t.Mapping[str, str]) -> list[str]:
        loose = [name for name in self._subnets if name not in bound]
        if not (self._wanted and loose):
            return []
        return [
            f"{', '.join(loose)} is bound to no zone of firewalld, so that the policy {NAME} goes by source addresses"
            " alone: bind it to a zone of its own (firewall-cmd --permanent --zone ZONE --change-interface"
            f" {loose[0]}; firewall-cmd --reload)"
        ]

    @staticmethod
    def _firewall_cmd(argument: str) -> None:
        output = run([find("firewall-cmd") or "firewall-cmd", argument])
        if output.code != 0:
            raise GatewayError(f"firewall-cmd {argument} failed: {output.message}")


class BesideFirewalld(Together):
    """The policy in firewalld, and then whatever restricts what it permits."""

    def __init__(self, policy: FirewalldPolicy, firewall: Steps) -> None:
        super().__init__(policy, firewall)
        self._policy = policy

    def stage(self) -> Change:
        """What firewalld drops until this run has changed it is no obstacle."""
        change = super().stage()
        if not self._policy.differs:
            return change
        passing = [one for one in change.obstacles if str(one["place"]).endswith(" inet firewalld")]
        return replace(
            change,
            obstacles=[one for one in change.obstacles if one not in passing],
            warnings=[said for said in change.warnings if not any(said.startswith(one["place"]) for one in passing)],
        )


def beside_firewalld(table: str, policy: Policy | None, wanted: bool, firewall: Steps) -> Steps:
    """The steps of a firewall, with firewalld's before them; there is one policy of ours, and so one table has it."""
    if table != DEFAULT_TABLE:
        if wanted:
            raise GatewayError(f"firewalld_policy: only with the table {DEFAULT_TABLE}")
        return firewall
    subnets = {interface.name: interface.subnet for interface in policy.interfaces} if policy else {}
    return BesideFirewalld(FirewalldPolicy(subnets, wanted and policy is not None), firewall)
