# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""A site: its model, and the checks that its data must pass before anything is touched.

A site is one YAML file; see docs/site.md. Two rounds of checks: the shape of every value, then what the values mean
together (an address outside its subnet, a device type that the vendor's spec does not have). Each returns all problems.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t

from ansible_collections.fieldnet.iot.plugins.module_utils import _values as values
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._backends import (
    DHCP_SERVERS,
    DNS_SERVERS,
    FIREWALLS,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._shape import (
    Field,
    Problem,
    Problems,
    checked,
    listing,
    mapping,
    one_of,
    text,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site_dhcp import DHCP_OPTIONS, MOST_SERVERS, lint_dhcp
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site_egress import lint_egress
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site_lint import lint
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site_model import (
    Accepted,
    Blocked,
    Device,
    Endpoints,
    Gateway,
    PortalTest,
    Probe,
    Site,
    Ssid,
    Vlan,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec_model import Spec
from ansible_collections.fieldnet.iot.plugins.plugin_utils._vendors import (
    BANDS_GHZ,
    SECURITY,
    SLUG,
    STANDARDS,
    requirement_id,
    slug,
)

PLUGIN = "fieldnet.iot.sites"
_PIN_LENGTH = 64
_RATE = re.compile(r"([1-9][0-9]{0,4}/(second|minute|hour|day))?")
_LISTS_OF_VLAN = ("dns", "ntp", "redirect", "redirect_exempt", "dhcp_options", "dhcp_servers")


def _inventory_host(value: object) -> str:
    name = str(value)
    try:
        return values.host(name)
    except ValueError:
        raise ValueError("is not an inventory host (a host name or an IP address)") from None


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
    if isinstance(value, bool) or not str(value).isdigit() or not 100 <= int(str(value)[:4]) <= 599:
        raise ValueError("is not an HTTP status (100 to 599)")
    return int(str(value))


def _vlan_interface(value: object) -> str:
    name = values.interface(value)
    if name == "lo":
        raise ValueError("is the loopback interface, behind which there is no device")
    return name


def _rate(value: object) -> str:
    if not _RATE.fullmatch(str(value)):
        raise ValueError('is not a rate (write it as 5/minute, or "" to log nothing)')
    return str(value)


_GATEWAY = mapping(
    {
        "host": Field(checked(_inventory_host), required=True),
        "firewall": Field(one_of(*sorted(FIREWALLS)), default="nftables"),
        "dhcp": Field(one_of(*sorted(DHCP_SERVERS)), required=True),
        "dns": Field(one_of(*sorted(DNS_SERVERS)), default="dnsmasq"),
        "egress": Field(one_of("ports", "domains"), default="ports"),
        "binding": Field(one_of("mac-ip", "mac"), default="mac-ip"),
        "unknown_devices": Field(one_of("reject", "drop"), default="reject"),
        "log_limit": Field(checked(_rate), default="5/minute"),
        "firewalld_policy": Field(one_of(True, False), default=False),
    }
)
_VLAN = mapping(
    {
        "name": Field(checked(slug), required=True),
        "interface": Field(checked(_vlan_interface), required=True),
        "subnet": Field(checked(values.subnet), required=True),
        "router": Field(checked(values.ipv4), required=True),
        "pool": Field(checked(_pool)),
        "dns": Field(listing(checked(values.ipv4), at_least=1, at_most=MOST_SERVERS), required=True),
        "ntp": Field(listing(checked(_endpoint)), default=[]),
        "redirect": Field(listing(one_of("dns", "ntp")), default=[]),
        "redirect_exempt": Field(listing(checked(values.host_label)), default=[]),
        "dhcp_options": Field(listing(one_of(*DHCP_OPTIONS)), default=[]),
        "dhcp_servers": Field(listing(checked(values.ipv4), at_most=MOST_SERVERS), default=[]),
    }
)
_PROBE = mapping(
    {
        "host": Field(checked(_inventory_host), required=True),
        "vlan": Field(checked(slug), required=True),
        "interface": Field(checked(values.interface), required=True),
        "mac": Field(checked(values.mac), default=""),  # needed: _site_lint.py says how to find it
        "ip": Field(checked(values.ipv4)),
    }
)
_DEVICE = mapping(
    {
        "name": Field(checked(values.host_label), required=True),
        "vendor": Field(checked(slug), required=True),
        "type": Field(checked(slug), required=True),
        "mac": Field(checked(values.mac), required=True),
        "ip": Field(checked(values.ipv4)),
        "vlan": Field(checked(slug), required=True),
        "uplink": Field(one_of("ethernet", "wifi"), default=""),
    }
)
_SSID = mapping(
    {
        "ssid": Field(text, required=True),
        "vlan": Field(checked(slug), required=True),
        "band_ghz": Field(listing(one_of(*BANDS_GHZ), at_least=1), default=[]),
        "channel": Field(one_of(*range(1, 234))),
        "security": Field(one_of(*SECURITY), default=""),
        "standards": Field(listing(one_of(*STANDARDS), at_least=1), default=[]),
    }
)
_SITE = mapping(
    {
        "plugin": Field(one_of(PLUGIN), required=True),
        "schema": Field(one_of(1), required=True),
        "site": Field(checked(slug), required=True),
        "gateway": Field(_GATEWAY, required=True),
        "vlans": Field(listing(_VLAN, at_least=1), required=True),
        "probes": Field(listing(_PROBE), default=[]),
        "devices": Field(listing(_DEVICE, at_least=1), required=True),
        "endpoints": Field(
            listing(
                mapping(
                    {
                        "vendor": Field(checked(slug), required=True),
                        "requirement": Field(checked(requirement_id), required=True),
                        "hosts": Field(listing(checked(_endpoint), at_least=1), required=True),
                        "tls_pins": Field(listing(checked(_pin)), default=[]),
                    }
                )
            ),
            default=[],
        ),
        "ssids": Field(listing(_SSID), default=[]),
        "portal_test": Field(
            mapping(
                {
                    "url": Field(checked(_portal_url), required=True),
                    "expect_status": Field(checked(_status), default=204),
                    "expect_body": Field(text, default=""),
                }
            )
        ),
        "responder": Field(mapping({"host": Field(checked(_endpoint), required=True)})),
        "blocked": Field(
            listing(
                mapping(
                    {
                        "vlan": Field(checked(slug), required=True),
                        "host": Field(checked(_endpoint), required=True),
                        "protocol": Field(one_of("tcp"), default="tcp"),
                        "port": Field(checked(values.port), required=True),
                        "reason": Field(text, required=True),
                    }
                )
            ),
            default=[],
        ),
        "accepted": Field(
            listing(
                mapping(
                    {
                        "vendor": Field(checked(slug), required=True),
                        "requirement": Field(checked(requirement_id), required=True),
                        "reason": Field(text, required=True),
                    }
                )
            ),
            default=[],
        ),
    }
)


def _build(raw: t.Mapping[str, t.Any]) -> Site:
    return Site(
        name=raw["site"],
        gateway=Gateway(**raw["gateway"]),
        vlans=tuple(Vlan(**{**vlan, **{key: tuple(vlan[key]) for key in _LISTS_OF_VLAN}}) for vlan in raw["vlans"]),
        probes=tuple(Probe(**probe) for probe in raw["probes"]),
        devices=tuple(Device(**device) for device in raw["devices"]),
        endpoints=tuple(
            Endpoints(found["vendor"], found["requirement"], tuple(found["hosts"]), tuple(found["tls_pins"]))
            for found in raw["endpoints"]
        ),
        ssids=tuple(
            Ssid(**{**ssid, "band_ghz": tuple(ssid["band_ghz"]), "standards": tuple(ssid["standards"])})
            for ssid in raw["ssids"]
        ),
        portal_test=PortalTest(**(raw["portal_test"] or {})),
        accepted=tuple(Accepted(**found) for found in raw["accepted"]),
        blocked=tuple(Blocked(**found) for found in raw["blocked"]),
        responder=raw["responder"]["host"] if raw["responder"] else "",
    )


def parse_site(data: object, specs: t.Mapping[str, Spec]) -> t.Tuple[t.Optional[Site], Problems]:
    """A site from the data of its file, or everything that is wrong with it."""
    if data is None:
        return None, [Problem("", "is empty; a site needs at least plugin, schema, site, gateway, vlans and devices")]
    problems: Problems = []
    raw = _SITE(data, "", problems)
    if raw is not None:
        lint(raw, specs, problems)
        lint_egress(raw, specs, problems)
        lint_dhcp(raw, problems)
    return (None if raw is None or problems else _build(raw)), problems


def inventory_hosts(data: object) -> t.Tuple[str, t.List[str], t.List[str]]:
    """A site's name, its gateway and its probe hosts, as far as they can be read from data not yet checked."""
    name, gateways, probes = "", [], []
    if isinstance(data, dict):
        gateway, rows = data.get("gateway"), data.get("probes")
        candidates = [row.get("host") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        gateways = _readable([gateway.get("host")] if isinstance(gateway, dict) else [])
        probes = _readable(candidates)
        name = str(data["site"]) if SLUG.fullmatch(str(data.get("site"))) else ""
    return name, gateways, probes


def _readable(candidates: t.Sequence[object]) -> t.List[str]:
    found = []
    for candidate in candidates:
        try:
            found.append(_inventory_host(candidate))
        except ValueError:
            continue
    return found
