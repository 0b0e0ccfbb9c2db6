# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Names to addresses: every address, in the resolver's order, each name asked for once."""

from __future__ import annotations

import socket
import threading
from time import monotonic
from typing import Dict, List, Optional, Tuple

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check, NameFailure, NotRun
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._workers import Job, Workers

MAX_ADDRESSES = 16  # of one name; what its owner lists beyond that can't make a run long or a result large

_MOST_LOOKUPS = 64  # at the same time
_FAMILIES = {"any": socket.AF_UNSPEC, "ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}
_MEANINGS = {
    socket.EAI_NONAME: "the name does not exist",
    socket.EAI_AGAIN: "no name server gave an answer",
    socket.EAI_FAIL: "the name server failed",
    getattr(socket, "EAI_NODATA", None): "the name has no address",
    getattr(socket, "EAI_ADDRFAMILY", None): "the name has no address of this family",
}

Lookup = Job[List[str]]
_Key = Tuple[str, str, Tuple[str, ...], Optional[str], Optional[str]]

_lock = threading.Lock()
_lookups: Dict[_Key, Lookup] = {}
_workers = Workers(_MOST_LOOKUPS)


def forget(failures_only: bool = False) -> None:
    """Ask again for names: before a run for all, before another attempt for those that did not resolve."""
    with _lock:
        for key in list(_lookups):
            if not (failures_only and _succeeded(_lookups[key])):
                del _lookups[key]


def is_address(host: str) -> bool:
    """Whether a host is an IP address, so that there is nothing to look up."""
    return ":" in host or host.replace(".", "").isdigit()


def resolve(host: str, check: Check, deadline: float) -> list[str]:
    """Every address of a host, of the check's family; raises NameFailure with the reason."""
    if is_address(host):
        return [_of_family(host, check["family"])]
    lookup = look_up(host, check)
    if not lookup.wait(deadline):
        raise late(host)
    return lookup.result()[:]


def look_up(host: str, check: Check) -> Lookup:
    """The lookup of a name, shared with every check that wants the same."""
    family, resolvers = check["family"], tuple(check["nameservers"] or ())
    # Which way a question goes is nothing to this host's own resolver, and may be all to a given one.
    way = (check["interface"], check["source"]) if resolvers else (None, None)
    key = (host, family, resolvers, *way)
    with _lock:
        lookup = _lookups.get(key)
        if lookup is None:
            lookup = _lookups[key] = Job(lambda: _ask_given(host, check) if resolvers else _ask(host, family))
            _workers.submit(lookup)
    return lookup


def late(host: str) -> NameFailure:
    """What a lookup is that did not end in time."""
    return NameFailure(f"{host} did not resolve: no name server answered in time")


def _ask(host: str, family: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, None, _FAMILIES[family], socket.SOCK_STREAM)
    except socket.gaierror as error:
        meaning = _MEANINGS.get(error.errno, str(error.strerror))
        wanted = "" if family == "any" else f" (looked for {family})"
        raise NameFailure(f"{host} did not resolve: {meaning}{wanted}") from None
    except (OSError, UnicodeError) as error:
        raise NameFailure(f"{host} did not resolve: {error}") from None
    # A dictionary keeps the order and drops what is listed twice.
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))[:MAX_ADDRESSES]


def _ask_given(host: str, check: Check) -> list[str]:
    # Imported only where a check names name servers: dnspython is slow to load, and may not be there.
    from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _names_at

    return _names_at.look_up(host, check)[:MAX_ADDRESSES]


def _succeeded(lookup: Lookup) -> bool:
    try:
        return lookup.wait(monotonic()) and bool(lookup.result())
    except (NameFailure, NotRun):
        return False


def _of_family(address: str, family: str) -> str:
    version = "ipv6" if ":" in address else "ipv4"
    if family not in ("any", version):
        raise NameFailure(f"{address} is an {version} address, but the check wants {family}")
    return address
