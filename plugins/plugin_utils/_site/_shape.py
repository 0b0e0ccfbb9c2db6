# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""The shape of a site's file: every key, what it takes, what it says."""

from __future__ import annotations

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._backends import (
    DHCP_SERVERS,
    DNS_SERVERS,
    FIREWALLS,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._data import _scalars as scalars
from ansible_collections.fieldnet.iot.plugins.plugin_utils._data._shape import (
    Field,
    listing,
    mapping,
    one_of,
    one_or_many,
    text,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._shape import BANDS_GHZ, SECURITY, STANDARDS

PLUGIN = "fieldnet.iot.sites"
# What vlans[].dhcp_options may name: the VLAN's own router, dns and ntp, and that there is no portal (RFC 8910).
DHCP_OPTIONS = ("router", "dns", "ntp", "no-captive-portal")
MOST_SERVERS = 8  # of a kind: what every DHCP server and client takes
_YES_NO = one_of(True, False)

_GATEWAY = mapping(
    {
        "host": Field(scalars.INVENTORY_HOST, required=True, says="the inventory host that routes the IoT VLANs"),
        "firewall": Field(one_of(*sorted(FIREWALLS)), default="nftables", says="what enforces the flows"),
        "dhcp": Field(one_of(*sorted(DHCP_SERVERS)), required=True, says="what serves the VLANs' addresses today"),
        "dns": Field(one_of(*sorted(DNS_SERVERS)), default="dnsmasq", says="what answers the VLANs' DNS"),
        "egress": Field(
            one_of("ports", "domains"),
            default="ports",
            says="whether a vendor's ports are open to any address outside, or to what is named alone",
        ),
        "binding": Field(one_of("mac-ip", "mac"), default="mac-ip", says="what a device is known by"),
        "unknown_devices": Field(
            one_of("reject", "drop"), default="reject", says="what becomes of devices that are not in this file"
        ),
        "log_limit": Field(scalars.RATE, default="5/minute", says="how much is logged of what a device may not"),
        "firewalld_policy": Field(
            _YES_NO, default=False, says="whether firewalld, where it runs, is told to forward our flows"
        ),
    }
)
_VLAN = mapping(
    {
        "name": Field(scalars.SLUG, required=True, says="what this file calls it"),
        "interface": Field(scalars.VLAN_INTERFACE, required=True, says="its interface on the gateway"),
        "subnet": Field(scalars.SUBNET, required=True, says="its addresses"),
        "router": Field(scalars.IPV4, required=True, says="the gateway's address in it"),
        "pool": Field(scalars.POOL, says="what DHCP gives to anybody; reservations lie outside"),
        "dns": Field(
            listing(scalars.IPV4, at_least=1, at_most=MOST_SERVERS),
            required=True,
            says="the resolvers that devices are given",
        ),
        "ntp": Field(listing(scalars.ENDPOINT), default=[], says="time servers, for vendors whose own is unknown"),
        "redirect": Field(
            listing(one_of("dns", "ntp")), default=[], says="what the gateway answers itself, whomever a device asks"
        ),
        "redirect_exempt": Field(
            listing(scalars.HOST_LABEL), default=[], says="devices, by name, that may ask others all the same"
        ),
        "dhcp_options": Field(
            listing(one_of(*DHCP_OPTIONS)), default=[], says="what devices with a reservation are told"
        ),
        "dhcp_servers": Field(
            listing(scalars.IPV4, at_most=MOST_SERVERS), default=[], says="who may offer addresses; else the router"
        ),
    }
)
_PROBE = mapping(
    {
        "host": Field(scalars.INVENTORY_HOST, required=True, says="the managed host inside the VLAN"),
        "vlan": Field(scalars.SLUG, required=True, says="the VLAN's name"),
        "interface": Field(scalars.INTERFACE, required=True, says="its interface in that VLAN"),
        # Needed: _lint.py says how to find it.
        "mac": Field(scalars.MAC, default="", says="that interface's MAC address: needed"),
        "ip": Field(scalars.IPV4, says="its address there; needed where a VLAN has two probe hosts"),
        "radio": Field(scalars.INTERFACE, default="", says="its wireless interface, if it has one to scan with"),
    },
    [{"required": ["mac"]}],
)
_DEVICE = mapping(
    {
        "name": Field(scalars.HOST_LABEL, required=True, says="becomes the host name in DHCP"),
        "vendor": Field(scalars.SLUG, required=True, says="a vendor that has a spec"),
        "type": Field(scalars.SLUG, required=True, says="one of the spec's device types"),
        "mac": Field(scalars.MAC, required=True, says="its MAC address"),
        "ip": Field(scalars.IPV4, says="the address to reserve"),
        "vlan": Field(scalars.SLUG, required=True, says="the VLAN's name"),
        "uplink": Field(
            one_of("ethernet", "wifi"), default="", says="how it is connected; needless where the type has but one way"
        ),
    }
)
_ENDPOINTS = mapping(
    {
        "vendor": Field(scalars.SLUG, required=True, says="the vendor"),
        "requirement": Field(scalars.REQUIREMENT_ID, required=True, says="the requirement's id"),
        "hosts": Field(listing(scalars.ENDPOINT, at_least=1), required=True, says="what to connect to"),
        "tls_pins": Field(
            listing(scalars.PIN), default=[], says="certificates or keys seen on a network without TLS inspection"
        ),
    }
)
_SSID = mapping(
    {
        "ssid": Field(scalars.SSID, required=True, says="the network's name"),
        "vlan": Field(scalars.SLUG, required=True, says="the VLAN it leads into"),
        "band_ghz": Field(listing(one_of(*BANDS_GHZ), at_least=1), default=[], says="its bands"),
        "channel": Field(one_or_many(scalars.CHANNEL), default=[], says="the channel or channels it is on"),
        "security": Field(one_of(*SECURITY), default="", says="how one gets in"),
        "standards": Field(listing(one_of(*STANDARDS), at_least=1), default=[], says="of 802.11"),
        "hidden": Field(_YES_NO, says="whether it hides its name"),
        "client_isolation": Field(_YES_NO, says="whether its clients are kept from each other"),
        "captive_portal": Field(_YES_NO, says="whether one has to log in on a web page"),
    }
)
_PORTAL_TEST = mapping(
    {
        "url": Field(scalars.PORTAL_URL, required=True, says="what is asked for"),
        "expect_status": Field(scalars.STATUS, default=204, says="the answer's status on an open path"),
        "expect_body": Field(text, default="", says="what it contains there"),
    }
)
_BLOCKED = mapping(
    {
        "vlan": Field(scalars.SLUG, required=True, says="the VLAN that must not reach it"),
        "host": Field(scalars.ENDPOINT, required=True, says="what must not be reached"),
        "protocol": Field(one_of("tcp"), default="tcp", says="the transport protocol"),
        "port": Field(scalars.PORT, required=True, says="the port"),
        "reason": Field(text, required=True, says="why"),
    }
)
_ACCEPTED = mapping(
    {
        "vendor": Field(scalars.SLUG, required=True, says="the vendor"),
        "requirement": Field(scalars.REQUIREMENT_ID, required=True, says="the requirement's id"),
        "reason": Field(text, required=True, says="why you live with it"),
    }
)
_ATTESTED = mapping(
    {
        "vendor": Field(scalars.SLUG, required=True, says="the vendor"),
        "requirement": Field(scalars.REQUIREMENT_ID, required=True, says="the checklist item's id"),
        "by": Field(text, required=True, says="who looked"),
        "date": Field(scalars.DATE, required=True, says="when"),
        "note": Field(text, default="", says="what was seen"),
    }
)
SITE = mapping(
    {
        "plugin": Field(one_of(PLUGIN), required=True, says="makes the file an inventory source"),
        "schema": Field(one_of(1), required=True, says="the version of this format"),
        "site": Field(scalars.SLUG, required=True, says="the site's name"),
        "tags": Field(listing(scalars.SLUG), default=[], says="each is a group of the inventory: tag_..."),
        "gateway": Field(_GATEWAY, required=True, says="what routes the IoT VLANs, and how it is to enforce"),
        "vlans": Field(listing(_VLAN, at_least=1), required=True, says="the IoT VLANs"),
        "probes": Field(listing(_PROBE), default=[], says="one managed host inside each VLAN, or two"),
        "devices": Field(listing(_DEVICE), default=[], says="the devices; here, in devices_csv, or in both"),
        "devices_csv": Field(
            listing(scalars.FILE), default=[], says="tables with devices of this site, beside this file"
        ),
        "endpoints": Field(
            listing(_ENDPOINTS), default=[], says="what to connect to, where a vendor publishes a wildcard or nothing"
        ),
        "ssids": Field(listing(_SSID), default=[], says="what Wi-Fi requirements are judged by"),
        "portal_test": Field(_PORTAL_TEST, says="the plain HTTP request that shows a captive portal"),
        "responder": Field(
            mapping({"host": Field(scalars.ENDPOINT, required=True, says="its name or address")}),
            says="your own responder outside the site",
        ),
        "blocked": Field(listing(_BLOCKED), default=[], says="what a VLAN must not reach"),
        "accepted": Field(listing(_ACCEPTED), default=[], says="what can't be proven here, and why you live with it"),
        "attested": Field(listing(_ATTESTED), default=[], says="checklist items that somebody looked at on the site"),
    },
    [{"anyOf": [{"required": ["devices"], "properties": {"devices": {"minItems": 1}}}, {"required": ["devices_csv"]}]}],
)
