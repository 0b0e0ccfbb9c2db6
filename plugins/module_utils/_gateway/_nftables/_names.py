# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What things are called in our nftables table, and how its text is put together.

Every name has a prefix of ours, for many a plain word is a keyword of nft and then a syntax error (chain "fwd", map
"devices").
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import typing as t

# nftables holds at most 127 bytes of comment with a rule.
_COMMENT_LENGTH = 120
_NETWORK = t.Union[ipaddress.IPv4Network, ipaddress.IPv6Network]
# What nft reads back as a name; the ids of flows may have more.
_NAME = re.compile(r"[A-Za-z0-9_./-]+")


def comment_of(flow_id: str) -> str:
    """The comment that names a flow in its rules; a long id is shortened, yet stays its own."""
    if len(flow_id) <= _COMMENT_LENGTH:
        return flow_id
    digest = hashlib.sha256(flow_id.encode()).hexdigest()[:12]
    return f"{flow_id[: _COMMENT_LENGTH - len(digest) - 1]}~{digest}"


def counter_of(flow_id: str, probe: bool) -> str:
    """The counter of a flow, which survives updates; what probe hosts send is counted apart."""
    prefix = "probe" if probe else "flow"
    if _NAME.fullmatch(flow_id):
        return f"{prefix}/{flow_id}"
    digest = hashlib.sha256(flow_id.encode()).hexdigest()[:10]
    return f"{prefix}/{re.sub(r'[^A-Za-z0-9_./-]', '_', flow_id)}-{digest}"


def profile_chain(name: str) -> str:
    """The chain with what a profile's devices may open; what it doesn't accept returns from it."""
    return f"iot_profile_{name}"


def outside_chain(name: str) -> str:
    """The part of it for destinations outside the local networks."""
    return f"iot_outside_{name}"


def count(name: str) -> str:
    """A statement that counts."""
    return f'counter name "{name}"'


def one_of(names: t.Sequence[str]) -> str:
    """Interfaces as a match of a rule."""
    quoted = [f'"{name}"' for name in names]
    return quoted[0] if len(quoted) == 1 else f"{{ {', '.join(quoted)} }}"


def all_of(names: t.Sequence[str]) -> str:
    """The IoT interfaces, in a match that every packet of the host goes through: one alone is compared faster."""
    return f'"{names[0]}"' if len(names) == 1 else "@iot_interfaces"


def collapse(networks: t.Iterable[str], version: int) -> list[str]:
    """The networks of one family, overlaps merged: an interval set must not hold two that overlap."""
    parsed: list[t.Any] = [ipaddress.ip_network(network) for network in networks]
    merged: t.Iterable[_NETWORK] = ipaddress.collapse_addresses(n for n in parsed if n.version == version)
    return [str(n.network_address) if n.prefixlen == n.max_prefixlen else str(n) for n in merged]


def block(head: str, lines: t.Sequence[str]) -> list[str]:
    """A set, a map or a chain."""
    return [f"{head} {{", *(f"\t{line}" for line in lines), "}", ""]


def held(head: str, lines: t.Sequence[str], elements: t.Sequence[str]) -> list[str]:
    """A set or map with its elements, one a line."""
    if not elements:
        return block(head, lines)
    *first, last = elements
    return block(head, [*lines, "elements = {", *(f"\t{element}," for element in first), f"\t{last}", "}"])
