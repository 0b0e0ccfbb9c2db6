# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Captive portals: one plain HTTP GET whose answer is known beforehand. A redirect is reported, never followed."""

from __future__ import annotations

import re
import typing as t
import urllib.parse

MAX_REPLY = 64 * 1024
_MAX_SHOWN = 2000  # of a portal's URL: what a stranger sends must not fill the report
_REDIRECTS = frozenset({300, 301, 302, 303, 307, 308})
_NETWORK_AUTHENTICATION_REQUIRED = 511  # RFC 6585 section 6
_MAX_HEAD, _MAX_LINE = 16 * 1024, 256
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_CHUNK = re.compile(rb"(?:\r\n)?([0-9A-Fa-f]{1,8})[^\r\n]{0,256}\r\n")
_BODILESS = frozenset({204, 304})


class HttpError(ValueError):
    """A URL that can't be asked for, or bytes that are no HTTP reply; the message is the rest of a sentence."""


class Url(t.NamedTuple):
    """The parts of an http URL that a request needs."""

    text: str
    host: str
    port: int
    authority: str
    path: str


class Reply(t.NamedTuple):
    """An HTTP reply as far as it came."""

    status: int
    headers: dict[str, str]
    body: bytes
    complete: bool


def parse_url(value: object) -> Url:
    """A plain http URL: over TLS a portal can't answer, so nothing would be learnt."""
    text = str(value)
    if not text.isascii() or not text.isprintable() or " " in text:
        raise HttpError("is not a URL (printable ASCII without spaces)")
    try:
        parts = urllib.parse.urlsplit(text)
        port = parts.port or 80
    except ValueError:
        raise HttpError("is not a URL") from None
    if parts.scheme != "http" or not parts.hostname or "@" in parts.netloc:
        raise HttpError("is not a plain HTTP URL (write it as http://host/path, without a user name)")
    path = (parts.path or "/") + ("?" + parts.query if parts.query else "")
    return Url(text, parts.hostname, port, parts.netloc, path)


def request(url: Url) -> bytes:
    """The GET, in the shape that every server takes."""
    lines = [
        f"GET {url.path} HTTP/1.1",
        f"Host: {url.authority}",
        "User-Agent: fieldnet.iot",
        "Accept: */*",
        "Accept-Encoding: identity",
        "Cache-Control: no-cache",
        "Connection: close",
    ]
    return "\r\n".join([*lines, "", ""]).encode("ascii")


def parse(data: bytes, ended: bool) -> Reply | None:
    """The reply in the bytes that came so far: None while its head isn't complete, HttpError when it is none.

    ``ended``: no more bytes will come (the peer closed, or no more are wanted).
    """
    end = _HEAD_END.search(data, 0, _MAX_HEAD)
    head = data[: end.start()] if end else data[:_MAX_HEAD]
    first, *lines = head.decode("latin-1").split("\n")
    if not (end or lines or ended or len(first) > _MAX_LINE):
        return None
    status = _status(first)
    if end is None:
        return Reply(status, {}, b"", True) if ended or len(data) > _MAX_HEAD else None
    headers: dict[str, str] = {}
    for line in lines:
        name, _colon, content = line.partition(":")
        headers.setdefault(name.strip().lower(), content.strip())
    body, complete = _body(status, headers, data[end.end() :])
    return Reply(status, headers, body, complete or ended)


def judge(reply: Reply, url: Url, expect_status: int, expect_body: str | None) -> tuple[str, str, str | None]:
    """Observation, reason and the portal's URL."""
    body_matches = expect_body is None or expect_body in reply.body.decode("utf-8", "replace")
    if reply.status == expect_status and body_matches:
        return "open", f"answered {reply.status} as expected", None
    if reply.status in _REDIRECTS or reply.status == _NETWORK_AUTHENTICATION_REQUIRED:
        portal = _location(reply, url)
        return "portal", f"answered {reply.status}" + (f" and points to {portal}" if portal else ""), portal
    if reply.status != expect_status:
        return "tampered", f"answered {reply.status} instead of {expect_status}", None
    return "tampered", f"answered {reply.status}, but with another body than expected", None


def _status(line: str) -> int:
    version, _space, rest = line.partition(" ")
    code = rest[:3]
    if not version.startswith("HTTP/1.") or not (code.isascii() and code.isdigit() and len(code) == 3):
        raise HttpError("is not HTTP")
    return int(code)


def _body(status: int, headers: dict[str, str], rest: bytes) -> tuple[bytes, bool]:
    """The body so far, and whether that is all of it (RFC 9112 section 6)."""
    if status in _BODILESS:
        return b"", True
    if headers.get("transfer-encoding", "").lower().endswith("chunked"):
        return _dechunk(rest)
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and len(length) < 10:
        return rest[: int(length)], len(rest) >= int(length)
    return rest, False


def _dechunk(data: bytes) -> tuple[bytes, bool]:
    body = []
    chunk = _CHUNK.match(data)
    while chunk:
        size = int(chunk.group(1), 16)
        if size == 0:
            return b"".join(body), True
        body.append(data[chunk.end() : chunk.end() + size])
        chunk = _CHUNK.match(data, chunk.end() + size)
    return b"".join(body), False


def _location(reply: Reply, url: Url) -> str | None:
    """Where the portal sends a browser; None when it doesn't say, or what it says is no URL."""
    target = reply.headers.get("location", "")
    if not target or not target.isprintable():
        return None
    try:
        return urllib.parse.urljoin(url.text, target)[:_MAX_SHOWN]
    except ValueError:
        return None
