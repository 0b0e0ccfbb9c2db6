# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One wrong value each in the site of support.sites: where, what, and what is said of it."""

from __future__ import annotations

import typing as t

_MAC = "is not a MAC address (write it as 02:00:00:00:00:10)"
_ENDPOINT_KNOWN = "(known: cloud-session, firmware)"
_LOOKED = {"vendor": "kisi", "requirement": "uplinks", "by": "A. Turing", "date": "2026-11-19"}

CASES: t.List[t.Tuple[str, t.Any, t.Union[str, t.List[str]]]] = [
    ("devices.0.vendor", "acme", "devices[0].vendor: acme is no known vendor (known: kisi, spiio, tsi)"),
    (
        "devices.0.type",
        "toaster",
        "devices[0].type: toaster is no device type of kisi (known: controller_pro, reader_pro)",
    ),
    ("devices.0.vlan", "office", "devices[0].vlan: office is no VLAN of this site (known: iot)"),
    ("devices.1.uplink", "ethernet", "devices[1].uplink: a spiio sensor has no ethernet"),
    ("devices.0.mac", "02:00:00:00:00", f"devices[0].mac: 02:00:00:00:00 {_MAC}"),
    ("devices.0.mac", 102030405060, f"devices[0].mac: 102030405060 {_MAC}"),
    (
        "devices.0.mac",
        "ff:ff:ff:ff:ff:ff",
        "devices[0].mac: ff:ff:ff:ff:ff:ff is not the MAC address of a device (it is null, multicast or broadcast)",
    ),
    ("devices.0.ip", "10.40.0.300", "devices[0].ip: 10.40.0.300 is not an IPv4 address"),
    ("devices.0.ip", "10.41.0.10", "devices[0].ip: 10.41.0.10 is outside the subnet 10.40.0.0/24 of VLAN iot"),
    ("devices.0.ip", "10.40.0.0", "devices[0].ip: 10.40.0.0 is the network address of VLAN iot"),
    ("devices.0.ip", "10.40.0.255", "devices[0].ip: 10.40.0.255 is the broadcast address of VLAN iot"),
    ("devices.0.ip", "10.40.0.1", "devices[0].ip: 10.40.0.1 is the router's address in VLAN iot"),
    (
        "devices.0.ip",
        "10.40.0.150",
        "devices[0].ip: 10.40.0.150 is inside the pool 10.40.0.100-10.40.0.199 of VLAN iot, where another device may"
        " get it; choose one outside the pool",
    ),
    ("devices.1.ip", "10.40.0.10", "devices[1].ip: 10.40.0.10 is a duplicate of devices[0].ip"),
    ("devices.1.ip", "10.40.0.20", "devices[1].ip: 10.40.0.20 is a duplicate of probes[0].ip"),
    ("devices.1.mac", "02-00-00-00-00-10", "devices[1].mac: 02:00:00:00:00:10 is a duplicate of devices[0].mac"),
    ("devices.1.name", "front-door", "devices[1].name: front-door is a duplicate of devices[0].name"),
    (
        "devices.0.name",
        "front door",
        "devices[0].name: front door is not a host name label (1 to 63 of a-z, 0-9 and hyphens)",
    ),
    (
        "vlans.0.interface",
        "vlan40; reboot",
        "vlans[0].interface: vlan40; reboot is not an interface name (1 to 15 letters, digits, dots, hyphens,"
        " underscores)",
    ),
    (
        "vlans.0.subnet",
        "10.40.0.1/24",
        "vlans[0].subnet: 10.40.0.1/24 is not an IPv4 subnet (write it as 10.40.0.0/24, host bits zero)",
    ),
    ("vlans.0.router", "10.41.0.1", "vlans[0].router: 10.41.0.1 is outside the subnet 10.40.0.0/24"),
    (
        "vlans.0.pool",
        "10.40.0.199-10.40.0.100",
        "vlans[0].pool: 10.40.0.199-10.40.0.100 is not a pool of addresses (write it as 10.40.0.100-10.40.0.199)",
    ),
    ("vlans.0.dns", [], "vlans[0].dns: is empty; it needs at least 1"),
    (
        "vlans.0.colour",
        "red",
        "vlans[0]: has an unknown key colour; known keys: name, interface, subnet, router, pool, dns, ntp,"
        " redirect, redirect_exempt, dhcp_options, dhcp_servers",
    ),
    (
        "vlans.0.interface",
        "lo",
        "vlans[0].interface: lo is the loopback interface, behind which there is no device",
    ),
    ("vlans.0.redirect", ["dhcp"], "vlans[0].redirect[0]: dhcp is not one of: dns, ntp"),
    ("vlans.0.redirect", ["dns", "dns"], "vlans[0].redirect[1]: dns is a duplicate of vlans[0].redirect[0]"),
    (
        "vlans.0.redirect_exempt",
        ["lawn"],
        "vlans[0].redirect_exempt: exempts devices from a redirect, and the VLAN has none: give it redirect: [dns,"
        " ntp], or leave this out",
    ),
    ("gateway.egress", "names", "gateway.egress: names is not one of: ports, domains"),
    ("gateway.binding", "ip", "gateway.binding: ip is not one of: mac-ip, mac"),
    ("gateway.unknown_devices", "accept", "gateway.unknown_devices: accept is not one of: reject, drop"),
    ("gateway.dns", "unbound", "gateway.dns: unbound is not one of: dnsmasq"),
    (
        "gateway.log_limit",
        '5/minute log prefix "',
        'gateway.log_limit: 5/minute log prefix " is not a rate (write it as 5/minute, or "" to log nothing)',
    ),
    ("devices.0.vendor", "kissi", "devices[0].vendor: kissi is no known vendor; did you mean kisi?"),
    (
        "devices.0.type",
        "controler_pro",
        "devices[0].type: controler_pro is no device type of kisi; did you mean controller_pro?",
    ),
    ("devices.0.vlan", "iott", "devices[0].vlan: iott is no VLAN of this site; did you mean iot?"),
    (
        "accepted",
        [{"vendor": "kisi", "requirement": "tls-inspektion", "reason": "seen"}],
        "accepted[0].requirement: tls-inspektion is no requirement of kisi; did you mean tls-inspection?",
    ),
    ("gateway.dhcp", "dnsmask", "gateway.dhcp: dnsmask is not one of: dnsmasq, isc, kea; did you mean dnsmasq?"),
    ("site", True, "site: true is not a name (a-z, then a-z, 0-9 and underscores, at most 32)"),
    ("vlans.0.ntp", [True], "vlans[0].ntp[0]: true is a truth value; put it into quotes if it is a name"),
    (
        "probes.0.radio",
        "wlan 0",
        "probes[0].radio: wlan 0 is not an interface name (1 to 15 letters, digits, dots, hyphens, underscores)",
    ),
    (
        "attested",
        [{"vendor": "kisi", "requirement": "power-backup", "by": "A", "date": "2026-02-30"}],
        "attested[0].date: 2026-02-30 is not a date (write it as 2026-11-20)",
    ),
    (
        "attested",
        [{"vendor": "kisi", "requirement": "power-backup", "by": "A", "date": "2999-01-01"}],
        "attested[0].date: 2999-01-01 is in the future; give the day on which somebody looked",
    ),
    (
        "attested",
        [{**_LOOKED, "requirement": "power-bakup"}],
        "attested[0].requirement: power-bakup is no checklist item of kisi; did you mean power-backup?",
    ),
    (
        "attested",
        [{**_LOOKED, "requirement": "cloud-session"}],
        "attested[0].requirement: cloud-session is no checklist item of kisi, but of kind outbound: what is seen counts"
        " (known: ethernet-preferred, mac-records, placement, power-backup, uplinks)",
    ),
    (
        "attested",
        [{**_LOOKED, "vendor": "tsi", "requirement": "hotspot"}],
        "attested[0].requirement: hotspot is no checklist item of tsi, but advice (known: mac-filtering)",
    ),
    ("attested", [{**_LOOKED, "vendor": "tsy"}], "attested[0].vendor: tsy is no known vendor; did you mean tsi?"),
    ("attested", [_LOOKED, _LOOKED], "attested[1]: kisi uplinks is a duplicate of attested[0]"),
    ("attested", [{**_LOOKED, "by": " "}], "attested[0].by:   is not a text"),
    ("gateway.firewalld_policy", "maybe", "gateway.firewalld_policy: maybe is not one of: true, false"),
    ("gateway.log_limit", None, "gateway.log_limit: nothing is not a single value"),
    ("probes.0.mac", "eth0", f"probes[0].mac: eth0 {_MAC}"),
    (
        "probes.0",
        {"host": "probe.berlin.example", "vlan": "iot", "interface": "enp3s0"},
        "probes[0]: has no mac, by which the gateway knows the probe host: on it, `ip link show enp3s0` shows it after"
        " link/ether",
    ),
    ("devices.0.mac", "02:00:00:00:00:20", "devices[0].mac: 02:00:00:00:00:20 is a duplicate of probes[0].mac"),
    ("vlans.0.ruoter", "10.40.0.1", "vlans[0]: has an unknown key ruoter; did you mean router?"),
    ("gateway.dhcp", "dhcpcd", "gateway.dhcp: dhcpcd is not one of: dnsmasq, isc, kea"),
    ("vlans.0.router", "10.40.0.255", "vlans[0].router: 10.40.0.255 is the broadcast address of 10.40.0.0/24"),
    ("vlans.0.dns", [f"10.40.0.{n}" for n in range(1, 10)], "vlans[0].dns: has 9 entries; at most 8 fit"),
    (
        "vlans.0.dhcp_options",
        ["dns", "captive-portal"],
        "vlans[0].dhcp_options[1]: captive-portal is not one of: "
        "router, dns, ntp, no-captive-portal; did you mean no-captive-portal?",
    ),
    (
        "vlans.0.dhcp_options",
        ["dns", "router", "dns"],
        "vlans[0].dhcp_options[2]: dns is a duplicate of vlans[0].dhcp_options[0]",
    ),
    (
        "vlans.0.dhcp_options",
        ["ntp"],
        "vlans[0].dhcp_options: ntp: the VLAN has no time server to tell of: name its address under ntp, or take ntp"
        " out here",
    ),
    ("vlans.0.dhcp_servers", ["dhcp.example"], "vlans[0].dhcp_servers[0]: dhcp.example is not an IPv4 address"),
    (
        "vlans.0.dhcp_servers",
        ["10.40.0.2", "10.40.0.2"],
        "vlans[0].dhcp_servers[1]: 10.40.0.2 is a duplicate of vlans[0].dhcp_servers[0]",
    ),
    ("gateway", {"dhcp": "kea"}, "gateway: has no host"),
    (
        "endpoints.0.hosts.0",
        "*.electricimp.com",
        "endpoints[0].hosts[0]: *.electricimp.com is a wildcard, which nothing can connect to; name a host under it",
    ),
    (
        "endpoints.0.hosts.0",
        "imp01.example.com",
        "endpoints[0].hosts[0]: imp01.example.com is not under *.electricimp.com, which the vendor names",
    ),
    (
        "endpoints.0.hosts.0",
        "evilelectricimp.com",
        "endpoints[0].hosts[0]: evilelectricimp.com is not under *.electricimp.com, which the vendor names",
    ),
    ("endpoints.0.hosts.0", "no name", "endpoints[0].hosts[0]: no name is neither a DNS name nor an IP address"),
    (
        "endpoints.0.requirement",
        "coffee",
        f"endpoints[0].requirement: coffee is no requirement of kisi {_ENDPOINT_KNOWN}",
    ),
    (
        "endpoints.0.requirement",
        "dhcp",
        "endpoints[0].requirement: dhcp takes no endpoints: it is of kind dhcp",
    ),
    (
        "endpoints.0.tls_pins.0",
        "sha256:abcd",
        "endpoints[0].tls_pins[0]: sha256:abcd is not a certificate pin (sha256: or spki-sha256: and 64"
        " hexadecimal digits)",
    ),
    ("ssids.0.channel", 0, "ssids[0].channel: 0 is not a Wi-Fi channel (1 to 233)"),
    ("ssids.0.ssid", "x" * 33, f"ssids[0].ssid: {'x' * 33} is not an SSID (1 to 32 bytes, printable)"),
    ("ssids.0.ssid", 20240, "ssids[0].ssid: 20240 is not a text: put the SSID into quotes"),
    ("site", "Berlin Mitte", "site: Berlin Mitte is not a name (a-z, then a-z, 0-9 and underscores, at most 32)"),
    ("schema", 2, "schema: 2 is not one of: 1"),
    ("devices", [], "devices: is empty; name at least one device here, or a table under devices_csv"),
    ("devices", "none", "devices: none is not a list"),
    ("devices.0", "front-door", "devices[0]: front-door is not a mapping of name, vendor, type, mac, vlan"),
    ("accepted", [{"vendor": "kisi", "requirement": "dns"}], "accepted[0]: has no reason"),
    (
        "portal_test",
        {"url": "https://portal.example/"},
        "portal_test.url: https://portal.example/ is not a plain http:// URL (a captive portal shows itself on plain"
        " HTTP alone)",
    ),
]
