# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Judge: what the checks saw, requirement by requirement, becomes verdicts with reason and remedy.

A pure function of the plan and the results. Verdicts and readiness are defined in docs/design.md; the rule behind them
is that silence is not success: what could not be seen is never called met.
"""

from __future__ import annotations

import typing as t

from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess import _dhcp, _wifi
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._remedy import remedy_for
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._unseen import is_unseen
from ansible_collections.fieldnet.iot.plugins.plugin_utils._assess._verdict import Finding, best, worst

Data = t.Mapping[str, t.Any]
Results = t.Mapping[str, Data]

READINESS = ("ready", "degraded", "inconclusive", "not_assessed", "not_ready")
# What a required requirement makes of its site. Somebody's word is enough where no probe can ever look.
_STATE: t.Mapping[str, str] = {
    "met": "ready",
    "attested": "ready",
    "degraded": "degraded",
    "unproven": "inconclusive",
    "inconclusive": "inconclusive",
}
_SILENT = frozenset({"unproven", "tls_cut"})
_COULD_NOT_RUN = frozenset({"not_run"})
# A test for somebody in the middle that gets no answer says nothing of him; only an answer of the wrong kind does.
_MIDDLE_KINDS = frozenset({"captive_portal", "tls_inspection", "dns_integrity"})
_SOMEBODY_IN_THE_MIDDLE = frozenset({"portal", "tampered", "intercepted", "rewritten", "sinkholed"})
_NO_PORTAL = "urn:ietf:params:capport:unrestricted"
# Seen instead of a block: the first is nobody's proof, the others say nothing about a block at all.
_BLOCK_UNSURE = frozenset({"closed_or_reset", "unproven"})
_BLOCK_UNSEEN = frozenset({"no_route", "name_error", "not_run"})


def _judge_check(entry: Data, one: Data, results: Results) -> Finding:
    """What one check says about its requirement."""
    result = results.get(one["check"])
    if result is None:
        return Finding("inconclusive", f"{one['label']}: this check has no result", "look at the probe task's output")
    offer = _dhcp.judge_offer(entry, one, results) if entry["kind"] in _dhcp.KINDS else None
    if offer:
        return offer
    seen, reason = result["observation"], f"{one['label']}: {result['reason']}"
    if seen in entry["proves"]:
        if result.get("flaky"):
            again = "run it again; if it stays so, look for loss on the path (cabling, Wi-Fi, an overloaded uplink)"
            return Finding("degraded", f"{reason}, but only at attempt {result['attempts']}", again)
        return Finding("met", reason)
    remedy = remedy_for(entry, one, result)
    if seen in _COULD_NOT_RUN:
        return Finding("inconclusive", reason, remedy)
    if entry["kind"] == "blocked":
        verdict = "inconclusive" if seen in _BLOCK_UNSEEN else "unproven" if seen in _BLOCK_UNSURE else "unmet"
        return Finding(verdict, reason, remedy)
    if seen in _SILENT or (entry["kind"] in _MIDDLE_KINDS and seen not in _SOMEBODY_IN_THE_MIDDLE):
        return Finding("unproven", reason, remedy)
    return Finding("unmet", reason, remedy)


def _judge_group(entry: Data, group: Data, results: Results) -> Finding:
    findings = [_judge_check(entry, one, results) for one in group["checks"]]
    if group["mode"] == "all_of":
        return worst(findings)
    if group["mode"] == "any":
        # Any one proves it, unless another check caught somebody in the middle, or a device is told what is wrong.
        caught = [
            found
            for found, one in zip(findings, group["checks"])
            if results.get(one["check"], {}).get("observation") in _SOMEBODY_IN_THE_MIDDLE
            or _dhcp.is_wrong(entry, one, results)
        ]
        return worst(caught) if caught else best(findings)
    primary, fallbacks = findings[0], findings[1:]
    working = next((found for found in fallbacks if found.verdict in ("met", "degraded")), None)
    if primary.verdict in ("met", "degraded") or not fallbacks:
        return primary
    if working:
        return Finding("degraded", f"only the fallback works: {working.reason}; {primary.reason}", primary.remedy)
    reasons = "; ".join(found.reason for found in findings)
    return Finding(worst(findings).verdict, reasons, _remedy_of_all(entry, group, findings, results))


def _remedy_of_all(entry: Data, group: Data, findings: t.Sequence[Finding], results: Results) -> str:
    """One sentence where primary and fallbacks met the same fate, else one each."""
    seen = [results[one["check"]] for one in group["checks"] if one["check"] in results]
    if len(seen) == len(findings) and len({result["observation"] for result in seen}) == 1:
        what = ", or at least ".join(one["label"] for one in group["checks"])
        return remedy_for(entry, {"label": what}, seen[0])
    return "; ".join(dict.fromkeys(found.remedy for found in findings if found.remedy))


def _control(entry: Data, results: Results) -> t.Optional[Finding]:
    """Why nothing can be said, when the probe has no link of its own; else None."""
    if not entry["control"]:
        return None
    result = results.get(entry["control"])
    if result is None:
        return Finding(
            "inconclusive",
            "the probe host gave no results",
            "make the probe host reachable for Ansible (see the output of the probe task), and assess again",
        )
    if result["observation"] == "reachable":
        return None
    if result["observation"] == "not_run":
        again = result.get("remedy") or "make the probe host work for Ansible, and assess again"
        return Finding("inconclusive", f"nothing was probed: {result['reason']}", again)
    return Finding(
        "inconclusive",
        f"the probe host has no link to the router, so it can say nothing: {result['reason']}",
        remedy_for(entry, {"label": "link"}, result),
    )


def _no_way_out(entry: Data, results: Results) -> t.Optional[Finding]:
    """A block means something only where other connections of the same VLAN were seen to pass; else None."""
    way_out = any(
        result["kind"] in ("tcp", "mqtt")
        and result["observation"] == "open"
        and result["id"].startswith(f"{entry['vlan']}/")
        for result in results.values()
        if "/blocked/" not in result["id"]
    )
    if entry["kind"] != "blocked" or way_out:
        return None
    return Finding(
        "inconclusive",
        "no connection at all was seen to pass from this VLAN, so a block proves nothing",
        "make at least one of the vendors' TCP flows work, and assess again",
    )


def _announced_portal(entry: Data, results: Results) -> t.Optional[Finding]:
    """A portal that the VLAN's own DHCP server announces (RFC 8910, option 114); else None."""
    for result in results.values() if entry["kind"] == "captive_portal" else ():
        for offer in result.get("offers") or ():
            url = offer.get("captive_portal")
            if result["id"].startswith(f"{entry['vlan']}/dhcp/") and url and url != _NO_PORTAL:
                reason = f"the DHCP server {offer['server']} announces a captive portal: {url} (option 114, RFC 8910)"
                return Finding("unmet", reason, f"take VLAN {entry['vlan']} out of the captive portal")
    return None


