# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What is said over a TLS connection after its handshake, until a deadline: like _stream, and with its exceptions."""

from __future__ import annotations

import re
import socket
import ssl

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _stream

_ALERT = re.compile(r"(?:sslv3|tlsv13?)_(?:alert_)?(.+)")


class TlsStream(_stream.Stream):
    """A connection whose handshake is complete. The socket stays the caller's."""

    def __init__(
        self, sock: socket.socket, tls: ssl.SSLObject, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO
    ) -> None:
        super().__init__(sock)
        self._tls = tls
        self._incoming = incoming
        self._outgoing = outgoing

    def send(self, data: bytes, deadline: float) -> None:
        """Send all of it; raises _stream.Silent or _stream.Ended."""
        try:
            self._tls.write(data)
        except ssl.SSLError as error:
            raise _broken(error) from None
        self._flush(deadline)

    def receive(self, deadline: float, size: int = 16 * 1024) -> bytes:
        """The next bytes, at least one; raises _stream.Silent or _stream.Ended."""
        while True:
            try:
                data = self._tls.read(size)
            except ssl.SSLWantReadError:
                self._flush(deadline)  # what TLS itself has to answer
                self._incoming.write(super().receive(deadline))
                continue
            except ssl.SSLZeroReturnError:
                data = b""
            except ssl.SSLError as error:
                raise _broken(error) from None
            if not data:
                raise _stream.Ended("closed the connection")
            return data

    def _flush(self, deadline: float) -> None:
        super().send(self._outgoing.read(), deadline)


def alert_of(error: ssl.SSLError) -> str | None:
    """The alert that the peer sent, in plain words (TLSV1_ALERT_UNKNOWN_CA is one), or None."""
    alert = _ALERT.fullmatch((error.reason or "").lower())
    return alert.group(1).replace("_", " ") if alert else None


def _broken(error: ssl.SSLError) -> _stream.Ended:
    alert = alert_of(error)
    if alert:
        return _stream.Ended(f"ended the TLS connection with the alert {alert}")
    reason = (error.reason or "unknown error").lower().replace("_", " ")
    return _stream.Ended(f"broke off the TLS connection ({reason})")
