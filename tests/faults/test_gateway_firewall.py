# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The firewall policy as packets see it: a device, an office and a cloud around a gateway with real nftables."""

from __future__ import annotations

import contextlib
import socket
import typing as t

import pytest

from support.gateway import (
    CLOUD,
    CLOUD6,
    DEVICE,
    DEVICE_MAC,
    GATEWAY,
    OFFICE,
    OTHER,
    OTHER_MAC,
    Result,
    Site,
    ask,
    connect,
    listening,
    ping,
    run_module,
)

REJECTED = f"EHOSTUNREACH 3/13 from {GATEWAY}"
INTERFACES = [
    {"name": "vlan40", "subnet": "10.40.0.0/24", "router": GATEWAY},
    {"name": "eth0.41", "subnet": "10.41.0.0/24", "router": "10.41.0.1"},
]
FLOWS = [
    {"id": "iot/kisi/cloud-session/primary", "interface": "vlan40", "protocol": "tcp", "port": 31314},
    {"id": "iot/tsi/ntp", "interface": "vlan40", "protocol": "udp", "port": 123},
    {"id": "iot/kisi/dns", "interface": "vlan40", "protocol": "udp", "port": 53, "to": [GATEWAY]},
    {"id": "iot/recorder", "interface": "vlan40", "protocol": "tcp", "port": 8000, "to": [OFFICE, "10.41.0.0/24"]},
    {"id": "iot/six", "interface": "vlan40", "protocol": "tcp", "port": 6000, "to": ["2001:db8:99::/64"]},
]
PROFILE: Result = {"name": "iot", "interface": "vlan40", "ipv6": True, "flows": [flow["id"] for flow in FLOWS]}
PROFILES = [PROFILE, {"name": "other", "interface": "eth0.41"}]
DEVICES = [
    {"name": "device", "interface": "vlan40", "mac": DEVICE_MAC, "ip": DEVICE, "profile": "iot"},
    {"name": "other", "interface": "eth0.41", "mac": OTHER_MAC, "ip": OTHER, "profile": "other"},
]
POLICY: Result = {
    "interfaces": INTERFACES,
    "flows": FLOWS,
    "profiles": PROFILES,
    "devices": DEVICES,
    "persist": False,
}
FOREIGN = """
table ip nat {
    chain postrouting {
        type nat hook postrouting priority srcnat; policy accept;
        oifname "wan0" masquerade
    }
}
table inet office {
    set admins { type ipv4_addr; flags interval; elements = { 10.50.0.0/24 }
    }
    chain forward {
        type filter hook forward priority filter; policy accept;
        iifname "vlan40" tcp dport 25 drop comment "no mail"
    }
}
"""


@pytest.fixture
def site() -> t.Iterator[Site]:
    with contextlib.ExitStack() as stack:
        yield Site(stack)


@pytest.fixture
def ruled(site: Site) -> Site:
    assert apply(site)["changed"]
    return site


def only(*flows: Result) -> Result:
    """Options with these flows alone."""
    profile = {**PROFILE, "flows": [flow["id"] for flow in flows]}
    return {"flows": list(flows), "profiles": [profile, *PROFILES[1:]]}


def apply(site: Site, **options: t.Any) -> Result:
    result = run_module(site.gateway, "firewall_policy", {**POLICY, **options})
    assert not result.get("failed"), result
    return result


def refused(site: Site, **options: t.Any) -> str:
    before = site.gateway.run("nft", "-j", "list", "ruleset")
    result = run_module(site.gateway, "firewall_policy", {**POLICY, **options})
    assert result["failed"]
    assert site.gateway.run("nft", "-j", "list", "ruleset") == before
    return str(result["msg"])


def test_without_a_policy_all_of_it_passes(site: Site) -> None:
    with listening(site.cloud, 31314), listening(site.cloud, 22):
        assert connect(site.device, CLOUD, 31314) == connect(site.device, CLOUD, 22) == "open"


