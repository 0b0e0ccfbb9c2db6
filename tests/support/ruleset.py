# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a loaded table lets devices do, read back from nft's JSON by somebody who does not know how it was written.

A rule that is not understood is an error: whatever accepts a packet has to be explained.
"""

from __future__ import annotations

import ipaddress
import json
import os
import subprocess
import typing as t

Entry = t.Dict[str, t.Any]


class Grant(t.NamedTuple):
    """One thing that one device may open."""

    interface: str
    mac: str
    source: str  # its address; "roaming"; or "IPv6"
    protocol: str
    port: int
    destination: str  # "outside", "outside @set", or networks
    comment: str
    counter: str


def load(text: str, table: str = "fieldnet_iot") -> t.List[Entry]:
    """What a real kernel holds after a rule set was loaded; in a namespace of its own."""
    unshare = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
    script = f"nft -f - && nft -j -s list table inet {table}"
    done = subprocess.run([*unshare, "sh", "-c", script], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stderr}\n{text}"
    listed: t.List[Entry] = json.loads(done.stdout)["nftables"]
    return listed


def rules_of(listed: t.Iterable[Entry]) -> t.Dict[str, t.List[Entry]]:
    """The rules of each chain."""
    rules: t.Dict[str, t.List[Entry]] = {}
    for entry in listed:
        if "rule" in entry:
            rules.setdefault(entry["rule"]["chain"], []).append(entry["rule"])
    return rules


class _Table(t.NamedTuple):
    rules: t.Dict[str, t.List[Entry]]
    away_from: t.Tuple[str, ...]  # how a rule may say: no IoT interface
    local_octets: t.Set[int]  # the first ones of addresses in local networks


def _table(listed: t.Sequence[Entry]) -> _Table:
    sets = {entry["set"]["name"]: entry["set"].get("elem", []) for entry in listed if "set" in entry}
    names = sets["iot_interfaces"]
    ends = [
        [int(str(network[end]).split(".", maxsplit=1)[0]) for end in (0, -1)]
        for part in sets.get("iot_local", [])
        for network in map(ipaddress.ip_network, _networks(part))
    ]
    octets = {octet for first, last in ends for octet in range(first, last + 1)}
    return _Table(rules_of(listed), ("@iot_interfaces", *(names if len(names) == 1 else [])), octets)


def grants(listed: t.Sequence[Entry]) -> t.Set[Grant]:
    """All that devices may open."""
    table = _table(listed)
    maps = {entry["map"]["name"]: entry["map"].get("elem", []) for entry in listed if "map" in entry}
    found = set()
    for name, elements in maps.items():
        for element in elements:
            key, verdict = element
            interface, mac, *address = key["concat"]
            six = name == "iot_devices6"
            source = address[0] if address else ("IPv6" if six else "roaming")
            for granted in _chain(table, verdict["goto"]["target"], six):
                found.add(Grant(interface, mac, source, *granted))
    return found


def other_accepts(listed: t.Sequence[Entry]) -> t.Set[t.Tuple[str, str]]:
    """What is accepted otherwise: the chain, and the counter or the rule itself."""
    found = set()
    for chain, rules in rules_of(listed).items():
        if chain.startswith(("iot_profile_", "iot_outside_")):
            continue
        for rule in rules:
            if {"accept": None} in rule["expr"]:
                counters = [part["counter"] for part in rule["expr"] if "counter" in part]
                found.add((chain, counters[0] if counters else json.dumps(rule["expr"])))
    return found


_Granted = t.Tuple[str, int, str, str, str]


def _chain(table: _Table, chain: str, six: bool) -> t.Iterator[_Granted]:
    for rule in table.rules.get(chain, []):
        last = rule["expr"][-1]
        if "jump" in last:
            family = _outside(rule["expr"][:-1], table)
            if family in (("ip6",) if six else ("ip", "all")):
                for protocol, port, to, comment, counter in _chain(table, last["jump"]["target"], six):
                    assert not to or to.startswith("@"), rule
                    yield protocol, port, f"outside {to}".strip(), comment, counter
        else:
            granted = _accepting(rule, six)
            if granted:
                yield granted


def _outside(expressions: t.Sequence[Entry], table: _Table) -> str:
    """The family of what goes out to no local network and to no IoT interface."""
    seen = {
        json.dumps(e["match"]["left"], sort_keys=True): (e["match"]["op"], e["match"]["right"]) for e in expressions
    }
    assert seen.pop('{"meta": {"key": "oif"}}') == ("!=", "0")
    assert seen.pop('{"meta": {"key": "oifname"}}') in [("!=", name) for name in table.away_from]
    protocol = seen.pop('{"meta": {"key": "nfproto"}}', None)
    assert protocol in (None, ("==", "ipv4"))
    if not seen:
        assert protocol
        return "all"
    ((left, (op, right)),) = seen.items()
    payload = json.loads(left)["payload"]
    assert op == "!="
    if protocol:
        assert (payload["base"], payload["offset"], payload["len"]) == ("nh", 128, 8)
        assert table.local_octets <= set(right["set"] if isinstance(right, dict) else [right])
        return "a shortcut"
    family = str(payload["protocol"])
    assert (payload["field"], right) == ("daddr", "@iot_local6" if family == "ip6" else "@iot_local")
    return family


def _accepting(rule: Entry, six: bool) -> t.Optional[_Granted]:
    """What an accepting rule of a profile lets through, if it is about this family."""
    service, *more, counter, verdict = rule["expr"]
    assert verdict == {"accept": None}, rule
    payload = service["match"]["left"]["payload"]
    assert (payload["field"], service["match"]["op"]) == ("dport", "=="), rule
    to = ""
    if more:
        match = more[0]["match"]
        assert (match["op"], match["left"]["payload"]["field"]) == ("==", "daddr"), rule
        if match["left"]["payload"]["protocol"] != ("ip6" if six else "ip"):
            return None
        to = _destination(match["right"])
        for refresh in more[1:]:
            assert (refresh["set"]["op"], refresh["set"]["set"]) == ("update", to), rule
    return payload["protocol"], service["match"]["right"], to, rule["comment"], counter["counter"]


def _destination(right: t.Any) -> str:
    if isinstance(right, str) and right.startswith("@"):
        return right
    parts = right["set"] if isinstance(right, dict) and "set" in right else [right]
    return networks(network for part in parts for network in _networks(part))


def networks(texts: t.Iterable[str]) -> str:
    """Networks of one family, in the one form that is the same for the same addresses."""
    parsed: t.List[t.Any] = [ipaddress.ip_network(text) for text in texts]
    return " ".join(str(network) for network in ipaddress.collapse_addresses(parsed))


def _networks(part: t.Any) -> t.List[str]:
    if isinstance(part, dict) and "prefix" in part:
        return [f"{part['prefix']['addr']}/{part['prefix']['len']}"]
    if isinstance(part, dict) and "range" in part:
        first, last = (ipaddress.ip_address(end) for end in part["range"])
        return [str(network) for network in ipaddress.summarize_address_range(first, last)]
    return [str(part)]
