# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a scan says about requirements: what was seen counts, not what the site's file declares.

A radio hears what reaches its antenna, so that silence about a network is no proof of its absence. But a site that has
a radio wants to know: where it could not listen, nothing that the file declares is taken for seen.
"""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._verdict import VERDICTS, Finding
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._wifi_air import (
    Networks,
    judge_seen,
    named,
    place,
    places,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._wifi_declared import Data, judge_declared

Results = t.Mapping[str, Data]

_AGAIN = "look at the probe task's output"
_MOST_SHOWN = 10  # differences


class _Air(t.NamedTuple):
    """What the VLAN's radios heard together."""

    networks: t.List[Data]
    who: str
    notes: t.List[str]  # what the radios could not do as they were asked to
    missing: t.Optional[Finding]  # why nothing can be said


def judge(entry: Data, results: Results) -> t.Optional[Finding]:
    """The verdict on a requirement that scans have a say in; None for any other."""
    about = entry.get("air")
    if not about:
        return None
    air = _listen(about, results)
    if entry["kind"] == "ssids":
        return air.missing or _compare(about["ssids"], air)
    # Of several networks that the file declares alike, the one that is best on the air.
    chosen = min(about["ssids"], key=lambda ssid: _rank([_one(rule, about, ssid, air) for rule in about["rules"]]))
    return _one(about["rule"], about, chosen, air)


def _rank(findings: t.Sequence[Finding]) -> t.List[int]:
    return sorted((VERDICTS.index(found.verdict) for found in findings), reverse=True)


def _one(rule: Data, about: Data, ssid: Data, air: _Air) -> Finding:
    said = judge_declared(rule, ssid)
    networks = named(air.networks, ssid["ssid"])
    if networks:
        return judge_seen(rule, about["rules"], ssid, networks)
    # What the file says to be wrong is wrong, on the air or not.
    return said if said.verdict == "unmet" else air.missing or _unheard(ssid, air)


def _listen(about: Data, results: Results) -> _Air:
    networks: t.List[Data] = []
    heard, silent, failed, notes = [], [], [], []
    for scan in about["scans"]:
        result = results.get(scan["check"])
        if result is None:
            failed.append(f"{scan['host']}: this check has no result")
        elif result["observation"] == "heard":
            networks += result.get("networks") or ()
            heard.append(scan["host"])
            notes += [f"{scan['host']}: {note}" for note in result.get("notes") or ()]
        elif result["observation"] == "nothing_heard":
            silent.append(f"{scan['host']}: {result['reason']}")
        else:
            failed.append(f"{scan['host']}: {result['reason']}")
    missing = None
    if not heard and silent:
        missing = Finding("unproven", "; ".join(silent), "give the radio an antenna and a place near the devices")
    elif not heard:
        reason = f"nobody listened to the air ({'; '.join(failed)})"
        missing = Finding("inconclusive", reason, f"{_AGAIN}; or take radio out of the site's file")
    return _Air(networks, " and ".join(heard), [*notes, *silent, *failed], missing)


def _unheard(ssid: Data, air: _Air) -> Finding:
    hidden = sum(1 for one in air.networks if one["hidden"])
    hint = "" if ssid["hidden"] or not hidden else "; if it hides its name, say hidden: true in the site's file"
    return Finding(
        "unproven",
        "; ".join([f"SSID {ssid['ssid']} was not heard by {air.who}, which heard others", *air.notes]),
        "look whether its access point is on, and in reach of the probe host's place" + hint,
    )


def _compare(ssids: t.Sequence[Data], air: _Air) -> Finding:
    """Whether the networks on the air are as the site's file declares them."""
    differences: t.List[str] = []
    unheard: t.List[Finding] = []
    fine: t.List[str] = []
    for name in dict.fromkeys(ssid["ssid"] for ssid in ssids):
        declared = [ssid for ssid in ssids if ssid["ssid"] == name]
        networks = named(air.networks, name)
        found = list(_differences(declared, networks))
        differences += [f"SSID {name}: {text}" for text in found]
        if not networks:
            unheard.append(_unheard(declared[0], air))
        elif not found:
            fine.append(f"SSID {name} at {places(networks)}")
    if differences:
        remedy = (
            "set the access points as the site's file says, or correct the file; an access point that is not yours"
            " copies your network: find it by its hardware address"
        )
        more = [f"and {len(differences) - _MOST_SHOWN} more like these"] if len(differences) > _MOST_SHOWN else []
        return Finding("unmet", "; ".join([*differences[:_MOST_SHOWN], *more]), remedy)
    if unheard:
        reasons = "; ".join(found.reason for found in unheard)
        return Finding("unproven", reasons, "; ".join(dict.fromkeys(found.remedy for found in unheard)))
    return Finding("met", f"as the site's file says: {'; '.join(fine)}")


def _differences(declared: t.Sequence[Data], networks: Networks) -> t.Iterator[str]:
    """What is on the air and not in the file; what one of its entries leaves out is not compared."""
    for key, text in _COMPARED.items():
        said = [_listed(ssid[key]) for ssid in declared]
        known = sorted({value for values in said for value in values}) if all(said) else []
        for one in networks if known else ():
            values = _listed(one[key])
            if values and not set(known) & set(values):
                seen, meant = (", ".join(str(value) for value in found) for found in (values, known))
                yield text.format(who=place(one), seen=seen, said=meant)


def _listed(value: t.Any) -> t.List[t.Any]:
    return value if isinstance(value, list) else [] if value in (None, "") else [value]


# A standard more than declared disturbs nobody; none in common does.
_COMPARED: t.Mapping[str, str] = {
    "band_ghz": "{who} is on {seen} GHz, not {said}",
    "channel": "{who} is on channel {seen}, not {said}",
    "security": "{who} has security {seen}, not {said}",
    "standards": "{who} has 802.11 {seen}, not {said}",
}


def shown(entry: Data, result: Data) -> Data:
    """A result as evidence for a verdict: other people's networks are not a report's business."""
    if result["kind"] != "wifi_scan":
        return result
    names = {ssid["ssid"].encode().hex() for ssid in entry.get("air", {}).get("ssids", ())}
    networks = result.get("networks") or []
    kept = [one for one in networks if one["ssid_hex"] in names]
    return {**result, "networks": kept, "other_networks": len(networks) - len(kept)}
