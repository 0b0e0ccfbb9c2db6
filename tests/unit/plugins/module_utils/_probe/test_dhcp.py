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

from ansible_collections.fieldnet.iot.plugins.module_utils._probe import (
    _dhcp,
    _dhcp_frames,
    _dhcp_judge,
    _dhcp_packet,
)

MAC, XID = "02:00:00:00:00:10", b"\x01\x02\x03\x04"
MAGIC = b"\x63\x82\x53\x63"


def offer(options: Union[bytes, Dict[int, bytes]], mac: str = MAC, **wrong: object) -> bytes:
    """A server's reply: an offer of 10.40.0.10 unless something else is said."""
    field = {"op": 2, "xid": XID, "yiaddr": bytes((10, 40, 0, 10)), "file": b"", "sname": b"", "magic": MAGIC,
             "giaddr": bytes(4), **wrong}  # fmt: skip
    head = struct.pack(
        "!BBBB4sHH4s4s4s4s16s64s128s4s",
        field["op"], 1, 6, 0, field["xid"], 0, 0x8000, bytes(4), field["yiaddr"], bytes(4), field["giaddr"],
        bytes.fromhex(mac.replace(":", "")), field["sname"], field["file"], field["magic"],
    )  # fmt: skip
    return head + (options if isinstance(options, bytes) else tlv({53: b"\x02", **options}) + b"\xff")


def tlv(options: Dict[int, bytes]) -> bytes:
    return b"".join(bytes((code, len(value))) + value for code, value in options.items())


def parse(data: bytes) -> _dhcp_packet.Offer:
    return _dhcp_packet.parse_offer(data, MAC, XID, "10.40.0.2", "02:00:00:00:00:02")


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


def test_the_discover_has_the_device_s_client_id() -> None:
    data = _dhcp_packet.discover(MAC, XID, b"\x01\x02")
    assert data[243:248] == bytes((61, 2, 1, 2, 55))
    assert client(client_id="01:02:03").question()[243:248] == bytes((61, 3, 1, 2, 3))