def test_flows_pass_and_all_else_is_rejected_by_name(ruled: Site) -> None:
    with listening(ruled.cloud, 31314), listening(ruled.cloud, 22), listening(ruled.cloud, 123, socket.SOCK_DGRAM):
        assert connect(ruled.device, CLOUD, 31314) == "open"
        assert ask(ruled.device, CLOUD, 123) == "answer"
        assert connect(ruled.device, CLOUD, 22) == REJECTED
        assert ask(ruled.device, CLOUD, 53) == "EHOSTUNREACH"


def test_an_open_flow_ends_at_the_local_networks_and_at_other_iot_interfaces(ruled: Site) -> None:
    with listening(ruled.office, 31314), listening(ruled.other, 31314), listening(ruled.gateway, 31314):
        assert connect(ruled.device, OFFICE, 31314) == REJECTED
        assert connect(ruled.device, OTHER, 31314) == REJECTED
        assert connect(ruled.device, "203.0.113.1", 31314) == "EHOSTUNREACH 3/13 from 203.0.113.1"  # the gateway itself


def test_an_open_flow_does_not_reach_iot_devices_with_public_addresses(site: Site) -> None:
    apply(site, local_networks=[])
    with listening(site.office, 31314), listening(site.other, 31314):
        assert connect(site.device, OFFICE, 31314) == "open"
        assert connect(site.device, OTHER, 31314) == REJECTED


def test_named_destinations_pass_wherever_they_are(ruled: Site) -> None:
    with listening(ruled.office, 8000), listening(ruled.other, 8000), listening(ruled.cloud, 8000):
        assert connect(ruled.device, OFFICE, 8000) == connect(ruled.device, OTHER, 8000) == "open"
        assert connect(ruled.device, CLOUD, 8000) == REJECTED
    with listening(ruled.gateway, 53, socket.SOCK_DGRAM), listening(ruled.gateway, 22):
        assert ask(ruled.device, GATEWAY, 53) == "answer"
        assert connect(ruled.device, GATEWAY, 22) == REJECTED
        assert ask(ruled.other, "10.41.0.1", 53) == "EHOSTUNREACH"  # the flow of another interface


def test_the_gateway_answers_dhcp_and_echo(ruled: Site) -> None:
    with listening(ruled.gateway, 67, socket.SOCK_DGRAM), ruled.device.entered():
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with client:
            client.settimeout(1)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            client.bind(("0.0.0.0", 68))
            client.sendto(b"discover", ("255.255.255.255", 67))
            assert client.recv(100) == b"discover"
    assert ping(ruled.device, GATEWAY)
    assert ping(ruled.device, "2001:db8:40::1")
    assert not ping(ruled.device, CLOUD)


def test_spoofed_sources_are_refused(ruled: Site) -> None:
    ruled.device.run("ip", "address", "add", "10.99.0.5/32", "dev", "eth0")
    ruled.gateway.run("ip", "route", "add", "10.99.0.5/32", "dev", "vlan40")
    with listening(ruled.cloud, 31314):
        ruled.cloud.run("ip", "route", "add", "10.99.0.0/24", "via", "203.0.113.1")
        assert connect(ruled.device, CLOUD, 31314, source="10.99.0.5").startswith("EHOSTUNREACH 3/13")


def test_ipv6_is_for_profiles_that_have_it(ruled: Site) -> None:
    with listening(ruled.cloud, 31314), listening(ruled.cloud, 6000), listening(ruled.cloud, 22):
        assert connect(ruled.device, CLOUD6, 31314) == connect(ruled.device, CLOUD6, 6000) == "open"
        assert connect(ruled.device, CLOUD6, 22) == "EACCES"
        assert connect(ruled.stranger, CLOUD6, 31314) == "EACCES"
        four = only(*FLOWS[:4])
        apply(ruled, **{**four, "profiles": [{**four["profiles"][0], "ipv6": False}, *PROFILES[1:]]})
        assert connect(ruled.device, CLOUD6, 31314) == "EACCES"
        assert ruled.packets("refused/ipv6") > 0


def test_others_keep_their_ways(ruled: Site) -> None:
    with listening(ruled.cloud, 22), listening(ruled.gateway, 22), listening(ruled.device, 80):
        assert connect(ruled.office, CLOUD, 22) == "open"
        assert connect(ruled.office, "192.168.7.1", 22) == "open"
        assert connect(ruled.office, DEVICE, 80) == "open"  # the device's answers belong to what is known already


