# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What to change: a remedy for each thing that a check can see, with addresses and ports in it."""

from __future__ import annotations

import typing as t

Data = t.Mapping[str, t.Any]


def _offender(result: Data) -> str:
    """The device that sent the ICMP error, or an empty string."""
    for address in result.get("addresses") or []:
        icmp = address.get("icmp")
        if icmp and icmp.get("from"):
            return str(icmp["from"])
    return ""


def _rejected(entry: Data, what: str, result: Data) -> str:
    offender = _offender(result)
    if offender == entry["router"]:
        return (
            f"the gateway {offender} rejects it: allow {what} from VLAN {entry['vlan']} there"
            " (the playbook fieldnet.iot.provision does)"
        )
    where = f"the device {offender}" if offender else "a device on the path"
    return f"{where} rejects it: allow {what} from VLAN {entry['vlan']} there"


def _dropped(entry: Data, what: str, _result: Data) -> str:
    return (
        f"allow {what} on the gateway {entry['router']} and on each firewall behind it; where it is allowed, ask the"
        " vendor whether the host is up"
    )


def _unproven(_entry: Data, what: str, _result: Data) -> str:
    return f"silence proves nothing: look at the device itself, or at the gateway's counters for {what}"


def _wrong_offer(_entry: Data, _what: str, _result: Data) -> str:
    return "run the playbook fieldnet.iot.provision, or look for a second DHCP server in the VLAN"


_REMEDIES: t.Mapping[str, t.Callable[[Data, str, Data], str]] = {
    "rejected": _rejected,
    "dropped": _dropped,
    "unproven": _unproven,
    "wrong_offer": _wrong_offer,
}
_WORDS: t.Mapping[str, str] = {
    "closed": "the host answers that nothing listens there: check the host's name with the vendor",
    "closed_or_reset": (
        "the host, or a firewall in its name, resets the connection: check the host's name with the vendor, then allow"
        " {what} on each firewall"
    ),
    "no_route": "give the probe host (and the devices) a default route by {router}, and the gateway an uplink",
    "name_error": "make the VLAN's resolver answer for this name: look at its forwarders and filters",
    "wrong_answer": "look at the resolver's or server's own configuration: it was reached and answered wrongly",
    "tls_error": "look for TLS inspection or application control on the path, and exempt {what} from it",
    "rewritten": "make the resolver say that a name does not exist when it does not: switch off its search or ad pages",
    "sinkholed": "let the resolver answer for the vendor's names: look at its block lists",
    "tls_cut": (
        "somebody ends the connection at the first word of TLS: the host itself, or a firewall that knows applications;"
        " allow {what} there whatever is spoken, or ask the vendor whether the host is up"
    ),
    "intercepted": "exempt {what} from TLS inspection: the devices accept no certificate but the vendor's",
    "portal": "take the VLAN out of the captive portal",
    "tampered": "look for a proxy or portal that changes plain HTTP answers, and exempt the VLAN",
    "no_offer": "start a DHCP server for the VLAN, or a relay to one",
    "unreachable": "connect the probe host's interface to the VLAN, and give it an address there",
}


_LOCAL = (
    "let hosts of VLAN {vlan} talk to each other: switch off client isolation on the access point and private ports on"
    " the switch, and let the probe hosts' own firewalls pass {what}"
)
_NO_SERVER = frozenset({"closed", "closed_or_reset", "dropped", "unproven"})
_REDIRECT = (
    "the site wants the gateway to answer it: run a server for it on {router} that answers VLAN {vlan}, and the"
    " playbook fieldnet.iot.provision; or take the redirect out of the site's file"
)


def remedy_for(entry: Data, one: Data, result: Data) -> str:
    """What to change, for a check of a requirement that saw something else than it should."""
    seen, what = result["observation"], one["label"]
    if seen == "not_run":
        return "give the probe host what the check lacks, as its reason says"
    if entry["kind"] == "captive_portal" and seen in (
        "dropped",
        "rejected",
        "closed_or_reset",
        "name_error",
        "no_route",
    ):
        return (
            "let the probe host reach the test URL, or name one that it can reach under portal_test in the site's file"
        )
    if entry["kind"] == "dns_integrity" and seen == "intercepted":
        return "stop redirecting port 53 on the path, or name the server that answers as the VLAN's resolver"
    if entry["redirected"] and (entry["kind"] == "redirect" or seen in _NO_SERVER):
        return _REDIRECT.format(vlan=entry["vlan"], router=entry["router"])
    if entry["kind"] == "local":
        return _LOCAL.format(vlan=entry["vlan"], what=what)
    if entry["kind"] == "blocked":
        return (
            f"block {what} from VLAN {entry['vlan']} on the gateway {entry['router']}"
            " (the playbook fieldnet.iot.provision allows nothing but what the vendors ask for)"
        )
    special = _REMEDIES.get(seen)
    if special:
        return special(entry, what, result)
    return _WORDS.get(seen, "look at the path of {what}, from the gateway {router} on").format(
        what=what, router=entry["router"]
    )
