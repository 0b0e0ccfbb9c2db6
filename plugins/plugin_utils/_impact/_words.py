# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A change of a plan in words that hold for every site that it is alike at: no address, host or device of one of them.

The sentence is what changes are grouped by, so that what reads alike is one line.
"""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._plan._diff import Change

# What differs from site to site by itself: that it changes is said, and not into what.
_OF_A_SITE: t.Mapping[str, str] = {
    "to": "its addresses",
    "devices": "the devices that may open it",
    "judged": "the ways its checks are judged",
    "interface": "the interface",
    "host": "the host",
    "probe": "the probe host",
    "names": "the names",
    "nameservers": "the resolvers",
    "given": "the findings without a check",
    "air": "the findings on the air",
}
_VERB = {"added": "is added", "removed": "is removed"}
_LONGEST = 90
_A_SENTENCE = 40  # characters: of one what it was says no more


def shared(change: Change) -> str:
    """What two changes of different sites have in common if they are one."""
    return f"{change.part} {sentence(change)}"


def sentence(change: Change) -> str:
    """What changes, in one line."""
    return _SENTENCES[change.part](change)


def _flow(change: Change) -> str:
    what = f"flow {change.vendor}/{change.requirement}/{change.name}"
    entry = change.after or change.before or {}
    if change.action == "changed":
        return f"{what}: {_changed(change)}"
    domains = f" to {_short(', '.join(entry['domains']))}" if entry["domains"] else ""
    return f"{what} {_VERB[change.action]}: {entry['protocol'].upper()} {entry['port']}{domains}"


def _check(change: Change) -> str:
    """Of all ports and hosts of a requirement, as the hosts are the site's; what differs tells the ports apart."""
    what = "checks of " + "/".join(part for part in (change.vendor, change.requirement) if part)
    if change.action == "changed":
        return f"{what}: {_changed(change)}"
    entry = change.after or change.before or {}
    port = f" of port {entry['port']}" if "port" in entry else ""
    return f"{what} are {change.action}: {entry['kind']}{port}"


def _requirement(change: Change) -> str:
    what = f"requirement {change.vendor}/{change.requirement}"
    if change.action == "changed":
        return f"{what}: {_changed(change)}"
    entry = change.after or change.before or {}
    return f"{what} {_VERB[change.action]} ({entry['level']}): {entry['title']}"


def _advice(change: Change) -> str:
    what = f"advice {change.vendor}/{change.requirement}"
    if change.action == "changed":
        return f"{what}: {_changed(change)}"
    return f"{what} {_VERB[change.action]}: {(change.after or change.before or {})['title']}"


def _domain(change: Change) -> str:
    return f"domain {change.id} is {'opened' if change.action == 'added' else 'not opened any more'}"


def _dhcp(change: Change) -> str:
    kind = "reservations" if change.id.startswith("reservation/") else "options of a subnet"
    return f"DHCP: {kind} are {change.action}"


def _listener(change: Change) -> str:
    entry = change.after or change.before or {}
    return f"probe hosts {'also' if change.action == 'added' else 'no longer'} listen on " + (
        f"{entry['protocol'].upper()} {entry['port']}"
    )


def _note(change: Change) -> str:
    return f"notes of the plan are {change.action}"


def _other(change: Change) -> str:
    return f"the plan's {change.id} differs in what is only shown"


_SENTENCES: t.Mapping[str, t.Callable[[Change], str]] = {
    "flows": _flow,
    "domains": _domain,
    "dhcp": _dhcp,
    "requirements": _requirement,
    "checks": _check,
    "listeners": _listener,
    "advice": _advice,
    "notes": _note,
    "other": _other,
}


def _changed(change: Change) -> str:
    was, now = change.before or {}, change.after or {}
    keys = sorted({**was, **now})
    # The source follows from what else changed: by itself it is worth a word.
    told = [key for key in keys if key != "source"] or keys
    return "; ".join(_became(key, was.get(key), now.get(key)) for key in told)


def _became(key: str, was: object, now: object) -> str:
    if key in _OF_A_SITE:
        return f"{_OF_A_SITE[key]} change"
    if isinstance(was, (list, tuple)) and isinstance(now, (list, tuple)):
        gained = [str(one) for one in now if one not in was]
        lost = [str(one) for one in was if one not in now]
        told = [f"{word} {_short(', '.join(names))}" for word, names in (("gain", gained), ("lose", lost)) if names]
        return f"{key} {' and '.join(told)}" if told else f"{key} change their order"
    if isinstance(was, str) and isinstance(now, str) and max(len(was), len(now)) > _A_SENTENCE:
        return f"{key} is now: {_short(now)}"
    return f"{key} {_value(was)} becomes {_value(now)}"


def _value(value: object) -> str:
    if value is None or value == "":
        return "nothing"
    return str(value).lower() if isinstance(value, bool) else _short(str(value))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
