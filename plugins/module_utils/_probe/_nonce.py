# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Kind ``nonce``: whether packets reach our own responder, or somebody who answers in its place.

See docs/responder.md for the protocol. The key leaves this file in no form but that of a signature.
"""

from __future__ import annotations

import os
import socket
from time import monotonic
from typing import Any, NamedTuple

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _outcome, _stream
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._model import target_of
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._path import (
    connect_tcp,
    each_address,
    entry,
    open_socket,
    resolve,
    udp_exchange,
)
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check, Entry, NotRun, Result
from ansible_collections.fieldnet.iot.plugins.module_utils._responder import _service as protocol

_SHOWN = 16  # bytes of a stranger's answer that a result shows
_NO_KEY = "no key: give responder_key, the key of the responder (or key, for this check alone)"


class _Question(NamedTuple):
    """What every exchange of a check needs."""

    check: Check
    key: bytes
    deadline: float


class _Answer(NamedTuple):
    """What came back over a connection, and how that ended."""

    data: bytes
    ended: str


def run(check: Check, deadline: float) -> Result:
    """Ask every address of the responder."""
    if not check["key"]:
        raise NotRun(_NO_KEY)
    question = _Question(check, check["key"].encode(), deadline)
    ask = _ask_tcp if check["protocol"] == "tcp" else _ask_udp
    outcomes = each_address(resolve(check["host"], check, deadline), lambda address: ask(address, question))
    found = _outcome.result(target_of(check["host"], check["port"]), outcomes, alarms=("intercepted",))
    return {**found, "transport": check["protocol"]}


def _ask_udp(address: str, question: _Question) -> _outcome.Outcome:
    nonce = os.urandom(protocol.NONCE)
    request = protocol.make_request(question.key, nonce)
    reply, seen = udp_exchange(
        address,
        question.check["port"],
        request,
        question.check,
        question.deadline,
        lambda data: protocol.read_reply(question.key, nonce, data) is not None,
    )
    answer = None if reply is None else protocol.read_reply(question.key, nonce, reply)
    if answer:
        return _judge(seen, answer, _own_address(address, question.check), question.check)
    if seen["observation"] == "wrong_answer":
        reason = f"{seen['reason']}: somebody answers who does not know the responder's key"
        return {**seen, "observation": "intercepted", "reason": reason}, _details("foreign")
    return seen, _details("none")


def _ask_tcp(address: str, question: _Question) -> _outcome.Outcome:
    started = monotonic()
    sock, seen = connect_tcp(address, question.check["port"], question.check, question.deadline)
    if sock is None:
        return seen, _details("none")
    nonce = os.urandom(protocol.NONCE)
    with sock:
        own = str(sock.getsockname()[0])
        came = _exchange(sock, protocol.make_request(question.key, nonce), question.deadline)
    answer = protocol.read_reply(question.key, nonce, came.data)
    if answer:
        return _judge(entry(address, "open", "", started), answer, own, question.check)
    return _unproved(address, came, started)


def _exchange(sock: socket.socket, request: bytes, deadline: float) -> _Answer:
    data, ended = b"", ""
    try:
        _stream.send(sock, request, deadline)
        while len(data) < protocol.SIZE:
            data += _stream.receive(sock, deadline, protocol.SIZE - len(data))
    except _stream.Silent:
        ended = "kept silent"
    except _stream.Ended as error:
        ended = str(error)
    return _Answer(data, ended)


def _unproved(address: str, came: _Answer, started: float) -> _outcome.Outcome:
    """A connection was opened, and not by the responder as far as anyone can tell."""
    if came.data:
        said = f"then answered what does not prove that it knows the responder's key ({came.data[:_SHOWN].hex()} ...)"
    else:
        said = f"then {came.ended} instead of answering"
    reason = (
        f"{address} completed the handshake and {said}: a proxy or firewall in the path took the connection, "
        "or what listens there is no responder with this key"
    )
    return entry(address, "intercepted", reason, started), _details("foreign" if came.data else "none")


def _judge(seen: Entry, answer: protocol.Seen, own: str, check: Check) -> _outcome.Outcome:
    """The responder itself answered: was it asked on the port that was meant, and who was it that asked?"""
    address = seen["address"]
    details = _details("authentic", answer, own)
    if answer.own_port != check["port"]:
        reason = f"the responder {address} answered, but on its port {answer.own_port}: something redirects the port"
        return {**seen, "observation": "intercepted", "reason": reason}, details
    who = f" (it sees this host as {answer.address}, which is NAT)" if details["nat"] else ""
    return {**seen, "reason": f"the responder {address} proved that it was reached{who}"}, details


def _details(answer: str, seen: protocol.Seen | None = None, own: str = "") -> dict[str, Any]:
    return {
        "answer": answer,
        "seen_as": {"address": seen.address, "port": seen.port} if seen else None,
        "nat": seen.address != protocol.plain(own) if seen and own else None,
    }


def _own_address(address: str, check: Check) -> str:
    """From where this host sends to an address; empty when it won't say."""
    with open_socket(check, address, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect((address, check["port"]))
            return str(sock.getsockname()[0])
        except OSError:
            return ""