def _judge(entry: Data, results: Results) -> Finding:
    if entry["given"]:
        return Finding(**entry["given"])
    seen = _wifi.judge(entry, results)
    if seen:
        return seen
    failed = _control(entry, results) or _no_way_out(entry, results) or _announced_portal(entry, results)
    if entry["kind"] == "dhcp_servers" and not failed:
        return _dhcp.judge_servers(entry, results)
    findings = [Finding(**group["given"]) for group in entry["groups"] if group.get("given")]
    probed = [group for group in entry["groups"] if not group.get("given")]
    findings += [failed] if failed else [_judge_group(entry, group, results) for group in probed]
    found = _dhcp.beside_strangers(entry, _together(findings), results)
    if entry["from_gateway"] and found.verdict in ("met", "degraded"):
        why = "probed from the gateway itself, so the forward path was not exercised"
        return Finding(
            "unproven", f"{found.reason} ({why})", "name a probe host inside the VLAN, other than the gateway"
        )
    return found


def _together(findings: t.Sequence[Finding]) -> Finding:
    """The worst of them, with the reasons and remedies of all that are as bad."""
    verdict = worst(findings).verdict
    same = [found for found in findings if found.verdict == verdict]
    return Finding(
        verdict,
        "; ".join(dict.fromkeys(one.reason for one in same)),
        "; ".join(dict.fromkeys(one.remedy for one in same if one.remedy)),
    )


def checks_of(entry: Data) -> t.List[str]:
    """The ids of the checks that a requirement is judged by, the control first."""
    ids = [entry["control"]] if entry["control"] else []
    ids += [one["check"] for group in entry["groups"] for one in group["checks"]]
    return ids + [scan["check"] for scan in entry.get("air", {}).get("scans", ())]


def _observations(entry: Data, results: Results) -> t.List[Data]:
    """The results behind a verdict, the control first."""
    ids = checks_of(entry)
    if entry["kind"] == "dhcp_servers":
        ids += [other.check for other in _dhcp.strangers(entry, results)]
    return [_wifi.shown(entry, results[check_id]) for check_id in dict.fromkeys(ids) if check_id in results]


def _requirement(entry: Data, results: Results) -> t.Dict[str, t.Any]:
    found = _judge(entry, results)
    accepted = entry["accepted"] if found.verdict == "unproven" else ""
    observations = _observations(entry, results)
    return {
        **{key: entry[key] for key in ("vendor", "id", "vlan", "title", "level", "basis")},
        "verdict": found.verdict,
        "reason": found.reason,
        "remedy": found.remedy,
        "accepted": accepted,
        "source": entry["source"],
        "conflict": entry["conflict"],
        "observations": observations,
        **({"unseen": True} if not entry["given"] and is_unseen(found.verdict, observations) else {}),
    }


def readiness(requirements: t.Sequence[Data]) -> str:
    """The site's state: the worst of its required requirements, but for what the site accepts as unproven."""
    found = [
        "ready" if one["accepted"] else _STATE.get(one["verdict"], "not_ready")
        for one in requirements
        if one["level"] == "required"
    ]
    return max(found, key=READINESS.index, default="ready")


def assess(plan: Data, results: t.Sequence[Data]) -> t.Dict[str, t.Any]:
    """One site's assessment, from its plan and the results of all its probe hosts."""
    by_id = {result["id"]: result for result in results}
    requirements = [_requirement(entry, by_id) for entry in plan["requirements"]]
    state = readiness(requirements)
    if state == "inconclusive" and plan["probes"] and all(one["observation"] == "not_run" for one in results):
        state = "not_assessed"
    return {
        "site": plan["site"],
        "readiness": state,
        "requirements": requirements,
        "advice": plan["advice"],
        "notes": plan["notes"],
    }


def document(sites: t.Sequence[Data]) -> t.Dict[str, t.Any]:
    """The assessment document: all sites, by name."""
    return {"schema": 1, "sites": sorted(sites, key=lambda site: str(site["site"]))}


def lean(site: Data) -> t.Dict[str, t.Any]:
    """A site's assessment without the observations behind it and the vendors' advice, which is the same for all."""
    requirements = [{key: value for key, value in one.items() if key != "observations"} for one in site["requirements"]]
    return {**{key: value for key, value in site.items() if key != "advice"}, "requirements": requirements}
