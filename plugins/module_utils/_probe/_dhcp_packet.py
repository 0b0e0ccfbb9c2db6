# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The bytes of DHCP: a DISCOVER for a device, and what the offers of servers say (RFC 2131, RFC 2132)."""

from __future__ import annotations

import ipaddress
import struct
import typing as t

from ansible_collections.fieldnet.iot.plugins.module_utils._probe._outcome import printable

CLIENT_PORT, SERVER_PORT = 68, 67
# op, htype, hlen, hops, xid, secs, flags, ciaddr, yiaddr, siaddr, giaddr, chaddr, sname, file, magic cookie
_HEADER = struct.Struct("!BBBB4sHH4s4s4s4s16s64s128s4s")
_MAGIC = bytes((99, 130, 83, 99))
_BOOTREQUEST, _BOOTREPLY, _ETHERNET = 1, 2, 1
_BROADCAST_FLAG = 0x8000  # the offer comes to everyone, for the device's address is not ours to receive on
_DISCOVER, _OFFER = 1, 2
_MIN_LENGTH = 300  # RFC 1542 section 2.1: relay agents may drop anything shorter
_MAX_TEXT = 1000
_MAX_ADDRESSES = 16

_PAD, _END = 0, 255
_NETMASK, _ROUTER, _DNS, _NTP, _LEASE_TIME = 1, 3, 6, 42, 51
_OVERLOAD, _MESSAGE_TYPE, _SERVER_ID, _PARAMETERS, _CLIENT_ID, _CAPTIVE_PORTAL = 52, 53, 54, 55, 61, 114


class DhcpError(ValueError):
    """The bytes are not an offer for this device; the message says why ("it ...")."""


class Offer(t.NamedTuple):
    """What one server offers."""

    server: str
    """The server's identifier, or the address it sent from."""
    address: str
    router: list[str]
    dns: list[str]
    ntp: list[str]
    lease_time: int | None
    captive_portal: str | None
    netmask: str | None = None
    source: str | None = None
    """The address that the packet came from: a relay's, where one brought it."""
    mac: str | None = None
    """The hardware address that it came from."""
    relay: str | None = None


def discover(mac: str, xid: bytes, client_id: bytes = b"") -> bytes:
    """A DHCPDISCOVER as the device with this MAC address, and client identifier, would send it."""
    wanted = bytes((_NETMASK, _ROUTER, _DNS, _NTP, _LEASE_TIME, _SERVER_ID, _CAPTIVE_PORTAL))
    identity = bytes((_CLIENT_ID, len(client_id))) + client_id if client_id else b""
    kind = bytes((_MESSAGE_TYPE, 1, _DISCOVER))
    options = kind + identity + bytes((_PARAMETERS, len(wanted))) + wanted + bytes((_END,))
    zero = bytes(4)
    head = (
        _BOOTREQUEST,
        _ETHERNET,
        6,
        0,
        xid,
        0,
        _BROADCAST_FLAG,
        zero,
        zero,
        zero,
        zero,
        _chaddr(mac),
        b"",
        b"",
        _MAGIC,
    )
    return (_HEADER.pack(*head) + options).ljust(_MIN_LENGTH, b"\0")


def transaction(data: bytes) -> bytes:
    """The transaction id of a DHCP packet, empty when it is none: whose reply it may be."""
    return data[4:8] if len(data) >= _HEADER.size else b""


def parse_offer(data: bytes, mac: str, xid: bytes, sender: str, hardware: str | None = None) -> Offer:
    """The offer in a packet from ``sender`` at a hardware address; DhcpError for anything else."""
    if len(data) < _HEADER.size:
        raise DhcpError("it is too short for a DHCP packet")
    fields = _HEADER.unpack_from(data)
    operation, _htype, _hlen, _hops, its_xid, _secs, _flags, _ciaddr, yiaddr, _siaddr, giaddr, chaddr = fields[:12]
    sname, file, magic = fields[12:]
    if operation != _BOOTREPLY or magic != _MAGIC:
        raise DhcpError("it is not a DHCP reply")
    if its_xid != xid or chaddr[:6] != _chaddr(mac)[:6]:
        raise DhcpError("it is for another client")
    options = _options(data[_HEADER.size :], file, sname)
    if options.get(_MESSAGE_TYPE) != bytes((_OFFER,)):
        raise DhcpError("it is not an offer")
    if not any(yiaddr):
        raise DhcpError("it offers no address")
    server = _addresses(options.get(_SERVER_ID, b""))
    return Offer(
        server=server[0] if server else sender,
        address=str(ipaddress.IPv4Address(yiaddr)),
        router=_addresses(options.get(_ROUTER, b"")),
        dns=_addresses(options.get(_DNS, b"")),
        ntp=_addresses(options.get(_NTP, b"")),
        lease_time=_number(options.get(_LEASE_TIME, b"")),
        captive_portal=_text(options.get(_CAPTIVE_PORTAL, b"")),
        netmask=next(iter(_addresses(options.get(_NETMASK, b""))), None),
        source=sender,
        mac=hardware,
        relay=str(ipaddress.IPv4Address(giaddr)) if any(giaddr) else None,
    )


def _chaddr(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))


def _options(area: bytes, file: bytes, sname: bytes) -> dict[int, bytes]:
    """All options; one that occurs again continues (RFC 3396), also in the fields that option 52 makes room in."""
    options: dict[int, bytes] = {}
    _collect(area, options)
    overload = options.get(_OVERLOAD, b"\0")[:1]
    if overload in (b"\1", b"\3"):
        _collect(file, options)
    if overload in (b"\2", b"\3"):
        _collect(sname, options)
    return options


def _collect(area: bytes, options: dict[int, bytes]) -> None:
    position = 0
    while position < len(area) and area[position] != _END:
        code = area[position]
        position += 1
        if code == _PAD:
            continue
        length = area[position] if position < len(area) else 0
        options[code] = options.get(code, b"") + area[position + 1 : position + 1 + length]
        position += 1 + length


def _addresses(value: bytes) -> list[str]:
    return [str(ipaddress.IPv4Address(value[i : i + 4])) for i in range(0, min(len(value), _MAX_ADDRESSES * 4) - 3, 4)]


def _number(value: bytes) -> int | None:
    return int.from_bytes(value, "big") if len(value) == 4 else None


def _text(value: bytes) -> str | None:
    return printable(value.decode("utf-8", "replace").rstrip("\0"), _MAX_TEXT) or None
