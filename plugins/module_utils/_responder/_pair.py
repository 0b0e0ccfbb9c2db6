# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The module path_listener: options in, one listener started or stopped, and what became of it."""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.module_utils import _values
from ansible_collections.fieldnet.iot.plugins.module_utils._responder import _listener
from ansible_collections.fieldnet.iot.plugins.module_utils._responder._ports import (
    describe,
    parse_addresses,
    parse_ports,
    take,
)
from ansible_collections.fieldnet.iot.plugins.module_utils._responder._service import Port, Unavailable

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

_MOST_PORTS = 64


class Wanted(t.NamedTuple):
    """A listener as it shall be."""

    key: str
    ports: t.List[Port]
    lifetime: int
    addresses: t.List[str]


def run_module(module: AnsibleModule) -> None:
    """Bring the listener into the wished state, and leave the module."""
    errors: t.List[str] = []
    wanted = parse(module.params, errors)
    if errors:
        module.fail_json(msg="; ".join(errors), errors=errors)
    if not _listener.supported():
        module.fail_json(msg="a listener needs Linux, which this host does not run: take another host as the peer")
    change = _started if module.params["state"] == "started" else _stopped
    try:
        outcome = change(wanted, module.check_mode)
    except Unavailable as error:
        module.fail_json(msg=f"can't listen on {describe(error.refused)}: stop what uses it, or leave the port out")
    except (_listener.ListenerError, OSError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(**outcome)


def parse(params: t.Mapping[str, t.Any], errors: t.List[str]) -> Wanted:
    """The options in canonical form, and everything that is wrong with them."""
    starting = params["state"] == "started"
    if not 1 <= params["lifetime"] <= 3600:
        errors.append("lifetime: is not a number of seconds (1 to 3600)")
    return Wanted(
        key=take("key", params["key"], _values.secret, errors),
        ports=parse_ports(params["ports"], _MOST_PORTS, errors) if starting else [],
        lifetime=params["lifetime"],
        addresses=parse_addresses(params["addresses"], errors) if starting else [],
    )


def _started(wanted: Wanted, check_mode: bool) -> t.Dict[str, t.Any]:
    running = _listener.find(wanted.key)
    names = [f"{protocol}/{port}" for protocol, port in wanted.ports]
    if running and running["ports"] == names and running["remaining"] >= wanted.lifetime / 2:
        return {"changed": False, **running}
    if check_mode:
        return {"changed": True, "ports": names, "remaining": float(wanted.lifetime)}
    if running:
        _listener.stop(wanted.key)
    return {"changed": True, **_listener.start(wanted.key, wanted.ports, wanted.lifetime, wanted.addresses)}


def _stopped(wanted: Wanted, check_mode: bool) -> t.Dict[str, t.Any]:
    running = _listener.find(wanted.key) if check_mode else _listener.stop(wanted.key)
    return {"changed": running is not None, **(running or {})}
