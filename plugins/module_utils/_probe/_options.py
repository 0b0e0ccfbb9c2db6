# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""What the options of a check may be: each function returns the canonical value, or raises ValueError with the rest of
a sentence ("is not ..."). What a name, an address, a port is says _values.
"""

from __future__ import annotations

import math
import re
from typing import Any, Callable, Dict, NamedTuple, Optional

from ansible_collections.fieldnet.iot.plugins.module_utils import _values

_MAX_PAYLOAD = 1200  # bytes of a datagram that crosses any IPv6 path whole (RFC 8200 section 5, less the headers)
_TRUE, _FALSE = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})
RAW = "raw"  # a number, also one that a template made a string of
TEXTS = "list"
MAX_SESSIONS = 16  # of one idle check
MAX_SSIDS = 64  # of one scan
UNRESTRICTED = "urn:ietf:params:capport:unrestricted"  # RFC 8910 section 2


class Option(NamedTuple):
    """One option: its validator, and what a module's argument spec says of it."""

    take: Callable[[object], Any]
    required: bool = False
    default: Any = None
    type: str = "str"
    secret: bool = False

    def spec(self) -> Dict[str, Any]:
        """As a module's argument spec has it. Not Ansible but ``take`` refuses what is wrong: all of it at once."""
        if self.secret:
            return {"type": self.type, "no_log": True}
        return {"type": "list", "elements": "str"} if self.type == TEXTS else {"type": self.type}


def text(value: object) -> str:
    """Any string of at most 1000 characters."""
    if not isinstance(value, str) or len(value) > 1000:
        raise ValueError("is not a string of at most 1000 characters")
    return value


def one_of(*words: str) -> Callable[[object], str]:
    """One of some words."""

    def take(value: object) -> str:
        if value not in words:
            raise ValueError(f"is not one of {', '.join(words)}")
        return str(value)

    return take


def seconds(value: object) -> float:
    """A time span: 0.1 to 60 seconds."""
    try:
        number = math.nan if isinstance(value, bool) else float(str(value))
    except ValueError:
        number = math.nan
    if not 0.1 <= number <= 60:
        raise ValueError("is not a number of seconds (0.1 to 60)")
    return number


def integer(low: int, high: int) -> Callable[[object], int]:
    """An integer within bounds."""

    def take(value: object) -> int:
        digits = str(value)
        number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else -1
        if not low <= number <= high:
            raise ValueError(f"is not an integer ({low} to {high})")
        return number

    return take


def boolean(value: object) -> bool:
    """Yes or no, in the words that Ansible takes."""
    word = str(value).strip().lower()
    if word not in _TRUE | _FALSE:
        raise ValueError("is not a boolean (true or false)")
    return word in _TRUE


def hex_bytes(value: object) -> str:
    """Bytes, two hexadecimal digits each; spaces and colons between them are taken."""
    try:
        data = bytes.fromhex(str(value).replace(":", " "))
    except ValueError:
        raise ValueError("is not hexadecimal (write it as 0a1b2c)") from None
    if len(data) > _MAX_PAYLOAD:
        raise ValueError(f"is longer than {_MAX_PAYLOAD} bytes")
    return data.hex()


def ssids(value: object) -> list[str]:
    """Names of wireless networks; how many of them a radio can ask for in one scan, it says itself."""
    if not isinstance(value, (list, tuple)) or len(value) > MAX_SSIDS:
        raise ValueError(f"is not a list of at most {MAX_SSIDS} SSIDs")
    return [_values.ssid(entry) for entry in value]


def record_type(value: object) -> str:
    """The type of a DNS record; none that asks for everything (RFC 8482) or for a transfer."""
    name = str(value).upper()
    if not re.fullmatch(r"[A-Z][A-Z0-9-]{0,15}", name) or name in ("ANY", "AXFR", "IXFR", "MAILA", "MAILB"):
        raise ValueError("is not the type of a DNS record (A, AAAA, TXT, ...)")
    return name


def rcode(value: object) -> str:
    """What a DNS server makes of a question: ``NOERROR``, ``NXDOMAIN``."""
    name = str(value).upper()
    if not re.fullmatch(r"[A-Z][A-Z0-9]{0,15}", name):
        raise ValueError("is not a DNS response code (NOERROR, NXDOMAIN, SERVFAIL, REFUSED, ...)")
    return name


def texts(value: object) -> list[str]:
    """At most 100 strings."""
    if not isinstance(value, (list, tuple)) or len(value) > 100:
        raise ValueError("is not a list of at most 100 strings")
    return [text(entry) for entry in value]


def addresses(value: object) -> list[str]:
    """One to three IP addresses: as many name servers as a resolver takes (resolv.conf(5))."""
    if not isinstance(value, (list, tuple)) or not 1 <= len(value) <= 3:
        raise ValueError("is not a list of 1 to 3 IP addresses")
    return [_values.ip(entry) for entry in value]


