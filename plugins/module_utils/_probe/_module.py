# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the probe modules share: the options every one has, and the one call that each of them is."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any, Callable, Dict, List, Mapping, Tuple

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._model import COMMON, InvalidChecks, parse_checks
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._run import TIME_LIMIT, passed, run_checks
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Result

SHARED_SPEC: Dict[str, Dict[str, Any]] = {
    "timeout": {"type": "float", "default": 3.0},
    "attempts": {"type": "int", "default": 1},
    "interface": {"type": "str"},
    "source": {"type": "str"},
    "family": {"type": "str", "choices": ["any", "ipv4", "ipv6"], "default": "any"},
    "nameservers": {"type": "list", "elements": "str"},
    "time_limit": {"type": "float", "default": TIME_LIMIT},
    "strict": {"type": "bool", "default": False},
}

_SHOWN = 5  # failures that the message of a failed task tells; the results hold all

Raw = List[Dict[str, Any]]


def run_module(
    module: AnsibleModule,
    option: str,
    convert: Callable[[Raw], Tuple[Raw, List[str]]],
    summary: Callable[[List[Result]], Dict[str, Any]] = lambda _results: {},
    words: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Read the checks from an option, make them, and leave the module with their results and what sums them up.

    ``words`` are the module's own for options of a check.
    """
    defaults = {name: module.params[name] for name in SHARED_SPEC if name in COMMON}
    raw, errors = convert(module.params[option])
    limit = module.params["time_limit"]
    if not 1 <= limit <= 3600:
        errors.append("time_limit: is not a number of seconds (1 to 3600)")
    try:
        checks = parse_checks(raw, defaults, option)
    except InvalidChecks as error:
        errors += [_in_words(text, words) for text in error.errors]
    if errors:
        module.fail_json(msg="; ".join(errors), errors=errors)
    results = run_checks(checks, limit)
    failures = [result for result in results if not passed(result)]
    outcome = {"changed": False, "passed": not failures, **summary(results), "results": results}
    if failures and module.params["strict"]:
        module.fail_json(msg=_complaint(failures, len(results)), **outcome)
    module.exit_json(**outcome)


def with_key(raw: Raw, key: Any) -> Tuple[Raw, List[str]]:
    """Checks as they are, and a responder's key for those of kind nonce that have none of their own."""
    given = {"key": key} if key is not None else {}
    return [{**given, **_set(check)} if check.get("kind") == "nonce" else check for check in raw], []


def of_kind(kind: str, raw: Raw) -> Tuple[Raw, List[str]]:
    """Checks of one kind, which need not say so."""
    return [{**check, "kind": kind} for check in raw], []


def targets_of(raw: Raw) -> Tuple[Raw, List[str]]:
    """Checks of ports, which say ``protocol`` where others say ``kind``."""
    checks, errors = [], []
    for index, target in enumerate(raw):
        check = dict(target)
        protocol = check.pop("protocol", None) or "tcp"
        if protocol not in ("tcp", "udp"):
            errors.append(f"targets[{index}].protocol: is not one of tcp, udp")
            protocol = "udp"  # the one that has all options, so that only real mistakes are reported beside this one
        checks.append({**check, "kind": protocol})
    return checks, errors


def _in_words(text: str, words: Mapping[str, str]) -> str:
    place, colon, rest = text.partition(": ")
    stem, dot, name = place.rpartition(".")
    return f"{stem}{dot}{words.get(name, name)}{colon}{rest}"


def _set(check: Dict[str, Any]) -> Dict[str, Any]:
    return {name: value for name, value in check.items() if value is not None}


def _complaint(failures: List[Result], total: int) -> str:
    shown = [f"{result['target']} {result['observation']} ({result['reason']})" for result in failures[:_SHOWN]]
    more = f"; and {len(failures) - _SHOWN} more" if len(failures) > _SHOWN else ""
    return f"{len(failures)} of {total} checks did not pass: {'; '.join(shown)}{more}"
