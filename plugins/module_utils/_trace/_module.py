# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The module path_trace: flows in, the place where each came to its end out. It never fails for what it can't see."""

from __future__ import annotations

import platform
import secrets
import socket
import time
import typing as t
from pathlib import Path

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway import _kernel
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._commands import find, require_root, run
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import GatewayError

from . import _collector, _table
from ._flows import Flow, parse_flows
from ._judge import fates
from ._words import Teller, Told

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

MOST_SECONDS = 300


def run_module(module: AnsibleModule) -> None:
    """Start, end, or do both, and leave the module."""
    errors: t.List[str] = []
    flows = parse_flows(module.params["flows"], errors)
    seconds = module.params["duration"]
    if not 1 <= seconds <= MOST_SECONDS:
        errors.append(f"duration: is not a number of seconds (1 to {MOST_SECONDS})")
    token = module.params["token"]
    if token is not None and not (token.isascii() and token.isalnum() and len(token) <= 64):
        errors.append("token: is none that this module gave")
    if errors:
        module.fail_json(msg="; ".join(errors), errors=errors)
    teller = Teller(module.params["name"] or platform.node())
    try:
        module.exit_json(
            changed=False, **_traced(module.params["state"], flows, seconds, token, teller, module.check_mode)
        )
    except (GatewayError, OSError) as error:
        told = [teller.untraceable(flow, str(error)) for flow in flows]
        module.exit_json(changed=False, traced=False, token="", **_said(flows, told))


def _traced(
    state: str, flows: t.Sequence[Flow], seconds: float, token: t.Optional[str], teller: Teller, check_mode: bool
) -> t.Dict[str, t.Any]:
    if check_mode:
        raise GatewayError("a trace loads a table of its own, which check mode does not")
    require_root()
    if state != "ended":
        token = secrets.token_hex(16)
        start(flows, seconds, token)
        if state == "started":
            return {"traced": True, "token": token, "results": []}
        time.sleep(seconds)
    return {"traced": True, "token": "", **_said(flows, end(flows, token or "", teller))}


def _said(flows: t.Sequence[Flow], results: t.Sequence[Told]) -> t.Dict[str, t.Any]:
    """The results, and the same for a person."""
    lines = [
        f"{flow.protocol} {flow.port} from {flow.source} to {flow.destination}: {told['reason']}"
        f"{'. To do: ' if told['remedy'] else ''}{told['remedy']}"
        for flow, told in zip(flows, results)
    ]
    return {"results": list(results), "told": lines}


def start(flows: t.Sequence[Flow], seconds: float, token: str) -> None:
    """Packets of the flows are traced when this returns."""
    distinct = list({flow.route: flow for flow in flows}.values())
    devices = _devices(flows)
    nat = _nat()
    _collector.start(
        lambda at_interfaces, flags: _table.render(distinct, devices if at_interfaces else [], nat, flags),
        seconds,
        token,
    )


def end(flows: t.Sequence[Flow], token: str, teller: Teller) -> t.List[Told]:
    """What became of them."""
    seen = _collector.collect(token)
    told = [teller.tell(flow, fate, seen.seconds) for flow, fate in zip(flows, fates(flows, seen.journeys))]
    if seen.lost:
        for entry in told:
            entry["reason"] += "; there were more packets than could be followed"
    return told


def _devices(flows: t.Sequence[Flow]) -> t.List[str]:
    """The interfaces where the packets ought to come in, and the ports of those that are bridges."""
    existing = {name for _index, name in socket.if_nameindex()}
    named = [flow.interface for flow in flows if flow.interface in existing]
    ports = [port.name for name in named for port in sorted(Path(f"/sys/class/net/{name}/brif").glob("*"))]
    return [name for name in dict.fromkeys([*named, *ports]) if '"' not in name]


def _nat() -> bool:
    """Whether this host changes addresses. It follows connections then; else we must not be who makes it do so."""
    if any("nat" in _kernel.legacy_tables(version) for version in (4, 6)):
        return True
    nft = find("nft")
    return nft is not None and " type nat " in run([nft, "list", "chains"]).stdout.replace("\t", " ")