def protocols(value: object) -> list[str]:
    """Names of application protocols, as a ClientHello offers them (ALPN, RFC 7301): ``mqtt``, ``h2``."""
    names = texts(value)
    if len(names) > 20 or not all(re.fullmatch(r"[!-~]{1,255}", name) for name in names):
        raise ValueError("is not a list of at most 20 ALPN protocol names (mqtt, x-amzn-mqtt-ca, h2, ...)")
    return names


def offset(value: object) -> float:
    """How far a clock may be off, in seconds."""
    try:
        number = math.nan if isinstance(value, bool) else float(str(value))
    except ValueError:
        number = math.nan
    if not 0 < number <= 86400:
        raise ValueError("is not a number of seconds (more than 0, at most 86400)")
    return number


def pins(value: object) -> list[str]:
    """SHA-256 fingerprints of certificates, as ``sha256:`` and 64 hexadecimal digits, or of their keys
    (SubjectPublicKeyInfo, as RFC 7469 has it), as ``spki-sha256:`` and the digits; colons are taken.
    """
    if not isinstance(value, (list, tuple)):
        raise ValueError("is not a list")
    return [_pin(entry) for entry in value]


def _pin(value: object) -> str:
    name, _separator, digits = str(value).lower().partition(":")
    digits = digits.replace(":", "")
    if name not in ("sha256", "spki-sha256") or len(digits) != 64 or not set(digits) <= set("0123456789abcdef"):
        raise ValueError(
            "has an entry that is not a fingerprint (write it as sha256: or spki-sha256: and 64 hexadecimal digits)"
        )
    return f"{name}:{digits}"


def http_url(value: object) -> str:
    """An absolute http URL without credentials; over TLS a captive portal can't answer, so nothing would be learnt."""
    return _url(value, "http")


def https_url(value: object) -> str:
    """An absolute https URL without credentials."""
    return _url(value, "https")


def portal_api(value: object) -> str:
    """What DHCP's option 114 says (RFC 8910): the URL of the portal's API, or the URN that there is no portal."""
    return UNRESTRICTED if value == UNRESTRICTED else https_url(value)


def settle_mqtt(check: Dict[str, Any]) -> None:
    """The port that the protocol has: RFC 6335's registry has one for each."""
    check["port"] = check["port"] or (8883 if check["tls"] else 1883)


def idle_time(value: object) -> float:
    """How long a session keeps silent, in seconds; an hour is what a run may take."""
    try:
        number = math.nan if isinstance(value, bool) else float(str(value))
    except ValueError:
        number = math.nan
    if not 0.1 <= number <= 3480:
        raise ValueError("is not a number of seconds (0.1 to 3480)")
    return number


def idle_times(value: object) -> list[float]:
    """How long each of some sessions keeps silent, the shortest first."""
    if not isinstance(value, (list, tuple)) or not 0 < len(value) <= MAX_SESSIONS:
        raise ValueError(f"is not a list of 1 to {MAX_SESSIONS} numbers of seconds")
    return sorted({idle_time(entry) for entry in value})


def time_of_idle(check: Dict[str, Any]) -> float:
    """What a check of idle sessions may take: to connect, to keep silent, to see what becomes of the next byte."""
    return float(max(check["idle_times"]) + 2 * check["timeout"])


def settle_idle(check: Dict[str, Any]) -> Optional[str]:
    """Time spans between two bounds, each as much longer than the one before, where they are not listed."""
    if not check["payload_hex"]:
        return "payload_hex: is empty, but silence ends by sending something"
    low, high, count = check["min_idle"], check["max_idle"], check["sessions"]
    if check["idle_times"]:
        return "max_idle: can't be given beside idle_times" if low or high else None
    if not high:
        return "idle_times: is missing (or give max_idle)"
    low = low or max(0.1, high / 16)
    if low > high:
        return f"min_idle: is more than max_idle ({high:g})"
    check["idle_times"] = sorted({round(low * (high / low) ** (step / (count - 1)), 1) for step in range(count)})
    return None


def _url(value: object, wanted: str) -> str:
    address = text(value)
    scheme, separator, rest = address.partition("://")
    authority = rest.replace("?", "/").replace("#", "/").partition("/")[0]
    if scheme.lower() != wanted or not separator or not authority:
        raise ValueError(f"is not an {wanted} URL (write it as {wanted}://host/path)")
    if "@" in authority or any(ord(char) <= 32 or ord(char) > 126 for char in address):
        raise ValueError("is not a plain URL (no credentials, spaces, control or non-ASCII characters)")
    try:
        _authority(authority)
    except ValueError as error:
        raise ValueError(f"names a host or port that {error}") from None
    return address


def _authority(value: str) -> None:
    if value.startswith("["):
        host, separator, rest = value[1:].partition("]")
        if not separator or (rest and not rest.startswith(":")):
            raise ValueError("is not an IPv6 address in brackets")
        _values.ip(host)
        port = rest[1:]
    else:
        host, _separator, port = value.partition(":")
        _values.host(host)
    if port:
        _values.port(port)
