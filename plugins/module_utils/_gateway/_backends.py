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

from ._firewall import Policy
from ._nftables import Nftables
from ._transaction import Steps

FirewallFactory = t.Callable[[str, t.Optional[Policy], bool], Steps]

FIREWALLS: dict[str, FirewallFactory] = {"nftables": Nftables}
