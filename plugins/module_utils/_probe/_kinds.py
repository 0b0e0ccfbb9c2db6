# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The kinds of check: which options each takes, and where its runner is.

A runner is imported only when a check needs it, so that a run without DNS or TLS checks loads neither dnspython nor
ssl. The imports are written out, because Ansible sends along only what it finds in an import statement.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, NamedTuple, Optional

from ansible_collections.fieldnet.iot.plugins.module_utils import _values
from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _dhcp_options, _dns_options, _options
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._options import RAW, TEXTS, Option
from ansible_collections.fieldnet.iot.plugins.module_utils._probe._words import Check, Result

Runner = Callable[[Check, float], Result]
ManyRunner = Callable[[List[Check], float], List[Result]]


class Kind(NamedTuple):
    """A kind of check."""

    options: Dict[str, Option]
    load: Callable[[], Runner]
    load_many: Optional[Callable[[], ManyRunner]] = None
    """For a kind whose checks share something on the host, so that all of them are one call."""
    patience: Callable[[Check], float] = lambda _check: 0.0
    """Seconds that an attempt is given at least, whatever the check's timeout."""
    settle: Optional[Callable[[Check], Optional[str]]] = None
    """Fills in the options that depend on others, and says what is wrong if they contradict ("url: goes with ...")."""
    spread: Callable[[int], float] = lambda _count: 0.0
    """Seconds over which so many checks, which are one call, are begun."""


def _load_tcp() -> Runner:
    from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _tcp

    return _tcp.run


def _load_udp() -> Runner:
    from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _udp

    return _udp.run


def _load_link() -> Runner:
    from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _link

    return _link.run


def _load_nonce() -> Runner:
    from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _nonce

    return _nonce.run


def _load_dns() -> Runner:
    from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _dns

    return _dns.run


def _load_dns_integrity() -> Runner:
    from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _dns_integrity

    return _dns_integrity.run


def _load_ntp() -> Runner:
    from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _ntp

    return _ntp.run


def _load_tls() -> Runner:
    from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _tls

    return _tls.run


def _load_mqtt() -> Runner:
    from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _mqtt

    return _mqtt.run


def _load_http() -> Runner:
    from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _http

    return _http.run


def _load_idle() -> Runner:
    from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _idle

    return _idle.run


def _load_dhcp() -> Runner:
    from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _dhcp

    return _dhcp.run


def _load_dhcp_many() -> ManyRunner:
    from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _dhcp

    return _dhcp.run_many


def _load_wifi_scan() -> Runner:
    from ansible_collections.fieldnet.iot.plugins.module_utils._probe import _wifi_scan

    return _wifi_scan.run


COMMON: Dict[str, Option] = {
    "id": Option(_values.flow_id),
    "timeout": Option(_options.seconds, default=3.0, type=RAW),
    "attempts": Option(_options.integer(1, 10), default=1, type=RAW),
    "interface": Option(_values.interface),
    "source": Option(_values.ip),
    "family": Option(_options.one_of("any", "ipv4", "ipv6"), default="any"),
    "nameservers": Option(_options.addresses, type=_options.TEXTS),
    "probe": Option(_options.text),  # the host a plan wants the check run on; nothing to the engine
}

_HOST = Option(_values.host, required=True)
_PORT = Option(_values.port, required=True, type=RAW)

KINDS: Dict[str, Kind] = {
    "tcp": Kind({"host": _HOST, "port": _PORT}, _load_tcp),
    "udp": Kind(
        {
            "host": _HOST,
            "port": _PORT,
            "payload_hex": Option(_options.hex_bytes, default=""),
            "expect_hex": Option(_options.hex_bytes, default=""),
        },
        _load_udp,
    ),
    "nonce": Kind(
        {
            "host": _HOST,
            "port": _PORT,
            "protocol": Option(_options.one_of("tcp", "udp"), default="tcp"),
            "key": Option(_values.secret, secret=True),  # may be missing: then this is not_run, and the others are made
        },
        _load_nonce,
    ),
    "dns": Kind(_dns_options.QUERY, _load_dns, settle=_dns_options.settle),
    "dns_integrity": Kind(_dns_options.INTEGRITY, _load_dns_integrity),
    "ntp": Kind(
        {
            "host": _HOST,
            "port": Option(_values.port, default=123, type=RAW),
            "max_offset": Option(_options.offset, type=RAW),
        },
        _load_ntp,
    ),
    "tls": Kind(
        {
            "host": _HOST,
            "port": _PORT,
            "server_name": Option(_values.dns_name),
            "pins": Option(_options.pins, default=[], type=TEXTS),
            "issuer": Option(_options.text),
            "alpn": Option(_options.protocols, default=[], type=TEXTS),
            "versions": Option(_options.boolean, default=False, type=RAW),
        },
        _load_tls,
    ),
    "mqtt": Kind(
        {
            "host": _HOST,
            "port": Option(_values.port, type=RAW),
            "tls": Option(_options.boolean, default=True, type=RAW),
            "server_name": Option(_values.dns_name),
            "alpn": Option(_options.protocols, default=[], type=TEXTS),
        },
        _load_mqtt,
        settle=_options.settle_mqtt,
    ),
    "http": Kind(
        {
            "url": Option(_options.http_url, required=True),
            "expect_status": Option(_options.integer(100, 599), default=204, type=RAW),
            "expect_body": Option(_options.text),
            "api_url": Option(_options.portal_api),
            "validate_certs": Option(_options.boolean, default=True, type=RAW),
        },
        _load_http,
    ),
    "idle": Kind(
        {
            "host": _HOST,
            "port": _PORT,
            "idle_times": Option(_options.idle_times, type=TEXTS),
            "min_idle": Option(_options.idle_time, type=RAW),
            "max_idle": Option(_options.idle_time, type=RAW),
            "sessions": Option(_options.integer(2, _options.MAX_SESSIONS), default=8, type=RAW),
            "opening_hex": Option(_options.hex_bytes, default=""),
            "payload_hex": Option(_options.hex_bytes, default="00"),
        },
        _load_idle,
        patience=_options.time_of_idle,
        settle=_options.settle_idle,
    ),
    "dhcp": Kind(
        _dhcp_options.OPTIONS,
        _load_dhcp,
        _load_dhcp_many,
        settle=_dhcp_options.settle,
        spread=_dhcp_options.spread,
    ),
    # Linux asks a neighbour it knew before only after 5 seconds (delay_first_probe_time).
    "link": Kind(
        {
            "router": Option(_values.ipv4, required=True),
            "subnet": Option(_values.subnet, required=True),
            "interface": Option(_values.interface, required=True),
        },
        _load_link,
        patience=lambda _check: 7.0,
    ),
    "wifi_scan": Kind(
        {
            "interface": Option(_values.interface, required=True),
            "ssids": Option(_options.ssids, default=[], type=TEXTS),
        },
        _load_wifi_scan,
        patience=lambda _check: 20.0,  # each channel by itself, and a radio that others use as well
    ),
}


def spec_of(*kinds: str) -> Dict[str, Dict[str, Any]]:
    """What checks of some kinds may have, as a module's argument spec says it; of all kinds, with the kind's name.

    Everything is optional there: parse_checks says what is missing, and everything else that is wrong, at once.
    """
    chosen = {name: option for kind in kinds or KINDS for name, option in KINDS[kind].options.items()}
    common = {name: option for name, option in COMMON.items() if name not in ("probe", "nameservers") or not kinds}
    spec = {name: option.spec() for name, option in {**chosen, **common}.items()}
    return spec if kinds else {"kind": {"type": "str"}, **spec}
