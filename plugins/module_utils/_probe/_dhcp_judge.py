# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the offers of a segment say about a device: does it get what it shall, and from whom?"""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._dhcp_options import NO_PORTAL
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._dhcp_packet import Offer
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._options import UNRESTRICTED
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check

_SHOWN = 4
_LISTS = (("router", "router"), ("dns", "name servers"), ("ntp", "time servers"))
_SILENCE = "there is none, it ignores this device, or it tests an address for longer than that before it offers it"


class Finding(NamedTuple):
    """One thing that is not as it shall be. ``finding``: address, router, dns, ntp, captive_portal, rogue, impostor."""

    finding: str
    offer: Offer
    text: str

    def as_dict(self) -> Dict[str, Any]:
        """As a result shows it."""
        return {"finding": self.finding, "server": self.offer.server, "mac": self.offer.mac, "reason": self.text}


class Judgement(NamedTuple):
    """The observation of a check, its reason, and every finding."""

    observation: str
    reason: str
    findings: List[Finding]


def judge(check: Check, offers: Sequence[Offer], ignored: Optional[str]) -> Judgement:
    """Every server's offer must be right: a device takes whichever comes first."""
    if not offers:
        return Judgement("no_offer", f"no DHCP server offered an address in time: {ignored or _SILENCE}", [])
    findings = [finding for offer in offers for finding in _of_offer(check, offer)] + _impostors(offers)
    more = len(offers) - _SHOWN
    shown = [_summary(offer, findings) for offer in offers[:_SHOWN]]
    text = ", ".join(shown) + (f" and {more} more" if more > 0 else "")
    several = len({offer.server for offer in offers}) > 1
    if not findings:
        return Judgement("offered", text + ("; more than one DHCP server is on this segment" if several else ""), [])
    race = "; the device takes whichever comes first" if several else ""
    return Judgement("wrong_offer", f"{text}{_reasons(findings)}{race}", findings)


def _reasons(findings: Sequence[Finding]) -> str:
    """What is wrong beside the address, which its offer names."""
    others = list(dict.fromkeys(finding.text for finding in findings if finding.finding != "address"))
    more = [f"and {len(others) - _SHOWN} more"] if len(others) > _SHOWN else []
    return "".join(f"; {text}" for text in [*others[:_SHOWN], *more])


def _summary(offer: Offer, findings: Sequence[Finding]) -> str:
    wrong = [one.text for one in findings if one.finding == "address" and one.offer == offer]
    return ", ".join([f"{offer.server} offers {offer.address}", *wrong])


def _of_offer(check: Check, offer: Offer) -> List[Finding]:
    """What one offer lacks. Of a server that must not be there nothing else matters."""
    allowed = check["servers"]
    if allowed is not None and offer.server not in allowed:
        known = ", ".join(allowed) or "none"
        return [Finding("rogue", offer, f"{_who(offer)} is no DHCP server of this segment (those are: {known})")]
    found = []
    if check["expect_ip"] and offer.address != check["expect_ip"]:
        found.append(Finding("address", offer, f"not the expected {check['expect_ip']}"))
    for name, words in _LISTS:
        expected, seen = check[f"expect_{name}"], getattr(offer, name)
        if expected is not None and set(expected) != set(seen):
            text = f"{offer.server} gives {words} {_list(seen)}, not the expected {_list(expected)}"
            found.append(Finding(name, offer, text))
    return found + _portal(check["expect_captive_portal"], offer)


def _portal(expected: Optional[str], offer: Offer) -> List[Finding]:
    seen = offer.captive_portal
    if expected is None or seen == expected or (expected == NO_PORTAL and seen in (None, UNRESTRICTED)):
        return []
    wanted = "although there shall be none" if expected == NO_PORTAL else f"not the expected {expected}"
    return [Finding("captive_portal", offer, f"{offer.server} announces the captive portal {seen or 'none'}, {wanted}")]


def _impostors(offers: Sequence[Offer]) -> List[Finding]:
    """One server identifier from two network cards; what relays bring comes from each of them."""
    first: Dict[str, Offer] = {}
    found = []
    for offer in offers:
        if offer.relay or not offer.mac:
            continue
        known = first.setdefault(offer.server, offer)
        if known.mac != offer.mac:
            text = f"{offer.server} is claimed by two machines, {known.mac} and {offer.mac}"
            found.append(Finding("impostor", offer, text))
    return found


def _who(offer: Offer) -> str:
    return f"{offer.server} ({offer.mac})" if offer.mac else offer.server


def _list(values: Sequence[str]) -> str:
    return ", ".join(values) or "none"
