# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The firewall policy as an nftables table of our own."""

from __future__ import annotations

import time

from .. import _systemd
from .._commands import run
from .._commit import _guard
from .._commit._record import Record
from .._commit._together import merged
from .._commit._transaction import Change, Steps
from .._drift import table_drift
from .._errors import GatewayError
from .._firewall import Policy
from .._foreign import _coexist
from ._boot import HANG_UP, Boot
from ._refusal import LEARN_DAYS
from ._rules import definition, remove, render
from ._table import Canonical, Nft
from ._update import forgets, update

_DAY = 24 * 60 * 60


class Nftables(Steps):
    """Brings the kernel's table and the boot files into agreement with a policy, or with there being none."""

    name = "firewall"

    def __init__(self, table: str, policy: Policy | None, persist: bool) -> None:
        self._table = table
        self._policy = policy
        self._nft = Nft()
        self._text = render(policy) if policy else remove(table)
        self._boot = Boot(table, self._text if policy else None, self._nft.path, bool(policy and policy.by_domain))
        self._persist = persist
        self._expected: Canonical | None = None
        self._live: Canonical | None = None
        self._anew = False

    def stage(self) -> Change:
        """Compare kernel and boot files with the policy."""
        warnings: list[str] = []
        obstacles: list[_coexist.Finding] = []
        names_by_mac: dict[str, str] = {}
        if self._policy:
            names = [interface.name for interface in self._policy.interfaces]
            _guard.check_interfaces(names)
            _guard.check_management(names)
            obstacles = _obstacles(self._policy)
            warnings = [*_learning(self._policy), *(found.sentence() for found in obstacles)]
            names_by_mac = {device.mac: device.name for device in self._policy.devices}
            self._expected = self._nft.expected(self._text, self._table)
        differences = []
        diffs = []
        self._live = self._nft.live(self._table)
        if self._live != self._expected:
            differences.append(f"table inet {self._table}")
            diffs.append(self._table_diff())
        drift = table_drift(self._expected, self._live, f"inet {self._table}", names_by_mac)
        change = Change(differences, diffs, warnings, drift, [found.data() for found in obstacles])
        return merged([change, self._boot.compare()]) if self._persist else change

    def validate(self) -> None:
        """The scratch namespace took it already; now the host's own kernel, beside what is there."""
        if self._nft.refusal(self._way(self._live)):
            # Whatever somebody has put into our table so that it can't be updated: a new one has nothing of it.
            self._anew = True
            refusal = self._nft.refusal(self._text)
            if refusal:
                raise GatewayError(f"nft -c refused the rule set, nothing was changed: {refusal}")

    def record(self) -> Record:
        """Our table with its counts and addresses; boot files and unit."""
        expected = self._nft.expected_text(self._text, self._table) if self._policy else ""
        boot = self._boot.record() if self._persist else Record()
        saved, load = self._way_back()
        return Record(
            boot_files=boot.boot_files,
            keep=boot.keep,
            saved={**saved, "expected": expected},
            # The unit first: starting or stopping it touches the table. At boot there is nothing to go back to.
            undo=f'{boot.undo}[ "$AT_BOOT" = 1 ] || {{ {load}; }}\n',
            commit=boot.commit,
            check=self._nft.sh_check(self._table),
        )

    def apply(self) -> None:
        """Into the new table in one transaction; where only the boot files differ, it stays untouched."""
        live = self._nft.live(self._table)
        if live == self._expected:
            return
        way = self._way(live)
        self._nft.load(way)
        if self._policy and self._policy.by_domain and (way == self._text or forgets(live or {}, self._expected or {})):
            _hang_up()

    def verify(self) -> None:
        """The kernel shows what the scratch namespace showed."""
        if self._nft.live(self._table) != self._expected:
            raise GatewayError(f"the table inet {self._table} is not what was loaded: another program changes it")

    def _way(self, live: Canonical | None) -> str:
        """From what is there to what shall be."""
        if not self._policy or live is None or self._anew:
            return self._text
        wanted = self._expected or {}
        return update(live, wanted, self._table, definition(self._policy)) or self._text

    def _way_back(self) -> tuple[dict[str, str], str]:
        """Files, and the command of sh that loads the right one of them."""
        before = self._nft.snapshot(self._table)
        saved = {"before.nft": remove(self._table) + (before or "")}
        load = self._nft.sh_load("before.nft")
        if before and self._live and self._expected:
            # Going back is to forget no address either that was learned meanwhile.
            back = update(self._expected, self._live, self._table, before)
            if back:
                saved["back.nft"] = back
                saved["was"] = self._nft.live_text(self._table)
                there = self._nft.sh_same(self._table, "was")
                load = f"{{ {{ {self._nft.sh_load('back.nft')} 2>/dev/null && {there}; }} || {load}; }}"
        # What dnsmasq has answered just before, for a domain whose set was not there, it must forget as well.
        return saved, f"{load} && {{ {HANG_UP}; }}"

    def _table_diff(self) -> dict[str, str]:
        header = f"table inet {self._table}"
        after = self._nft.expected_text(self._text, self._table) if self._policy else ""
        return {
            "before_header": header,
            "after_header": header,
            "before": self._nft.live_text(self._table),
            "after": after,
        }


def _hang_up() -> None:
    """Where sets are empty dnsmasq must forget its answers: it puts no address into a set that it has in its cache."""
    if _systemd.running():
        run(["/bin/sh", "-c", HANG_UP])


def _learning(policy: Policy) -> list[str]:
    if not policy.learn_until:
        return []
    left = policy.learn_until - time.time()
    until = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(policy.learn_until))
    if left > LEARN_DAYS * _DAY:
        raise GatewayError(f"learn_until: {until} is more than {LEARN_DAYS} days away, and learning lasts no longer")
    if left <= 0:
        return [f"learning has ended ({until}): what no flow allows is refused. Set mode to enforce"]
    return [f"until {until} nothing is refused, only learned and logged"]


def _obstacles(policy: Policy) -> list[_coexist.Finding]:
    """What else on this host drops the flows."""
    subnets = {interface.name: interface.subnet for interface in policy.interfaces}
    able = {flow for profile in policy.profiles if profile.ipv6 for flow in profile.flows}
    flows = []
    for flow in policy.flows:
        targets = tuple(target for target in flow.to if flow.id in able or ":" not in target)
        about = (flow.interface, subnets[flow.interface], flow.protocol, flow.port)
        if targets:
            flows.append(_coexist.Flow(*about, targets))
        if flow.anywhere or flow.domains:
            flows.append(_coexist.Flow(*about))
    return _coexist.foreign_drops(policy.table, flows)
