# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Names to addresses: every address, in the resolver's order, each name asked for once."""

from __future__ import annotations

import ipaddress
import socket
import threading
from time import monotonic
from typing import Dict, List, Tuple, Union

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check, NameFailure

MAX_ADDRESSES = 32  # of one name; what a name's owner lists beyond that can't make a run long or a result large

_FAMILIES = {"any": socket.AF_UNSPEC, "ipv4": socket.AF_INET, "ipv6": socket.AF_INET6}
_MEANINGS = {
    socket.EAI_NONAME: "the name does not exist",
    socket.EAI_AGAIN: "no name server gave an answer",
    socket.EAI_FAIL: "the name server failed",
    getattr(socket, "EAI_NODATA", None): "the name has no address",
    getattr(socket, "EAI_ADDRFAMILY", None): "the name has no address of this family",
}


class _Lookup:
    """One call of getaddrinfo, which knows no timeout: so it runs in a thread that may be left behind."""

    def __init__(self, host: str, family: str) -> None:
        self.host = host
        self.family = family
        self.outcome: Union[List[str], NameFailure, None] = None
        self.done = threading.Event()
        threading.Thread(target=self._run, name=f"lookup {host}", daemon=True).start()

    def _run(self) -> None:
        try:
            found = socket.getaddrinfo(self.host, None, _FAMILIES[self.family], socket.SOCK_STREAM)
            # A dictionary keeps the order and drops what is listed twice.
            self.outcome = list(dict.fromkeys(str(entry[4][0]) for entry in found))[:MAX_ADDRESSES]
        except socket.gaierror as error:
            meaning = _MEANINGS.get(error.errno, str(error.strerror))
            self.outcome = NameFailure(f"{self.host} did not resolve: {meaning}{_wanted(self.family)}")
        except (OSError, UnicodeError) as error:
            self.outcome = NameFailure(f"{self.host} did not resolve: {error}")
        finally:
            self.done.set()


_lock = threading.Lock()
_lookups: Dict[Tuple[str, str], _Lookup] = {}


def forget(failures_only: bool = False) -> None:
    """Ask again for names: before a run for all, before another attempt for those that failed."""
    with _lock:
        for key in list(_lookups):
            if not failures_only or not isinstance(_lookups[key].outcome, list):
                del _lookups[key]


def is_address(host: str) -> bool:
    """Whether a host is an IP address, so that there is nothing to look up."""
    return ":" in host or host.replace(".", "").isdigit()


def resolve(host: str, check: Check, deadline: float) -> list[str]:
    """Every address of a host, of the check's family; raises NameFailure with the reason."""
    if is_address(host):
        return [_of_family(host, check["family"])]
    key = (host, check["family"])
    with _lock:
        lookup = _lookups.get(key)
        if lookup is None:
            lookup = _lookups[key] = _Lookup(*key)
    if not lookup.done.wait(max(0.0, deadline - monotonic())):
        raise NameFailure(f"{host} did not resolve: no name server answered in time")
    if isinstance(lookup.outcome, list) and lookup.outcome:
        return lookup.outcome[:]
    raise NameFailure(str(lookup.outcome or f"{host} did not resolve: it has no address"))


def _of_family(address: str, family: str) -> str:
    version = f"ipv{ipaddress.ip_address(address).version}"
    if family not in ("any", version):
        raise NameFailure(f"{address} is an {version} address, but the check wants {family}")
    return address


def _wanted(family: str) -> str:
    return "" if family == "any" else f" (looked for {family})"
