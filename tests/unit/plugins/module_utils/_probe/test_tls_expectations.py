# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a TLS check may expect: pinned keys, an issuer, application protocols; and what it tells beside the verdict."""

from __future__ import annotations

import re
import ssl
import sys
import time
from pathlib import Path
from typing import Any, Dict, List

import pytest
from service_peers import ANY_V4, observe, tcp_peer, with_tls
from tls_certificates import Certificate, issue

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _model

HOST = "localhost"
ROOT = issue("Public Root", authority=True)
MIDDLE = issue("Public Intermediate", ROOT, authority=True)
SERVER = issue("server", MIDDLE, HOST)
PROXY = issue("Corporate Proxy", authority=True)
RESIGNED = issue("server", PROXY, HOST)


@pytest.fixture(autouse=True)
def _authorities(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "authorities.pem").write_bytes(ROOT.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authorities.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))


def shake(folder: Path, chain: List[Certificate], newest: str = "TLSv1_3", **options: Any) -> _model.Result:
    context = chain[0].context(folder, *chain[1:])
    context.maximum_version = ssl.TLSVersion[newest]
    with tcp_peer(with_tls(context)) as peer:
        return observe("tls", **{"host": ANY_V4, "port": peer.port, "server_name": HOST, **options})


def subjects(seen: _model.Result) -> List[str]:
    return [one["subject"] for one in seen["chain"]]


def test_a_pinned_key_survives_a_new_certificate(tmp_path: Path) -> None:
    pins = [SERVER.spki_pin.upper()]
    seen = shake(tmp_path, [SERVER, MIDDLE], pins=pins)
    assert (seen["observation"], seen["certificate"]["spki_sha256"]) == ("trusted", SERVER.spki_pin)
    resigned = shake(tmp_path, [RESIGNED], pins=pins)
    assert resigned["observation"] == "intercepted"
    assert "is none of the pinned certificates" in resigned["reason"]


@pytest.mark.parametrize("pin", ["spki-sha256:00", "spki:" + "0" * 64, "sha512:" + "0" * 64])
def test_a_pin_that_is_none_is_refused(pin: str) -> None:
    with pytest.raises(
        _model.InvalidChecks, match=r"pins: has an entry that is not a fingerprint \(write it as sha256: "
    ):
        _model.parse_checks([{"kind": "tls", "host": "a.example", "port": 1, "pins": [pin]}])


def test_the_expected_issuer(tmp_path: Path) -> None:
    """A part of its name will do, in any case."""
    seen = shake(tmp_path, [SERVER, MIDDLE], issuer="public inter")
    assert (seen["observation"], seen["verified"]) == ("trusted", True)


