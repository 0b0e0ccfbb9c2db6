# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel says is read as it is meant, and whatever else comes is passed over."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.module_utils._trace._events import Event, read
from ansible_collections.fieldnet.iot.plugins.module_utils._trace._headers import Header, parse
from ansible_collections.fieldnet.iot.plugins.module_utils._trace._journey import MOST, Journey, Recorder

TRACE = (10 << 8) | 17
NETWORK = bytes.fromhex("45000034000040004006000 00a28000acb00710a".replace(" ", ""))
TRANSPORT = struct.pack("!HHIIBBHHH", 40000, 31314, 1, 0, 0x50, 0x02, 64240, 0, 0)


def attribute(kind: int, data: bytes) -> bytes:
    head = struct.pack("=HH", 4 + len(data), kind)
    return (head + data).ljust((len(head + data) + 3) & ~3, b"\0")


def message(family: int, *attributes: bytes, kind: int = TRACE) -> bytes:
    body = struct.pack("=BBH", family, 0, 0) + b"".join(attributes)
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 0, 0) + body


def event(packet: int, table: str, chain: str, verdict: int, handle: int = 0, header: bool = False) -> bytes:
    kind = attribute(4, struct.pack("!I", 3))
    decided = attribute(5, attribute(1, struct.pack("!i", verdict)))
    names = [attribute(1, table.encode() + b"\0"), attribute(2, chain.encode() + b"\0")]
    headers = [attribute(8, NETWORK), attribute(9, TRANSPORT)] if header else []
    return message(
        1,
        *names,
        kind,
        decided,
        attribute(6, struct.pack("!I", packet)),
        attribute(3, struct.pack("!Q", handle)),
        *headers,
    )


def ours(packet: int, chain: str = "at_prerouting") -> bytes:
    return event(packet, "fieldnet_iot_trace", chain, -1, handle=7, header=True)


def test_a_rule_s_verdict() -> None:
    (found,) = read(event(5, "corp", "main", 0, handle=7, header=True))
    assert found == Event(5, "inet", "corp", "main", "rule", 7, "drop", NETWORK, TRANSPORT)
    assert parse(found.network, found.transport) == Header("tcp", "10.40.0.10", 40000, "203.0.113.10", 31314, 64)


def test_several_in_one_datagram_and_others_between_them() -> None:
    data = event(1, "a", "b", 1) + message(1, kind=3) + event(2, "a", "b", 3) + event(3, "a", "b", 0x00050003)
    assert [(one.packet, one.verdict) for one in read(data)] == [(1, "accept"), (2, "queue"), (3, "queue")]


def test_a_policy() -> None:
    names = [attribute(1, b"corp\0"), attribute(2, b"main\0"), attribute(6, b"\0\0\0\1")]
    data = message(2, *names, attribute(4, struct.pack("!I", 1)), attribute(16, struct.pack("!I", 0)))
    (found,) = read(data)
    assert (found.family, found.kind, found.verdict, found.handle) == ("ip", "policy", "drop", 0)


@given(st.binary(max_size=400))
def test_no_bytes_crash_it(data: bytes) -> None:
    list(read(data))
    parse(data, data[20:])


@given(st.lists(st.tuples(st.integers(0, 30), st.binary(max_size=60)), max_size=20), st.integers(0, 255))
def test_no_attributes_crash_it(attributes: list[tuple[int, bytes]], family: int) -> None:
    recorder = Recorder()
    for found in read(message(family, *(attribute(kind, data) for kind, data in attributes))):
        recorder.take(found)


@given(st.data())
def test_a_damaged_trace_crashes_nothing(data: st.DataObject) -> None:
    whole = bytearray(ours(1) + event(1, "corp", "main", 0, handle=4, header=True))
    for _turn in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    recorder = Recorder()
    for found in read(bytes(whole)):
        recorder.take(found)
    assert all(Journey.of(journey.data()).header == journey.header for journey in recorder.journeys)


def test_only_packets_that_our_rules_have_marked_are_followed() -> None:
    recorder = Recorder()
    for found in read(event(1, "corp", "main", 0, handle=4, header=True)):
        recorder.take(found)
    assert recorder.journeys == []


def test_a_number_that_comes_again_is_another_packet() -> None:
    recorder = Recorder()
    for found in read((ours(1) + event(1, "corp", "main", 0, handle=4)) * 2):
        recorder.take(found)
    assert [journey.end and journey.end.handle for journey in recorder.journeys] == [4, 4]


def test_a_flood_is_bounded() -> None:
    recorder = Recorder()
    for number in range(100):
        for found in read(ours(number)):
            recorder.take(found)
    assert len(recorder.journeys) == 24 < MOST
    assert recorder.dropped
