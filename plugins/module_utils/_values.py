# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What a MAC address, an interface, a DNS name is.

The one place that decides it, on the controller and on managed hosts, so that no unvalidated string ever reaches a
firewall rule, a daemon's configuration or a shell. Each function returns the canonical form or raises ValueError with
the rest of a sentence ("is not ..."); the caller puts the place before it.
"""

from __future__ import annotations

import ipaddress
import re

_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}")
# Linux: at most 15 bytes (IFNAMSIZ), no slash, no space. Ours is narrower: what nft, dnsmasq and Kea take unquoted.
_INTERFACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,14}")
# RFC 1123 section 2.1 and RFC 1035 section 2.3.1
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_UNDERSCORE_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?")
# What dnsmasq takes for a lease time or an order where a device's name stands, and what would shadow a host's own name.
_NO_NAME = re.compile(r"[0-9]+[wdhms]?|infinite|ignore|localhost")
_SECRET = re.compile(r"[!-~]{16,256}")
_FLOW_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./:*-]{0,199}")


def mac(value: object) -> str:
    """A unicast MAC-48 address, as ``02:00:00:00:00:10``; hyphens and upper case are taken."""
    text = str(value).strip().lower().replace("-", ":")
    if not _MAC.fullmatch(text):
        raise ValueError("is not a MAC address (write it as 02:00:00:00:00:10)")
    if text == "00:00:00:00:00:00" or int(text[:2], 16) & 1:
        raise ValueError("is not the MAC address of a device (it is null, multicast or broadcast)")
    return text


def ipv4(value: object) -> str:
    """An IPv4 address in dotted decimal."""
    try:
        return str(ipaddress.IPv4Address(str(value)))
    except ValueError:
        raise ValueError("is not an IPv4 address") from None


def ip(value: object) -> str:
    """An IPv4 or IPv6 address, without a zone."""
    text = str(value)
    try:
        if "%" in text:
            raise ValueError
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError("is not an IP address") from None


def subnet(value: object) -> str:
    """An IPv4 network in CIDR notation; host bits must be zero."""
    text = str(value)
    try:
        if "/" not in text:
            raise ValueError
        return str(ipaddress.IPv4Network(text, strict=True))
    except ValueError:
        raise ValueError("is not an IPv4 subnet (write it as 10.40.0.0/24, host bits zero)") from None


def network(value: object) -> str:
    """An IP address or network in CIDR notation, IPv4 or IPv6."""
    text = str(value)
    try:
        if "%" in text:
            raise ValueError
        return str(ipaddress.ip_network(text, strict=True)) if "/" in text else str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError("is not an IP address or network") from None


def interface(value: object) -> str:
    """A Linux network interface name."""
    text = str(value)
    if not _INTERFACE.fullmatch(text):
        raise ValueError("is not an interface name (1 to 15 letters, digits, dots, hyphens, underscores)")
    return text


def dns_name(value: object) -> str:
    """A DNS name, lower case, no trailing dot (RFC 1035, RFC 2181 section 11 for the length)."""
    text = str(value).lower()
    text = text[:-1] if text.endswith(".") else text
    labels = text.split(".")
    if len(text) > 253 or not all(_UNDERSCORE_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        raise ValueError("is not a DNS name")
    return text


def domain_pattern(value: object) -> str:
    """A DNS name, or a wildcard of one: ``*.electricimp.com``."""
    text = str(value)
    try:
        return "*." + dns_name(text[2:]) if text.startswith("*.") else dns_name(text)
    except ValueError:
        raise ValueError("is not a domain (write it as example.com or *.example.com)") from None


def host_label(value: object) -> str:
    """One label of a host name (RFC 1123): what a DHCP reservation's name may be."""
    text = str(value)
    if not _LABEL.fullmatch(text):
        raise ValueError("is not a host name label (1 to 63 of a-z, 0-9 and hyphens)")
    if _NO_NAME.fullmatch(text):
        raise ValueError("is no name for a device (DHCP servers take it for a number, a time or an order)")
    return text


def host(value: object) -> str:
    """A DNS name or an IP address."""
    try:
        return ip(value)
    except ValueError:
        pass
    try:
        return dns_name(value)
    except ValueError:
        raise ValueError("is neither a DNS name nor an IP address") from None


def port(value: object) -> int:
    """A TCP or UDP port number."""
    text = str(value)
    if isinstance(value, bool) or not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= 65535:
        raise ValueError("is not a port (1 to 65535)")
    return int(text)


def ssid(value: object) -> str:
    """The name of a wireless network; what looks like a number has lost its leading zeros before it comes here."""
    if not isinstance(value, str):
        raise ValueError("is not a text: put the SSID into quotes")
    if not value.isprintable() or not 1 <= len(value.encode()) <= 32:
        raise ValueError("is not an SSID (1 to 32 bytes, printable)")
    return value


def secret(value: object) -> str:
    """A shared key; what is wrong with one is said without it."""
    if not isinstance(value, str) or not _SECRET.fullmatch(value):
        raise ValueError("is not a key (16 to 256 printable ASCII characters, no spaces)")
    return value


def flow_id(value: object) -> str:
    """The id of a flow or check: printable, no quotes, so that it may stand in a comment of a rule."""
    text = str(value)
    if not _FLOW_ID.fullmatch(text):
        raise ValueError("is not an id (letters, digits and _ . / : * -, at most 200)")
    return text
