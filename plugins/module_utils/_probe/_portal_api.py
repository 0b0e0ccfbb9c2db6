# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The captive portal API (RFC 8908), whose URL DHCP or a router advertises (RFC 8910): is this host held captive?

One GET over TLS. It is believed only from a server that this host's certificate authorities vouch for (section 4.1),
unless the check says otherwise. Redirects are not followed.
"""

from __future__ import annotations

import json
import typing as t

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _handshake, _http, _outcome, _stream
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._options import UNRESTRICTED
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._path import connect_tcp, each_address, resolve
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check, NameFailure

MEDIA_TYPE = "application/captive+json"
_MAX_SHOWN = 2000  # of a URL: what a stranger sends must not fill the report

Answer = t.Dict[str, t.Any]
"""What the API says: captive, portal_url, venue_url, can_extend, seconds_left, bytes_left; or why it said nothing."""


def ask(check: Check, deadline: float) -> Answer:
    """What the API says at the first address that says something."""
    if check["api_url"] == UNRESTRICTED:
        return {**_SILENT, "captive": False}
    url = _http.parse_url(check["api_url"], "https")
    try:
        addresses = resolve(url.host, check, deadline)
    except NameFailure as error:
        return {**_SILENT, "error": str(error)}
    answers = each_address(addresses, lambda address: _ask(address, url, check, deadline))
    return next((answer for answer in answers if answer["captive"] is not None), answers[0])


def read(reply: _http.Reply) -> Answer:
    """What a reply says; HttpError when it is no answer of such an API."""
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if reply.status != 200:
        raise _http.HttpError(f"it answered {reply.status}, and redirects are not followed")
    if kind != MEDIA_TYPE:
        raise _http.HttpError(f"it answered with {_outcome.printable(kind, 100) or 'no type'} instead of {MEDIA_TYPE}")
    try:
        told = json.loads(reply.body)
    except (ValueError, RecursionError):
        raise _http.HttpError("its answer is not JSON") from None
    if not isinstance(told, dict) or not isinstance(told.get("captive"), bool):
        raise _http.HttpError("its answer does not say whether this host is captive")
    return {
        "captive": told["captive"],
        "portal_url": _url(told.get("user-portal-url")),
        "venue_url": _url(told.get("venue-info-url")),
        "can_extend": told.get("can-extend-session") is True,
        "seconds_left": _count(told.get("seconds-remaining")),
        "bytes_left": _count(told.get("bytes-remaining")),
        "error": None,
    }


_SILENT: Answer = {
    "captive": None,
    "portal_url": None,
    "venue_url": None,
    "can_extend": False,
    "seconds_left": None,
    "bytes_left": None,
    "error": None,
}


def _ask(address: str, url: _http.Url, check: Check, deadline: float) -> Answer:
    sock, seen = connect_tcp(address, url.port, check, deadline)
    if sock is None:
        return {**_SILENT, "error": str(seen["reason"])}
    context = _handshake.public_authorities() if check["validate_certs"] else _handshake.any_certificate()
    with sock:
        try:
            _session, stream = _handshake.converse(sock, context, url.host, deadline)
            return read(_http.fetch(stream, url, deadline, lambda reply: reply.status != 200, MEDIA_TYPE))
        except _stream.Silent:
            why = "it kept silent"
        except (_handshake.TlsError, _http.HttpError, _stream.Ended) as error:
            why = str(error)
    return {**_SILENT, "error": f"{address}: {why}"}


def _url(value: object) -> str | None:
    """A URL for a person to read: no more is made of it."""
    return value[:_MAX_SHOWN] if isinstance(value, str) and value.isprintable() and value else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None
