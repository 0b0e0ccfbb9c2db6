# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NTP: every sanity check, on real packets from a server that misbehaves one way at a time."""

from __future__ import annotations

import struct
import time
from typing import Callable, Dict, Iterable, Iterator, List

import pytest
from hypothesis import given
from hypothesis import strategies as st
from service_peers import ANY_V4, ANY_V6, observe, udp_peer

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _ntp, _pace

EPOCH = 2208988800


@pytest.fixture(autouse=True)
def _fresh_pace() -> Iterator[None]:
    _pace.forget()
    yield
    _pace.forget()


def timestamp(unix: float) -> bytes:
    return int((unix + EPOCH) * 2**32).to_bytes(8, "big")


def reply(request: bytes, **wrong: object) -> bytes:
    """What a good server sends, except for the fields named."""
    field = {
        "leap": 0,
        "mode": 4,
        "stratum": 2,
        "root_delay": 0.01,
        "root_dispersion": 0.02,
        "refid": b"\x7f\x00\x00\x01",
        "origin": request[40:48],
        "ahead": 0.0,
        **wrong,
    }
    now = time.time() + float(str(field["ahead"]))
    receive = field.get("receive", timestamp(now))
    transmit = field.get("transmit", timestamp(now))
    first = int(str(field["leap"])) << 6 | 4 << 3 | int(str(field["mode"]))
    distance = [int(float(str(field[name])) * 65536) for name in ("root_delay", "root_dispersion")]
    head = struct.pack("!BBbbII", first, field["stratum"], 6, -20, *distance)
    return head + b"".join(bytes(part) for part in (field["refid"], timestamp(now), field["origin"], receive, transmit))  # type: ignore[call-overload]


def server(**wrong: object) -> Callable[[bytes], Iterable[bytes]]:
    return lambda request: [reply(request, **wrong)]


@pytest.mark.parametrize("host", [ANY_V4, ANY_V6])
def test_a_good_server_is_open_and_says_how_far_its_clock_is(host: str) -> None:
    with udp_peer(server(ahead=7.5), host) as peer:
        seen = observe("ntp", host=host, port=peer.port)
    assert seen["observation"] == "open"
    assert seen["offset"] == pytest.approx(7.5, abs=0.2)
    assert 0 <= seen["delay"] < 0.5
    assert (seen["stratum"], seen["kiss_code"]) == (2, None)
    assert seen["reason"].startswith(f"{host} answered (stratum 2): its clock is 7.")
    assert seen["reason"].endswith("ahead of this host's")
    assert seen["addresses"][0]["observation"] == "open"


def test_the_request_is_a_client_s_and_gives_nothing_away() -> None:
    requests: List[bytes] = []

    def answer(request: bytes) -> Iterable[bytes]:
        requests.append(request)
        return [reply(request)]

    with udp_peer(answer) as peer:
        observe("ntp", host=ANY_V4, port=peer.port)
        observe("ntp", host=ANY_V4, port=peer.port)
    assert [(len(each), each[0], each[1:40]) for each in requests] == [(48, 0x23, bytes(39))] * 2
    assert requests[0][40:] != requests[1][40:]


