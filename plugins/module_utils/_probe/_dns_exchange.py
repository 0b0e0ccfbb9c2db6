# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""One DNS question to one address, over UDP (and TCP, where the answer is too long), TCP, TLS or HTTPS."""

from __future__ import annotations

import socket
import struct
from time import monotonic
from typing import Any, List, Tuple

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _dns_message as message
from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _stream
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._path import connect_tcp, entry, udp_exchange
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check, Entry

_MAX_STREAM = 256 * 1024  # bytes over TCP that answer something else
_MAX_ANSWERS = 256  # that a result shows
_ONWARD = {"tcp": "", "tls": " over TLS", "https": " over HTTPS"}

Outcome = Tuple[List[Entry], Any]


class Exchange:
    """The question, put to one address: ``reply`` is what the server said, ``refused`` why what came does not count."""

    def __init__(self, address: str, question: message.Question, check: Check, deadline: float) -> None:
        self.address = address
        self.question = question
        self.check = check
        self.deadline = deadline
        self.reply: message.Reply | None = None
        self.refused: str | None = None
        self._details: dict[str, Any] = {}

    def run(self) -> Outcome:
        """The entries, the last of which decides, and what the server said."""
        entries = self._ask()
        if self.reply and message.refuses_edns(self.reply, self.question):
            self.question, self.reply = self.question.plain(), None
            entries = self._ask()
        if self.reply:
            observation, reason = message.judge(self.reply, self.question)
            after = " over TCP, having been too long for UDP" if self._details["truncated"] else ""
            entries[-1].update(observation=observation, reason=f"{self.address} {reason}{after}")
            self._details.update(self.reply.as_dict(), answers=self.reply.answers[:_MAX_ANSWERS])
            self._details["edns"] = self.question.edns
        return entries, self._details

    def _ask(self) -> list[Entry]:
        transport = self.check["transport"]
        self._details = {"transport": transport, "truncated": False}
        if transport != "udp":
            return [self._over_stream()]
        entries = [self._over_udp()]
        if self.reply and self.reply.truncated:
            self.reply = None
            self._details = {"transport": "tcp", "truncated": True}
            entries[0]["reason"] = f"{self.address} answered, but cut off: what it has to say is too long for UDP"
            entries.append(self._over_stream())
            if not self.reply:
                entries[1]["reason"] += " (TCP, to which the answer too long for UDP had sent the question)"
        return entries

    def _over_udp(self) -> Entry:
        asked, wire = monotonic(), self.question.wire
        _data, seen = udp_exchange(self.address, self.check["port"], wire, self.check, self.deadline, self._accept)
        # Waiting for the server's pace does not count as time (see _path.udp_exchange).
        self.deadline += max(0.0, monotonic() - asked - seen["elapsed"])
        if self.refused and seen["observation"] == "wrong_answer":
            seen.update(self._garbage())
        return seen

    def _over_stream(self) -> Entry:
        started = monotonic()
        sock, seen = connect_tcp(self.address, self.check["port"], self.check, self.deadline)
        if sock is None:
            return seen
        with sock:
            try:
                failure = self._talk(sock)
            except _stream.Silent:
                onward = _ONWARD[self._details["transport"]]
                failure = ("dropped", f"completed the TCP handshake, but did not answer the query{onward}")
            except _stream.Ended as end:
                failure = ("closed_or_reset", f"accepted the connection, but {end} without an answer")
        if self.reply:
            return entry(self.address, "open", f"{self.address} answered", started)
        observation, reason = failure or ("unproven", "did not answer the query")
        seen = entry(self.address, observation, f"{self.address} {reason}", started)
        return {**seen, **(self._garbage() if self.refused else {})}

    def _talk(self, sock: socket.socket) -> tuple[str, str] | None:
        """Ask over a connection; what went wrong, if not simply what _accept has seen."""
        transport = self._details["transport"]
        if transport == "tcp":
            self._over_length(_stream.Stream(sock))
            return None
        from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _dns_secure

        stream, self._details["tls"], wrong = _dns_secure.open_stream(sock, self.address, self.check, self.deadline)
        if stream is None:
            return "tls_error", wrong
        if transport == "https":
            return self._over_https(stream)
        self._over_length(stream)
        return None

    def _over_length(self, stream: _stream.Stream) -> None:
        """Read messages, each after its length (RFC 1035 section 4.2.2), until one answers the question."""
        stream.send(struct.pack("!H", len(self.question.wire)) + self.question.wire, self.deadline)
        data, read = b"", 0
        while read < _MAX_STREAM:
            chunk = stream.receive(self.deadline)
            read += len(chunk)
            data += chunk
            while len(data) >= 2 and len(data) >= 2 + int.from_bytes(data[:2], "big"):
                end = 2 + int.from_bytes(data[:2], "big")
                if self._accept(data[2:end]):
                    return
                data = data[end:]
        raise _stream.Ended("sent other things, on and on,")

    def _over_https(self, stream: _stream.Stream) -> tuple[str, str] | None:
        from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _dns_https, _http

        stream.send(_dns_https.request(self.check["url"], self.question.wire), self.deadline)
        try:
            reply = _dns_https.receive(stream, self.deadline)
        except _http.HttpError as error:
            self.refused = str(error)
            return None
        self._details["http_status"] = reply.status
        wrong = _dns_https.objection(reply)
        if wrong is None:
            self._accept(reply.body)
        return ("wrong_answer", wrong) if wrong else None

    def _accept(self, data: bytes) -> bool:
        try:
            self.reply = message.parse(data, self.question)
        except message.DnsError as error:
            self.refused = self.refused or str(error)
        return self.reply is not None

    def _garbage(self) -> dict[str, str]:
        reason = f"{self.address} did not answer the query; what came in its name does not count: {self.refused}"
        return {"observation": "unproven", "reason": reason}
