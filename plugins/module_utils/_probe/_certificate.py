# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a certificate (RFC 5280) says of itself, read from its DER.

The standard library tells it only of certificates that it verified. Nothing here is verified: it is what was presented.
"""

from __future__ import annotations

import datetime
import hashlib
import re
import typing as t

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._outcome import printable

_SEQUENCE, _EXPLICIT_VERSION, _OID = 0x30, 0xA0, 0x06
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
_ENCODINGS = {0x0C: "utf-8", 0x14: "latin-1", 0x1C: "utf-32-be", 0x1E: "utf-16-be"}  # all others are ASCII
_ATTRIBUTES = {
    bytes.fromhex("550403"): "CN",
    bytes.fromhex("550406"): "C",
    bytes.fromhex("550407"): "L",
    bytes.fromhex("550408"): "ST",
    bytes.fromhex("55040a"): "O",
    bytes.fromhex("55040b"): "OU",
}
_TIME = re.compile(r"[0-9]{14}Z")
_MAX_TEXT = 200


class Identity(t.NamedTuple):
    """What a certificate says of itself. ``self_issued``: it names the same as subject and issuer."""

    sha256: str
    spki_sha256: str
    subject: str
    issuer: str
    not_before: str | None
    not_after: str | None
    self_issued: bool


class _Element(t.NamedTuple):
    tag: int
    whole: bytes
    body: bytes


def fingerprint(certificate: bytes) -> str:
    """A certificate's SHA-256, as pins are written."""
    return "sha256:" + hashlib.sha256(certificate).hexdigest()


def describe(certificate: bytes) -> dict[str, t.Any]:
    """A certificate as results show it: of one that can't be read, the fingerprint alone."""
    identity = read(certificate)
    return identity._asdict() if identity else {"sha256": fingerprint(certificate)}


def read(certificate: bytes) -> Identity | None:
    """What a certificate says; None when it is none."""
    try:
        return _read(certificate)
    except (ValueError, IndexError):
        return None


def _read(certificate: bytes) -> Identity:
    signed = _children(_only(certificate, _SEQUENCE))
    fields = _children(signed[0])
    if fields[0].tag == _EXPLICIT_VERSION:  # version 1 has none
        del fields[0]
    _serial, _algorithm, issuer, validity, subject, key = fields[:6]
    start, end = _children(validity)[:2]
    return Identity(
        fingerprint(certificate),
        "spki-sha256:" + hashlib.sha256(key.whole).hexdigest(),
        _name(subject),
        _name(issuer),
        _date(start),
        _date(end),
        issuer.body == subject.body,
    )


def _only(data: bytes, tag: int) -> _Element:
    element, rest = _element(data)
    if element.tag != tag or rest:
        raise ValueError("not one element of the type")
    return element


def _children(parent: _Element) -> list[_Element]:
    found, rest = [], parent.body
    while rest:
        element, rest = _element(rest)
        found.append(element)
    return found


def _element(data: bytes) -> tuple[_Element, bytes]:
    """The first element, and what comes after it (X.690 section 8.1)."""
    first, start = data[1], 2
    length = first
    if first & 0x80:
        start += first & 0x7F
        if not 2 < start <= 6:
            raise ValueError("a length of no use")
        length = int.from_bytes(data[2:start], "big")
    end = start + length
    if end > len(data):
        raise ValueError("longer than its bytes")
    return _Element(data[0], data[:end], data[start:end]), data[end:]


def _name(name: _Element) -> str:
    """A distinguished name in one line, made fit to print."""
    parts = []
    for relative in _children(name):
        for attribute in _children(relative):
            kind, value = _children(attribute)[:2]
            if kind.tag == _OID:
                parts.append(f"{_ATTRIBUTES.get(kind.body) or _dotted(kind.body)}={_string(value)}")
    return printable(", ".join(parts), _MAX_TEXT)


def _string(value: _Element) -> str:
    return value.body.decode(_ENCODINGS.get(value.tag, "ascii"), errors="replace")


def _dotted(body: bytes) -> str:
    """An object identifier in numbers (X.690 section 8.19)."""
    numbers, number = [], 0
    for byte in body[:32]:
        number = number << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(number)
            number = 0
    if not numbers:
        return "?"
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, [first, numbers[0] - 40 * first, *numbers[1:]]))


def _date(value: _Element) -> str | None:
    """A time in ISO 8601; RFC 5280 section 4.1.2.5 says which century two digits mean."""
    text = value.body.decode("ascii", errors="replace")
    if value.tag == _UTC_TIME:
        text = ("19" if text[:2] >= "50" else "20") + text
    if not _TIME.fullmatch(text) or value.tag not in (_UTC_TIME, _GENERALIZED_TIME):
        return None
    month, day, hour, minute, second = (int(text[at : at + 2]) for at in range(4, 14, 2))
    try:
        return datetime.datetime(int(text[:4]), month, day, hour, minute, second).isoformat() + "Z"
    except ValueError:
        return None
