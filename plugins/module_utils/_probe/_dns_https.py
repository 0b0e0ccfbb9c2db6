# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""DNS over HTTPS (RFC 8484): a query as one POST over HTTP/1.1, and what may come back. Nothing is followed."""

from __future__ import annotations

import urllib.parse

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _http, _outcome, _stream

MEDIA_TYPE = "application/dns-message"

_MAX_BODY = 65535  # a DNS message over any transport (RFC 8484 section 6)
_MAX_REPLY = 2 * _MAX_BODY  # with its head, in whatever chunks
_MAX_SHOWN = 200


def host_of(url: str) -> str:
    """The host in a URL."""
    return urllib.parse.urlsplit(url).hostname or ""


def request(url: str, wire: bytes) -> bytes:
    """The POST that carries a query."""
    parts = urllib.parse.urlsplit(url)
    lines = [
        f"POST {parts.path or '/'}{'?' + parts.query if parts.query else ''} HTTP/1.1",
        f"Host: {parts.netloc}",
        f"Accept: {MEDIA_TYPE}",
        f"Content-Type: {MEDIA_TYPE}",
        f"Content-Length: {len(wire)}",
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + wire


def receive(stream: _stream.Stream, deadline: float) -> _http.Reply:
    """The whole reply; HttpError when what comes is none, or is more than a DNS message can be."""
    data = b""
    while True:
        try:
            data += stream.receive(deadline)
        except _stream.Ended:
            reply = _http.parse(data, True) if data else None
            if reply is None:
                raise
            return reply
        reply = _http.parse(data, False)
        if reply and (reply.complete or reply.status != 200):
            return reply
        if len(data) > _MAX_REPLY or (reply and len(reply.body) > _MAX_BODY):
            raise _http.HttpError(f"it is longer than a DNS message may be ({_MAX_BODY} bytes)")


def objection(reply: _http.Reply) -> str | None:
    """Why a reply can't hold a DNS message, as the rest of a sentence; None when it may."""
    if reply.status != 200:
        place = _outcome.printable(reply.headers.get("location", ""), _MAX_SHOWN)
        towards = f" towards {place} (not followed)" if 300 <= reply.status < 400 and place else ""
        return f"answered HTTP {reply.status}{towards} instead of a DNS message"
    kind = reply.headers.get("content-type", "")
    if kind.partition(";")[0].strip().lower() != MEDIA_TYPE:
        shown = _outcome.printable(kind, _MAX_SHOWN)
        return f"answered HTTP 200, but with {shown or 'a body of no stated type'} instead of {MEDIA_TYPE}"
    return None
