# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reservations in each server's words, and what is read back of them."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dhcp import Reservation, Told
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dhcp_drift import dhcp_drift
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._dnsmasq import _hosts
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import GatewayError
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._files import OwnFile
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._isc import _hosts as _isc_hosts
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._isc import _interfaces
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._kea import _hosts as _kea_hosts

TOLD = Told("10.40.0.1", ("10.40.0.1", "9.9.9.9"), ("10.40.0.2",), True)
FRONT = Reservation("front-door", "02:00:00:00:00:10", "10.40.0.10", "10.40.0.0/24", TOLD)
FAR = Reservation("far", "02:00:00:00:00:11", "10.41.0.10", "10.41.0.0/24")


def test_in_dnsmasq_s_words() -> None:
    assert [_hosts.host(r) for r in (FRONT, FAR)] == [
        "02:00:00:00:00:10,10.40.0.10,front-door",
        "02:00:00:00:00:11,10.41.0.10,far",
    ]
    assert _hosts.options([FRONT, FAR]) == [
        "dhcp-mac=set:fieldnet_iot_10_40_0_0_24,02:00:00:00:00:10",
        "dhcp-option=tag:fieldnet_iot_10_40_0_0_24,option:router,10.40.0.1",
        "dhcp-option=tag:fieldnet_iot_10_40_0_0_24,option:dns-server,10.40.0.1,9.9.9.9",
        "dhcp-option=tag:fieldnet_iot_10_40_0_0_24,option:ntp-server,10.40.0.2",
        "dhcp-option=tag:fieldnet_iot_10_40_0_0_24,114,urn:ietf:params:capport:unrestricted",
    ]
    assert _hosts.options([FAR]) == []


def test_in_isc_dhcpd_s_words() -> None:
    assert _isc_hosts.render([FAR]) == (
        "# Written by fieldnet.iot, changes are lost.\n"
        "host fieldnet-iot-far { hardware ethernet 02:00:00:00:00:11; fixed-address 10.41.0.10;"
        ' option host-name "far"; }\n'
    )
    declared, told = _isc_hosts.render([FRONT]).splitlines()[1:]
    assert declared == "option fieldnet-iot-captive-portal code 114 = text;"
    assert told.endswith(
        " option routers 10.40.0.1; option domain-name-servers 10.40.0.1, 9.9.9.9; option ntp-servers 10.40.0.2;"
        ' option fieldnet-iot-captive-portal "urn:ietf:params:capport:unrestricted"; }'
    )


def test_what_kea_shows_is_known_again() -> None:
    text = _kea_hosts.render([FRONT])
    assert _kea_hosts.in_file("/etc/kea/fieldnet-iot/10.40.0.0_24.json", text) == {_kea_hosts.held(FRONT)}
    shown = {
        "id": 1,
        "subnet": "10.40.0.0/24",
        "reservations": [
            {
                "hw-address": "02:00:00:00:00:10",
                "ip-address": "10.40.0.10",
                "hostname": "front-door",
                "boot-file-name": "",
                "option-data": [
                    {"code": 3, "name": "routers", "data": "10.40.0.1", "csv-format": True, "space": "dhcp4"},
                    {"code": 6, "name": "domain-name-servers", "data": "10.40.0.1, 9.9.9.9", "space": "dhcp4"},
                    {"code": 42, "name": "ntp-servers", "data": "10.40.0.2", "space": "dhcp4"},
                    {"code": 114, "name": "v4-captive-portal", "data": "urn:ietf:params:capport:unrestricted"},
                ],
            },
            {"client-id": "01:02", "ip-address": "10.40.0.11"},
        ],
    }
    assert _kea_hosts.reserved({"Dhcp4": {"subnet4": [shown]}}) == {_kea_hosts.held(FRONT)}
    with pytest.raises(GatewayError, match="a configuration that can't be read"):
        _kea_hosts.reserved({"Dhcp4": {"subnet4": [{"reservations": [{"hw-address": "x"}]}]}})


@pytest.mark.parametrize("text", ["", "// Written", "{}", '[{"hw-address": 1}]', '{"ip-address": "10.40.0.1"}'])
def test_a_file_that_somebody_has_made_something_else_of_holds_nothing_of_ours(text: str) -> None:
    assert _kea_hosts.in_file("/x/10.40.0.0_24.json", _kea_hosts.HEADER + text) == set()


@pytest.mark.parametrize(
    ("text", "main"),
    [
        ("", "/etc/dhcp/dhcpd.conf"),
        ("#DHCPDv4_CONF=/no\n", "/etc/dhcp/dhcpd.conf"),
        ("DHCPDv4_CONF=/srv/a.conf # ours\n", "/srv/a.conf"),
        ("DHCPDv4_CONF='/srv/a.conf'\n", "/srv/a.conf"),
    ],
)
def test_the_configuration_that_debian_s_script_takes(tmp_path: Path, text: str, main: str) -> None:
    (tmp_path / "defaults").write_text(text)
    assert _interfaces.default_main(f"{tmp_path}/defaults") == main
    assert _interfaces.default_main(f"{tmp_path}/none") == "/etc/dhcp/dhcpd.conf"


def test_drift_of_a_file_without_reservations_is_the_file(tmp_path: Path) -> None:
    hosts, other = (OwnFile(f"{tmp_path}/{name}", "# Written\n") for name in ("hosts", "other"))
    (tmp_path / "hosts").write_text("# By somebody else\n")
    found: t.List[t.Dict[str, str]] = dhcp_drift([hosts, other], [hosts.path], [], "dnsmasq.service", "not active")
    assert [(entry["object"], entry["name"], entry["problem"]) for entry in found] == [
        ("file", hosts.path, "changed"),
        ("file", other.path, "missing"),
        ("unit", "dnsmasq.service", "changed"),
    ]
