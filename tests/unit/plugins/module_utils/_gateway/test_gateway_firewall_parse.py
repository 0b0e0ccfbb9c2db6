# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is no policy is refused, all of it at once, with its place."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._errors import InvalidPolicy
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._firewall import parse_table
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._firewall_parse import parse
from ansible_collections.fieldnet.iot.plugins.module_utils._gateway._nftables._names import counter_of
from support.policies import DEVICE, FLOW, INTERFACE, OPTIONS, PROFILE, Options

OTHER = {**INTERFACE, "name": "vlan41", "subnet": "10.41.0.0/24", "router": None}


def problems(**options: t.Any) -> t.List[str]:
    with pytest.raises(InvalidPolicy) as caught:
        parse({**OPTIONS, **options})
    return caught.value.problems


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (
            {"interfaces": [{**INTERFACE, "subnet": "10.40.0.1/24", "router": None}], "devices": []},
            "interfaces[0].subnet: 10.40.0.1/24 is not an IPv4 subnet (write it as 10.40.0.0/24, host bits zero)",
        ),
        ({"interfaces": [INTERFACE] * 2}, "interfaces[1].name: vlan40 is already that of interfaces[0]"),
        (
            {"interfaces": [{**INTERFACE, "router": "10.41.0.1"}]},
            "interfaces[0].router: 10.41.0.1 is not an address of 10.40.0.0/24",
        ),
        (
            {"interfaces": [{**INTERFACE, "redirect": ["dns", "smtp"]}]},
            "interfaces[0].redirect[1]: smtp can't be redirected (there is dns and ntp)",
        ),
        (
            {"interfaces": [{**INTERFACE, "redirect_exempt": ["02:00:00:00:00:99"]}]},
            "interfaces[0].redirect_exempt: 02:00:00:00:00:99 is no device on vlan40",
        ),
        ({"flows": [FLOW, {**FLOW, "port": 80}]}, "flows[1].id: a is already that of flows[0]"),
        ({"flows": [{**FLOW, "port": 0}]}, "flows[0].port: 0 is not a port (1 to 65535)"),
        (
            {"flows": [{**FLOW, "to": ["10.0.0.1", "10.0.0.1 accept"]}]},
            "flows[0].to[1]: 10.0.0.1 accept is not an IP address or network",
        ),
        (
            {"flows": [{**FLOW, "domains": ["*.example.com", "a b"]}]},
            "flows[0].domains[1]: a b is not a domain (write it as example.com or *.example.com)",
        ),
        (
            {"flows": [FLOW, {**FLOW, "id": "b"}]},
            "flows[1].id: b is in no profile, so that no device could open it",
        ),
        (
            {"profiles": [PROFILE, {**PROFILE, "flows": []}]},
            "profiles[1].name: iot_kisi is already that of profiles[0]",
        ),
        (
            {"profiles": [PROFILE, {**PROFILE, "name": "no-hyphens", "flows": []}]},
            "profiles[1].name: no-hyphens is not a name of a profile (a-z, then up to 62 of a-z, 0-9 and _)",
        ),
        (
            {"profiles": [{**PROFILE, "title": "a\nflush ruleset"}]},
            "profiles[0].title: a\nflush ruleset is not a title (letters, digits, spaces and _.,:()/&+-, at most 120)",
        ),
        (
            {"profiles": [{**PROFILE, "flows": ["a", "z"]}]},
            "profiles[0].flows: z is not among the flows of the policy",
        ),
        (
            {"interfaces": [INTERFACE, OTHER], "profiles": [{**PROFILE, "interface": "vlan41"}], "devices": []},
            "profiles[0].flows: a is a flow of vlan40, not of vlan41",
        ),
        (
            {"flows": [{**FLOW, "to": ["2001:db8::1"]}]},
            "profiles[0].flows: a has IPv6 destinations alone, and the profile no ipv6",
        ),
        (
            {"devices": [DEVICE, {**DEVICE, "name": "twin", "ip": None}]},
            "devices[1].mac: 02:00:00:00:00:10 is already that of devices[0]",
        ),
        (
            {"devices": [DEVICE, {**DEVICE, "mac": "02:00:00:00:00:11"}]},
            "devices[1].ip: 10.40.0.10 is already that of devices[0]",
        ),
        (
            {"devices": [{**DEVICE, "ip": "10.41.0.10"}]},
            "devices[0].ip: 10.41.0.10 is not an address of a device in 10.40.0.0/24",
        ),
        (
            {"devices": [{**DEVICE, "ip": "10.40.0.255"}]},
            "devices[0].ip: 10.40.0.255 is not an address of a device in 10.40.0.0/24",
        ),
        ({"devices": [{**DEVICE, "ip": "10.40.0.1"}]}, "devices[0].ip: 10.40.0.1 is the router of vlan40"),
        (
            {"devices": [{**DEVICE, "profile": "tsi"}]},
            "devices[0].profile: tsi is not among the profiles of the policy",
        ),
        (
            {"interfaces": [INTERFACE, OTHER], "devices": [{**DEVICE, "interface": "vlan41", "ip": None}]},
            "devices[0].profile: iot_kisi is a profile of vlan40, not of vlan41",
        ),
        (
            {"mode": "learn"},
            "learn_until: it is not a time (write it as 2026-12-01T18:00:00Z, in UTC):"
            " without an end, learning would be no policy at all",
        ),
        (
            {"mode": "learn", "learn_until": "tomorrow"},
            "learn_until: tomorrow is not a time (write it as 2026-12-01T18:00:00Z, in UTC):"
            " without an end, learning would be no policy at all",
        ),
        (
            {"table": "filter"},
            "table: filter is not a name of a table of ours (write it as fieldnet_iot: fieldnet_, then a-z, 0-9, _)",
        ),
        (
            {"local_networks": ["10.0.0.0/8", "office"]},
            "local_networks[1]: office is not an IP address or network",
        ),
        (
            {"log_limit": "10/minute accept"},
            "log_limit: 10/minute accept is not a rate (write it as 10/minute, or leave it empty to log nothing)",
        ),
    ],
)
def test_what_is_no_policy_is_refused_with_its_place(options: Options, problem: str) -> None:
    assert problems(**options) == [problem]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (
            {"interfaces": [{**INTERFACE, "redirect_exempt": ["front-door"]}]},
            "interfaces[0].redirect_exempt[0]: front-door is not a MAC address (write it as 02:00:00:00:00:10)",
        ),
        ({"interfaces": []}, "interfaces: there is none; to remove the policy, set state to absent"),
        (
            {"interfaces": [{**INTERFACE, "name": 'a" accept'}]},
            'interfaces[0].name: a" accept is not an interface name'
            " (1 to 15 letters, digits, dots, hyphens, underscores)",
        ),
        ({"interfaces": [{**INTERFACE, "name": "lo"}]}, "interfaces[0].name: lo is the loopback interface"),
        (
            {"flows": [{**FLOW, "interface": "eth9"}]},
            "flows[0].interface: eth9 is not among the interfaces of the policy",
        ),
        (
            {"flows": [{**FLOW, "id": 'a" ; accept'}]},
            'flows[0].id: a" ; accept is not an id (letters, digits and _ . / : * -, at most 200)',
        ),
        (
            {"profiles": [{**PROFILE, "interface": "vlan99"}]},
            "profiles[0].interface: vlan99 is not among the interfaces of the policy",
        ),
        (
            {"devices": [{**DEVICE, "interface": "vlan99"}]},
            "devices[0].interface: vlan99 is not among the interfaces of the policy",
        ),
    ],
)
def test_so_is_what_makes_others_wrong_as_well(options: Options, problem: str) -> None:
    assert problem in problems(**options)


