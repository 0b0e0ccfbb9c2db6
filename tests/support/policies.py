# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Firewall policies as a module's options: one that is written down, and whatever else is valid."""

from __future__ import annotations

import ipaddress
import typing as t

from hypothesis import strategies as st

Options = t.Dict[str, t.Any]

FLOW: Options = {"id": "a", "interface": "vlan40", "protocol": "tcp", "port": 443, "to": [], "domains": []}
PROFILE: Options = {
    "name": "iot_kisi",
    "interface": "vlan40",
    "title": "Kisi (doors)",
    "flows": ["a"],
    "ipv6": False,
    "probe": False,
}
DEVICE: Options = {
    "name": "door",
    "interface": "vlan40",
    "mac": "02:00:00:00:00:10",
    "ip": "10.40.0.10",
    "profile": "iot_kisi",
}
INTERFACE: Options = {
    "name": "vlan40",
    "subnet": "10.40.0.0/24",
    "router": "10.40.0.1",
    "redirect": [],
    "redirect_exempt": [],
}
OPTIONS: Options = {
    "table": "fieldnet_iot",
    "egress": "ports",
    "binding": "mac-ip",
    "unknown_devices": "reject",
    "refuse_with": "reject",
    "log_limit": "5/minute",
    "mode": "enforce",
    "learn_until": "",
    "local_networks": ["10.0.0.0/8", "192.168.0.0/16"],
    "interfaces": [INTERFACE],
    "flows": [FLOW],
    "profiles": [PROFILE],
    "devices": [DEVICE],
}

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,14}", fullmatch=True).filter(lambda name: name != "lo")
IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_./:*-]{0,199}", fullmatch=True)
PROFILES = st.from_regex(r"[a-z][a-z0-9_]{0,39}", fullmatch=True)
MACS = st.integers(0, 2**40 - 1).map(
    lambda n: f"02:{n >> 32:02x}:{n >> 24 & 255:02x}:{n >> 16 & 255:02x}:{n >> 8 & 255:02x}:{n & 255:02x}"
)
TITLES = st.from_regex(r"[A-Za-z0-9 _.,:()/&+-]{0,120}", fullmatch=True)
LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
DOMAINS = st.builds(
    lambda star, labels: star + ".".join(labels) + ".example",
    st.sampled_from(["", "*."]),
    st.lists(LABELS, min_size=1, max_size=3),
)


def _network(address: object, length: int) -> str:
    return str(ipaddress.ip_network(f"{address}/{length}", strict=False))


NETWORKS4 = st.builds(_network, st.ip_addresses(v=4), st.integers(0, 32))
NETWORKS6 = st.builds(_network, st.ip_addresses(v=6), st.integers(0, 128))
TARGETS = st.one_of(NETWORKS4, NETWORKS6, st.ip_addresses().map(str))


@st.composite
def policies(draw: st.DrawFn) -> Options:
    """Any valid policy."""
    subnets = {
        name: f"10.{40 + index}.0.0/24"
        for index, name in enumerate(draw(st.lists(NAMES, min_size=1, max_size=3, unique=True)))
    }
    flows = [
        _flow(draw, flow_id, draw(st.sampled_from(sorted(subnets))))
        for flow_id in draw(st.lists(IDS, max_size=6, unique=True))
    ]
    profiles = [
        _profile(draw, name, draw(st.sampled_from(sorted(subnets))), flows)
        for name in draw(st.lists(PROFILES, max_size=3, unique=True))
    ]
    # A flow that no profile has, or only one that can't use it, is refused: see the tests of what is.
    used = {flow for profile in profiles for flow in profile["flows"]}
    devices = [
        _device(draw, number, mac, draw(st.sampled_from(profiles)), subnets)
        for number, mac in enumerate(draw(st.lists(MACS, max_size=5, unique=True)) if profiles else [])
    ]
    return {
        "table": draw(st.from_regex(r"fieldnet_[a-z0-9_]{1,40}", fullmatch=True)),
        "egress": draw(st.sampled_from(["ports", "domains"])),
        "binding": draw(st.sampled_from(["mac-ip", "mac"])),
        "unknown_devices": draw(st.sampled_from(["reject", "drop"])),
        "refuse_with": draw(st.sampled_from(["reject", "drop"])),
        "log_limit": draw(st.sampled_from(["", "1/second", "99999/day"])),
        "mode": draw(st.sampled_from(["enforce", "learn"])),
        "learn_until": "2026-12-01T18:00:00Z",
        "local_networks": draw(st.lists(st.one_of(NETWORKS4, NETWORKS6), max_size=5)),
        "interfaces": [_interface(draw, name, subnet, devices) for name, subnet in subnets.items()],
        "flows": [flow for flow in flows if flow["id"] in used],
        "profiles": profiles,
        "devices": devices,
    }


def _interface(draw: st.DrawFn, name: str, subnet: str, devices: t.Sequence[Options]) -> Options:
    macs = [device["mac"] for device in devices if device["interface"] == name]
    return {
        "name": name,
        "subnet": subnet,
        "router": draw(st.sampled_from(["", subnet.replace("0/24", "1")])) or None,
        "redirect": draw(st.lists(st.sampled_from(["dns", "ntp"]), max_size=2)),
        "redirect_exempt": draw(st.lists(st.sampled_from(macs), max_size=2)) if macs else [],
    }


def _flow(draw: st.DrawFn, flow_id: str, interface: str) -> Options:
    return {
        "id": flow_id,
        "interface": interface,
        "protocol": draw(st.sampled_from(["tcp", "udp"])),
        "port": draw(st.one_of(st.integers(1, 65535), st.sampled_from([53, 123]))),
        "to": draw(st.lists(TARGETS, max_size=4)),
        "domains": draw(st.lists(DOMAINS, max_size=2)),
    }


def _profile(draw: st.DrawFn, name: str, interface: str, flows: t.Sequence[Options]) -> Options:
    six = draw(st.booleans())
    fit = [
        f["id"] for f in flows if f["interface"] == interface and (six or not f["to"] or any("." in a for a in f["to"]))
    ]
    return {
        "name": name,
        "interface": interface,
        "title": draw(TITLES),
        "flows": draw(st.lists(st.sampled_from(fit), unique=True)) if fit else [],
        "ipv6": six,
        "probe": draw(st.booleans()),
    }


def _device(draw: st.DrawFn, number: int, mac: str, profile: Options, subnets: t.Mapping[str, str]) -> Options:
    return {
        "name": f"device{number}",
        "interface": profile["interface"],
        "mac": mac,
        "ip": subnets[profile["interface"]].replace("0/24", str(number + 10)) if draw(st.booleans()) else None,
        "profile": profile["name"],
    }
