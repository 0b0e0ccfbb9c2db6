"""Sites with several probe hosts, which --limit or the slices of a job can part."""

from __future__ import annotations

from support.sites import Data, berlin

HERE, THERE, PEER = "probe.berlin.example", "probe-lab.berlin.example", "peer.berlin.example"


def two_vlans() -> Data:
    """A VLAN with a probe host each, and devices of one vendor in both."""
    data = berlin()
    data["vlans"].append(
        {
            "name": "lab",
            "interface": "vlan41",
            "subnet": "10.41.0.0/24",
            "router": "10.41.0.1",
            "pool": "10.41.0.100-10.41.0.199",
            "dns": ["10.41.0.1"],
        }
    )
    data["probes"].append({"host": THERE, "vlan": "lab", "interface": "eth0", "mac": "02:00:00:00:01:20"})
    data["devices"].append(
        {"name": "shelf", "vendor": "tsi", "type": "monitor", "mac": "02:00:00:00:01:12", "vlan": "lab"}
    )
    return data


def pair() -> Data:
    """Two probe hosts in one VLAN, for what devices say to each other there."""
    data = berlin()
    data["probes"].append(
        {"host": PEER, "vlan": "iot", "interface": "eth0", "mac": "02:00:00:00:00:21", "ip": "10.40.0.21"}
    )
    data["devices"].append(
        {
            "name": "back-door",
            "vendor": "kisi",
            "type": "reader_pro",
            "mac": "02:00:00:00:00:13",
            "ip": "10.40.0.13",
            "vlan": "iot",
            "uplink": "ethernet",
        }
    )
    return data
