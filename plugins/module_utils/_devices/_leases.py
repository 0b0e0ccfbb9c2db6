# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the module dhcp_lease_info does."""

from __future__ import annotations

import ipaddress
import typing as t

from .._gateway._errors import GatewayError
from . import _lease_sources
from ._lease import Lease
from ._lease_sources import PROGRAMS, Source

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule


class Found(t.NamedTuple):
    """The leases of this host's servers by address, where they come from, and what could not be read."""

    leases: t.List[Lease]
    sources: t.List[Source]
    problems: t.List[str]


def find_leases(backend: str, path: t.Optional[str]) -> Found:
    """The leases of a file, or of every server of a kind that runs here."""
    problems: t.List[str] = []
    if path:
        if backend == "auto":
            raise GatewayError("path: give backend, too: which server wrote the file?")
        sources = [_lease_sources.read_file(backend, path)]
    else:
        servers = list(PROGRAMS) if backend == "auto" else [backend]
        sources, problems = _lease_sources.read_running(servers)
    for source in sources:
        problems += [f"{source.place}: {problem}" for problem in source.leases.complaints()]
    leases = [lease for source in sources for lease in source.leases.ordered()]
    leases.sort(key=lambda lease: int(ipaddress.IPv4Address(lease.address)))
    return Found(leases, sources, problems)


def run_module(module: AnsibleModule) -> None:
    """Read the leases, end the module."""
    backend, path = module.params["backend"], module.params["path"]
    try:
        found = find_leases(backend, path)
        if not found.sources:
            raise GatewayError("; ".join(found.problems) or _nobody(backend))
    except GatewayError as error:
        module.fail_json(msg=str(error))
        return
    for problem in found.problems:
        module.warn(problem)
    module.exit_json(
        changed=False,
        leases=[lease.as_dict() for lease in found.leases],
        sources=[sources_as_dict(source) for source in found.sources],
        problems=found.problems,
    )


def sources_as_dict(source: Source) -> t.Dict[str, t.Any]:
    """As modules return it."""
    count = len(source.leases.by_address)
    return {"server": source.server, "place": source.place, "pid": source.pid, "leases": count}


def _nobody(backend: str) -> str:
    names = ", ".join(PROGRAMS.values()) if backend == "auto" else PROGRAMS[backend]
    return f"no DHCP server runs on this host (looked for {names}): start it, or give backend and path of a lease file"
