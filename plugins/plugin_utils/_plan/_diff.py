# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""In what two plans of one site differ: a pure function. Where they differ at all, it says so."""

from __future__ import annotations

import typing as t

Data = t.Mapping[str, t.Any]
Entry = t.Dict[str, t.Any]

# In the order in which people look at them: what is let out, what is asked for, what is looked at.
PARTS = ("flows", "domains", "dhcp", "requirements", "checks", "listeners", "advice", "notes", "other")
_OF_OUR_OWN = frozenset({"groups", "control", "vlan", "vendor", "id"})


class Change(t.NamedTuple):
    """One entry of a plan that only one of the two has, or that differs: then in the keys that both values name."""

    part: str
    action: str  # added, removed, changed
    id: str
    vlan: str
    vendor: str
    requirement: str
    before: t.Optional[Entry]
    after: t.Optional[Entry]

    @property
    def name(self) -> str:
        """The id without what it begins with: which of the requirement's ports or hosts."""
        prefix = "/".join(part for part in (self.vlan, self.vendor, self.requirement) if part)
        return self.id[len(prefix) :].lstrip("/") if self.id.startswith(prefix) else self.id


def differences(before: Data, after: Data) -> t.List[Change]:
    """Everything that differs, in the order of PARTS and then of the ids."""
    found: t.List[Change] = []
    for part, entries in _PARTS.items():
        found += _compare(part, entries(before), entries(after))
    found += _compare("requirements", *_requirements(before, after))
    found.sort(key=lambda one: (PARTS.index(one.part), one.id))
    if not found and before != after:
        sections = sorted(key for key in {**before, **after} if before.get(key) != after.get(key))
        found = [Change("other", "changed", section, "", "", "", {}, {}) for section in sections]
    return found


def _compare(part: str, before: t.Mapping[str, Entry], after: t.Mapping[str, Entry]) -> t.Iterator[Change]:
    for key in {**before, **after}:
        was, now = before.get(key), after.get(key)
        if was == now:
            continue
        if was is None or now is None:
            yield _change(part, "removed" if now is None else "added", key, was, now)
        else:
            names = [name for name in {**was, **now} if was.get(name) != now.get(name)]
            yield _change(part, "changed", key, *({name: one.get(name) for name in names} for one in (was, now)))


def _change(part: str, action: str, key: str, was: t.Optional[Entry], now: t.Optional[Entry]) -> Change:
    """What an id says: vlan/vendor/requirement/..., but for advice, which is the same in each VLAN."""
    labels = key.split("/")
    if part == "advice":
        labels = ["", *labels]
    elif part not in ("flows", "checks", "requirements"):
        labels = []
    vlan, vendor, requirement = (labels + [""] * 3)[:3]
    return Change(part, action, key, vlan, vendor, requirement, was, now)


def _flows(plan: Data) -> t.Dict[str, Entry]:
    """Each flow with who may open it, as profiles are named and grouped in a way that nobody need know."""
    who: t.Dict[str, t.List[str]] = {}
    by_ipv6: t.Set[str] = set()
    profiles = {profile["name"]: profile for profile in plan["firewall"]["profiles"]}
    for device in plan["firewall"]["devices"]:
        profile = profiles[device["profile"]]
        for flow in profile["flows"] if not profile.get("probe") else ():
            who.setdefault(flow, []).append(device["name"])
            by_ipv6.update([flow] if profile["ipv6"] else [])
    return {
        flow["id"]: {
            **{key: value for key, value in flow.items() if key != "id"},
            "devices": sorted(who.get(flow["id"], ())),
            "ipv6": flow["id"] in by_ipv6,
        }
        for flow in plan["firewall"]["flows"]
    }


def _domains(plan: Data) -> t.Dict[str, Entry]:
    return {domain: {} for domain in plan["dns"]["domains"]}


def _dhcp(plan: Data) -> t.Dict[str, Entry]:
    entries = [(f"reservation/{one['name']}", one) for one in plan["dhcp"].get("reservations", ())]
    entries += [(f"subnet/{one['subnet']}", one) for one in plan["dhcp"].get("subnets", ())]
    return dict(entries)


def _checks(plan: Data) -> t.Dict[str, Entry]:
    return {check["id"]: {key: value for key, value in check.items() if key != "id"} for check in plan["checks"]}


def _listeners(plan: Data) -> t.Dict[str, Entry]:
    return {
        f"{one['probe']}/{port['protocol']}/{port['port']}": {"protocol": port["protocol"], "port": port["port"]}
        for one in plan["listeners"]
        for port in one["ports"]
    }


def _advice(plan: Data) -> t.Dict[str, Entry]:
    return {
        f"{one['vendor']}/{one['id']}": {key: value for key, value in one.items() if key not in ("vendor", "id")}
        for one in plan["advice"]
    }


def _notes(plan: Data) -> t.Dict[str, Entry]:
    return {note: {} for note in plan["notes"]}


_PARTS: t.Mapping[str, t.Callable[[Data], t.Dict[str, Entry]]] = {
    "flows": _flows,
    "domains": _domains,
    "dhcp": _dhcp,
    "checks": _checks,
    "listeners": _listeners,
    "advice": _advice,
    "notes": _notes,
}


def _requirements(before: Data, after: Data) -> t.Tuple[t.Dict[str, Entry], t.Dict[str, Entry]]:
    """Each without its checks, which stand by themselves, but for how those that both have are judged."""
    common = {check["id"] for check in before["checks"]} & {check["id"] for check in after["checks"]}
    first, second = ({_key(one): _requirement(one, common) for one in plan["requirements"]} for plan in (before, after))
    return first, second


def _key(one: Data) -> str:
    return f"{one['vlan']}/{one['vendor']}/{one['id']}"


def _requirement(one: Data, common: t.Container[str]) -> Entry:
    groups = []
    for group in one["groups"]:
        checks = [check["check"] for check in group["checks"] if check["check"] in common]
        if checks or not group["checks"]:
            groups.append({"mode": group["mode"], "checks": checks, "given": group.get("given")})
    return {**{key: value for key, value in one.items() if key not in _OF_OUR_OWN}, "judged": groups}
