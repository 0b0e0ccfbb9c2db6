# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the kernel says of a packet that is traced (``NFT_MSG_TRACE`` of nfnetlink), read without a program.

The program nft says the same as text, but leaves out the handles, by which alone a rule is found again, and it says it
otherwise in each version. What comes from the kernel here is its ABI (``linux/netfilter/nf_tables.h``).
"""

from __future__ import annotations

import struct
import typing as t

GROUP = 9  # NFNLGRP_NFTRACE
_TRACE = (10 << 8) | 17  # NFNL_SUBSYS_NFTABLES, NFT_MSG_TRACE
_HEADER = struct.Struct("=IHHII")
_NFGENMSG = 4
_TABLE, _CHAIN, _HANDLE, _TYPE, _VERDICT, _ID = 1, 2, 3, 4, 5, 6
_NETWORK, _TRANSPORT, _IIF, _OIF, _MARK, _POLICY = 8, 9, 10, 12, 14, 16
_VERDICT_CODE, _VERDICT_CHAIN = 1, 2
_TYPES = {1: "policy", 2: "return", 3: "rule"}
_VERDICTS = {
    0: "drop",
    1: "accept",
    2: "stolen",
    3: "queue",
    -1: "continue",
    -2: "break",
    -3: "jump",
    -4: "goto",
    -5: "return",
}
_FAMILIES = {1: "inet", 2: "ip", 3: "arp", 5: "netdev", 7: "bridge", 10: "ip6"}
_NESTED = 0x8000


class Event(t.NamedTuple):
    """A packet in a chain: the rule that it matched, or the policy at the chain's end."""

    packet: int
    family: str
    table: str
    chain: str
    kind: str
    handle: int  # of the rule; 0: none
    verdict: str  # what becomes of it, by rule or by policy
    network: bytes = b""  # headers, at its first event in a hook
    transport: bytes = b""
    arrived: int = 0  # interfaces, by index
    leaves: int = 0
    mark: int = 0


def read(data: bytes) -> t.Iterator[Event]:
    """The events of one datagram; what is not one is passed over, whatever it is."""
    for kind, body in _messages(data):
        if kind != _TRACE or len(body) < _NFGENMSG:
            continue
        found = _attributes(body[_NFGENMSG:])
        if _ID in found and _TABLE in found and _CHAIN in found:
            yield _event(body[0], found)


def _event(family: int, found: t.Mapping[int, bytes]) -> Event:
    kind = _TYPES.get(_number(found.get(_TYPE, b"")), "")
    decided = found.get(_VERDICT, b"")
    code = _attributes(decided).get(_VERDICT_CODE, b"") if kind != "policy" else found.get(_POLICY, b"")
    return Event(
        packet=_number(found[_ID]),
        family=_FAMILIES.get(family, ""),
        table=_text(found[_TABLE]),
        chain=_text(found[_CHAIN]),
        kind=kind,
        handle=_number(found.get(_HANDLE, b"")),
        verdict=_verdict(code),
        network=found.get(_NETWORK, b""),
        transport=found.get(_TRANSPORT, b""),
        arrived=_number(found.get(_IIF, b"")),
        leaves=_number(found.get(_OIF, b"")),
        mark=_number(found.get(_MARK, b"")),
    )


def _verdict(code: bytes) -> str:
    """NF_QUEUE has the queue's number in its upper half."""
    number = int.from_bytes(code, "big", signed=True)
    return _VERDICTS.get(number, "queue" if number & 0xFF == 3 else "")


def _messages(data: bytes) -> t.Iterator[tuple[int, bytes]]:
    while len(data) >= _HEADER.size:
        length, kind, _flags, _sequence, _port = _HEADER.unpack_from(data)
        if length < _HEADER.size:
            return
        yield kind, data[_HEADER.size : length]
        data = data[_align(length) :]


def _attributes(data: bytes) -> dict[int, bytes]:
    found = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        if length < 4:
            break
        found[kind & ~_NESTED] = data[4:length]
        data = data[_align(length) :]
    return found


def _align(length: int) -> int:
    return (length + 3) & ~3


def _number(data: bytes) -> int:
    return int.from_bytes(data[:8], "big")


def _text(data: bytes) -> str:
    return data.split(b"\0")[0].decode(errors="replace")
