# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EDNS: what a query offers, and what becomes of it at servers that know it or don't; options that depend on others."""

from __future__ import annotations

import struct
from typing import Any, Dict, Iterable, Iterator, List, Optional, Tuple

import dns.edns
import dns.flags
import dns.message
import dns.rcode
import pytest
from hypothesis import given
from hypothesis import strategies as st
from service_peers import ANY_V4
from test_dns import NAME, ask, records, reply

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _dns_message, _model, _pace

ANSWER = f"{NAME}. 300 A 203.0.113.10"


@pytest.fixture(autouse=True)
def _fresh_pace() -> Iterator[None]:
    _pace.forget()
    yield
    _pace.forget()


def asked(**options: Any) -> dns.message.Message:
    """The query that a server gets."""
    queries: List[dns.message.Message] = []

    def answer(query: dns.message.Message) -> Iterable[bytes]:
        queries.append(query)
        return [reply(query, ANSWER)]

    assert ask(answer, **options)["observation"] == "answered"
    return queries[0]


@pytest.mark.parametrize(
    ("options", "version", "payload", "flags"),
    [
        ({}, 0, 1232, 0),
        ({"edns": False}, -1, 0, 0),
        ({"edns": "no"}, -1, 0, 0),
        ({"dnssec_ok": True}, 0, 1232, dns.flags.DO),
        ({"edns": False, "dnssec_ok": "yes"}, 0, 1232, dns.flags.DO),
    ],
)
def test_what_a_query_offers(options: Dict[str, Any], version: int, payload: int, flags: int) -> None:
    query = asked(**options)
    assert (query.edns, query.payload, query.ednsflags) == (version, payload, flags)
    assert query.flags & dns.flags.AD


@pytest.mark.parametrize(
    ("flags", "expect_ad", "observation"),
    [(dns.flags.AD, True, "answered"), (0, "false", "answered"), (0, True, "wrong_answer")],
)
def test_the_ad_flag(flags: int, expect_ad: Any, observation: str) -> None:
    seen = ask(records(ANSWER, flags=flags), dnssec_ok=True, expect_ad=expect_ad)
    assert (seen["observation"], "ad" in seen["flags"]) == (observation, bool(flags))
    if observation == "wrong_answer":
        assert seen["reason"].endswith("203.0.113.10, but does not say (AD) that it verified this by DNSSEC")


def with_options(query: dns.message.Message, *options: Tuple[int, bytes], rcode: str = "NOERROR") -> bytes:
    """A reply with an answer, and EDNS options as they are."""
    rest = b"".join(struct.pack("!HH", code, len(data)) + data for code, data in options)
    plain = dns.message.make_query(query.question[0].name, query.question[0].rdtype)
    plain.id = query.id
    number = dns.rcode.from_text(rcode)
    wire = bytearray(reply(plain, ANSWER, rcode=dns.rcode.to_text(dns.rcode.Rcode(number & 15))))
    wire[10:12] = b"\0\1"  # one additional record
    return bytes(wire) + struct.pack("!BHHBBHH", 0, 41, 1232, number >> 4, 0, 0, len(rest)) + rest


@pytest.mark.parametrize(
    ("data", "name", "text"),
    [
        (b"\0\x0fby order", "blocked", "by order"),
        (b"\0\x10", "censored", ""),
        (b"\0\x11https://example.com/why\0", "filtered", "https://example.com/why"),
        (b"\0\x16at \xff\x1b[1m", "no reachable authority", "at \ufffd\ufffd[1m"),
        (b"\xff\xfe" + b"x" * 900, "unknown error", "x" * 200),
    ],
)
def test_extended_errors(data: bytes, name: str, text: str) -> None:
    seen = ask(lambda query: [with_options(query, (15, data), (10, b"cookie12"))])
    assert seen["observation"] == "answered", seen["reason"]
    (error,) = seen["extended_errors"]
    assert error == {"code": int.from_bytes(data[:2], "big"), "name": name, "text": text}
    said = f"extended error {error['code']}, {name}" + (f": {text}" if text else "")
    assert seen["reason"] == f"{ANY_V4} answered NOERROR: 203.0.113.10 ({said})"


def test_a_blocked_name_says_so_in_the_reason() -> None:
    seen = ask(lambda query: [with_options(query, (15, b"\0\x0f"), rcode="NXDOMAIN")])
    assert seen["observation"] == "wrong_answer"
    assert "answered NXDOMAIN: 203.0.113.10 (extended error 15, blocked); expected NOERROR" in seen["reason"]


