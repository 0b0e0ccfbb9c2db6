# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Bring MUD files of early drafts, and common slips, into the form of RFC 8520; each repair is one recorded sentence.

Only what can mean one thing is repaired. Whatever has another shape altogether is left to _check.py, which says so.
The single entries of an access list are repaired by _normalise_ace.py.
"""

from __future__ import annotations

import copy
import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import Problem, Problems
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._model import ACLS, MUD
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._normalise_ace import repair_ace
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._repair import (
    Dict,
    child,
    entries,
    rename,
    truth,
    whole_number,
)

_MODULE = "ietf-access-control-list:"
_TYPES = {
    "ethernet-acl-type": "eth-acl-type",
    "ipv4-acl": "ipv4-acl-type",
    "ipv6-acl": "ipv6-acl-type",
    "eth-acl": "eth-acl-type",
}
_WITH_ETHERNET = {"ipv4-acl-type": "mixed-eth-ipv4-acl-type", "ipv6-acl-type": "mixed-eth-ipv6-acl-type"}


def normalise(data: object) -> t.Tuple[object, Problems]:
    """The same document in the RFC's form, and what was changed for it. The data given stays as it is."""
    if not isinstance(data, dict):
        return data, []
    repairs: Problems = []
    found = copy.deepcopy(data)
    _top(found, repairs)
    mud = child(found, MUD)
    for key in ("mud-version", "cache-validity"):
        whole_number(mud, key, "mud", repairs)
    truth(mud, "is-supported", "mud", repairs)
    for place, acl in entries(child(found, ACLS), "acl"):
        if isinstance(acl, dict):
            _acl(acl, f"acls.{place}", repairs)
    return found, repairs


def _top(found: Dict, repairs: Problems) -> None:
    rename(found, ("mud", "ietf-mud:mud-container"), MUD, "", repairs)
    mud = child(found, MUD)
    for name in (ACLS, f"{_MODULE}access-lists"):
        if ACLS not in found and name in mud:
            found[name] = mud.pop(name)
            repairs.append(Problem(f"mud.{name}", "stands inside the mud container; moved beside it"))
    rename(found, (f"{_MODULE}access-lists", "access-lists", "acls"), ACLS, "", repairs)


def _acl(acl: Dict, path: str, repairs: Problems) -> None:
    rename(acl, ("acl-name",), "name", path, repairs)
    rename(acl, ("acl-type",), "type", path, repairs)
    rename(acl, ("access-list-entries",), "aces", path, repairs)
    kind = acl.get("type")
    if isinstance(kind, str):
        kind = kind[len(_MODULE) :] if kind.startswith(_MODULE) else kind
        acl["type"] = kind
    if isinstance(kind, str) and kind in _TYPES:
        acl["type"] = _TYPES[kind]
        repairs.append(Problem(f"{path}.type", f"{kind} is a draft's name of {acl['type']}"))
    found = list(entries(child(acl, "aces"), "ace"))
    for place, ace in found:
        if isinstance(ace, dict):
            repair_ace(ace, f"{path}.aces.{place}", repairs)
    ethernet = any(isinstance(ace, dict) and "eth" in child(ace, "matches") for _place, ace in found)
    if ethernet and isinstance(acl.get("type"), str) and acl["type"] in _WITH_ETHERNET:
        before, acl["type"] = acl["type"], _WITH_ETHERNET[acl["type"]]
        repairs.append(Problem(f"{path}.type", f"{before} has entries that match Ethernet headers: {acl['type']} then"))
