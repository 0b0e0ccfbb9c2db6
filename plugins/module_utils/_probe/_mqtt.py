# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""MQTT: one CONNECT (version 3.1.1) without credentials, over TLS or TCP. Any CONNACK proves the path.

Whose certificate the broker presents is not judged: that is what checks of kind tls are for.
"""

from __future__ import annotations

import contextlib
import socket
import typing as t
from time import monotonic

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _certificate, _outcome, _stream
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._model import target_of
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._path import connect_tcp, each_address, entry, resolve
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check, Result

if t.TYPE_CHECKING:  # ssl is loaded for the checks that go over TLS only
    from ansible_collections.fieldnet.iot.plugins.module_utils._probe._handshake import TlsError

# MQTT 3.1.1 section 3.1: protocol MQTT, level 4, clean session, keep alive 60 s, no client identifier
CONNECT = bytes.fromhex("100c00044d51545404 02003c0000")
DISCONNECT = bytes.fromhex("e000")
_CONNACK = 0x20
_SHOWN = 16  # bytes of an unexpected reply that a result shows
_MEANINGS = {
    0: "connection accepted",
    1: "unacceptable protocol version",
    2: "client identifier rejected",
    3: "server unavailable",
    4: "bad user name or password",
    5: "not authorised",
}

Verdict = t.Tuple[str, str, t.Dict[str, t.Any]]
"""Observation, the rest of a sentence that starts with the address, and details."""


def run(check: Check, deadline: float) -> Result:
    """Connect to the broker at every address of the host."""
    addresses = resolve(check["host"], check, deadline)
    outcomes = each_address(addresses, lambda address: _ask(address, check, deadline))
    return _outcome.result(target_of(check["host"], check["port"]), outcomes)


def return_code(data: bytes) -> int | None:
    """The return code of a CONNACK (section 3.2), None while it isn't complete; ValueError for anything else.

    A broker of MQTT 5 that refuses the version may answer in that version's form, which is longer.
    """
    if data and (data[0] != _CONNACK or not 2 <= (data + b"\2")[1] < 128 or (data + b"\0\0")[2] > 1):
        raise ValueError(f"sent something that is no MQTT CONNACK (it starts with {data[:_SHOWN].hex()})")
    return data[3] if len(data) > 3 else None


def _ask(address: str, check: Check, deadline: float) -> _outcome.Outcome:
    started = monotonic()
    sock, seen = connect_tcp(address, check["port"], check, deadline)
    if sock is None:
        return seen, {}
    with sock:
        verdict = _over_tls(sock, address, check, deadline) if check["tls"] else _talk(_stream.Stream(sock), deadline)
    observation, reason, told = verdict
    details = {"step": "mqtt", "connack": None, "mutual_tls": False, **told}
    return entry(address, observation, f"{address} {reason}", started), details


def _talk(stream: _stream.Stream, deadline: float) -> Verdict:
    data = b""
    try:
        with contextlib.suppress(_stream.Ended):  # why it ended can still be read
            stream.send(CONNECT, deadline)
        code = None
        while code is None:
            data += stream.receive(deadline, 64)
            code = return_code(data)
    except _stream.Silent:
        return "dropped", "opened the connection, but answered nothing to the MQTT CONNECT in time", {}
    except _stream.Ended as end:
        return "closed_or_reset", f"opened the connection, but {end} after the MQTT CONNECT", {}
    except ValueError as error:
        return "wrong_answer", str(error), {}
    finally:
        with contextlib.suppress(_stream.Silent, _stream.Ended):
            stream.send(DISCONNECT, min(deadline, monotonic() + 0.5))
    meaning = _MEANINGS.get(code, "a code that MQTT 3.1.1 does not have")
    wants = ": it wants credentials, and the path is open" if code in (4, 5) else ""
    connack = {"code": code, "meaning": meaning}
    return "open", f"answered with the CONNACK {code} ({meaning}){wants}", {"connack": connack}


def _over_tls(sock: socket.socket, address: str, check: Check, deadline: float) -> Verdict:
    from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _handshake

    context = _handshake.any_certificate(check["alpn"])
    try:
        session, stream = _handshake.converse(sock, context, check["server_name"] or check["host"], deadline)
    except _handshake.TlsError as error:
        return _judge_failure(error, address, check, deadline)
    told = {
        "protocol": session.protocol,
        "alpn": session.alpn,
        "certificate": {"sha256": _certificate.fingerprint(session.certificate)},
    }
    observation, reason, details = _talk(stream, deadline)
    if observation == "closed_or_reset":
        # In TLS 1.3 a broker tells only now that it wants a certificate (RFC 8446 section 4.4.2.4).
        reason = f"completed the TLS handshake, and {reason.partition('but ')[2]}{_MUTUAL}"
        return "open", reason, {**details, **told, "mutual_tls": True}
    return observation, reason, {**details, **told}


_MUTUAL = ", as brokers do that want a client certificate (mutual TLS): the path is open"


def _judge_failure(error: TlsError, address: str, check: Check, deadline: float) -> Verdict:
    from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _tls_cut, _tls_records

    if error.cut:
        tried, told = _tls_cut.explain(address, check, deadline)
        return "tls_cut", f"was reached, but {error}{told}", {"step": "tls", "other_names": tried}
    details: dict[str, t.Any] = {"step": "tls"}
    if error.ended and _tls_records.greeted(error.heard):
        return "open", f"sent its part of the TLS handshake, then: {error}{_MUTUAL}", {**details, "mutual_tls": True}
    if error.heard and not _tls_records.is_tls(error.heard):
        shown = error.heard[:_SHOWN].hex()
        return "wrong_answer", f"sent something that is no TLS (it starts with {shown})", details
    return "tls_error", f"opened the connection, but {error}", details