def test_an_extended_error_that_is_too_short_and_many() -> None:
    seen = ask(lambda query: [with_options(query, (15, b"\0"), *[(15, b"\0\x03")] * 20)])
    assert (seen["observation"], len(seen["extended_errors"])) == ("answered", 7)


def test_no_extended_error() -> None:
    seen = ask(records(ANSWER))
    assert (seen["extended_errors"], seen["edns"]) == ([], True)


@pytest.mark.parametrize("rcode", ["FORMERR", "NOTIMP", "BADVERS"])
@pytest.mark.parametrize("bare", [False, True])
def test_a_server_without_edns_is_asked_without(rcode: str, bare: bool) -> None:
    def answer(query: dns.message.Message) -> Iterable[bytes]:
        if query.edns < 0:
            return [reply(query, ANSWER)]
        if rcode == "BADVERS":
            return [with_options(query, rcode=rcode)]
        # Many such servers send back no more than the header.
        message = reply(query, rcode=rcode)
        return [message[:4] + bytes(8) if bare else message]

    seen = ask(answer)
    assert (seen["observation"], seen["edns"]) == ("answered", False), seen["reason"]


def test_a_server_that_refuses_everything() -> None:
    seen = ask(records(rcode="NOTIMP"))
    assert (seen["observation"], seen["rcode"], seen["edns"]) == ("wrong_answer", "NOTIMP", False)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"url": "http://resolver.example/"}, "url: is not an https URL (write it as https://host/path)"),
        ({"url": "https://resolver.example/", "transport": "tls"}, "url: goes with transport https, not with another"),
        ({"url": "https://resolver.example/", "port": 443}, "port: goes into the url"),
        ({"server_name": "resolver.example"}, "server_name: goes with transport tls or https"),
        ({"transport": "https"}, "url: is missing (https://host/path), or give server"),
        ({"transport": "dot"}, "transport: is not one of udp, tcp, tls, https"),
        ({"validate_certs": "perhaps"}, "validate_certs: is not a boolean (true or false)"),
        ({"edns": 2}, "edns: is not a boolean (true or false)"),
    ],
)
def test_options_that_contradict(options: Dict[str, Any], error: str) -> None:
    with pytest.raises(_model.InvalidChecks) as caught:
        _model.parse_checks([{"kind": "dns", "name": NAME, **options}])
    assert caught.value.errors == [f"checks[0].{error}"]


@pytest.mark.parametrize(
    ("options", "transport", "port", "url"),
    [
        ({}, "udp", 53, None),
        ({"transport": "tcp"}, "tcp", 53, None),
        ({"transport": "tls"}, "tls", 853, None),
        ({"transport": "tls", "port": "8853"}, "tls", 8853, None),
        ({"url": "https://resolver.example/q"}, "https", 443, "https://resolver.example/q"),
        ({"url": "https://[2001:db8::1]:8443/q"}, "https", 8443, "https://[2001:db8::1]:8443/q"),
        ({"transport": "https", "server": "192.0.2.1"}, "https", 443, "https://192.0.2.1/dns-query"),
        (
            {"transport": "https", "server": "2001:db8::1", "port": 4430},
            "https",
            4430,
            "https://[2001:db8::1]:4430/dns-query",
        ),
        (
            {"transport": "https", "server": "192.0.2.1", "server_name": "r.example"},
            "https",
            443,
            "https://r.example/dns-query",
        ),
    ],
)
def test_transport_and_port_are_settled(options: Dict[str, Any], transport: str, port: int, url: Optional[str]) -> None:
    check = _model.parse_checks([{"kind": "dns", "name": NAME, **options}])[0]
    assert (check["transport"], check["port"], check["url"]) == (transport, port, url)


QUESTION = _dns_message.ask(NAME, "A")


@given(options=st.lists(st.tuples(st.integers(0, 65535), st.binary(max_size=40)), max_size=12))
def test_any_edns_options_are_taken_or_refused(options: List[Tuple[int, bytes]]) -> None:
    try:
        found = _dns_message.parse(with_options(QUESTION.message, *options), QUESTION)
    except _dns_message.DnsError:
        return
    assert len(found.extended_errors) <= 8
    assert _dns_message.describe(found).isprintable()


@given(data=st.binary(min_size=2, max_size=300))
def test_any_extended_error_leaves_the_reply_readable(data: bytes) -> None:
    found = _dns_message.parse(with_options(QUESTION.message, (15, data)), QUESTION)
    assert found.answers == ["203.0.113.10"]
    assert found.extended_errors[0].code == int.from_bytes(data[:2], "big")
    assert str(found.extended_errors[0]).isprintable()
