"""A complete, valid site, and ways to spoil it."""

from __future__ import annotations

import copy
import typing as t
from pathlib import Path

import yaml

from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._model import Site
from ansible_collections.fieldnet.iot.plugins.plugin_utils._site._site import parse_site
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Spec
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._vendors import load_specs, parse_spec

Data = t.Dict[str, t.Any]
PIN = "sha256:" + "0123456789abcdef" * 4

BERLIN: Data = yaml.safe_load(
    f"""
plugin: fieldnet.iot.sites
schema: 1
site: berlin
gateway: {{host: gw.berlin.example, firewall: nftables, dhcp: kea}}
vlans:
  - name: iot
    interface: vlan40
    subnet: 10.40.0.0/24
    router: 10.40.0.1
    pool: 10.40.0.100-10.40.0.199
    dns: [10.40.0.1]
probes:
  - {{host: probe.berlin.example, vlan: iot, interface: eth0, mac: "02:00:00:00:00:20", ip: 10.40.0.20}}
devices:
  - {{name: front-door, vendor: kisi, type: controller_pro, mac: "02:00:00:00:00:10", ip: 10.40.0.10, vlan: iot,
      uplink: ethernet}}
  - {{name: lawn, vendor: spiio, type: sensor, mac: "02:00:00:00:00:11", ip: 10.40.0.11, vlan: iot}}
  - {{name: air, vendor: tsi, type: monitor, mac: "02:00:00:00:00:12", vlan: iot}}
endpoints:
  - {{vendor: kisi, requirement: cloud-session, hosts: [imp01.electricimp.com], tls_pins: ["{PIN}"]}}
  - {{vendor: kisi, requirement: firmware, hosts: [fw.electricimp.com]}}
  - {{vendor: spiio, requirement: cloud-session, hosts: [cloud.spiio.example]}}
  - {{vendor: spiio, requirement: firmware, hosts: [cloud.spiio.example]}}
  - {{vendor: tsi, requirement: https, hosts: [api.tsi.example]}}
  - {{vendor: tsi, requirement: mqtt, hosts: [mqtt.tsi.example]}}
  - {{vendor: tsi, requirement: ntp, hosts: [time.tsi.example]}}
ssids:
  - {{ssid: acme-iot, vlan: iot, band_ghz: [2.4], channel: 6, security: wpa2-psk, standards: [b, g, n]}}
"""
)


# What the vendors' checklists have, as somebody who looked says it.
_LOOKED: Data = {"by": "A. Turing", "date": "2026-11-19"}
_ITEMS = {
    "kisi": ("uplinks", "ethernet-preferred", "placement", "mac-records", "power-backup"),
    "tsi": ("mac-filtering",),
}
ATTESTED: t.List[Data] = [
    {"vendor": vendor, "requirement": item, **_LOOKED} for vendor, items in _ITEMS.items() for item in items
]


def specs() -> t.Dict[str, Spec]:
    """The built-in vendor specs."""
    found, errors = load_specs([])
    if errors:
        raise ValueError("\n".join(errors))
    return found


def berlin() -> Data:
    """A copy to change."""
    return copy.deepcopy(BERLIN)


def parsed_spec(
    vendor: str, level: str = "required", domains: t.Sequence[str] = ("cloud.acme.example",), **top: str
) -> Spec:
    """A small vendor of things that look up one name and connect to it."""
    common = {"level": level, "basis": "stated", "sources": [{"ref": "manual", "says": "TCP 443"}]}
    cloud: Data = {"id": "cloud", "title": "Cloud", "kind": "outbound", **common}
    cloud["all_of"] = [{"id": "tls", "protocol": "tcp", "port": 443}]
    dns = {"id": "dns", "title": "DNS", "kind": "dns", **common}
    dns["all_of"] = [{"id": "udp", "protocol": "udp", "port": 53}]
    found, problems = parse_spec(
        {
            "schema": 1,
            "vendor": vendor,
            "title": f"Things of {vendor}",
            "sources": [{"id": "manual", "title": "Manual", "retrieved": "2026-11-20"}],
            "device_types": [{"type": "thing", "title": "Thing", "uplinks": [{"medium": "wifi"}]}],
            "requirements": [{**cloud, "to": {"domains": list(domains)}} if domains else cloud, dns],
            **top,
        }
    )
    if found is None:
        raise ValueError("\n".join(str(problem) for problem in problems))
    return found


def site(data: Data, vendors: t.Optional[t.Mapping[str, Spec]] = None) -> Site:
    """The model of valid data."""
    found, problems = parse_site(data, vendors or specs())
    if found is None:
        raise ValueError("\n".join(str(problem) for problem in problems))
    return found


def write(folder: Path, name: str, data: t.Any) -> Path:
    """A site's file; a text is written as it is."""
    path = folder / name
    path.write_text(data if isinstance(data, str) else yaml.safe_dump(data), encoding="utf-8")
    return path
