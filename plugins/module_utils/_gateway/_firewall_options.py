# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The options of a firewall policy, as a module declares them; what they mean is documented with the module."""

from __future__ import annotations

import typing as t

from ._firewall import DEFAULT_TABLE, LOCAL_NETWORKS
from ._membership import TRANSACTION

Spec = t.Dict[str, t.Any]

STRINGS: Spec = {"type": "list", "elements": "str", "default": []}
INTERFACE: Spec = {
    "name": {"type": "str", "required": True},
    "subnet": {"type": "str", "required": True},
    "router": {"type": "str"},
    "redirect": STRINGS,
    "redirect_exempt": STRINGS,
}
FLOW: Spec = {
    "id": {"type": "str", "required": True},
    "interface": {"type": "str", "required": True},
    "protocol": {"type": "str", "required": True, "choices": ["tcp", "udp"]},
    "port": {"type": "int", "required": True},
    "to": STRINGS,
    "domains": STRINGS,
}
PROFILE: Spec = {
    "name": {"type": "str", "required": True},
    "interface": {"type": "str", "required": True},
    "title": {"type": "str", "default": ""},
    "ipv6": {"type": "bool", "default": False},
    "probe": {"type": "bool", "default": False},
    "flows": STRINGS,
}
DEVICE: Spec = {
    "name": {"type": "str", "required": True},
    "interface": {"type": "str", "required": True},
    "mac": {"type": "str", "required": True},
    "ip": {"type": "str"},
    "profile": {"type": "str", "required": True},
}
ARGUMENTS: Spec = {
    **TRANSACTION,
    "backend": {"type": "str", "default": "nftables", "choices": ["nftables"]},
    "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
    "egress": {"type": "str", "default": "ports", "choices": ["ports", "domains"]},
    "binding": {"type": "str", "default": "mac-ip", "choices": ["mac-ip", "mac"]},
    "unknown_devices": {"type": "str", "default": "reject", "choices": ["reject", "drop"]},
    "interfaces": {"type": "list", "elements": "dict", "default": [], "options": INTERFACE},
    "flows": {"type": "list", "elements": "dict", "default": [], "options": FLOW},
    "profiles": {"type": "list", "elements": "dict", "default": [], "options": PROFILE},
    "devices": {"type": "list", "elements": "dict", "default": [], "options": DEVICE},
    "mode": {"type": "str", "default": "enforce", "choices": ["enforce", "learn"]},
    "learn_until": {"type": "str", "default": ""},
    "table": {"type": "str", "default": DEFAULT_TABLE},
    "local_networks": {"type": "list", "elements": "str", "default": list(LOCAL_NETWORKS)},
    "log_limit": {"type": "str", "default": "5/minute"},
    "refuse_with": {"type": "str", "default": "reject", "choices": ["reject", "drop"]},
    "persist": {"type": "bool", "default": True},
    "firewalld_policy": {"type": "bool", "default": False},
}
