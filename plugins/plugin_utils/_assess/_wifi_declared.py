# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A wireless network as the site's file declares it, held against what a vendor asks of one."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._verdict import Finding
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import Site, Ssid

Data = t.Mapping[str, t.Any]

KEYS: t.Mapping[str, str] = {
    "band_ghz": "band_ghz",
    "standard": "standards",
    "security": "security",
    "channel": "channel",
    "downgrade": "security",
}
WORDS: t.Mapping[str, str] = {
    "band_ghz": "band in GHz",
    "standard": "802.11 standard",
    "security": "security",
    "channel": "channel",
    "downgrade": "security",
}


def declared(site: Site, ssid: Ssid) -> t.Dict[str, t.Any]:
    """An SSID as data; with all that the site declares for networks of the same name."""
    same = {other.security for other in site.ssids if other.ssid == ssid.ssid and other.security}
    plain = {key: list(value) if isinstance(value, tuple) else value for key, value in dataclasses.asdict(ssid).items()}
    return {**plain, "securities": sorted(same)}


def values_of(rule: Data, ssid: Data) -> t.List[t.Any]:
    """What the site says of the property that a rule is about; nothing where it is silent."""
    value = ssid[KEYS[rule["property"]]]
    return value if isinstance(value, list) else [value] if value else []


def words(rule: Data, values: t.Iterable[t.Any]) -> str:
    """A property with its values: channel 6."""
    return f"{WORDS[rule['property']]} {', '.join(str(value) for value in values)}"


def wanted(rule: Data) -> str:
    """What a rule asks for."""
    verb = "needs one of" if rule["allowed"] else "must not be one of"
    return f"it {verb} {', '.join(str(value) for value in rule['allowed'] or rule['forbidden'])}"


def suits(rule: Data, values: t.Sequence[t.Any]) -> bool:
    """One of several bands or standards will do; a forbidden channel is forbidden."""
    if rule["allowed"]:
        return any(value in rule["allowed"] for value in values)
    return not any(value in rule["forbidden"] for value in values)


def remedy(rule: Data, ssid: str) -> str:
    """What to set at the access point."""
    name, values = WORDS[rule["property"]], ", ".join(str(value) for value in rule["allowed"] or rule["forbidden"])
    if rule["forbidden"]:
        return f"set the {name} of SSID {ssid} to another one than {values}"
    return f"set the {name} of SSID {ssid} to one of {values}, or give the devices an SSID of their own"


def judge_declared(rule: Data, ssid: Data) -> Finding:
    """What a rule makes of an SSID, going by the site's file."""
    name, values = ssid["ssid"], values_of(rule, ssid)
    if not values:
        key = KEYS[rule["property"]]
        reason = f"SSID {name}: the site does not say its {WORDS[rule['property']]}"
        return Finding("unproven", reason, f"give {key} of this SSID in the site's file")
    if rule["property"] == "downgrade":
        return _downgrade(rule, ssid)
    if suits(rule, values):
        return Finding("met", f"SSID {name} has {words(rule, values)}, as the site's file says")
    return Finding("unmet", f"SSID {name} has {words(rule, values)}; {wanted(rule)}", remedy(rule, name))


def _downgrade(rule: Data, ssid: Data) -> Finding:
    name = ssid["ssid"]
    bare = [value for value in ssid["securities"] if value in rule["forbidden"]]
    protected = [value for value in ssid["securities"] if value not in rule["forbidden"]]
    if bare and protected:
        reason = f"the site's file has SSID {name} with {', '.join(protected)}, and as {', '.join(bare)}"
        return Finding("unmet", reason, f"give the network without a password another name than {name}")
    if bare:
        return Finding("met", f"SSID {name} is {bare[0]}, as the site's file says: it has no password to lose")
    return Finding("met", f"SSID {name} has security {ssid['security']} alone, as the site's file says")