def test_another_issuer_is_intercepted_even_if_the_host_trusts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Companies put their proxy's authority on their hosts; devices don't have it."""
    (tmp_path / "company.pem").write_bytes(ROOT.pem + PROXY.pem)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "company.pem"))
    seen = shake(tmp_path, [RESIGNED], issuer="Public Intermediate")
    assert (seen["observation"], seen["verified"]) == ("intercepted", True)
    assert "issuer CN=Corporate Proxy), which does not name Public Intermediate as its issuer" in seen["reason"]


def test_the_name_of_an_issuer_alone_proves_nothing(tmp_path: Path) -> None:
    forged = issue("server", issue("Public Intermediate", authority=True), HOST)
    seen = shake(tmp_path, [forged], issuer="Public Intermediate")
    assert (seen["observation"], seen["verified"]) == ("unproven", False)
    assert "names the expected issuer, as anybody can, and no public authority vouches for" in seen["reason"]


def test_pin_and_issuer_must_both_hold(tmp_path: Path) -> None:
    seen = shake(tmp_path, [RESIGNED], pins=[RESIGNED.pin], issuer="Public Intermediate")
    assert seen["observation"] == "intercepted"


def test_the_chain_is_told_although_nobody_vouches_for_it(tmp_path: Path) -> None:
    """Over TLS 1.3, where it travels encrypted, as well."""
    other = issue("Other Root", authority=True)
    middle = issue("Other Intermediate", other, authority=True)
    leaf = issue("server", middle, HOST)
    seen = shake(tmp_path, [leaf, middle, other])
    assert (seen["observation"], seen["protocol"]) == ("unproven", "TLSv1.3")
    assert subjects(seen) == ["CN=server", "CN=Other Intermediate", "CN=Other Root"]
    assert [one["sha256"] for one in seen["chain"]] == [leaf.pin, middle.pin, other.pin]
    assert [one["self_issued"] for one in seen["chain"]] == [False, False, True]
    assert seen["chain_complete"]


def test_the_chain_of_a_resigned_connection(tmp_path: Path) -> None:
    seen = shake(tmp_path, [RESIGNED, PROXY], pins=[SERVER.pin])
    assert (seen["observation"], subjects(seen)) == ("intercepted", ["CN=server", "CN=Corporate Proxy"])


def test_the_chain_over_an_older_version_costs_no_other_handshake(tmp_path: Path) -> None:
    seen = shake(tmp_path, [SERVER, MIDDLE], "TLSv1_2", pins=[SERVER.pin])
    assert (subjects(seen), seen["chain_complete"]) == (["CN=server", "CN=Public Intermediate"], True)


def test_a_chain_that_can_not_be_read_is_not_claimed_complete(tmp_path: Path) -> None:
    """Of a server that speaks TLS 1.3 only, Python tells the chain from 3.13."""
    context = RESIGNED.context(tmp_path, PROXY)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    with tcp_peer(with_tls(context)) as peer:
        seen = observe("tls", host=ANY_V4, port=peer.port, server_name=HOST)
    complete = sys.version_info >= (3, 13)
    assert seen["observation"] == "unproven"
    assert subjects(seen) == ["CN=server", "CN=Corporate Proxy"][: 1 + complete]
    assert seen["chain_complete"] == complete


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        ({"days": -1}, r"certificate has expired: CN=server was valid until (\S+), and this host's clock says (\S+)\)"),
        (
            {"starts": 1},
            r"certificate is not yet valid: CN=server is valid from (\S+), and this host's clock says (\S+)\)",
        ),
    ],
)
def test_dates_are_told_beside_the_clock_of_the_host(tmp_path: Path, dates: Dict[str, int], words: str) -> None:
    seen = shake(
        tmp_path, [issue("server", MIDDLE, HOST, dates.get("days", 30), starts=dates.get("starts", -60)), MIDDLE]
    )
    assert (seen["observation"], seen["verified"]) == ("unproven", False)
    found = re.search(words, seen["reason"])
    assert found, seen["reason"]
    assert found.group(1) == seen["certificate"]["not_after" if "days" in dates else "not_before"]
    assert found.group(2)[:10] == time.strftime("%Y-%m-%d", time.gmtime())


def test_an_expired_intermediate_is_named(tmp_path: Path) -> None:
    late = issue("Late Intermediate", ROOT, authority=True, days=-1)
    seen = shake(tmp_path, [issue("server", late, HOST), late])
    assert "CN=Late Intermediate was valid until" in seen["reason"]


def test_the_application_protocol(tmp_path: Path) -> None:
    context = SERVER.context(tmp_path)
    context.set_alpn_protocols(["mqtt"])
    with tcp_peer(with_tls(context)) as peer:
        options = {"host": ANY_V4, "port": peer.port, "pins": [SERVER.pin]}
        assert observe("tls", alpn=["h2", "mqtt"], **options)["alpn"] == "mqtt"
        assert observe("tls", **options)["alpn"] is None


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_the_versions_that_a_server_takes(tmp_path: Path) -> None:
    context = SERVER.context(tmp_path)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    with tcp_peer(with_tls(context)) as peer:
        seen = observe("tls", host=ANY_V4, port=peer.port, pins=[SERVER.pin], versions="yes")
    assert seen["versions"] == ["TLSv1.2", "TLSv1.3"]
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with tcp_peer(with_tls(context)) as peer:
        seen = observe("tls", host=ANY_V4, port=peer.port, pins=[SERVER.pin], versions=True)
    assert seen["versions"] == ["TLSv1", "TLSv1.1"]
