# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What offers say about requirements: whether a device gets what the site says, and who else offers addresses.

A device takes whichever offer comes first. So where a second server was heard in a VLAN, nothing of DHCP is simply met
there: it works at times. That nobody else offers is believed only where somebody was heard to offer at all.
"""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._remedy import remedy_for
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._verdict import Finding

Data = t.Mapping[str, t.Any]
Results = t.Mapping[str, Data]

KINDS = frozenset({"dhcp", "reservation"})
_OFFERS = frozenset({"offered", "wrong_offer"})
_PROVISION = "run the playbook fieldnet.iot.provision, and look whether the DHCP server uses its files"


class Stranger(t.NamedTuple):
    """Somebody who offers addresses and must not."""

    who: str
    text: str
    remedy: str
    check: str  # the id of a check that heard it


def strangers(entry: Data, results: Results) -> t.List[Stranger]:
    """Everybody in the entry's VLAN who offers addresses and must not, each once."""
    found: t.Dict[t.Tuple[str, str], Stranger] = {}
    for result in _asked(entry, results):
        for finding in result.get("findings") or ():
            kind, server, mac = finding["finding"], finding["server"], finding["mac"]
            if kind == "rogue":
                who = f"{server} ({mac})" if mac else server
                text = f"{who} offers {_what(result, server, mac)}"
                found.setdefault((server, str(mac)), Stranger(who, text, _unplug(entry, server, mac), result["id"]))
            elif kind == "impostor":
                who, remedy = finding["reason"], _tell_apart(entry, server, results)
                found.setdefault((server, ""), Stranger(who, who, remedy, result["id"]))
    return [found[key] for key in sorted(found)]


def _asked(entry: Data, results: Results) -> t.Iterator[Data]:
    """Every result of DHCP in the entry's VLAN."""
    prefixes = (f"{entry['vlan']}/dhcp/", f"{entry['vlan']}/dhcp-servers")
    return (one for one in results.values() if one["kind"] == "dhcp" and one["id"].startswith(prefixes))


def _what(result: Data, server: str, mac: t.Optional[str]) -> str:
    """An address that it offers, and the router, by which people recognise what they plugged in."""
    offers = (one for one in result.get("offers") or () if (one["server"], one["mac"]) == (server, mac))
    offer: Data = next(offers, {})
    router = ", ".join(offer.get("router") or ())
    return f"{offer.get('address') or 'addresses'}" + (f" with the router {router}" if router else "")


def _unplug(entry: Data, server: str, mac: t.Optional[str]) -> str:
    machine = f"the machine with the hardware address {mac}" if mac else f"the machine {server}"
    return (
        f"find {machine} (the module fieldnet.iot.device_info or the switch's table shows its port), and unplug it"
        f" or switch off its DHCP server; if it shall be there, name {server} under dhcp_servers of VLAN"
        f" {entry['vlan']} in the site's file"
    )


def _tell_apart(entry: Data, server: str, results: Results) -> str:
    router = results.get(entry["control"], {}).get("router_mac")
    known = f"; the router {entry['router']} has {router}" if router else ""
    return f"find the machine that is not {server} by its hardware address, and unplug it{known}"


def judge_offer(entry: Data, one: Data, results: Results) -> t.Optional[Finding]:
    """What a device's offers say; None where they say nothing that the observation does not say by itself."""
    result = results.get(one["check"], {})
    seen, findings = result.get("observation"), result.get("findings") or ()
    if seen == "no_offer":
        return _ignored(entry, one, results)
    if seen not in _OFFERS or not findings:
        return None
    reason = f"{one['label']}: {result['reason']}"
    offers = {(offer["server"], offer["mac"]) for offer in result.get("offers") or ()}
    foreign = {(finding["server"], finding["mac"]) for finding in findings if finding["finding"] == "rogue"}
    if offers and offers <= foreign:
        start = remedy_for(entry, one, {"observation": "no_offer"})
        remedies = [start, *(_unplug(entry, server, mac) for server, mac in sorted(foreign, key=str))]
        return Finding("unmet", f"{reason}; nobody else offers anything", "; ".join(remedies))
    wrong = [finding["finding"] for finding in findings if finding["finding"] in entry["counts"]]
    if wrong:
        return Finding("unmet", reason, "; ".join(dict.fromkeys(_correct(entry, kind) for kind in wrong)))
    return Finding("met", reason)


def is_wrong(entry: Data, one: Data, results: Results) -> bool:
    """Whether a device was told what concerns this requirement, and it is wrong."""
    findings = results.get(one["check"], {}).get("findings") or ()
    return any(finding["finding"] in entry.get("counts", ()) for finding in findings)


def _ignored(entry: Data, one: Data, results: Results) -> t.Optional[Finding]:
    """No offer for a device, where the server answers others."""
    if not any(result["observation"] in _OFFERS for result in _asked(entry, results)):
        return None
    remedy = (
        f"the DHCP server answers others in VLAN {entry['vlan']}: look whether it ignores this device or has no address"
        " left, and whether the switch drops what the probe host asks in the device's name (DHCP snooping)"
    )
    return Finding("unmet", f"{one['label']}: {results[one['check']]['reason']}", remedy)


def _correct(entry: Data, kind: str) -> str:
    if kind not in ("router", "dns"):
        return _PROVISION
    return (
        f"let the DHCP server tell the {kind} that the site's file has for VLAN {entry['vlan']}: in its own"
        f" configuration, or for devices with a reservation by dhcp_options: [{kind}]; or correct the site's file"
    )


def beside_strangers(entry: Data, found: Finding, results: Results) -> Finding:
    """What is met is so only at times, where somebody else offers addresses as well."""
    others = strangers(entry, results) if entry["kind"] in KINDS else []
    if not others or found.verdict != "met":
        return found
    # What the device's own check heard, its reason says already.
    who = "; ".join(other.text for other in others if other.who not in found.reason)
    more = f"; but {who}, and a device takes whichever offer comes first" if who else ""
    return Finding("degraded", found.reason + more, "; ".join(dict.fromkeys(other.remedy for other in others)))


def judge_servers(entry: Data, results: Results) -> Finding:
    """Whether nobody else offers addresses in a VLAN."""
    others = strangers(entry, results)
    if others:
        reason = "; ".join(other.text for other in others)
        return Finding("unmet", reason, "; ".join(dict.fromkeys(other.remedy for other in others)))
    heard = [result for result in _asked(entry, results) if result["observation"] in _OFFERS]
    if heard:
        servers = sorted({offer["server"] for result in heard for offer in result.get("offers") or ()})
        whom = ", ".join(servers) or "the site's DHCP server"
        return Finding("met", f"nobody but {whom} offers addresses in VLAN {entry['vlan']}")
    own = results.get(entry["groups"][0]["checks"][0]["check"])
    if own is None or own["observation"] == "not_run":
        why = own["reason"] if own else "this check has no result"
        return Finding("inconclusive", f"nobody was asked: {why}", "look at the probe task's output")
    return Finding(
        "unproven",
        "nobody offered an address, not even the site's own DHCP server, so silence says nothing of others",
        "make the site's DHCP server answer, and assess again",
    )
