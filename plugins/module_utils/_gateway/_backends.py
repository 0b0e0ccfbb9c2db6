# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What can enforce a policy, found by its name.

A new backend is one file with a ``Steps`` and one line here. (Ansible ships what is imported by name, so that looking
for files at run time would find none on the managed host.)
"""

from __future__ import annotations

import typing as t

from ._commit._transaction import Steps
from ._dhcp import Wanted
from ._dns import DnsPolicy
from ._dnsmasq._dnsmasq import Dnsmasq
from ._dnsmasq._sets import DnsmasqSets
from ._firewall import Policy
from ._isc._isc import Isc
from ._kea._kea import Kea
from ._nftables._nftables import Nftables

_Firewall = t.Callable[[str, t.Optional[Policy], bool], Steps]
_DhcpServer = t.Callable[[Wanted, bool], Steps]
_DnsServer = t.Callable[[t.Optional[DnsPolicy]], Steps]

FIREWALLS: dict[str, _Firewall] = {"nftables": Nftables}
DHCP_SERVERS: dict[str, _DhcpServer] = {"dnsmasq": Dnsmasq, "isc": Isc, "kea": Kea}
DNS_SERVERS: dict[str, _DnsServer] = {"dnsmasq": DnsmasqSets}
