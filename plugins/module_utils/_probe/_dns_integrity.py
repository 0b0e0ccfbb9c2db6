# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""DNS integrity: does a resolver say what is so, and is it the resolver that says it?

Four tests, whose questions all go out together: names of a vendor must resolve to public addresses, names that can't
exist must not resolve, nobody may answer for an address that runs no DNS, and another resolver must not contradict.
"""

from __future__ import annotations

import secrets
from time import monotonic
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _dns_findings as findings
from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _dns_message as message
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._dns import nameserver_for
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._dns_exchange import Exchange
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._dns_findings import Answer, Finding
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._dns_options import DARK_ADDRESS, DARK_ADDRESS_6
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._judge import entry
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._model import target_of
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._path import resolve
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check, NotRun, Result
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._workers import Job, Workers

# Less than the datagrams that a target is sent at once (see _pace), so that none waits for that.
_AT_ONCE = 5
_NOWHERE = ("invalid", "test")  # RFC 6761: never anybody's
_HOPELESS = frozenset({"closed", "closed_or_reset", "rejected", "no_route"})


class _Plan(NamedTuple):
    """Who is asked for what."""

    server: str
    names: List[str]
    absent: List[str]
    other: Optional[str]
    dark: str


def run(check: Check, deadline: float) -> Result:
    """Test one resolver."""
    message.need_library("a dns_integrity check")
    server = resolve(check["server"] or nameserver_for(check), check, deadline)[0]
    dark = check["dark_address"] or dark_address_for(server)
    if dark in (server, check["other_server"]):
        raise NotRun(f"dark_address {dark} is a server of this check: give an address that runs no DNS")
    plan = _Plan(server, check["names"], _absent_names(check["absent_under"]), check["other_server"], dark)
    at_server, at_other, at_dark = _ask_all(plan, check, deadline)
    found = [
        *(findings.of_name(name, at_server[name], check["private_ok"]) for name in plan.names),
        *(findings.of_absent(name, at_server[name]) for name in plan.absent),
        *(findings.compare(name, at_server[name], at_other[name], check["private_ok"]) for name in at_other),
        findings.of_dark(dark, at_dark, check["redirected"]),
    ]
    return _result(plan, check, found, list(at_server.values()))


def dark_address_for(server: str) -> str:
    """An address of the server's family where nobody runs anything."""
    return DARK_ADDRESS_6 if ":" in server else DARK_ADDRESS


def _absent_names(domains: List[str]) -> List[str]:
    """Names that can't exist, in a zone that no resolver may serve, at the root, and where the user says."""
    parents = [*_NOWHERE, _label(), *domains]
    return [f"{_label()}.{parent}" for parent in parents]


def _label() -> str:
    return "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz") for _letter in range(14))


def _ask_all(plan: _Plan, check: Check, deadline: float) -> tuple[Dict[str, Answer], Dict[str, Answer], Answer]:
    """Every question at every server, at the same time."""
    server = _Server(plan.server, check, deadline)
    jobs = {name: server.ask(name) for name in [*plan.names, *plan.absent]}
    other = _Server(plan.other, check, deadline) if plan.other else None
    other_jobs = {name: other.ask(name) for name in plan.names} if other else {}
    # With the kind of name that an interceptor most likely lets through to its resolver.
    dark = _Server(plan.dark, check, deadline).ask((plan.names or plan.absent)[0])

    def answers(asked: Dict[str, Job[Answer]]) -> Dict[str, Answer]:
        return {name: _ended(job).result() for name, job in asked.items()}

    return answers(jobs), answers(other_jobs), _ended(dark).result()


def _ended(job: Job[Answer]) -> Job[Answer]:
    job.wait(float("inf"))
    return job


class _Server:
    """One server, and the questions for it; when it can't be reached, the rest of them is not put."""

    def __init__(self, address: str, check: Check, deadline: float) -> None:
        self._address = address
        self._check = {**check, "transport": "udp", "url": None}
        self._deadline = deadline
        self._workers = Workers(_AT_ONCE)
        self._hopeless: Optional[Answer] = None

    def ask(self, name: str) -> Job[Answer]:
        """Put a question as soon as a few others are answered."""
        return self._workers.submit(Job(self._question(name)))

    def _question(self, name: str) -> Callable[[], Answer]:
        return lambda: self._put(name)

    def _put(self, name: str) -> Answer:
        if self._hopeless:
            return self._hopeless
        if monotonic() >= self._deadline:
            late = entry(self._address, "unproven", f"{self._address} left no time for this question", monotonic())
            return Answer(late, None)
        exchange = Exchange(self._address, message.ask(name, "A"), self._check, self._deadline)
        entries, _details = exchange.run()
        answer = Answer(entries[-1], exchange.reply, bool(exchange.refused))
        if exchange.reply is None and entries[-1]["observation"] in _HOPELESS:
            self._hopeless = answer
        return answer


def _result(plan: _Plan, check: Check, found: List[Finding], answers: List[Answer]) -> Result:
    observation, reason = findings.decide(plan.server, found)
    shown: Dict[str, Any] = dict(next((a for a in answers if a.reply), answers[0]).entry)
    heard = any(answer.reply for answer in answers)
    shown.update(observation="answered" if heard else shown["observation"])
    if heard:
        shown["reason"] = f"{plan.server} answered"
    return {
        "observation": observation,
        "reason": reason,
        "target": f"DNS integrity of {target_of(plan.server, check['port'])}",
        "addresses": [shown],
        "server": plan.server,
        "other_server": plan.other,
        "dark_address": plan.dark,
        "findings": [finding.as_dict() for finding in found],
    }