def test_silence_where_it_is_wished(site: Site) -> None:
    apply(site, refuse_with="drop")
    with listening(site.cloud, 22):
        assert connect(site.device, CLOUD, 22) == "timeout"


def test_counters_name_the_flow_and_outlive_runs(ruled: Site) -> None:
    with listening(ruled.cloud, 31314):
        connect(ruled.device, CLOUD, 31314)
    seen = ruled.packets("flow/iot/kisi/cloud-session/primary")
    assert seen >= 2
    again = apply(ruled)
    assert (again["changed"], again["differences"], again["diff"]) == (False, [], [])
    assert apply(ruled, **only(*FLOWS[:2]))["changed"]
    assert ruled.packets("flow/iot/kisi/cloud-session/primary") == seen
    assert apply(ruled, **only(*FLOWS[1:]))["changed"]
    assert apply(ruled, **only(*FLOWS))["changed"]
    assert ruled.packets("flow/iot/kisi/cloud-session/primary") == 0


def test_probe_hosts_are_counted_apart(site: Site) -> None:
    apply(site, profiles=[{**PROFILE, "probe": True}, *PROFILES[1:]])
    with listening(site.cloud, 31314):
        assert connect(site.device, CLOUD, 31314) == "open"
    assert site.packets("probe/iot/kisi/cloud-session/primary") >= 2


def test_the_order_of_the_input_does_not_matter(ruled: Site) -> None:
    turned = {key: value[::-1] for key, value in POLICY.items() if isinstance(value, list)}
    assert not apply(ruled, **turned)["changed"]


@pytest.mark.parametrize(
    "drift",
    [
        ["add", "rule", "inet", "fieldnet_iot", "iot_outside_iot", "accept"],
        ["flush", "chain", "inet", "fieldnet_iot", "iot_refuse"],
        ["add", "element", "inet", "fieldnet_iot", "iot_local", "{ 8.8.8.0/24 }"],
        ["add", "chain", "inet", "fieldnet_iot", "more", "{ type filter hook output priority 0; policy drop; }"],
        ["delete", "element", "inet", "fieldnet_iot", "iot_devices", f"{{ vlan40 . {DEVICE_MAC} . {DEVICE} }}"],
        ["delete", "table", "inet", "fieldnet_iot"],
    ],
    ids=lambda drift: " ".join(drift[:2]),
)
def test_drift_is_seen_and_undone(ruled: Site, drift: t.List[str]) -> None:
    expected = apply(ruled, state="absent", _check=True)["diff"][0]["before"]
    ruled.gateway.run("nft", *drift)
    applied = apply(ruled)
    assert applied["differences"] == ["table inet fieldnet_iot"]
    assert applied["diff"][0]["before"] != expected
    assert applied["diff"][0]["after"] == expected
    assert apply(ruled, state="absent", _check=True)["diff"][0]["before"] == expected


def test_check_mode_says_what_a_run_does_and_does_nothing(site: Site) -> None:
    checked = apply(site, _check=True)
    assert checked["changed"]
    assert "fieldnet_iot" not in site.gateway.run("nft", "list", "tables")
    applied = apply(site)
    assert checked["diff"] == applied["diff"]
    shown = applied["diff"][0]
    assert shown["before"] == ""
    listed = site.gateway.run("nft", "-s", "list", "table", "inet", "fieldnet_iot").splitlines()
    assert sorted(filter(str.strip, listed)) == sorted([*shown["after"].splitlines(), "table inet fieldnet_iot {", "}"])
    removed = apply(site, state="absent", _check=True)["diff"][0]
    assert (removed["before"], removed["after"]) == (shown["after"], "")


def test_foreign_tables_stay_as_they_are(site: Site) -> None:
    site.gateway.run("nft", "-f", "-", stdin=FOREIGN)
    before = site.ruleset()
    apply(site)
    apply(site, **only(*FLOWS[:1]))
    apply(site, state="absent")
    assert site.ruleset() == before
    assert not apply(site, state="absent")["changed"]


