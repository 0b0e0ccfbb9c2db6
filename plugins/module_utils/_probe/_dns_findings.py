# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the answers of resolvers mean for their integrity: a finding for each question, one verdict of all."""

from __future__ import annotations

import ipaddress
from typing import Any, Collection, Dict, List, NamedTuple, Optional

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._dns_message import Reply, describe
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Entry

# Where no public service is. Not ipaddress.is_private: that counts addresses for documentation as well.
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
        "198.18.0.0/15", "224.0.0.0/3", "::/127", "::ffff:0:0/96", "fc00::/7", "fe80::/10", "ff00::/8",
    )
)  # fmt: skip
# From what decides first to what decides last.
_ORDER = ("intercepted", "rewritten", "sinkholed", "wrong_answer", "unproven", "intact")
_SHOWN = 4


class Answer(NamedTuple):
    """What became of a question: the entry of the address, the reply if one came, and whether other things came."""

    entry: Entry
    reply: Optional[Reply]
    garbled: bool = False


class Finding(NamedTuple):
    """What one test says. ``unreached``: the observation of a path on which no reply came."""

    test: str
    subject: str
    result: str
    reason: str
    unreached: bool = False

    def as_dict(self) -> Dict[str, str]:
        """As a result shows it."""
        return {"test": self.test, "subject": self.subject, "result": self.result, "reason": self.reason}


def is_public(address: str) -> bool:
    """Whether a public service can have this address."""
    try:
        found: Any = ipaddress.ip_address(address)
    except ValueError:
        return False
    return not any(found in network for network in _NOT_PUBLIC)


def of_name(name: str, answer: Answer, private_ok: Collection[str]) -> Finding:
    """A vendor's name must resolve to public addresses."""
    reply = answer.reply
    if reply is None:
        return _unreached("name", name, answer)
    said = f"{_who(answer)} {describe(reply)} for {name}"
    if reply.filtered:
        return Finding("name", name, "sinkholed", f"{said}: it withholds the answer on purpose")
    hidden = [address for address in reply.answers if not is_public(address)]
    if hidden and name in private_ok:
        return Finding("name", name, "intact", f"{said}, which this site wants so")
    if hidden:
        return Finding("name", name, "sinkholed", f"{said}: no public service is at {_listed(hidden)}")
    if reply.answers:
        return Finding("name", name, "intact", said)
    if reply.rcode in ("NOERROR", "NXDOMAIN"):
        return Finding("name", name, "wrong_answer", f"{said}, though this name must have an address")
    return Finding("name", name, "unproven", f"{said}, which says nothing about the name")


def of_absent(name: str, answer: Answer) -> Finding:
    """A name that can't exist must not resolve."""
    reply = answer.reply
    if reply is None:
        return _unreached("nxdomain", name, answer)
    said = f"{_who(answer)} {describe(reply)} for {name}"
    if reply.answers or reply.aliases:
        return Finding("nxdomain", name, "rewritten", f"{said}, a name that does not exist")
    if reply.rcode in ("NXDOMAIN", "NOERROR"):
        return Finding("nxdomain", name, "intact", said)
    return Finding("nxdomain", name, "unproven", f"{said}, so it does not show what it makes of names that don't exist")


def of_dark(address: str, answer: Answer, redirected: bool) -> Finding:
    """Nobody may answer for an address that runs no DNS; that somebody rejects the question is fine."""
    if answer.reply is not None and redirected:
        said = (
            f"somebody answered in the name of {address}, where no DNS runs, as this network redirects DNS on purpose"
        )
        return Finding("dark_address", address, "intact", said)
    if answer.reply is not None:
        said = f"somebody answers in the name of {address}, where no DNS runs ({describe(answer.reply)})"
        return Finding("dark_address", address, "intercepted", f"{said}: DNS is intercepted on the way")
    seen, reason = answer.entry["observation"], answer.entry["reason"]
    if seen in ("rejected", "closed", "closed_or_reset"):
        return Finding("dark_address", address, "intact", f"nobody answered for {address}: {reason}")
    if seen == "unproven" and not answer.garbled:
        return Finding("dark_address", address, "intact", f"nobody answered for {address}")
    return Finding("dark_address", address, "unproven", f"whether DNS is intercepted was not seen: {reason}")


def compare(name: str, here: Answer, there: Answer, private_ok: Collection[str]) -> Finding:
    """Another resolver must not contradict. Different public addresses don't: large services give each his own."""
    if here.reply is None:
        return _unreached("other_server", name, here)
    other = _who(there)
    if there.reply is None:
        reason = f"{name} could not be compared: {there.entry['reason']}"
        return Finding("other_server", name, "unproven", reason)
    said = f"{_who(here)} {describe(here.reply)} for {name}, {other} {describe(there.reply)}"
    mine, theirs = here.reply.answers, there.reply.answers
    elsewhere = bool(theirs) and all(is_public(address) for address in theirs)
    if set(mine) & set(theirs) or (name in private_ok and mine):
        return Finding("other_server", name, "intact", said)
    if mine and elsewhere:
        alike = all(is_public(address) for address in mine)
        return Finding("other_server", name, "intact" if alike else "sinkholed", said)
    if elsewhere and here.reply.rcode in ("NXDOMAIN", "NOERROR"):
        return Finding("other_server", name, "wrong_answer", f"{said}: the name exists, and is withheld")
    return Finding("other_server", name, "unproven", f"{said}, so that the two can't be compared")


def decide(server: str, found: List[Finding]) -> tuple[str, str]:
    """The observation of the check, and its reason."""
    asked = [finding for finding in found if finding.test in ("name", "nxdomain")]
    worst = min(found, key=lambda finding: _place(finding.result))
    if worst.result != "intercepted" and all(finding.unreached for finding in asked):
        return asked[0].result, asked[0].reason
    same = [finding for finding in found if finding.result == worst.result]
    if worst.result == "intact":
        return "intact", f"{server}: {len(found)} tests, and no answer was forged, withheld or given by somebody else"
    more = f" (and {len(same) - 1} more like it)" if len(same) > 1 else ""
    return worst.result, worst.reason + more


def _place(result: str) -> int:
    return _ORDER.index(result) if result in _ORDER else _ORDER.index("unproven")


def _unreached(test: str, subject: str, answer: Answer) -> Finding:
    return Finding(test, subject, answer.entry["observation"], answer.entry["reason"], unreached=True)


def _who(answer: Answer) -> str:
    return str(answer.entry["address"])


def _listed(addresses: List[str]) -> str:
    return ", ".join(addresses[:_SHOWN]) + (", ..." if len(addresses) > _SHOWN else "")
