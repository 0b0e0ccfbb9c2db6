# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Checks as data: what a user wrote becomes checks the engine can run, or a list of everything wrong with it.

This is the engine's front door: the words, the kinds and the parser.
"""

from __future__ import annotations

import copy
import ipaddress
from typing import Any

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._kinds import COMMON, KINDS, Kind, Runner
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._options import Option
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import (
    PASSING,
    Check,
    Entry,
    InvalidChecks,
    MissingLibrary,
    NameFailure,
    NotRun,
    Result,
)

__all__ = [
    "COMMON",
    "KINDS",
    "PASSING",
    "Check",
    "Entry",
    "InvalidChecks",
    "Kind",
    "MissingLibrary",
    "NameFailure",
    "NotRun",
    "Option",
    "Result",
    "Runner",
    "parse_checks",
    "runner_of",
    "target_of",
]


def parse_checks(raw: object, defaults: dict[str, Any] | None = None, place: str = "checks") -> list[Check]:
    """The checks in canonical form, every option present; ``defaults`` fills common options a check leaves out.

    Raises InvalidChecks with every error, each with its place (``checks[3].port: is not a port (1 to 65535)``).
    """
    if not isinstance(raw, (list, tuple)):
        raise InvalidChecks([f"{place}: is not a list of checks"])
    errors: list[str] = []
    usable = _usable(defaults or {}, errors)
    checks = [_parse(entry, f"{place}[{index}]", usable, errors) for index, entry in enumerate(raw)]
    if not errors:
        _give_ids(checks, place, errors)
    if errors:
        raise InvalidChecks(errors)
    return checks


def runner_of(kind: str) -> Runner:
    """The function that runs checks of a kind, imported now."""
    return KINDS[kind].load()


def target_of(host: str, port: int) -> str:
    """``host:port``, an IPv6 address in brackets (RFC 3986 section 3.2.2)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _usable(defaults: dict[str, Any], errors: list[str]) -> dict[str, Any]:
    """The defaults that are given and well formed: a bad one is one mistake, not one of every check."""
    taken = {name: _take(COMMON[name], value, name, errors) for name, value in defaults.items() if value is not None}
    return {name: value for name, value in taken.items() if value is not None}


def _parse(raw: object, place: str, defaults: dict[str, Any], errors: list[str]) -> Check:
    if not isinstance(raw, dict):
        errors.append(f"{place}: is not a mapping of options")
        return {}
    given = {name: value for name, value in raw.items() if value is not None}
    kind = given.pop("kind", None)
    if not isinstance(kind, str) or kind not in KINDS:
        errors.append(f"{place}.kind: is not one of {', '.join(KINDS)}")
        return {}
    options = {**COMMON, **KINDS[kind].options}
    for name in given:
        if name not in options:
            errors.append(f"{place}.{name}: is not an option of a {kind} check (it has {', '.join(options)})")
    check: Check = {"kind": kind}
    before = len(errors)
    for name, option in options.items():
        value = given.get(name, defaults.get(name))
        check[name] = _value(option, value, f"{place}.{name}", errors)
    _check_family(check, place, errors)
    settle = KINDS[kind].settle
    wrong = settle(check) if settle and len(errors) == before else None
    if wrong:
        errors.append(f"{place}.{wrong}")
    return check


def _value(option: Option, value: object, place: str, errors: list[str]) -> Any:
    if value is None:
        if option.required:
            errors.append(f"{place}: is missing")
        return copy.copy(option.default)
    return _take(option, value, place, errors)


def _take(option: Option, value: object, place: str, errors: list[str]) -> Any:
    try:
        return option.take(value)
    except ValueError as error:
        errors.append(f"{place}: {error}")
        return None


def _check_family(check: Check, place: str, errors: list[str]) -> None:
    """An address to bind decides the family; two that contradict each other can reach nothing."""
    if not check["source"] or not check["family"]:
        return
    family = f"ipv{ipaddress.ip_address(check['source']).version}"
    if check["family"] not in ("any", family):
        errors.append(f"{place}.source: is an {family} address, but family is {check['family']}")
    check["family"] = family


def _give_ids(checks: list[Check], place: str, errors: list[str]) -> None:
    """Every result is found by its id, so ids are unique; a check without one is named after its target."""
    seen: dict[str, int] = {}
    for index, check in enumerate(checks):
        given = check["id"]
        if given is None:
            continue
        if given in seen:
            errors.append(f"{place}[{index}].id: is the id of {place}[{seen[given]}] too")
        seen.setdefault(given, index)
    copies: dict[str, int] = {}
    for index, check in enumerate(checks):
        if check["id"] is None:
            name = _free_id(check, seen, copies)
            check["id"] = name
            seen[name] = index


def _free_id(check: Check, taken: dict[str, int], copies: dict[str, int]) -> str:
    what = check.get("host") or check.get("name") or check.get("mac") or check.get("router") or check.get("server")
    what = (
        what
        or (check["interface"] if check["kind"] == "wifi_scan" else None)
        or _host_of(check.get("url", "://resolver"))
    )
    stem = f"{check['kind']}/{what}"[:180]
    if "port" in check:
        stem += f":{check['port']}"
    name = stem
    while name in taken:
        copies[stem] = copies.get(stem, 1) + 1
        name = f"{stem}/{copies[stem]}"
    return name


def _host_of(url: str) -> str:
    return url.partition("://")[2].replace("?", "/").replace("#", "/").partition("/")[0].strip("[]")