def test_an_accept_of_ours_overrules_no_drop_of_theirs(site: Site) -> None:
    site.gateway.run("nft", "-f", "-", stdin=FOREIGN)
    apply(site, **only({"id": "mail", "interface": "vlan40", "protocol": "tcp", "port": 25}))
    with listening(site.cloud, 25):
        assert connect(site.device, CLOUD, 25) == "timeout"


@pytest.mark.parametrize("chain", ["ip filter FORWARD", "inet office forward"])
def test_a_foreign_default_drop_is_named_in_every_run(site: Site, chain: str) -> None:
    family, table, name = chain.split()
    hook = f"chain {name} {{ type filter hook forward priority 10; policy drop; }}"
    site.gateway.run("nft", "-f", "-", stdin=f"table {family} {table} {{\n{hook}\n}}\n")
    for _run in ("the first", "an unchanged one"):
        warning = str(apply(site)["warnings"][0])
        assert f"the chain {name} of the table {family} {table} drops what devices behind vlan40 send" in warning


def test_an_interface_that_does_not_exist_is_refused(site: Site) -> None:
    nobody: Result = {"flows": [], "profiles": [], "devices": []}
    message = refused(site, interfaces=[{"name": "vlan99", "subnet": "10.99.0.0/24"}], **nobody)
    assert message == (
        "no interface vlan99 on this host; it has eth0.41, lan0, lo, vlan40, wan0:"
        " correct the interface in the site's data, or create it first"
    )


def test_whoever_comes_over_an_iot_interface_is_not_locked_out(site: Site) -> None:
    ssh = {"SSH_CONNECTION": f"{DEVICE} 50000 {GATEWAY} 22"}
    result = run_module(site.gateway, "firewall_policy", POLICY, env=ssh)
    assert result["msg"] == (
        f"the SSH session that manages this host ({DEVICE} to {GATEWAY} port 22) arrives on vlan40, an IoT interface:"
        " the policy would lock it out. Manage the host through another interface, or remove this one from the policy"
    )
    # From the office to the gateway's address in the VLAN: that arrives on lan0.
    harmless = {"SSH_CONNECTION": f"{OFFICE} 50000 {GATEWAY} 22"}
    assert run_module(site.gateway, "firewall_policy", POLICY, env=harmless)["changed"]


def test_the_session_is_found_behind_a_program_that_clears_the_environment(site: Site) -> None:
    result = run_module(
        site.gateway,
        "firewall_policy",
        POLICY,
        env={"SSH_CONNECTION": f"::ffff:{DEVICE} 50000 ::ffff:{GATEWAY} 22"},
        # As sudo does: the module's own environment knows nothing of the session, its ancestors' do.
        prefix=["sh", "-c", 'env -u SSH_CONNECTION "$@"; exit', "sh"],
    )
    assert "arrives on vlan40" in result["msg"]


def test_a_missing_nft_names_its_package(site: Site) -> None:
    hidden = ["unshare", "-m", "sh", "-c", 'mount --bind /dev/null "$(command -v nft)" && exec "$@"', "sh"]
    result = run_module(site.gateway, "firewall_policy", POLICY, prefix=hidden)
    assert result["missing_packages"] == ["nftables"]
    assert result["msg"] == "the firewall policy needs the program nft: install nftables"


def test_not_root_is_told_so(site: Site) -> None:
    # Nobody by name, who may still read this checkout wherever it lies.
    prefix = ["unshare", "--user", "--map-user=65534", "--map-group=65534"]
    result = run_module(site.gateway, "firewall_policy", POLICY, prefix=prefix, env={"PYTHONDONTWRITEBYTECODE": "1"})
    assert result["msg"] == "this must be run as root: set become to true"


def test_a_host_without_systemd_is_told_before_anything_is_touched(site: Site) -> None:
    hidden = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /run && exec "$@"', "sh"]
    result = run_module(site.gateway, "firewall_policy", {**POLICY, "persist": True}, prefix=hidden)
    assert result["msg"] == (
        "systemd does not run this host: set persist to false, and load /etc/fieldnet-iot/firewall.nft at boot yourself"
    )
    assert "fieldnet_iot" not in site.gateway.run("nft", "list", "tables")
