# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A wireless network as it was seen on the air, held against what a vendor asks of one.

A device joins whichever access point of the name it hears best. So one that suits is enough where the others are on a
band that the device doesn't hear; of those that it hears, each counts.
"""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._verdict import Finding
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._wifi_declared import (
    WORDS,
    Data,
    remedy,
    suits,
    values_of,
    wanted,
    words,
)

Networks = t.Sequence[Data]

_MOST_SHOWN = 3


def named(networks: t.Iterable[Data], ssid: str) -> t.List[Data]:
    """The access points of a name, each once; by its bytes, since what is shown of two may look alike."""
    found: t.Dict[t.Tuple[str, t.Any], Data] = {}
    for one in networks:
        if one["mode"] == "ap" and one["ssid_hex"] == ssid.encode().hex():
            found.setdefault((one["bssid"], one["frequency_mhz"]), one)
    return [found[key] for key in sorted(found, key=str)]


def place(network: Data) -> str:
    """Which access point, and where it is: 02:00:00:00:01:01 (2.4 GHz, channel 6)."""
    band, channel = network["band_ghz"], network["channel"]
    where = [f"{band:g} GHz"] if band is not None else []
    where += [f"channel {channel}"] if channel is not None else []
    return f"{network['bssid']} ({', '.join(where) or 'frequency unknown'})"


def places(networks: Networks) -> str:
    """Several of them, not too many."""
    more = f" and {len(networks) - _MOST_SHOWN} more" if len(networks) > _MOST_SHOWN else ""
    return ", ".join(place(one) for one in networks[:_MOST_SHOWN]) + more


def air_values(rule: Data, network: Data) -> t.List[t.Any]:
    """What an access point says of the property that a rule is about."""
    if rule["property"] == "standard":
        return list(network["standards"])
    if rule["property"] in ("security", "downgrade"):
        return list(network["security"])
    value = network[rule["property"]]
    return [] if value is None else [value]


def heard_by(rules: t.Sequence[Data], networks: Networks) -> Networks:
    """Those that the devices can hear at all: on a band of theirs; all where none is, or nobody says."""
    bands = {value for rule in rules if rule["property"] == "band_ghz" for value in rule["allowed"]}
    return [one for one in networks if one["band_ghz"] in bands] or networks


def judge_seen(rule: Data, rules: t.Sequence[Data], ssid: Data, networks: Networks) -> Finding:
    """What a rule makes of an SSID, going by its access points on the air."""
    near = networks if rule["property"] == "band_ghz" else heard_by(rules, networks)
    known = [one for one in near if air_values(rule, one)]
    if not known:
        what = WORDS[rule["property"]]
        return Finding("unproven", f"SSID {ssid['ssid']}: {places(near)} does not tell its {what}", _LOOK)
    if rule["property"] == "downgrade":
        return _downgrade(rule, ssid, known)
    good = [one for one in known if suits(rule, air_values(rule, one))]
    bad = [one for one in known if one not in good]
    name = ssid["ssid"]
    if not good or (bad and rule["forbidden"]):
        seen = words(rule, _together(rule, bad))
        reason = f"SSID {name} was seen with {seen} at {places(bad)}; {wanted(rule)}"
        return Finding("unmet", reason + _otherwise(rule, ssid, bad), remedy(rule, name))
    reason = f"SSID {name} was seen with {words(rule, _together(rule, good))} at {places(good)}"
    if bad and rule["property"] != "band_ghz":
        seen = words(rule, _together(rule, bad))
        reason += f"; but with {seen} at {places(bad)}; {wanted(rule)}"
        return Finding("degraded", reason, _twin(bad, name))
    return Finding("met", reason + _otherwise(rule, ssid, good))


_LOOK = "look at the access point's own pages, and describe the SSID in the site's file"


def _downgrade(rule: Data, ssid: Data, networks: Networks) -> Finding:
    """Whether a network that is protected is seen without protection as well."""
    name = ssid["ssid"]
    bare = [one for one in networks if any(value in rule["forbidden"] for value in one["security"])]
    declared = ssid["security"] and ssid["security"] not in rule["forbidden"]
    if not bare:
        return Finding("met", f"SSID {name} was seen protected at {places(networks)}, and nowhere without a password")
    if len(bare) == len(networks) and not declared:
        return Finding("met", f"SSID {name} was seen without a password at {places(bare)}: it has none to lose")
    protected = [one for one in networks if one not in bare]
    whose = f"its protected ones are {places(protected)}" if protected else f"the site's file says {ssid['security']}"
    return Finding("unmet", f"SSID {name} was seen without a password at {places(bare)}; {whose}", _twin(bare, name))


def _twin(networks: Networks, ssid: str) -> str:
    who = ", ".join(dict.fromkeys(one["bssid"] for one in networks[:_MOST_SHOWN]))
    return (
        f"find the access point {who} (this is its hardware address): if it is yours, set it up as the others of SSID"
        f" {ssid}; if not, somebody copies your network"
    )


def _together(rule: Data, networks: Networks) -> t.List[t.Any]:
    """The values of several access points, each once, in the order in which they come."""
    return list(dict.fromkeys(value for one in networks for value in air_values(rule, one)))


def _otherwise(rule: Data, ssid: Data, networks: Networks) -> str:
    """What the site's file says, where it says otherwise."""
    said = values_of(rule, ssid)
    if not said or all(set(said) & set(air_values(rule, one)) for one in networks):
        return ""
    return f" (the site's file says {', '.join(str(value) for value in said)})"
