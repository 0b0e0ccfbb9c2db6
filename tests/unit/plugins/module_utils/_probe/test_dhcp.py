# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DHCP packets: the DISCOVER as it goes out, and every offer or non-offer that may come back."""

from __future__ import annotations

import struct
from typing import Dict, List, Union

import pytest
from hypothesis import given
from hypothesis import strategies as st
from service_peers import check

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _dhcp, _dhcp_packet, _model

MAC, XID = "02:00:00:00:00:10", b"\x01\x02\x03\x04"
MAGIC = b"\x63\x82\x53\x63"


def offer(options: Union[bytes, Dict[int, bytes]], mac: str = MAC, **wrong: object) -> bytes:
    """A server's reply: an offer of 10.40.0.10 unless something else is said."""
    field = {"op": 2, "xid": XID, "yiaddr": bytes((10, 40, 0, 10)), "file": b"", "sname": b"", "magic": MAGIC, **wrong}
    head = struct.pack(
        "!BBBB4sHH4s4s4s4s16s64s128s4s",
        field["op"], 1, 6, 0, field["xid"], 0, 0x8000, bytes(4), field["yiaddr"], bytes(4), bytes(4),
        bytes.fromhex(mac.replace(":", "")), field["sname"], field["file"], field["magic"],
    )  # fmt: skip
    return head + (options if isinstance(options, bytes) else tlv({53: b"\x02", **options}) + b"\xff")


def tlv(options: Dict[int, bytes]) -> bytes:
    return b"".join(bytes((code, len(value))) + value for code, value in options.items())


def parse(data: bytes) -> _dhcp_packet.Offer:
    return _dhcp_packet.parse_offer(data, MAC, XID, "10.40.0.1")


def test_the_discover_is_the_device_s() -> None:
    data = _dhcp_packet.discover(MAC, XID)
    assert len(data) == 300
    assert data[:12] == bytes((1, 1, 6, 0)) + XID + bytes((0, 0, 0x80, 0))
    assert data[12:28] == bytes(16)
    assert data[28:44] == bytes.fromhex("020000000010") + bytes(10)
    assert data[236:240] == MAGIC
    assert data[240:243] == bytes((53, 1, 1))
    assert data[243] == 55
    assert {3, 6, 42, 51, 54, 114} <= set(data[245 : 245 + data[244]])
    assert data[245 + data[244]] == 255
    assert not any(data[246 + data[244] :])


def test_an_offer_with_everything() -> None:
    address = bytes((10, 40, 0, 1))
    found = parse(
        offer(
            {
                54: address,
                3: address,
                6: address + bytes((9, 9, 9, 9)),
                42: address,
                51: (3600).to_bytes(4, "big"),
                114: b"https://portal.example/api",
            }
        )
    )
    assert found == _dhcp_packet.Offer(
        server="10.40.0.1",
        address="10.40.0.10",
        router=["10.40.0.1"],
        dns=["10.40.0.1", "9.9.9.9"],
        ntp=["10.40.0.1"],
        lease_time=3600,
        captive_portal="https://portal.example/api",
    )


def test_an_offer_with_nothing_names_its_sender() -> None:
    assert parse(offer({})) == _dhcp_packet.Offer("10.40.0.1", "10.40.0.10", [], [], [], None, None)


def test_an_option_in_parts_is_one_option() -> None:
    found = parse(
        offer(tlv({53: b"\x02"}) + tlv({114: b"https://portal"}) + b"\0" + tlv({114: b".example/"}) + b"\xff")
    )
    assert found.captive_portal == "https://portal.example/"


@pytest.mark.parametrize(("overload", "portal"), [(1, "file"), (2, "sname"), (3, "filesname"), (0, None)])
def test_options_in_the_file_and_sname_fields(overload: int, portal: object) -> None:
    data = offer(
        {52: bytes((overload,))},
        file=tlv({114: b"file"}) + b"\xff",
        sname=tlv({114: b"sname"}) + b"\xff",
    )
    assert parse(data).captive_portal == portal


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is too short for a DHCP packet"),
        (bytes(239), "it is too short for a DHCP packet"),
        (offer({}, op=1), "it is not a DHCP reply"),
        (offer({}, magic=b"BOOT"), "it is not a DHCP reply"),
        (offer({}, xid=b"\xff\xff\xff\xff"), "it is for another client"),
        (offer({}, mac="02:00:00:00:00:11"), "it is for another client"),
        (offer({53: b"\x05"}), "it is not an offer"),
        (offer(b""), "it is not an offer"),
        (offer({53: b""}), "it is not an offer"),
        (offer({}, yiaddr=bytes(4)), "it offers no address"),
    ],
)
def test_what_is_no_offer_for_us(data: bytes, reason: str) -> None:
    with pytest.raises(_dhcp_packet.DhcpError) as caught:
        parse(data)
    assert str(caught.value) == reason


def test_what_a_server_sends_is_fit_to_print_and_bounded() -> None:
    found = parse(offer(tlv({53: b"\x02", 114: b"\x1b[2J\xff\n"}) + tlv({6: b"\x01" * 252}) * 40 + b"\xff"))
    assert found.captive_portal is not None
    assert found.captive_portal.isprintable()
    assert len(found.dns) == 16


@given(
    start=st.sampled_from([b"", offer(b""), offer(tlv({53: b"\x02"})), offer({52: b"\x03"})[:-1]]),
    rest=st.binary(max_size=400),
)
def test_any_bytes_are_an_offer_or_a_dhcp_error(start: bytes, rest: bytes) -> None:
    try:
        found = parse(start + rest)
    except _dhcp_packet.DhcpError:
        return
    assert found.captive_portal is None or found.captive_portal.isprintable()
    assert _dhcp_packet.transaction(start + rest) == XID


@given(packets=st.lists(st.binary(max_size=400), max_size=8))
def test_a_hostile_segment_gives_a_result(packets: List[bytes]) -> None:
    client = _dhcp._Client(check("dhcp", mac=MAC, interface="eth0"), 1e9)
    client.xid = XID
    for data in packets:
        client.take(offer({}) + data, "10.40.0.66")
        client.take(data, "10.40.0.66")
    assert len(client.offers) == min(len(packets), 1)


def judged(*offers: _dhcp_packet.Offer, **options: object) -> _model.Result:
    client = _dhcp._Client(check("dhcp", mac=MAC, interface="eth0", **options), 1e9)
    client.offers = list(offers)
    return _dhcp._result(client, None)


def test_verdicts() -> None:
    ours = _dhcp_packet.Offer("10.40.0.1", "10.40.0.10", [], [], [], 60, None)
    rogue = _dhcp_packet.Offer("10.40.0.66", "192.168.1.7", [], [], [], 60, None)
    assert judged(ours)["observation"] == "offered"
    assert judged(ours, expect_ip="10.40.0.10")["reason"] == "10.40.0.1 offers 10.40.0.10"
    assert judged(ours, expect_ip="10.40.0.11")["observation"] == "wrong_offer"
    both = judged(ours, rogue, expect_ip="10.40.0.10")
    assert both["observation"] == "wrong_offer"
    assert both["reason"] == (
        "10.40.0.1 offers 10.40.0.10, 10.40.0.66 offers 192.168.1.7, not the expected 10.40.0.10"
        "; the device takes whichever comes first"
    )
    assert judged(ours, rogue)["reason"].endswith("; more than one DHCP server is on this segment")
    none = judged()
    assert (none["observation"], none["offers"]) == ("no_offer", [])
    assert none["target"] == "02:00:00:00:00:10 on eth0"
