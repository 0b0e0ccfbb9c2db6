# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A firewall policy from a module's options; every problem is reported at once, with its path."""

from __future__ import annotations

import calendar
import re
import time
import typing as t

from .. import _values
from ._checker import Checker
from ._firewall import REDIRECTS, Device, Flow, Interface, Policy, Profile, own_table
from ._firewall_links import check_links

Options = t.Mapping[str, t.Any]

_LOG_LIMIT = re.compile(r"[1-9][0-9]{0,4}/(second|minute|hour|day)")
_PROFILE = re.compile(r"[a-z][a-z0-9_]{0,62}")
_TITLE = re.compile(r"[A-Za-z0-9 _.,:()/&+-]{0,120}")
_TIME = "%Y-%m-%dT%H:%M:%SZ"


def parse(options: Options) -> Policy:
    """A policy, valid in itself and in a canonical order."""
    check = Checker()
    by_domain = options["egress"] == "domains"
    policy = Policy(
        table=check("table", own_table, options["table"]),
        interfaces=_interfaces(options["interfaces"], check),
        flows=_flows(options["flows"], by_domain, check),
        profiles=_profiles(options["profiles"], check),
        devices=_devices(options["devices"], check),
        binding=options["binding"],
        unknown_devices=options["unknown_devices"],
        refuse_with=options["refuse_with"],
        local_networks=_each("local_networks", _values.network, options["local_networks"], check),
        log_limit=check("log_limit", _log_limit, options["log_limit"]),
        learn_until=_learn_until(options, check),
    )
    check_links(policy, check)
    check.finish()
    return Policy(
        **{
            **vars(policy),
            "interfaces": tuple(sorted(policy.interfaces, key=lambda interface: interface.name)),
            "flows": tuple(sorted(policy.flows, key=lambda flow: flow.id)),
            "profiles": tuple(sorted(policy.profiles, key=lambda profile: profile.name)),
            "devices": tuple(sorted(policy.devices, key=lambda device: (device.interface, device.mac))),
        }
    )


def _interfaces(entries: t.Sequence[Options], check: Checker) -> tuple[Interface, ...]:
    return tuple(
        Interface(
            name=check(f"interfaces[{index}].name", _device_interface, entry["name"]),
            subnet=check(f"interfaces[{index}].subnet", _values.subnet, entry["subnet"]),
            router=check(f"interfaces[{index}].router", _values.ipv4, entry["router"]) if entry.get("router") else "",
            redirect=tuple(
                sorted(set(_each(f"interfaces[{index}].redirect", _redirect, entry.get("redirect") or (), check)))
            ),
            redirect_exempt=tuple(
                sorted(
                    set(
                        _each(
                            f"interfaces[{index}].redirect_exempt",
                            _values.mac,
                            entry.get("redirect_exempt") or (),
                            check,
                        )
                    )
                )
            ),
        )
        for index, entry in enumerate(entries)
    )


def _flows(entries: t.Sequence[Options], by_domain: bool, check: Checker) -> tuple[Flow, ...]:
    flows = []
    for index, entry in enumerate(entries):
        domains = _each(f"flows[{index}].domains", _values.domain_pattern, entry.get("domains") or (), check)
        flow = Flow(
            id=check(f"flows[{index}].id", _values.flow_id, entry["id"]),
            interface=entry["interface"],
            protocol=entry["protocol"],
            port=check(f"flows[{index}].port", _values.port, entry["port"]),
            to=_each(f"flows[{index}].to", _values.network, entry.get("to") or (), check),
            domains=tuple(sorted(set(domains))) if by_domain else (),
        )
        flows.append(flow)
    return tuple(flows)


def _profiles(entries: t.Sequence[Options], check: Checker) -> tuple[Profile, ...]:
    return tuple(
        Profile(
            name=check(f"profiles[{index}].name", _profile, entry["name"]),
            interface=entry["interface"],
            title=check(f"profiles[{index}].title", _title, entry.get("title") or ""),
            flows=tuple(sorted(set(entry["flows"]))),
            ipv6=bool(entry.get("ipv6")),
            probe=bool(entry.get("probe")),
        )
        for index, entry in enumerate(entries)
    )


def _devices(entries: t.Sequence[Options], check: Checker) -> tuple[Device, ...]:
    return tuple(
        Device(
            name=entry["name"],
            interface=entry["interface"],
            mac=check(f"devices[{index}].mac", _values.mac, entry["mac"]),
            profile=entry["profile"],
            ip=check(f"devices[{index}].ip", _values.ipv4, entry["ip"]) if entry.get("ip") else "",
        )
        for index, entry in enumerate(entries)
    )


def _each(path: str, validate: t.Callable[[object], str], entries: t.Iterable[str], check: Checker) -> tuple[str, ...]:
    return tuple(check(f"{path}[{position}]", validate, entry) for position, entry in enumerate(entries))


def _learn_until(options: Options, check: Checker) -> int:
    if options["mode"] != "learn":
        return 0
    until = str(options["learn_until"] or "")
    try:
        return calendar.timegm(time.strptime(until, _TIME))
    except (ValueError, OverflowError):
        check.problems.append(
            f"learn_until: {until or 'it'} is not a time (write it as 2026-12-01T18:00:00Z, in UTC):"
            " without an end, learning would be no policy at all"
        )
        return 0


def _profile(value: object) -> str:
    text = str(value)
    if not _PROFILE.fullmatch(text):
        raise ValueError("is not a name of a profile (a-z, then up to 62 of a-z, 0-9 and _)")
    return text


def _title(value: object) -> str:
    text = str(value)
    if not _TITLE.fullmatch(text):
        raise ValueError("is not a title (letters, digits, spaces and _.,:()/&+-, at most 120)")
    return text


def _redirect(value: object) -> str:
    text = str(value)
    if text not in REDIRECTS:
        raise ValueError(f"can't be redirected (there is {' and '.join(REDIRECTS)})")
    return text


def _device_interface(value: object) -> str:
    name = _values.interface(value)
    if name == "lo":
        raise ValueError("is the loopback interface")
    return name


def _log_limit(value: object) -> str:
    text = str(value)
    if text and not _LOG_LIMIT.fullmatch(text):
        raise ValueError("is not a rate (write it as 10/minute, or leave it empty to log nothing)")
    return text
