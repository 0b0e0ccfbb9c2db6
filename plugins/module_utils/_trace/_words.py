# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a flow's fate is called: place, reason and remedy, in words for whoever has to change something."""

from __future__ import annotations

import re
import socket
import typing as t

from . import _routing
from ._flows import Flow
from ._headers import Header
from ._journey import Journey
from ._judge import Fate
from ._rules import Rule, Rules

PLACES = (
    "never_arrived",
    "at_interface",
    "dropped",
    "rejected",
    "held",
    "vanished",
    "forwarding_off",
    "no_route",
    "reverse_path",
    "lost_in_routing",
    "no_neighbour",
    "unanswered",
    "unanswered_here",
    "delivered",
    "untraceable",
)
_REJECT = re.compile(r"\breject\b", re.IGNORECASE)
_NAT = re.compile(r"\b([ds]nat|masquerade|redirect|netmap|tproxy)\b", re.IGNORECASE)
_VANISHED = "vanished_in_"

Told = t.Dict[str, t.Any]


class Teller:
    """Puts fates into words; knows the rules and the interfaces of this host."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._rules = Rules()

    def tell(self, flow: Flow, fate: Fate, seconds: float) -> Told:
        """The fate of one flow."""
        told: Told = {"place": fate.place, "reason": "", "remedy": "", "rule": None, "changes": []}
        if fate.journey is None:
            told.update(self._never_arrived(flow, seconds))
        else:
            told.update(self._ended(fate, fate.journey))
            told["changes"] = self._changes(fate)
            told["reason"] += self._changed(told["changes"]) + self._elsewhere(flow, fate)
        way = "reply" if fate.back else "request"
        return {"id": flow.id, "direction": way, "packets": fate.packets, "answers": fate.answers, **told}

    def untraceable(self, flow: Flow, why: str) -> Told:
        """Of a flow that this host can't follow."""
        return {
            "id": flow.id,
            "place": "untraceable",
            "direction": "request",
            "reason": f"{self._name} can't trace packets: {why}",
            "remedy": "",
            "rule": None,
            "changes": [],
            "packets": 0,
            "answers": 0,
        }

    def _never_arrived(self, flow: Flow, seconds: float) -> Told:
        where = f" {flow.interface} of" if flow.interface else ""
        return {
            "reason": f"no packet from {flow.source} to {_target(flow.destination, flow.port, flow.protocol)} reached"
            f"{where} {self._name} within {seconds:.1f} s",
            "remedy": "look at what stands before the gateway: the switch port and its VLAN, the access point, a guard"
            " against foreign addresses, the probe host's own routes",
        }

    def _ended(self, fate: Fate, journey: Journey) -> Told:
        if journey.end:
            return self._decided(fate, journey)
        if fate.place == "routing":
            return self._lost(_routing.why(journey.now, _interface(journey.arrived), journey.mark), fate)
        if fate.place.startswith(_VANISHED):
            hook = fate.place[len(_VANISHED) :]
            return {
                "place": "vanished",
                "reason": f"{_packet(fate)} vanished on {self._name} in the hook {hook}, where no rule of nftables"
                " dropped it",
                "remedy": "look at iptables-legacy-save and ip6tables-legacy-save, and at programs that take packets",
            }
        if fate.place == "at_interface":
            return {
                "reason": f"{_packet(fate)} reached {_interface(journey.arrived)} of {self._name}, but not its IP"
                " layer: it was sent to another MAC address, or tc or a bridge took it",
                "remedy": "look who answers ARP for the router's address, and at `tc filter show` and"
                " `nft list tables bridge` there",
            }
        return self._passed(fate, journey)

    def _decided(self, fate: Fate, journey: Journey) -> Told:
        if journey.end is None:
            return {}
        rule = self._rules.describe(journey.end)
        place = fate.place
        if place == "dropped" and _REJECT.search(rule["text"]):
            place = "rejected"
        verb = {"held": "taken by another program"}.get(place, place)
        where = f"table {rule['family']} {rule['table']}, chain {rule['chain']}"
        text = f": `{rule['text']}`" if rule["text"] else ""
        comment = f" ({rule['comment']})" if rule["comment"] and rule["comment"] not in rule["text"] else ""
        whose = "a rule of this collection" if rule["ours"] else "not a rule of this collection"
        return {
            "place": place,
            "rule": rule,
            "reason": f"{_packet(fate)} was {verb} on {self._name} by {where}{text}{comment}; {whose}",
            "remedy": _open(
                rule, journey.header if not fate.back or fate.asked is None else fate.asked.header, fate.back
            ),
        }

    def _passed(self, fate: Fate, journey: Journey) -> Told:
        dead = _routing.dead_neighbour(journey.now, _interface(journey.arrived), journey.mark)
        if dead and fate.place in ("unanswered", "delivered"):
            return self._lost(dead, fate)
        out, now = _interface(journey.leaves), journey.now
        target = _target(now.destination, now.dport, now.protocol)
        if fate.place == "unanswered":
            return {
                "reason": f"it left {self._name} through {out} towards {target}, and no answer came back to it",
                "remedy": f"the loss is beyond {self._name}: ask whoever runs the firewall upstream, or {target}",
            }
        if fate.place == "unanswered_here":
            return {
                "reason": f"it reached {self._name} itself ({target}), and nothing there answered",
                "remedy": f"look whether a program listens at {target} on {self._name} and answers this VLAN",
            }
        told = f"the answer of {now.source} left {self._name} through {out} towards {now.destination}"
        if now.reset:
            return {
                "reason": f"{told}; {now.source} refuses the connection (TCP reset)",
                "remedy": f"nothing listens at {_target(now.source, now.sport, now.protocol)}, or a firewall upstream"
                " answers in its place",
            }
        return {
            "reason": told,
            "remedy": "what is still lost is lost inside the VLAN: look at the switch, the access point and the"
            " device, or at what the answer says",
        }

    def _lost(self, loss: _routing.Loss, fate: Fate) -> Told:
        return {
            "place": loss.place,
            "reason": f"{_packet(fate)} was lost on {self._name}: {loss.reason}",
            "remedy": loss.remedy,
        }

    def _changes(self, fate: Fate) -> t.List[Told]:
        """What became of addresses and ports on the way there."""
        found: t.List[Told] = []
        for change in fate.asked.changes if fate.asked else []:
            rule = self._rules.describe(change.by) if change.by else None
            if rule and not _NAT.search(rule["text"]):
                rule = None  # it accepted what connection tracking then changed
            for end, before, after in _ends(change.before, change.after):
                found.append({"end": end, "before": before, "after": after, "rule": rule})
        return found

    def _changed(self, changes: t.Sequence[Told]) -> str:
        parts = []
        for change in changes:
            rule = change["rule"]
            by = f" by table {rule['family']} {rule['table']}, chain {rule['chain']}" if rule else ""
            parts.append(f"its {change['end']} {change['before']} became {change['after']}{by}")
        return f"; {' and '.join(parts)}" if parts else ""

    def _elsewhere(self, flow: Flow, fate: Fate) -> str:
        came = _interface(fate.asked.arrived) if fate.asked else ""
        if not flow.interface or came in ("", flow.interface):
            return ""
        return f"; it came in through {came}, not through {flow.interface}"