def test_all_problems_come_at_once() -> None:
    found = problems(flows=[{**FLOW, "port": 0, "to": ["x"]}], table="nat", log_limit="often")
    assert len(found) == 4


def test_ids_that_nftables_could_not_tell_apart_are_refused() -> None:
    # Written on purpose: the second is what the first one's counter is called.
    twin = counter_of("a*b", probe=False)[len("flow/") :]
    found = problems(
        flows=[{**FLOW, "id": "a*b"}, {**FLOW, "id": twin}], profiles=[{**PROFILE, "flows": ["a*b", twin]}]
    )
    assert found == [f"flows[1].id: {twin} can't be told from that of another flow in nftables"]


def test_one_device_may_be_in_two_vlans_under_one_address_of_its_card() -> None:
    both = [{**FLOW, "id": "b", "interface": "vlan41"}, FLOW]
    profiles = [PROFILE, {**PROFILE, "name": "other", "interface": "vlan41", "flows": ["b"]}]
    devices = [DEVICE, {**DEVICE, "interface": "vlan41", "ip": "10.41.0.10", "profile": "other"}]
    policy = parse(
        {**OPTIONS, "interfaces": [INTERFACE, OTHER], "flows": both, "profiles": profiles, "devices": devices}
    )
    assert [device.interface for device in policy.devices] == ["vlan40", "vlan41"]


def test_domains_narrow_nothing_where_egress_is_by_port() -> None:
    flows = [{**FLOW, "domains": ["*.example.com", "*.EXAMPLE.com", "a.example.com"]}]
    assert parse({**OPTIONS, "flows": flows}).flows[0].domains == ()
    by_domain = parse({**OPTIONS, "flows": flows, "egress": "domains"})
    assert by_domain.flows[0].domains == ("*.example.com", "a.example.com")


def test_a_table_to_remove_needs_nothing_but_its_name() -> None:
    assert parse_table("fieldnet_lab") == "fieldnet_lab"
    with pytest.raises(InvalidPolicy):
        parse_table("filter")
