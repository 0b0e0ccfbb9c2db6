# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The protocol: only those who know the key can ask or answer, and no answer is longer than its question."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.module_utils._responder import _service
from ansible_collections.fieldnet.iot.plugins.module_utils._responder._service import Seen

KEY, OTHER = b"k" * 32, b"o" * 32
NONCE = bytes(range(32))
SEEN = Seen("198.51.100.7", 40312, 31314)
REQUEST = _service.make_request(KEY, NONCE)
REPLY = _service.make_reply(KEY, NONCE, SEEN)

addresses = st.ip_addresses().map(lambda address: _service.plain(str(address)))
ports = st.integers(0, 65535)
nonces = st.binary(min_size=32, max_size=32)


@given(nonces, addresses, ports, ports)
def test_who_knows_the_key_understands(nonce: bytes, address: str, port: int, own_port: int) -> None:
    seen = Seen(address, port, own_port)
    assert _service.read_request(KEY, _service.make_request(KEY, nonce)) == nonce
    assert _service.read_reply(KEY, nonce, _service.make_reply(KEY, nonce, seen)) == seen


def test_an_answer_is_no_longer_than_its_question() -> None:
    assert len(REPLY) == len(REQUEST) == _service.SIZE == 96


def test_the_nonce_is_long_enough() -> None:
    assert _service.NONCE >= 16


@given(st.binary(max_size=200))
def test_strangers_say_nothing_that_is_understood(data: bytes) -> None:
    assert _service.read_request(KEY, data) is None
    assert _service.read_reply(KEY, NONCE, data) is None


@given(st.integers(0, 95), st.integers(1, 255))
def test_one_changed_byte_spoils_it(place: int, change: int) -> None:
    for data in (REQUEST, REPLY):
        spoilt = data[:place] + bytes([data[place] ^ change]) + data[place + 1 :]
        assert _service.read_request(KEY, spoilt) is None
        assert _service.read_reply(KEY, NONCE, spoilt) is None


@pytest.mark.parametrize("data", [REQUEST, REPLY])
@pytest.mark.parametrize("cut", [0, 1, 16, 64, 95])
def test_neither_more_nor_less_will_do(data: bytes, cut: int) -> None:
    for wrong in (data[:cut], data + b"\0"):
        assert _service.read_request(KEY, wrong) is None
        assert _service.read_reply(KEY, NONCE, wrong) is None


def test_a_question_is_no_answer_and_an_answer_no_question() -> None:
    """Or whoever sends a question back would pass for the responder."""
    assert _service.read_reply(KEY, NONCE, REQUEST) is None
    assert _service.read_request(KEY, REPLY) is None


def test_another_key_and_another_nonce_are_refused() -> None:
    assert _service.read_request(OTHER, REQUEST) is None
    assert _service.read_reply(OTHER, NONCE, REPLY) is None
    assert _service.read_reply(KEY, os.urandom(32), REPLY) is None


@pytest.mark.parametrize(
    ("given_", "wanted"),
    [("::ffff:192.0.2.1", "192.0.2.1"), ("fe80::1%eth0", "fe80::1"), ("2001:DB8::1", "2001:db8::1")],
)
def test_addresses_come_in_one_form(given_: str, wanted: str) -> None:
    assert _service.plain(given_) == wanted


def test_a_source_gets_so_many_answers_and_then_so_many_a_second() -> None:
    limiter = _service.Limiter(10.0, 1000.0)
    assert sum(limiter.allow("192.0.2.1", 0.0) for _number in range(100)) == 40
    assert sum(limiter.allow("192.0.2.1", 1.0) for _number in range(100)) == 10
    assert limiter.allow("192.0.2.2", 1.0)


def test_a_network_of_ipv6_is_one_source() -> None:
    limiter = _service.Limiter(1.0, 1000.0)
    assert sum(limiter.allow(f"2001:db8::{number:x}", 0.0) for number in range(1, 50)) == 4
    assert limiter.allow("2001:db8:0:1::1", 0.0)


def test_all_sources_together_are_limited_and_not_remembered_for_ever() -> None:
    limiter = _service.Limiter(10.0, 100.0)
    allowed = sum(limiter.allow(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 0.0) for number in range(9000))
    assert allowed == 400
    assert len(limiter._sources) <= 4096