def _open(rule: Rule, header: Header, back: bool) -> str:
    if rule["ours"]:
        return (
            "it is not in the site's plan: add the flow to the vendor's spec or to the site's data, and apply the plan"
        )
    flow = f"{header.protocol} {header.dport} from {header.source} to {header.destination}"
    what = f"the answers to {flow}" if back else flow
    if rule["table"] == "firewalld":
        return f"have firewalld accept {what}: by a policy, or by firewalld_policy of this collection"
    where = f"table {rule['family']} {rule['table']}, chain {rule['chain']}"
    before = "before this rule" if rule["handle"] else "by a rule, as nothing in it does"
    return f"have whoever owns {where} accept {what} {before}"


def _packet(fate: Fate) -> str:
    return "the answer" if fate.back else "it"


def _ends(before: Header, after: Header) -> t.Iterator[t.Tuple[str, str, str]]:
    old, new = before, after
    if (old.destination, old.dport) != (new.destination, new.dport):
        yield "destination", _at(old.destination, old.dport), _at(new.destination, new.dport)
    if (old.source, old.sport) != (new.source, new.sport):
        yield "source", old.source, new.source


def _at(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _target(address: str, port: int, protocol: str) -> str:
    return f"{protocol}/{_at(address, port)}"


def _interface(index: int) -> str:
    try:
        return socket.if_indextoname(index)
    except OSError:  # none, or one that is gone
        return ""
