# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The part of a TLS handshake that travels in the clear, read from the bytes as they came.

Up to TLS 1.2 a server sends its certificates in the clear, so the whole chain can be read where Python does not hand
it out (before 3.13). In TLS 1.3 only the ServerHello is to be seen.
"""

from __future__ import annotations

import typing as t

_ALERT, _HANDSHAKE = 21, 22
_SERVER_HELLO, _CERTIFICATE = 2, 11
_RECORD_HEAD, _MESSAGE_HEAD = 5, 4
MAX_CERTIFICATES = 16  # of one chain; what a server sends beyond that can't make a result large


def greeted(heard: bytes) -> bool:
    """Whether the peer sent a whole ServerHello: it speaks TLS, and was ready to."""
    return next((kind for kind, _body in _messages(heard)), None) == _SERVER_HELLO


def is_tls(heard: bytes) -> bool:
    """Whether the bytes can be the beginning of a handshake record or an alert."""
    return heard[0] in (_HANDSHAKE, _ALERT) and heard[1:2] in (b"", b"\3")


def chain(heard: bytes) -> list[bytes]:
    """The certificates (DER) that the server sent in the clear, its own first; none if it did not."""
    for kind, body in _messages(heard):
        if kind == _CERTIFICATE:
            return list(_certificates(body))
    return []


def _messages(heard: bytes) -> t.Iterator[tuple[int, bytes]]:
    """The whole handshake messages at the beginning: RFC 5246 sections 6.2.1 and 7.4."""
    stream = b"".join(_fragments(heard))
    at = 0
    while at + _MESSAGE_HEAD <= len(stream):
        end = at + _MESSAGE_HEAD + int.from_bytes(stream[at + 1 : at + _MESSAGE_HEAD], "big")
        if end > len(stream):
            return
        yield stream[at], stream[at + _MESSAGE_HEAD : end]
        at = end


def _fragments(heard: bytes) -> t.Iterator[bytes]:
    at = 0
    while at + _RECORD_HEAD <= len(heard) and heard[at] == _HANDSHAKE and heard[at + 1] == 3:
        end = at + _RECORD_HEAD + int.from_bytes(heard[at + 3 : at + _RECORD_HEAD], "big")
        if end > len(heard):
            return
        yield heard[at + _RECORD_HEAD : end]
        at = end


def _certificates(body: bytes) -> t.Iterator[bytes]:
    at = 3  # the length of the list, which the message's own length says again
    for _count in range(MAX_CERTIFICATES):
        end = at + 3 + int.from_bytes(body[at : at + 3], "big")
        if at + 3 > len(body) or end > len(body):
            return
        yield body[at + 3 : end]
        at = end
