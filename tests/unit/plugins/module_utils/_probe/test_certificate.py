# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading certificates: as the library cryptography reads them, and whatever the bytes are."""

from __future__ import annotations

import datetime
from typing import List

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID, ObjectIdentifier
from hypothesis import given, settings
from hypothesis import strategies as st
from tls_certificates import issue

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _certificate, _tls_records

AUTHORITY = issue("Authority", authority=True)
SERVER = issue("server", AUTHORITY, "server.example")
DER = SERVER.certificate.public_bytes(serialization.Encoding.DER)
KEY = ec.generate_private_key(ec.SECP256R1())


def named(attributes: List[x509.NameAttribute[str]], start: datetime.datetime, end: datetime.datetime) -> bytes:
    name = x509.Name(attributes)
    builder = x509.CertificateBuilder(name, name, KEY.public_key(), 1, start, end)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def test_what_is_read_is_what_is_written() -> None:
    seen = _certificate.read(DER)
    assert seen is not None
    assert (seen.sha256, seen.spki_sha256) == (SERVER.pin, SERVER.spki_pin)
    assert (seen.subject, seen.issuer, seen.self_issued) == ("CN=server", "CN=Authority", False)
    written = SERVER.certificate.not_valid_after_utc
    assert seen.not_after == written.strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("year", [1951, 1999, 2049, 2050, 9999])
def test_dates_of_every_century(year: int) -> None:
    day = datetime.datetime(year, 12, 31, 23, 59, 59)
    der = named([x509.NameAttribute(NameOID.COMMON_NAME, "x")], datetime.datetime(1951, 1, 2), day)
    seen = _certificate.read(der)
    assert seen is not None
    assert (seen.not_before, seen.not_after) == ("1951-01-02T00:00:00Z", f"{year}-12-31T23:59:59Z")


def test_names_in_any_script_and_of_any_kind_are_fit_to_print() -> None:
    attributes = [
        x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "M\u00fcller \u0416\x1b[2J"),
        x509.NameAttribute(ObjectIdentifier("1.3.6.1.4.1.311.60.2.1.3"), "DE"),
    ]
    seen = _certificate.read(named(attributes, datetime.datetime(2020, 1, 1), datetime.datetime(2030, 1, 1)))
    assert seen is not None
    assert seen.subject == "C=DE, O=M\u00fcller \u0416\ufffd[2J, 1.3.6.1.4.1.311.60.2.1.3=DE"
    assert seen.self_issued


@given(st.binary(max_size=300))
def test_any_bytes_are_a_certificate_or_none(data: bytes) -> None:
    assert _certificate.describe(data)["sha256"].startswith("sha256:")


@settings(max_examples=400)
@given(place=st.integers(0, len(DER) - 1), byte=st.integers(0, 255), cut=st.integers(0, 50))
def test_a_damaged_certificate_is_read_or_refused(place: int, byte: int, cut: int) -> None:
    seen = _certificate.read(DER[:place] + bytes((byte,)) + DER[place + 1 : len(DER) - cut])
    assert seen is None or (seen.subject + seen.issuer).isprintable()


def record(kind: int, body: bytes) -> bytes:
    return bytes((kind, 3, 3)) + len(body).to_bytes(2, "big") + body


def message(kind: int, body: bytes) -> bytes:
    return bytes((kind,)) + len(body).to_bytes(3, "big") + body


@given(certificates=st.lists(st.binary(max_size=50), max_size=20), size=st.integers(1, 40), more=st.binary(max_size=20))
def test_a_chain_is_read_however_it_is_cut_into_records(certificates: List[bytes], size: int, more: bytes) -> None:
    entries = b"".join(len(one).to_bytes(3, "big") + one for one in certificates)
    flight = message(2, b"hello") + message(11, len(entries).to_bytes(3, "big") + entries)
    heard = b"".join(record(22, flight[at : at + size]) for at in range(0, len(flight), size))
    assert _tls_records.greeted(heard)
    assert _tls_records.chain(heard + more) == certificates[:16]
    assert _tls_records.chain(heard[:-1]) == []
