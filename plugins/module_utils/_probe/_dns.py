# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""DNS: one question to one server, as a stub resolver asks it: over UDP, and over TCP when the answer is too long."""

from __future__ import annotations

import ipaddress
import socket
import struct
from pathlib import Path
from time import monotonic
from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.fieldnet.iot.plugins.module_utils import _values
from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _dns_message as message
from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _outcome, _stream
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._model import target_of
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._path import (
    connect_tcp,
    each_address,
    entry,
    resolve,
    udp_exchange,
)
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check, Entry, NotRun, Result

RESOLV_CONF = "/etc/resolv.conf"
_MAX_STREAM = 256 * 1024  # bytes over TCP that answer something else
_MAX_ANSWERS = 256  # that a result shows

_Outcome = Tuple[List[Entry], Dict[str, Any]]


def run(check: Check, deadline: float) -> Result:
    """Ask the server."""
    message.need_library()
    server = check["server"] or first_nameserver()
    if check["interface"] and not check["server"] and ipaddress.ip_address(server).is_loopback:
        stub = f"{RESOLV_CONF} on this host names its own stub resolver {server}"
        raise NotRun(f"{stub}, which can't be asked through interface {check['interface']}: give the check a server")
    try:
        question = message.ask(check["name"], check["record_type"], check["expect_rcode"], check["expect_answers"])
    except message.DnsError as error:
        raise NotRun(str(error)) from None

    def one(address: str) -> _Outcome:
        return _Exchange(address, question, check, deadline).run()

    exchanges = each_address(resolve(server, check, deadline), one)
    target = f"{check['name']} {check['record_type'].upper()} at {target_of(server, check['port'])}"
    result = _outcome.result(target, [(entries[-1], details) for entries, details in exchanges])
    result["addresses"] = [each for entries, _details in exchanges for each in entries]
    return {**result, "server": server}


def queries_of(raw: List[Dict[str, Any]], server: Optional[str]) -> Tuple[List[Dict[str, Any]], List[str]]:
    """Queries as checks, and what is wrong with the server that those ask which name none."""
    errors = []
    if server is not None:
        try:
            server = _values.ip(server)
        except ValueError as error:
            errors.append(f"server: {error}")
            server = None
    return [{**query, "kind": "dns", "server": query.get("server") or server} for query in raw], errors


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


class _Exchange:
    """The question, put to one address."""

    def __init__(self, address: str, question: message.Question, check: Check, deadline: float) -> None:
        self.address = address
        self.question = question
        self.check = check
        self.deadline = deadline
        self.refused: str | None = None
        self.reply: message.Reply | None = None

    def run(self) -> _Outcome:
        """The entries, the last of which decides, and what the server said."""
        asked = monotonic()
        transport = self.check["transport"]
        entries = [self._over_udp() if transport == "udp" else self._over_tcp()]
        truncated = self.reply is not None and self.reply.truncated and transport == "udp"
        if truncated:
            # Waiting for the server's pace does not count as time (see _path.udp_exchange).
            self.deadline += max(0.0, monotonic() - asked - entries[0]["elapsed"])
            transport, self.reply = "tcp", None
            entries[0]["reason"] = f"{self.address} answered, but cut off: what it has to say is too long for UDP"
            entries.append(self._over_tcp())
        details: dict[str, Any] = {"transport": transport, "truncated": truncated}
        if self.reply is not None:
            observation, reason = message.judge(self.reply, self.question)
            after = " over TCP, having been too long for UDP" if truncated else ""
            entries[-1].update(observation=observation, reason=f"{self.address} {reason}{after}")
            details.update(self.reply._asdict(), answers=self.reply.answers[:_MAX_ANSWERS])
        elif truncated:
            entries[-1]["reason"] += " (TCP, to which the answer too long for UDP had sent the question)"
        return entries, details

    def _over_udp(self) -> Entry:
        wire = self.question.wire
        _data, seen = udp_exchange(self.address, self.check["port"], wire, self.check, self.deadline, self._accept)
        if self.refused and seen["observation"] == "wrong_answer":
            seen.update(self._garbage())
        return seen

    def _over_tcp(self) -> Entry:
        started = monotonic()
        sock, seen = connect_tcp(self.address, self.check["port"], self.check, self.deadline)
        if sock is None:
            return seen
        with sock:
            try:
                _stream.send(sock, struct.pack("!H", len(self.question.wire)) + self.question.wire, self.deadline)
                self._await_reply(sock)
            except _stream.Silent:
                reason = f"{self.address} completed the TCP handshake, but did not answer the query"
                failure = entry(self.address, "dropped", reason, started)
            except _stream.Ended as end:
                reason = f"{self.address} accepted the connection, but {end} without an answer"
                failure = entry(self.address, "closed_or_reset", reason, started)
            else:
                return entry(self.address, "open", f"{self.address} answered", started)
        return {**failure, **(self._garbage() if self.refused else {})}

    def _await_reply(self, sock: socket.socket) -> None:
        """Read messages, each after its length (RFC 1035 section 4.2.2), until one answers the question."""
        data, read = b"", 0
        while read < _MAX_STREAM:
            chunk = _stream.receive(sock, self.deadline)
            read += len(chunk)
            data += chunk
            while len(data) >= 2 and len(data) >= 2 + int.from_bytes(data[:2], "big"):
                end = 2 + int.from_bytes(data[:2], "big")
                if self._accept(data[2:end]):
                    return
                data = data[end:]
        raise _stream.Ended("sent other things, on and on,")

    def _accept(self, data: bytes) -> bool:
        try:
            self.reply = message.parse(data, self.question)
        except message.DnsError as error:
            self.refused = self.refused or str(error)
        return self.reply is not None

    def _garbage(self) -> dict[str, str]:
        reason = f"{self.address} did not answer the query; what came in its name does not count: {self.refused}"
        return {"observation": "unproven", "reason": reason}
