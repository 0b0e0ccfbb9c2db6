# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A connection that was cut right after the ClientHello: who cut it can't be seen, but whether it is about the server's
name can, by asking for another.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _handshake
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._names import is_address
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._path import connect_tcp
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check

_OTHER_NAME = "example.com"  # RFC 2606: a name that no filter is about


def explain(address: str, check: Check, deadline: float) -> tuple[list[dict[str, Any]], str]:
    """What became of handshakes with other names, and what that tells ("; so it is ...")."""
    name = check["server_name"] or check["host"]
    sent = None if is_address(name) else name  # an address is never sent as a name (RFC 6066 section 3)
    names = [other for other in (None, _OTHER_NAME) if other != sent]
    tried = [{"server_name": other, "outcome": _try(other, address, check, deadline)} for other in names]
    outcomes = {str(one["outcome"]) for one in tried}
    if "answered" in outcomes:
        return (
            tried,
            "; asked for another server name, or for none, it answers: a filter or the server refuses this name",
        )
    if outcomes == {"cut"}:
        told = "; so it is for every server name: no filter of names, but a dead service, or a filter of TLS as such"
        return tried, told
    return tried, ""


def _try(name: str | None, address: str, check: Check, deadline: float) -> str:
    """What becomes of a handshake with another server name: answered, cut, silent, or unreachable."""
    sock, _seen = connect_tcp(address, check["port"], check, deadline)
    if sock is None:
        return "unreachable"
    with sock:
        try:
            _handshake.handshake(sock, _handshake.any_certificate(check["alpn"]), name, deadline)
        except _handshake.TlsError as error:
            return "cut" if error.cut else "answered" if error.heard else "silent"
    return "answered"
