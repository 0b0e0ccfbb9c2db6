# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The single values of specs and sites: a name, an address, a rate. Each is what refuses it, and its JSON Schema.

A schema may be wider than its check, where JSON Schema can't say the rule (an address within 0 to 255, a null MAC
address), and never narrower.
"""

from __future__ import annotations

import datetime
import ipaddress
import re
import typing as t

from ansible_collections.fieldnet.iot.plugins.module_utils import _values as values
from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import Checker, checked

SLUG_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,31}")
REQUIREMENT_ID_PATTERN = re.compile(r"[a-z][a-z0-9-]{0,47}")
_PIN_LENGTH = 64
_MOST_CHANNEL = 233
_RATE = re.compile(r"([1-9][0-9]{0,4}/(second|minute|hour|day))?")
_GROUP = re.compile(r"all|ungrouped|iot_gateways|iot_probes|(site|vendor|tag)_[a-z0-9_]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_IPV4 = r"[0-9]{1,3}(\.[0-9]{1,3}){3}"


def slug(value: object) -> str:
    """A vendor, a device type, a site or a VLAN by name."""
    if not SLUG_PATTERN.fullmatch(str(value)):
        raise ValueError("is not a name (a-z, then a-z, 0-9 and underscores, at most 32)")
    return str(value)


def requirement_id(value: object) -> str:
    """The id of a requirement, a port or a document."""
    if not REQUIREMENT_ID_PATTERN.fullmatch(str(value)):
        raise ValueError("is not an id (a-z, then a-z, 0-9 and hyphens, at most 48)")
    return str(value)


def inventory_host(value: object) -> str:
    """A host as an inventory names it."""
    name = str(value)
    try:
        found = values.host(name)
    except ValueError:
        raise ValueError("is not an inventory host (a host name or an IP address)") from None
    if _GROUP.fullmatch(found):
        raise ValueError("is the name of a group of the inventory; give the host another")
    return found


def _pool(value: object) -> t.Tuple[str, str]:
    first, dash, last = str(value).partition("-")
    try:
        ends = ipaddress.IPv4Address(first.strip()), ipaddress.IPv4Address(last.strip())
        if not dash or ends[0] > ends[1]:
            raise ValueError
    except ValueError:
        raise ValueError("is not a pool of addresses (write it as 10.40.0.100-10.40.0.199)") from None
    return str(ends[0]), str(ends[1])


def _pin(value: object) -> str:
    kind, _colon, digest = str(value).strip().lower().partition(":")
    digest = digest.replace(":", "")
    if (
        kind not in ("sha256", "spki-sha256")
        or len(digest) != _PIN_LENGTH
        or any(char not in "0123456789abcdef" for char in digest)
    ):
        raise ValueError("is not a certificate pin (sha256: or spki-sha256: and 64 hexadecimal digits)")
    return f"{kind}:{digest}"


def _endpoint(value: object) -> str:
    if str(value).startswith("*"):
        raise ValueError("is a wildcard, which nothing can connect to; name a host under it")
    return values.host(value)


def _portal_url(value: object) -> str:
    rest = str(value)[len("http://") :]
    host, _slash, _path = rest.partition("/")
    name, _colon, port = host.partition(":")
    try:
        if not str(value).startswith("http://") or not str(value).isprintable() or " " in rest:
            raise ValueError
        values.host(name)
        values.port(port or 80)
    except ValueError:
        raise ValueError("is not a plain http:// URL (a captive portal shows itself on plain HTTP alone)") from None
    return str(value)


def _status(value: object) -> int:
    text = str(value)
    if isinstance(value, bool) or not text.isascii() or not text.isdigit() or not 100 <= int(text[:4]) <= 599:
        raise ValueError("is not an HTTP status (100 to 599)")
    return int(text)


def _channel(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST_CHANNEL:
        raise ValueError(f"is not a Wi-Fi channel (1 to {_MOST_CHANNEL})")
    return value


def _vlan_interface(value: object) -> str:
    name = values.interface(value)
    if name == "lo":
        raise ValueError("is the loopback interface, behind which there is no device")
    return name


def _rate(value: object) -> str:
    if not _RATE.fullmatch(str(value)):
        raise ValueError('is not a rate (write it as 5/minute, or "" to log nothing)')
    return str(value)


def _date(value: object) -> str:
    text = str(value)
    try:
        if not _DATE.fullmatch(text):
            raise ValueError
        datetime.date(*(int(part) for part in text.split("-")))
    except ValueError:
        raise ValueError("is not a date (write it as 2026-11-20)") from None
    return text


def _file(value: object) -> str:
    name = str(value)
    if not name.strip() or not name.isprintable():
        raise ValueError("is not the name of a file")
    return name


def _named(title: str, pattern: str, *examples: object) -> t.Dict[str, t.Any]:
    return {"title": title, "type": "string", "pattern": f"^{pattern}$", "examples": list(examples)}


def _number(title: str, least: int, most: int) -> t.Dict[str, t.Any]:
    # Somebody may have put quotes around it.
    written = {"type": "string", "pattern": "^[0-9]+$"}
    return {"title": title, "anyOf": [{"type": "integer", "minimum": least, "maximum": most}, written]}


SLUG = checked(slug, _named("name", SLUG_PATTERN.pattern))
REQUIREMENT_ID = checked(requirement_id, _named("id", REQUIREMENT_ID_PATTERN.pattern))
INVENTORY_HOST = checked(inventory_host, _named("inventory host", r"\S{1,255}"))
INTERFACE = checked(
    values.interface,
    {**_named("interface", "[A-Za-z0-9][A-Za-z0-9_.-]{0,14}"), "type": ["string", "number"]},
)
VLAN_INTERFACE = checked(
    _vlan_interface,
    {**_named("interface", "[A-Za-z0-9][A-Za-z0-9_.-]{0,14}"), "type": ["string", "number"]},
)
MAC = checked(values.mac, _named("MAC address", r"\s*[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}\s*", "02:00:00:00:00:10"))
IPV4 = checked(values.ipv4, _named("IPv4 address", _IPV4))
SUBNET = checked(values.subnet, _named("IPv4 subnet", rf"{_IPV4}/[0-9.]+", "10.40.0.0/24"))
POOL = checked(_pool, _named("pool", rf"\s*{_IPV4}\s*-\s*{_IPV4}\s*", "10.40.0.100-10.40.0.199"))
HOST_LABEL = checked(values.host_label, _named("host name label", "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"))
ENDPOINT = checked(_endpoint, _named("host", r"[^*\s]\S{0,254}"))
DOMAIN = checked(values.domain_pattern, _named("domain", r"(\*\.)?\S{1,254}", "example.com", "*.example.com"))
PORT = checked(values.port, _number("port", 1, 65535))
STATUS = checked(_status, _number("HTTP status", 100, 599))
CHANNEL = checked(_channel, {"title": "Wi-Fi channel", "type": "integer", "minimum": 1, "maximum": _MOST_CHANNEL})
SSID = checked(values.ssid, {"title": "SSID", "type": "string", "minLength": 1, "maxLength": 32})
PIN = checked(_pin, _named("certificate pin", r"\s*([Ss][Pp][Kk][Ii]-)?[Ss][Hh][Aa]256:[0-9A-Fa-f:]{64,127}\s*"))
PORTAL_URL = checked(_portal_url, _named("plain HTTP URL", r"http://\S+"))
RATE = checked(_rate, _named("rate", _RATE.pattern, "5/minute", ""))
DATE = checked(_date, _named("date", _DATE.pattern, "2026-11-20"))
FILE = checked(_file, {"title": "file", "type": ["string", "number"]})
__all__ = [name for name, value in list(globals().items()) if isinstance(value, Checker)]
