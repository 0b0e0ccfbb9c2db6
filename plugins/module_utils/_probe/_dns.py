# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""DNS: one question to one server, as a stub resolver asks it."""

from __future__ import annotations

import ipaddress
import urllib.parse
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.fieldnet.iot.plugins.module_utils import _values
from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _dns_message as message
from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _outcome
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._dns_exchange import Exchange, Outcome
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._model import target_of
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._path import each_address, resolve
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check, NotRun, Result

RESOLV_CONF = "/etc/resolv.conf"


def run(check: Check, deadline: float) -> Result:
    """Ask the server; that of a URL at every address of its name."""
    message.need_library()
    host = urllib.parse.urlsplit(check["url"]).hostname if check["url"] else None
    server = check["server"] or host or nameserver_for(check)
    question = _question(check)

    def one(address: str) -> Outcome:
        return Exchange(address, question, check, deadline).run()

    exchanges = each_address(resolve(server, check, deadline), one)
    target = f"{check['name']} {check['record_type'].upper()} at {_place(server, check)}"
    result = _outcome.result(target, [(entries[-1], details) for entries, details in exchanges])
    result["addresses"] = [each for entries, _details in exchanges for each in entries]
    return {**result, "server": server}


def _question(check: Check) -> message.Question:
    try:
        return message.ask(
            check["name"],
            check["record_type"],
            check["expect_rcode"],
            check["expect_answers"],
            edns=check["edns"],
            dnssec=check["dnssec_ok"],
            expect_ad=check["expect_ad"],
        )
    except message.DnsError as error:
        raise NotRun(str(error)) from None


def _place(server: str, check: Check) -> str:
    if check["transport"] == "https":
        return str(check["url"])
    place = target_of(server, check["port"])
    return f"tls://{place}" if check["transport"] == "tls" else place


def queries_of(raw: List[Dict[str, Any]], server: Optional[str]) -> Tuple[List[Dict[str, Any]], List[str]]:
    """Queries as checks, and what is wrong with the server that those ask which name none."""
    errors = []
    if server is not None:
        try:
            server = _values.ip(server)
        except ValueError as error:
            errors.append(f"server: {error}")
            server = None
    return [
        {**query, "kind": "dns", "server": query.get("server") or (None if query.get("url") else server)}
        for query in raw
    ], errors


def nameserver_for(check: Check) -> str:
    """The server that this host's own resolver asks first, if the check can ask it."""
    server = first_nameserver()
    if check["interface"] and ipaddress.ip_address(server).is_loopback:
        stub = f"{RESOLV_CONF} on this host names its own stub resolver {server}"
        raise NotRun(f"{stub}, which can't be asked through interface {check['interface']}: give the check a server")
    return server


def first_nameserver() -> str:
    """The server that this host's own resolver asks first."""
    try:
        lines = Path(RESOLV_CONF).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        words = line.split()
        if words[:1] == ["nameserver"] and len(words) > 1:
            try:
                return _values.ip(words[1])
            except ValueError:
                continue
    raise NotRun(f"{RESOLV_CONF} on this host names no usable nameserver: give the check a server")
