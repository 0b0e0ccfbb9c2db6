# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""How the gateways of a fleet differ from their plans: one document of what check mode said, and a table."""

from __future__ import annotations

import textwrap
import typing as t

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._drift import sentence
from ansible_collections.fieldnet.iot.plugins.plugin_utils._fleet._trouble import trouble

Data = t.Mapping[str, t.Any]
Entry = t.Dict[str, t.Any]
# From the worst to the best.
STATES = ("failed", "unreachable", "drifted", "agreed")
_WIDTH = 118
_SHOWN = 20
_SAYS = {
    "failed": "could not be compared",
    "unreachable": "unreachable",
    "drifted": "drifted",
    "agreed": "in agreement",
}


def judge(site: str, host: str, results: t.Mapping[str, Data]) -> Entry:
    """One gateway; ``results`` are what each subsystem's module returned in check mode, by the subsystem's name."""
    errors = [f"{name}: {error}" for name, result in results.items() for error in _errors(result)]
    drift = [{**entry, "subsystem": name} for name, result in results.items() for entry in _drift(result)]
    warnings = [str(warning) for result in results.values() for warning in result.get("warnings") or ()]
    obstacles = [dict(one) for result in results.values() for one in result.get("obstacles") or ()]
    unreachable = next((result for result in results.values() if result.get("unreachable")), None)
    if unreachable is not None:
        state, errors = "unreachable", [str(trouble(unreachable, "no connection")).removeprefix("unreachable: ")]
    elif errors or not any(_ran(result) for result in results.values()):
        state, errors = "failed", errors or ["nothing was asked of it"]
    else:
        state = "drifted" if drift else "agreed"
    return {
        "site": site,
        "host": host,
        "state": state,
        "errors": errors,
        "drift": [{**entry, "sentence": sentence(entry)} for entry in drift],
        "warnings": list(dict.fromkeys(warnings)),
        "obstacles": obstacles,
    }


def not_compared(site: str, host: str, errors: t.Sequence[str]) -> Entry:
    """A gateway that nobody asked, since its site's data are wrong."""
    return {**judge(site, host, {}), "errors": list(errors)}


def document(sites: t.Iterable[Entry]) -> Entry:
    """All gateways, by site; and how many there are of each state."""
    found = sorted(sites, key=lambda one: (str(one["site"]), str(one["host"])))
    return {
        "schema": 1,
        "sites": found,
        "summary": {state: sum(one["state"] == state for one in found) for state in STATES},
    }


def table(found: Data) -> str:
    """What differs, site by site, then the whole fleet in one table."""
    lines: t.List[str] = []
    for site in found["sites"]:
        said = [one["sentence"] for one in site["drift"]]
        more = [f"and {len(said) - _SHOWN} more"] if len(said) > _SHOWN else []
        told = [*site["errors"], *said[:_SHOWN], *more, *(f"warning: {warning}" for warning in site["warnings"])]
        if told:
            lines += ["", f"{site['site']} ({site['host']}): {_SAYS[site['state']]}"]
        for text in told:
            lines += textwrap.wrap(text, _WIDTH, initial_indent="  - ", subsequent_indent="    ") or ["  -"]
    width = max((len(site["site"]) for site in found["sites"]), default=0)
    lines += ["", f"{'SITE':<{width}}  STATE                  DIFFERENCES"]
    lines += [
        f"{site['site']:<{width}}  {_SAYS[site['state']]:<21}  {len(site['drift']) or '-'}" for site in found["sites"]
    ]
    counts = ", ".join(f"{count} {_SAYS[state]}" for state, count in found["summary"].items() if count)
    return "\n".join([*lines, "", counts or "no sites"]) + "\n"


def _ran(result: Data) -> bool:
    return bool(result) and not result.get("skipped")


def _errors(result: Data) -> t.List[str]:
    if not result:
        return ["it was not asked"]
    if not result.get("failed"):
        return []
    if result.get("problems"):
        return [str(problem).strip() for problem in result["problems"]]
    return [str(trouble(result, "it failed without a word"))]


def _drift(result: Data) -> t.List[Entry]:
    if not _ran(result) or result.get("failed"):
        return []
    missing = [
        {"object": "package", "name": str(name), "problem": "missing", "detail": ""}
        for name in result.get("missing_packages") or ()
    ]
    if missing or not result.get("changed"):
        return missing
    told = [dict(entry) for entry in result.get("drift") or ()]
    if told:
        return told
    return [
        {"object": "state", "name": str(difference), "problem": "changed", "detail": ""}
        for difference in result.get("differences") or ["of the gateway"]
    ]
