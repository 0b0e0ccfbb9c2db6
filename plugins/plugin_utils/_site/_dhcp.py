# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a site's DHCP is to tell devices, and whether it can be told: DHCP knows addresses, no names."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.module_utils import _values as values
from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import Problem, Problems
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._lint import Raw, rows, twice
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._shape import MOST_SERVERS


def lint_dhcp(raw: Raw, problems: Problems) -> None:
    """Add every problem of what DHCP is to tell."""
    for path, vlan in rows(raw, "vlans"):
        for key in ("dhcp_options", "dhcp_servers"):
            twice(((f"{path}.{key}[{index}]", value) for index, value in enumerate(vlan[key] or [])), problems)
        if "ntp" in (vlan["dhcp_options"] or []):
            _lint_time(vlan, path, problems)


def _lint_time(vlan: Raw, path: str, problems: Problems) -> None:
    """Option 42 has room for IPv4 addresses alone (RFC 2132 section 8.3)."""
    servers: t.Sequence[t.Optional[str]] = vlan["ntp"] or []
    where = f"{path}.dhcp_options"
    if not servers and "ntp" not in (vlan["redirect"] or []):
        why = "ntp: the VLAN has no time server to tell of: name its address under ntp, or take ntp out here"
        problems.append(Problem(where, why))
    if len(servers) > MOST_SERVERS:
        problems.append(Problem(f"{path}.ntp", f"has {len(servers)} entries; DHCP tells at most {MOST_SERVERS}"))
    remedy = "give the server's IPv4 address, or take ntp out of dhcp_options"
    problems.extend(
        Problem(f"{path}.ntp[{index}]", f"{server} is no IPv4 address, and DHCP can tell nothing else: {remedy}")
        for index, server in enumerate(servers)
        if server and not _is_ipv4(server)
    )


def _is_ipv4(host: str) -> bool:
    try:
        values.ipv4(host)
    except ValueError:
        return False
    return True
