# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Captive portals: one plain HTTP GET whose answer is known beforehand. A redirect is reported, never followed."""

from __future__ import annotations

import re
import typing as t
import urllib.parse
from time import monotonic

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _outcome, _stream
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._path import connect_tcp, each_address, entry, resolve
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check, NameFailure, NotRun, Result
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._workers import Job, Workers

MAX_REPLY = 64 * 1024
_MAX_SHOWN = 2000  # of a portal's URL: what a stranger sends must not fill the report
_REDIRECTS = frozenset({300, 301, 302, 303, 307, 308})
_NETWORK_AUTHENTICATION_REQUIRED = 511  # RFC 6585 section 6
_MAX_HEAD, _MAX_LINE = 16 * 1024, 256
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_CHUNK = re.compile(rb"(?:\r\n)?([0-9A-Fa-f]{1,8})[^\r\n]{0,256}\r\n")
_BODILESS = frozenset({204, 304})


class HttpError(ValueError):
    """The bytes are no HTTP reply; the message is the rest of a sentence."""


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


def run(check: Check, deadline: float) -> Result:
    """Ask every address of the URL's host, and the portal's API if there is one."""
    url = parse_url(check["url"])
    api = Workers(1).submit(Job(lambda: _ask_api(check, deadline))) if check["api_url"] else None
    if api is None:
        return _ask_all(url, check, deadline)
    try:
        result = _ask_all(url, check, deadline)
    except NameFailure as error:  # which the API may explain
        result = {"observation": "name_error", "reason": str(error), "target": url.text, "addresses": []}
        result.update(status=None, portal_url=None)
    api.wait(float("inf"))
    return _agree(result, api.result())


def _ask_all(url: Url, check: Check, deadline: float) -> Result:
    addresses = resolve(url.host, check, deadline)
    outcomes = each_address(addresses, lambda address: _ask(address, url, check, deadline))
    return _outcome.result(url.text, outcomes, alarms=("portal", "tampered"))


def _ask_api(check: Check, deadline: float) -> dict[str, t.Any]:
    from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _portal_api

    return _portal_api.ask(check, deadline)


def _agree(result: Result, api: dict[str, t.Any]) -> Result:
    """The API knows best whether this host is held captive; where it does not say, the page stands."""
    result = {**result, "api": api}
    seen, reason = result["observation"], result["reason"]
    if api["captive"] and seen != "portal":
        towards = f" and points to {api['portal_url']}" if api["portal_url"] else ""
        reason = f"the portal's API says that this host is captive{towards} ({reason})"
        return {**result, "observation": "portal", "reason": reason, "portal_url": api["portal_url"]}
    if api["captive"]:
        return {**result, "portal_url": result["portal_url"] or api["portal_url"]}
    if api["captive"] is None:
        return {**result, "reason": f"{reason}; the portal's API could not be asked: {api['error']}"}
    contradicted = "" if seen == "open" else "; the portal's API says all the same that this host is not captive"
    return {**result, "reason": reason + contradicted}


def _ask(address: str, url: Url, check: Check, deadline: float) -> _outcome.Outcome:
    started = monotonic()
    sock, seen = connect_tcp(address, url.port, check, deadline)
    if sock is None:
        return seen, {}
    details: dict[str, t.Any] = {"status": None, "portal_url": None}
    with sock:
        try:
            reply = fetch(_stream.Stream(sock), url, deadline, lambda reply: _decided(reply, check))
        except _stream.Silent:
            observation, reason = "dropped", "completed the TCP handshake, but answered nothing in time"
        except _stream.Ended as end:
            observation, reason = "closed_or_reset", f"accepted the connection, but {end} without an answer"
        except HttpError as error:
            observation, reason = "tampered", f"answered, but {error}"
        else:
            observation, reason, portal = judge(reply, url, check["expect_status"], check["expect_body"])
            details = {"status": reply.status, "portal_url": portal}
    return entry(address, observation, f"{address} {reason}", started), details


def fetch(
    stream: _stream.Stream,
    url: Url,
    deadline: float,
    enough: t.Callable[[Reply], bool],
    accept: str = "*/*",
) -> Reply:
    """As much of the reply as is enough, and never more than MAX_REPLY bytes; raises as _stream and parse do."""
    stream.send(request(url, accept), deadline)
    data, ended = b"", False
    while True:
        try:
            data += stream.receive(deadline)
        except (_stream.Silent, _stream.Ended):
            if not data:
                raise
            ended = True
        reply = parse(data, ended or len(data) >= MAX_REPLY)
        if reply and (reply.complete or enough(reply)):
            return reply


def _decided(reply: Reply, check: Check) -> bool:
    """Whether the rest of the body can't change the verdict any more."""
    wanted = check["expect_body"]
    return reply.status != check["expect_status"] or wanted is None or wanted.encode() in reply.body


def parse_url(text: str, scheme: str = "http") -> Url:
    """The parts of an http (or https) URL; NotRun when it is none."""
    try:
        parts = urllib.parse.urlsplit(text)
        port = parts.port or {"http": 80, "https": 443}[scheme]
    except ValueError:
        raise NotRun(f"{text} is not a URL") from None
    if parts.scheme != scheme or not parts.hostname:
        raise NotRun(f"{text} is not a plain {scheme} URL")
    path = (parts.path or "/") + ("?" + parts.query if parts.query else "")
    return Url(text, parts.hostname, port, parts.netloc, path)


def request(url: Url, accept: str = "*/*") -> bytes:
    """The GET, in the shape that every server takes."""
    lines = [
        f"GET {url.path} HTTP/1.1",
        f"Host: {url.authority}",
        "User-Agent: fieldnet.iot",
        f"Accept: {accept}",
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
    body_matches = expect_body is None or expect_body.encode() in reply.body
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
        raise HttpError("what it speaks is not HTTP")
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
    body: list[bytes] = []
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
