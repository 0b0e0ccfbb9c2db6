"""Valid sites of every make, for properties that hold for all of them."""

from __future__ import annotations

import ipaddress
import typing as t

from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Spec
from support.sites import Data, parsed_spec, specs

# Names that would meet in the names of profiles and devices, if nothing kept them apart.
VLANS = ("iot", "iot_kisi", "a", "a_b", "w" * 32)
NAMES = ("front-door", "probe-p", "probe-p-example", "lawn", "d-0", "x" * 63)
PROBES = ("p", "p.example", "p_example", "P.Example.Org", "fd00::20", "10.99.0.20", "y" * 63 + ".example")
HOSTS = ("cloud.acme.example", "time.berlin.example", "198.51.100.7", "10.1.0.9", "_x.example")
TIME = (*HOSTS, "2001:db8::7")
TITLE = 'Acme "locks"; drop\nand Türen ' + "z" * 90


def vendors() -> t.Dict[str, Spec]:
    """The built-in ones, and some whose names and titles are awkward."""
    return {
        **specs(),
        "probe": parsed_spec("probe", ipv6="supported"),
        "b_c": parsed_spec("b_c", title=TITLE, level="recommended", domains=()),
        "c": parsed_spec("c", domains=("*.electricimp.com", "cloud.acme.example")),
    }


VENDORS = vendors()
_TYPES = sorted((name, kind) for name, spec in VENDORS.items() for kind in spec.uplinks)
_UNDER = {"kisi": "imp01.electricimp.com"}


def _mac(number: int) -> str:
    return f"02:00:00:00:{number // 256:02x}:{number % 256:02x}"


@st.composite
def _vlan(draw: st.DrawFn, name: str, number: int) -> Data:
    length = draw(st.sampled_from((8, 16, 24, 28)))
    network = ipaddress.IPv4Network(f"{draw(st.sampled_from((10, 100, 203)))}.{number}.0.0/{max(length, 16)}")
    redirect = draw(st.lists(st.sampled_from(("dns", "ntp")), unique=True))
    router = str(network[1])
    resolvers = st.sampled_from((router, "9.9.9.9") if "dns" in redirect else (router,))
    ntp = draw(st.lists(st.sampled_from(TIME), max_size=2))
    can_tell_time = all(host.replace(".", "").isdigit() for host in ntp) and (ntp or "ntp" in redirect)
    options = ("router", "dns", "no-captive-portal", *(("ntp",) if can_tell_time else ()))
    return {
        "name": name,
        "interface": draw(st.sampled_from(("vlan", "eth.", "br-x_"))) + str(number),
        "subnet": str(network),
        "router": router,
        "dns": draw(st.lists(resolvers, min_size=1, max_size=4)),
        "ntp": ntp,
        "redirect": redirect,
        "dhcp_options": draw(st.lists(st.sampled_from(options), unique=True)),
        "dhcp_servers": draw(st.sampled_from(([], ["10.1.0.53", "10.1.0.54"]))),
    }


def _address(vlan: Data, number: int) -> str:
    return str(ipaddress.IPv4Network(vlan["subnet"])[number])


@st.composite
def sites(draw: st.DrawFn) -> Data:
    """The data of a valid site: parse_site with VENDORS takes it."""
    names = draw(st.lists(st.sampled_from(VLANS), min_size=1, unique=True))
    vlans = [draw(_vlan(name, number)) for number, name in enumerate(names)]
    devices = []
    for number, name in enumerate(draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))):
        (vendor, kind), vlan = draw(st.sampled_from(_TYPES)), draw(st.sampled_from(vlans))
        device = {"name": name, "vendor": vendor, "type": kind, "mac": _mac(number), "vlan": vlan["name"]}
        devices.append({**device, **({"ip": _address(vlan, 2 + number)} if draw(st.booleans()) else {})})
    hosts = draw(st.lists(st.sampled_from(PROBES), unique_by=str.lower, max_size=3))
    probes: t.List[Data] = [
        {"host": host, "vlan": name, "interface": "eth0", "mac": _mac(512 + n)}
        for n, (host, name) in enumerate(zip(hosts, names))
    ]
    endpoints = [
        {
            "vendor": vendor,
            "requirement": requirement.id,
            "hosts": [_UNDER[vendor]]
            if vendor in _UNDER
            else draw(st.lists(st.sampled_from(HOSTS), min_size=1, max_size=3)),
        }
        for vendor, spec in sorted(VENDORS.items())
        for requirement in spec.requirements
        if requirement.kind in ("outbound", "ntp") and vendor in ("kisi", "spiio", "tsi")
    ]
    for vlan in vlans:
        here = [device["name"] for device in devices if device["vlan"] == vlan["name"]]
        if here and vlan["redirect"] and set(vlan["dns"]) == {vlan["router"]}:
            vlan["redirect_exempt"] = draw(st.lists(st.sampled_from(here), unique=True))
    gateway = {
        "host": draw(st.sampled_from(("gw", "p"))),
        "dhcp": draw(st.sampled_from(("dnsmasq", "isc", "kea"))),
        "egress": draw(st.sampled_from(("ports", "domains"))),
        "binding": draw(st.sampled_from(("mac-ip", "mac"))),
        "unknown_devices": draw(st.sampled_from(("reject", "drop"))),
        "log_limit": draw(st.sampled_from(("", "5/minute", "1/day"))),
    }
    found: Data = {"plugin": "fieldnet.iot.sites", "schema": 1, "site": "here", "gateway": gateway}
    found.update(vlans=vlans, probes=probes, devices=devices, endpoints=endpoints)
    if draw(st.booleans()):
        found["responder"] = {"host": draw(st.sampled_from(HOSTS[:3]))}
    return found