def test_max_offset() -> None:
    with udp_peer(server(ahead=-90)) as peer:
        far = observe("ntp", host=ANY_V4, port=peer.port, max_offset=60)
        near = observe("ntp", host=ANY_V4, port=peer.port, max_offset=120)
    assert far["observation"] == "wrong_answer"
    assert "behind this host's, more than the 60 s allowed" in far["reason"]
    assert far["offset"] == pytest.approx(-90, abs=0.2)
    assert near["observation"] == "open"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"leap": 3}, "says that its clock is not synchronised (leap indicator 3)"),
        ({"stratum": 16}, "says that its clock is not synchronised (stratum 16)"),
        ({"stratum": 255}, "says that its clock is not synchronised (stratum 255)"),
        ({"transmit": bytes(8)}, "sent no time (a zero timestamp)"),
        ({"receive": bytes(8)}, "sent no time (a zero timestamp)"),
        ({"root_dispersion": 20.0}, "is 20.0 s away from a reference clock, too far to be synchronised"),
    ],
)
def test_a_server_that_is_not_synchronised(wrong: Dict[str, object], reason: str) -> None:
    with udp_peer(server(**wrong)) as peer:
        seen = observe("ntp", host=ANY_V4, port=peer.port)
    assert (seen["observation"], seen["reason"]) == ("wrong_answer", f"{ANY_V4} {reason}")
    assert seen["offset"] is None


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"origin": bytes(8)}, "its origin timestamp is not the one sent"),
        ({"mode": 3}, "its mode is 3, a server's is 4"),
        ({"mode": 5}, "its mode is 5, a server's is 4"),
    ],
)
def test_a_reply_that_is_not_for_us_is_not_believed(wrong: Dict[str, object], reason: str) -> None:
    with udp_peer(server(**wrong)) as peer:
        seen = observe("ntp", host=ANY_V4, port=peer.port, timeout=0.3)
    assert seen["observation"] == "unproven"
    assert seen["reason"] == f"{ANY_V4} answered, but the reply is not believed: {reason}"


def test_forged_replies_before_the_real_one_change_nothing() -> None:
    with udp_peer(lambda request: [b"", b"x", reply(request, origin=b"forged!!"), reply(request)]) as peer:
        assert observe("ntp", host=ANY_V4, port=peer.port)["observation"] == "open"


@pytest.mark.parametrize(
    ("refid", "code"),
    [(b"RATE", "RATE"), (b"DENY", "DENY"), (b"\x00\xff\x1b[", "0x00ff1b5b"), (bytes(4), "0x00000000")],
)
def test_a_kiss_o_death_proves_the_path(refid: bytes, code: str) -> None:
    with udp_peer(server(stratum=0, leap=3, refid=refid, transmit=bytes(8))) as peer:
        seen = observe("ntp", host=ANY_V4, port=peer.port)
    assert (seen["observation"], seen["kiss_code"], seen["offset"]) == ("open", code, None)
    assert f"kiss-o'-death {code}: the path is open" in seen["reason"]


def test_silence_and_a_closed_port() -> None:
    with udp_peer(lambda _request: []) as peer:
        assert observe("ntp", host=ANY_V4, port=peer.port, timeout=0.3)["observation"] == "unproven"
    assert observe("ntp", host=ANY_V4, port=peer.port)["observation"] == "closed"


def test_the_next_era_of_ntp_is_no_offset() -> None:
    # 2036-02-07 06:28:16 UTC: the seconds start at zero again
    sent = 2085978500.0
    server_time = ((int(sent) + 10 + EPOCH) % 2**32 << 32).to_bytes(8, "big")
    answer = _ntp.Reply(0, 1, b"GPS\0", 0.0, server_time, server_time)
    assert list(_ntp.offset_and_delay(answer, sent, sent + 0.5)) == pytest.approx([9.75, 0.5])


@given(ahead=st.floats(-1e6, 1e6), there=st.floats(0, 5), held=st.floats(0, 5), back=st.floats(0, 5))
def test_offset_and_delay_of_any_path(ahead: float, there: float, held: float, back: float) -> None:
    sent = 1.7e9
    arrived = sent + there + ahead
    answer = _ntp.Reply(0, 1, b"", 0.0, timestamp(arrived), timestamp(arrived + held))
    offset, delay = _ntp.offset_and_delay(answer, sent, sent + there + held + back)
    assert delay == pytest.approx(there + back, abs=1e-4)
    assert abs(offset - ahead) <= delay / 2 + 1e-4


@given(data=st.binary(max_size=200))
def test_any_bytes_are_a_reply_or_an_ntp_error(data: bytes) -> None:
    nonce = data[24:32]
    try:
        answer = _ntp.parse(data, nonce)
    except _ntp.NtpError:
        return
    offset, delay = _ntp.offset_and_delay(answer, 0.0, 1.0)
    assert abs(offset) <= 2**32
    assert 0 <= delay <= 2**33
    assert _ntp.fault(answer) is None or isinstance(_ntp.fault(answer), str)
    assert (_ntp.kiss_code(answer) is None) == (answer.stratum != 0)
