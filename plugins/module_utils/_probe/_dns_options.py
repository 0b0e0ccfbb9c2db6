# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The options of DNS checks, and how those that depend on each other are settled. Loads nothing of DNS itself."""

from __future__ import annotations

import urllib.parse
from typing import Dict, Optional

from ansible_collections.fieldnet.iot.plugins.module_utils import _values
from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _options
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._options import RAW, TEXTS, Option
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check

# RFC 5737 and RFC 3849: addresses for documentation, where nobody runs anything.
DARK_ADDRESS, DARK_ADDRESS_6 = "192.0.2.53", "2001:db8::53"

_PORTS = {"udp": 53, "tcp": 53, "tls": 853, "https": 443}
_MOST_NAMES = 50

QUERY: Dict[str, Option] = {
    "name": Option(_values.dns_name, required=True),
    "record_type": Option(_options.record_type, default="A"),
    "server": Option(_values.ip),
    "port": Option(_values.port, type=RAW),
    "transport": Option(_options.one_of(*_PORTS)),
    "url": Option(_options.https_url),
    "server_name": Option(_values.host),
    "validate_certs": Option(_options.boolean, default=True, type=RAW),
    "edns": Option(_options.boolean, default=True, type=RAW),
    "dnssec_ok": Option(_options.boolean, default=False, type=RAW),
    "expect_rcode": Option(_options.rcode, default="NOERROR"),
    "expect_answers": Option(_options.texts, type=TEXTS),
    "expect_ad": Option(_options.boolean, default=False, type=RAW),
}


def names(value: object) -> list[str]:
    """At most 50 DNS names, each once."""
    if not isinstance(value, (list, tuple)) or len(value) > _MOST_NAMES:
        raise ValueError(f"is not a list of at most {_MOST_NAMES} DNS names")
    try:
        return list(dict.fromkeys(_values.dns_name(name) for name in value))
    except ValueError:
        raise ValueError("has an entry that is not a DNS name") from None


INTEGRITY: Dict[str, Option] = {
    "server": Option(_values.ip),
    "port": Option(_values.port, default=53, type=RAW),
    "names": Option(names, default=[], type=TEXTS),
    "absent_under": Option(names, default=[], type=TEXTS),
    "private_ok": Option(names, default=[], type=TEXTS),
    "other_server": Option(_values.ip),
    "dark_address": Option(_values.ip),
    "redirected": Option(_options.boolean, default=False, type=RAW),
}


def _port_of(url: str) -> int:
    return urllib.parse.urlsplit(url).port or _PORTS["https"]


def settle(check: Check) -> Optional[str]:
    """Choose transport, port and URL of a query where they are left out; what is wrong, if they contradict."""
    transport = check["transport"] or ("https" if check["url"] else "udp")
    if check["url"] and transport != "https":
        return "url: goes with transport https, not with another"
    if check["url"] and check["port"]:
        return "port: goes into the url"
    if check["server_name"] and transport not in ("tls", "https"):
        return "server_name: goes with transport tls or https"
    if transport == "https" and not check["url"]:
        host = check["server_name"] or check["server"]
        if not host:
            return "url: is missing (https://host/path), or give server"
        host = f"[{host}]" if ":" in host else host
        check["url"] = f"https://{host}:{check['port'] or 443}/dns-query".replace(":443/", "/")
    check["transport"] = transport
    check["port"] = _port_of(check["url"]) if transport == "https" else check["port"] or _PORTS[transport]
    return None