def test_an_offer_with_everything() -> None:
    address = bytes((10, 40, 0, 1))
    found = parse(
        offer(
            {
                54: address,
                1: bytes((255, 255, 255, 0)),
                3: address,
                6: address + bytes((9, 9, 9, 9)),
                42: address,
                51: (3600).to_bytes(4, "big"),
                114: b"https://portal.example/api",
            },
            giaddr=bytes((10, 40, 0, 3)),
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
        netmask="255.255.255.0",
        source="10.40.0.2",
        mac="02:00:00:00:00:02",
        relay="10.40.0.3",
    )


def test_an_offer_with_nothing_names_its_sender() -> None:
    assert parse(offer({})) == _dhcp_packet.Offer(
        "10.40.0.2", "10.40.0.10", [], [], [], None, None, source="10.40.0.2", mac="02:00:00:00:00:02"
    )


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


def client(**options: object) -> _dhcp.Client:
    return _dhcp.Client(check("dhcp", mac=MAC, interface="eth0", **options), 0.0, 1e9)


@given(packets=st.lists(st.binary(max_size=400), max_size=8))
def test_a_hostile_segment_gives_a_result(packets: List[bytes]) -> None:
    one = client()
    one.xid = XID
    for data in packets:
        one.take(_dhcp_frames.Heard(offer({}) + data, "10.40.0.66", None))
        one.take(_dhcp_frames.Heard(data, "10.40.0.66", None))
    assert len(one.offers) == min(len(packets), 1)
    assert one.result()["target"] == "02:00:00:00:00:10 on eth0"


def test_a_device_that_never_got_to_ask_is_not_run() -> None:
    assert client().result()["reason"] == "the time limit of the whole run came first"


@given(payload=st.binary(max_size=600))
def test_what_is_sent_can_be_heard(payload: bytes) -> None:
    data = _dhcp_frames.datagram(payload)
    assert _dhcp_frames._checksum(data[:20]) == 0
    pseudo = data[12:20] + bytes((0, 17)) + data[24:26]
    assert _dhcp_frames._checksum(pseudo + data[20:]) == 0
    back = data[:20] + data[22:24] + data[20:22] + data[24:]  # as an answer: the ports the other way round
    assert _dhcp_frames.parse(data, None) is None
    assert _dhcp_frames.parse(data[:22] + b"\0\x44" + data[24:], "m") == _dhcp_frames.Heard(payload, "0.0.0.0", "m")
    assert _dhcp_frames.parse(back, None) is not None


@given(data=st.binary(max_size=80))
def test_any_frame_is_a_datagram_or_none(data: bytes) -> None:
    for frame in (data, _dhcp_frames.datagram(b"")[: len(data)] + data, b"E" + data):
        heard = _dhcp_frames.parse(frame, None)
        assert heard is None or len(heard.data) <= len(frame)


def an_offer(server: str = "10.40.0.1", address: str = "10.40.0.10", **fields: object) -> _dhcp_packet.Offer:
    known: Dict[str, object] = {"router": [], "dns": [], "ntp": [], "lease_time": 60, "captive_portal": None, **fields}
    return _dhcp_packet.Offer(server, address, **known)  # type: ignore[arg-type]  # the fields are a table's


def judged(*offers: _dhcp_packet.Offer, **options: object) -> _dhcp_judge.Judgement:
    return _dhcp_judge.judge(check("dhcp", mac=MAC, interface="eth0", **options), offers, None)


OURS, ROGUE = an_offer(mac="02:00:00:00:00:01"), an_offer("10.40.0.66", "192.168.1.7", mac="02:00:00:00:00:66")
UNRESTRICTED = "urn:ietf:params:capport:unrestricted"


def test_verdicts() -> None:
    assert judged(OURS).observation == "offered"
    assert judged(OURS, expect_ip="10.40.0.10").reason == "10.40.0.1 offers 10.40.0.10"
    assert judged(OURS, expect_ip="10.40.0.11").observation == "wrong_offer"
    both = judged(OURS, ROGUE, expect_ip="10.40.0.10")
    assert both.observation == "wrong_offer"
    assert both.reason == (
        "10.40.0.1 offers 10.40.0.10, 10.40.0.66 offers 192.168.1.7, not the expected 10.40.0.10"
        "; the device takes whichever comes first"
    )
    # Whoever offers something else is named with it, whichever came first.
    assert judged(ROGUE, OURS, expect_ip="10.40.0.10").reason.startswith(
        "10.40.0.66 offers 192.168.1.7, not the expected 10.40.0.10, 10.40.0.1 offers 10.40.0.10;"
    )
    assert [finding.as_dict() for finding in both.findings] == [
        {
            "finding": "address",
            "server": "10.40.0.66",
            "mac": "02:00:00:00:00:66",
            "reason": "not the expected 10.40.0.10",
        }
    ]
    assert judged(OURS, ROGUE).reason.endswith("; more than one DHCP server is on this segment")
    assert judged().observation == "no_offer"


@pytest.mark.parametrize(
    ("offers", "options", "finding", "reason"),
    [
        (
            [OURS, ROGUE],
            {"servers": ["10.40.0.1"], "expect_ip": "10.40.0.10"},
            "rogue",
            "10.40.0.66 (02:00:00:00:00:66) is no DHCP server of this segment (those are: 10.40.0.1)",
        ),
        ([OURS], {"servers": []}, "rogue", "is no DHCP server of this segment (those are: none)"),
        (
            [OURS, OURS._replace(mac="02:00:00:00:00:66")],
            {},
            "impostor",
            "10.40.0.1 is claimed by two machines, 02:00:00:00:00:01 and 02:00:00:00:00:66",
        ),
        (
            [an_offer(router=["10.40.0.254"])],
            {"expect_router": ["10.40.0.1"]},
            "router",
            "10.40.0.1 gives router 10.40.0.254, not the expected 10.40.0.1",
        ),
        ([an_offer()], {"expect_dns": ["10.40.0.1"]}, "dns", "10.40.0.1 gives name servers none, not the expected"),
        ([an_offer(ntp=["9.9.9.9"])], {"expect_ntp": []}, "ntp", "10.40.0.1 gives time servers 9.9.9.9, not the"),
        (
            [an_offer(captive_portal="https://portal.example/")],
            {"expect_captive_portal": "none"},
            "captive_portal",
            "10.40.0.1 announces the captive portal https://portal.example/, although there shall be none",
        ),
        (
            [an_offer()],
            {"expect_captive_portal": UNRESTRICTED},
            "captive_portal",
            "10.40.0.1 announces the captive portal none, not the expected urn:",
        ),
    ],
)
def test_what_is_wrong_with_an_offer(
    offers: List[_dhcp_packet.Offer], options: Dict[str, object], finding: str, reason: str
) -> None:
    found = judged(*offers, **options)
    assert found.observation == "wrong_offer"
    assert [one.finding for one in found.findings] == [finding]
    assert reason in found.reason


@pytest.mark.parametrize(
    ("offers", "options"),
    [
        ([an_offer(dns=["9.9.9.9", "10.40.0.1"])], {"expect_dns": ["10.40.0.1", "9.9.9.9"]}),
        ([an_offer()], {"expect_captive_portal": "none", "expect_ntp": []}),
        ([an_offer(captive_portal=UNRESTRICTED)], {"expect_captive_portal": "none"}),
        ([OURS, OURS._replace(mac="02:00:00:00:00:66", relay="10.40.0.3")], {"servers": ["10.40.0.1"]}),
    ],
)
def test_what_is_right_with_an_offer(offers: List[_dhcp_packet.Offer], options: Dict[str, object]) -> None:
    assert judged(*offers, **options).observation == "offered"


def test_a_rogue_s_options_are_not_listed() -> None:
    found = judged(OURS, ROGUE, servers=["10.40.0.1"], expect_ip="10.40.0.10", expect_captive_portal="none")
    assert [one.finding for one in found.findings] == ["rogue"]


def test_who_names_the_servers_listens_to_the_end() -> None:
    assert check("dhcp", mac=MAC, interface="eth0")["window"] == 0.5
    assert check("dhcp", mac=MAC, interface="eth0", timeout=4, servers=["10.40.0.1"])["window"] == 4
    assert check("dhcp", mac=MAC, interface="eth0", timeout=4, servers=["10.40.0.1"], window=1)["window"] == 1
