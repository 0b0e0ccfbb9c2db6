# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The firewall policy of a gateway's IoT interfaces, whatever enforces it."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from .. import _values
from ._checker import Checker

DEFAULT_TABLE = "fieldnet_iot"
# RFC 1918, RFC 6598, link-local
LOCAL_NETWORKS = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16")

# The prefix keeps a table of this name ours: no host has such a one by itself, and none is a keyword.
_TABLE = re.compile(r"fieldnet_[a-z0-9_]{1,40}")
_LOG_LIMIT = re.compile(r"[1-9][0-9]{0,4}/(second|minute|hour|day)")


@dataclass(frozen=True)
class Interface:
    """A network interface of the gateway with IoT devices behind it."""

    name: str
    subnet: str


@dataclass(frozen=True)
class Flow:
    """New connections that devices may open; ``to`` is empty for any destination outside the local networks."""

    id: str
    interface: str
    protocol: str
    port: int
    to: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """All that is to be enforced, validated and in a canonical order."""

    table: str
    interfaces: tuple[Interface, ...]
    flows: tuple[Flow, ...]
    local_networks: tuple[str, ...] = LOCAL_NETWORKS
    log_limit: str = "10/minute"  # empty: nothing is logged
    refuse_with: str = "reject"


def parse(options: t.Mapping[str, t.Any]) -> Policy:
    """A policy from a module's options; every problem is reported at once, with its path."""
    check = Checker()
    interfaces = _parse_interfaces(options["interfaces"], check)
    flows = _parse_flows(options["flows"], [interface.name for interface in interfaces], check)
    policy = Policy(
        table=check("table", _table, options["table"]),
        interfaces=tuple(sorted(interfaces, key=lambda interface: interface.name)),
        flows=tuple(sorted(flows, key=lambda flow: flow.id)),
        local_networks=tuple(
            check(f"local_networks[{index}]", _ipv4_network, network)
            for index, network in enumerate(options["local_networks"])
        ),
        log_limit=check("log_limit", _log_limit, options["log_limit"]),
        refuse_with=options["refuse_with"],
    )
    check.finish()
    return policy


def parse_table(value: str) -> str:
    """The table's name alone, which is all that removing it needs."""
    check = Checker()
    name = check("table", _table, value)
    check.finish()
    return name


def _parse_interfaces(entries: t.Sequence[t.Mapping[str, t.Any]], check: Checker) -> list[Interface]:
    if not entries:
        check.problems.append("interfaces: there is none; to remove the policy, set state to absent")
    names: dict[object, str] = {}
    interfaces = []
    for index, entry in enumerate(entries):
        path = f"interfaces[{index}]"
        name = check(f"{path}.name", _device_interface, entry["name"])
        check.unique(f"{path}.name", name, names)
        interfaces.append(Interface(name, check(f"{path}.subnet", _values.subnet, entry["subnet"])))
    return interfaces


def _parse_flows(entries: t.Sequence[t.Mapping[str, t.Any]], known: t.Sequence[str], check: Checker) -> list[Flow]:
    ids: dict[object, str] = {}
    flows = []
    for index, entry in enumerate(entries):
        path = f"flows[{index}]"
        flow = Flow(
            id=check(f"{path}.id", _values.flow_id, entry["id"]),
            interface=entry["interface"],
            protocol=entry["protocol"],
            port=check(f"{path}.port", _values.port, entry["port"]),
            to=tuple(
                check(f"{path}.to[{position}]", _values.network, target) for position, target in enumerate(entry["to"])
            ),
        )
        check.unique(f"{path}.id", flow.id, ids)
        if flow.interface not in known:
            check.problems.append(f"{path}.interface: {flow.interface} is not among the interfaces of the policy")
        flows.append(flow)
    return flows


def _table(value: object) -> str:
    text = str(value)
    if not _TABLE.fullmatch(text):
        raise ValueError(f"is not a name of a table of ours (write it as {DEFAULT_TABLE}: fieldnet_, then a-z, 0-9, _)")
    return text


def _device_interface(value: object) -> str:
    name = _values.interface(value)
    if name == "lo":
        raise ValueError("is the loopback interface")
    return name


def _ipv4_network(value: object) -> str:
    text = _values.network(value)
    if ":" in text:
        raise ValueError("is not IPv4 (what is not a flow's destination is rejected over IPv6 anyway)")
    return text


def _log_limit(value: object) -> str:
    text = str(value)
    if text and not _LOG_LIMIT.fullmatch(text):
        raise ValueError("is not a rate (write it as 10/minute, or leave it empty to log nothing)")
    return text
