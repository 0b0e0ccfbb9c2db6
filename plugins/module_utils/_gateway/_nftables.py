# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The firewall policy as an nftables table of our own."""

from __future__ import annotations

import typing as t

from . import _guard
from ._errors import GatewayError
from ._firewall import Policy
from ._nftables_boot import Boot
from ._nftables_rules import remove, render
from ._nftables_table import Canonical, Nft
from ._record import Record
from ._transaction import Change, Steps


class Nftables(Steps):
    """Brings the kernel's table and the boot files into agreement with a policy, or with there being none."""

    name = "firewall"

    def __init__(self, table: str, policy: Policy | None, persist: bool) -> None:
        self._table = table
        self._policy = policy
        self._nft = Nft()
        self._text = render(policy) if policy else remove(table)
        self._boot = Boot(table, self._text if policy else None, self._nft.path) if persist else None
        self._expected: Canonical | None = None

    def stage(self) -> Change:
        """Compare kernel and boot files with the policy."""
        warnings: t.Sequence[str] = ()
        if self._policy:
            names = [interface.name for interface in self._policy.interfaces]
            _guard.check_interfaces(names)
            _guard.check_management(names)
            self._expected = self._nft.expected(self._text, self._table)
            warnings = self._foreign_drops(self._policy)
        differences = []
        diffs = []
        if self._nft.live(self._table) != self._expected:
            differences.append(f"table inet {self._table}")
            diffs.append(self._table_diff())
        if self._boot:
            boot_differences, boot_diffs = self._boot.compare()
            differences += boot_differences
            diffs += boot_diffs
        return Change(differences, diffs, warnings)

    def validate(self) -> None:
        """The scratch namespace took it already; now the host's own kernel."""
        self._nft.check(self._text)

    def record(self) -> Record:
        """Our table with its counters; boot files and unit."""
        expected = self._nft.expected_text(self._text, self._table) if self._policy else ""
        boot = self._boot.record() if self._boot else Record()
        return Record(
            boot_files=boot.boot_files,
            keep=boot.keep,
            saved={"before.nft": self._nft.snapshot(self._table), "expected": expected},
            # The unit first: starting or stopping it touches the table. At boot there is nothing to go back to.
            undo=f'{boot.undo}[ "$AT_BOOT" = 1 ] || {self._nft.path} -f "$SAVED/before.nft"\n',
            commit=boot.commit,
            check=self._nft.sh_check(self._table),
        )

    def apply(self) -> None:
        """Replace the table in one transaction; where only the boot files differ, its counters live on."""
        if self._nft.live(self._table) != self._expected:
            self._nft.load(self._text)

    def verify(self) -> None:
        """The kernel shows what the scratch namespace showed."""
        if self._nft.live(self._table) != self._expected:
            raise GatewayError(f"the table inet {self._table} is not what was loaded: another program changes it")

    def _table_diff(self) -> dict[str, str]:
        header = f"table inet {self._table}"
        after = self._nft.expected_text(self._text, self._table) if self._policy else ""
        return {
            "before_header": header,
            "after_header": header,
            "before": self._nft.live_text(self._table),
            "after": after,
        }

    def _foreign_drops(self, policy: Policy) -> list[str]:
        has_ipv6 = any(":" in target for flow in policy.flows for target in flow.to)
        families = ("ip", "inet", "ip6") if has_ipv6 else ("ip", "inet")
        first = policy.interfaces[0].name
        return [_warning(*chain, interface=first) for chain in self._nft.foreign_drops(self._table, families)]


def _warning(family: str, table: str, chain: str, interface: str) -> str:
    if table.startswith("firewalld"):
        remedy = f"permit it with a firewalld policy from the zone of {interface}"
    elif (family, table, chain) == ("ip", "filter", "FORWARD"):
        remedy = (
            f"for each IoT interface: iptables -I FORWARD -i {interface} -j ACCEPT; "
            f"iptables -I FORWARD -o {interface} -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT"
            " (with docker, into the chain DOCKER-USER)"
        )
    else:
        remedy = (
            f'for each IoT interface: nft insert rule {family} {table} {chain} iifname "{interface}" accept; '
            f'nft insert rule {family} {table} {chain} oifname "{interface}" ct state established,related accept'
        )
    return (
        f"the chain {chain} of the table {family} {table} drops forwarded packets that none of its rules accepts, and"
        f" the policy can only restrict: if the flows are not accepted there yet, do so ({remedy})"
    )
