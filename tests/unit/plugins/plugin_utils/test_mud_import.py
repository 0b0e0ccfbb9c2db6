"""What becomes of each kind of entry: a flow of the spec, or a loss with its path and a reason."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._import import import_data
from support.mud import (
    ACCEPT,
    DNS,
    GATEWAY,
    LOCAL,
    NTP,
    SAME,
    Data,
    document,
    draft,
    entries,
    matches,
    port,
    spec_flows,
)
from support.mud_reading import CLOUD, CLOUD_FLOW, ICMP, NAME_SERVER, changed, read_flows, spec_of, udp
from support.mud_yang import why_invalid

CARRIED: t.Dict[str, t.Tuple[Data, t.Set[t.Tuple[str, ...]], str]] = {
    "a host": (matches("api.lamps.example", number=8883), {("outbound", "api.lamps.example", "tcp", "8883")}, ""),
    "upper case, a dot": (matches("API.Lamps.Example."), {("outbound", "api.lamps.example", "tcp", "443")}, ""),
    "udp": (udp("api.lamps.example"), {("outbound", "api.lamps.example", "udp", "5000")}, "UDP has no direction"),
    "a small range": (
        changed(CLOUD, "tcp", destination_port={"lower-port": 7000, "upper-port": 7002}),
        {("outbound", "cloud.lamps.example", "tcp", str(number)) for number in (7000, 7001, 7002)},
        "",
    ),
    "few low ports": (
        changed(CLOUD, "tcp", destination_port={"operator": "lte", "port": 2}),
        {("outbound", "cloud.lamps.example", "tcp", str(number)) for number in (1, 2)},
        "",
    ),
    "no destination": (matches(""), {("outbound", "*", "tcp", "443")}, "names no destination"),
    "any address": (
        matches("", network="0.0.0.0/0"),
        {("outbound", "*", "tcp", "443")},
        "names any address",
    ),
    "resolvers": (udp("", 53, DNS), set(), ""),
    "resolvers by TCP": (matches("", "tcp", 53, DNS), {("dns", "*", "tcp", "53")}, ""),
    "time": (udp("", 123, NTP), {("ntp", "*", "udp", "123")}, ""),
    "a time server": (udp("pool.ntp.example", 123), {("ntp", "pool.ntp.example", "udp", "123")}, ""),
    "a public resolver": (
        udp("", 53, network="8.8.8.8/32"),
        set(),
        "8.8.8.8/32 is not carried: read as the VLAN's own resolvers; a device that asks it all the same needs",
    ),
    "a public resolver by the name of its address": (udp("8.8.8.8", 53), set(), "8.8.8.8/32 is not carried"),
    "a time server by address": (
        udp("", 123, network="129.6.15.28/32"),
        {("ntp", "*", "udp", "123")},
        "129.6.15.28/32 is not carried: read as the site's time servers",
    ),
    "the gateway's resolver": (
        udp("", 53, GATEWAY),
        set(),
        "is no registered class: read as the VLAN's own resolvers",
    ),
    "DHCP": (udp("", 67, GATEWAY), set(), "read as the VLAN's DHCP server"),
    "DHCP by broadcast": (udp("", 67, network="255.255.255.255/32"), set(), "DHCP server"),
    "an address": (
        matches("", network="3.124.225.12/32"),
        {("outbound", "*", "tcp", "443")},
        "add it to a site's file under endpoints: {vendor: lamps_lamp_2000, requirement: to-3-124-225-12, "
        "hosts: [3.124.225.12]}",
    ),
    "siblings": (matches("", "tcp", 80, SAME), {("local", "*", "tcp", "80")}, ""),
    "siblings by name": (
        matches("", "tcp", 80, {"manufacturer": "mud.lamps.example"}),
        {("local", "*", "tcp", "80")},
        "",
    ),
    "siblings by model": (
        matches("", "tcp", 80, {"model": "https://mud.lamps.example/lamp.json"}),
        {("local", "*", "tcp", "80")},
        "",
    ),
    "local": (udp("", 6666, LOCAL), {("local", "*", "udp", "6666")}, "UDP has no direction"),
    "a source port": (
        changed(udp("x.example"), "udp", source_port=port(4000)),
        {("outbound", "x.example", "udp", "5000")},
        "",
    ),
    "a mark": (changed(CLOUD, "ipv4", dscp=10), set(), "ipv4.dscp is left out, so that the flow is wider"),
    "its own address": (
        changed(CLOUD, "ipv4", source_ipv4_network="10.0.0.7/32"),
        set(),
        "the source 10.0.0.7/32 is left out: the device itself is the source",
    ),
    "classes without ports": (
        {"ietf-mud:mud": NTP},
        {("ntp", "*", "udp", "123")},
        "names no port: UDP 123 alone is carried",
    ),
}


@pytest.mark.parametrize("name", CARRIED)
def test_what_is_carried(name: str) -> None:
    wanted, flows, note = CARRIED[name]
    found, losses = read_flows(wanted)
    assert found == flows
    told = losses.get("acls.acl[0].aces.ace[1]", "")
    assert note in told
    assert "not carried" not in told.replace("is not carried", "")
    assert not [path for path in losses if path.startswith("acls.acl[1]")], "each entry has its answer"


_INBOUND: Data = {
    "ietf-mud:mud": LOCAL,
    "ipv4": {"protocol": 6},
    "tcp": {"ietf-mud:direction-initiated": "to-device", "source-port": port(80)},
}
LOST: t.Dict[str, t.Tuple[Data, str]] = {
    "ICMP": (ICMP, "ICMP is not among a spec's flows"),
    "another protocol": ({"ipv4": {"protocol": 2}}, "it asks for IP protocol 2"),
    "every protocol": ({"ipv4": {"ietf-acldns:dst-dnsname": "x.example"}}, "it asks for every protocol"),
    "everything": ({}, "it asks for every protocol"),
    "every port": ({"ipv4": {"protocol": 6, "ietf-acldns:dst-dnsname": "x.example"}}, "it asks for every port"),
    "a large range": (
        changed(CLOUD, "tcp", destination_port={"lower-port": 1024, "upper-port": 65535}),
        "it asks for the ports 1024 to 65535, and a spec names each",
    ),
    "all ports but one": (
        changed(CLOUD, "tcp", destination_port={"operator": "neq", "port": 25}),
        "the ports all but 25",
    ),
    "port 0": (changed(CLOUD, "tcp", destination_port=port(0)), "it asks for the ports 0"),
    "high ports": (changed(CLOUD, "tcp", destination_port={"operator": "gte", "port": 9}), "the ports 9 to 65535"),
    "another protocol than its header's": (changed(CLOUD, "ipv4", protocol=17), "no packet matches it"),
    "my controller": (matches("", "tcp", 80, {"my-controller": [None]}), "my-controller is whatever the site says"),
    "a controller": (
        matches("", "tcp", 80, {"controller": "https://hub.lamps.example/"}),
        "controller https://hub.lamps.example/ is a class whose members the site must know",
    ),
    "a resolver on another port": (matches("", "tcp", 853, DNS), "urn:ietf:params:mud:dns on a port that is not 53"),
    "the gateway": (matches("", "tcp", 80, GATEWAY), "is no registered class"),
    "another maker": (
        matches("", "tcp", 80, {"manufacturer": "x.example"}),
        "manufacturer x.example is another maker's",
    ),
    "another model": (matches("", "tcp", 80, {"model": "https://x.example/y"}), "model https://x.example/y is another"),
    "two destinations": (matches("x.example", "tcp", 80, SAME), "it names several destinations that must all be true"),
    "multicast": (
        udp("", 5353, network="224.0.0.251/32"),
        "224.0.0.251/32 never leaves its link",
    ),
    "local multicast": (udp("", 1900, LOCAL, network="239.255.255.250/32"), "never leaves"),
    "broadcast": (udp("", 9999, network="255.255.255.255/32"), "never leaves its link"),
    "a private address": (
        matches("", network="192.168.1.9/32"),
        "192.168.1.9/32 is a local address of where the file was made",
    ),
    "others open it": (_INBOUND, "others open this to the device"),
    "a server": (changed({"ipv4": {"protocol": 17}}, "udp", source_port=port(53)), "others open this to the device"),
}


@pytest.mark.parametrize("name", LOST)
def test_what_is_lost(name: str) -> None:
    wanted, reason = LOST[name]
    found, losses = read_flows(wanted)
    assert found == set()
    told = losses["acls.acl[0].aces.ace[1]"]
    assert told.startswith("e1: ")
    assert reason in told
    assert told.endswith("not carried")


def test_a_match_that_nobody_knows_opens_nothing() -> None:
    """It may narrow the entry to anything: an extension's, a later RFC's."""
    for part, wanted in (("", {"acme:hour": 9, **CLOUD}), ("ipv4.", changed(CLOUD, "ipv4", acme_weather="fair"))):
        data = document(matches("other.example"), wanted)
        found = import_data(data)
        assert found.data is not None
        assert len(found.data["requirements"]) == 2  # the other one, look-ups
        reason = "it matches on acme:hour" if not part else "it matches on ipv4.acme-weather"
        assert any(reason in one.message for one in found.losses)


def test_ethernet_is_lost() -> None:
    data = draft()
    losses = [str(one) for one in import_data(data).losses]
    assert (
        "acls.acl[2].aces.ace[0]: arp: it matches on Ethernet headers, and a spec knows IP alone; not carried" in losses
    )


def test_an_address_of_the_other_family_matches_nothing() -> None:
    data = document(CLOUD, {"ipv4": {"protocol": 6, "destination-ipv4-network": "2001:db8::/32"}, "tcp": CLOUD["tcp"]})
    found = import_data(data)
    assert any("no packet matches it: 2001:db8::/32 is no ipv4 network" in one.message for one in found.losses)


@pytest.mark.parametrize("action", ["drop", "reject"])
def test_what_is_denied_first_is_not_opened(action: str) -> None:
    """Lists are read from the top: the first entry that matches decides."""
    denied = {
        "name": "no",
        "matches": {"ipv4": {"ietf-acldns:dst-dnsname": "x.example"}},
        "actions": {"forwarding": action},
    }
    before, losses = read_flows(denied, matches("x.example"), matches("y.example"))
    assert before == {("outbound", "y.example", "tcp", "443")}
    assert losses["acls.acl[0].aces.ace[1]"].startswith(f"no: {action}: what no entry asks for is denied anyway")
    assert "an earlier entry of the list denies the same" in losses["acls.acl[0].aces.ace[2]"]
    after, losses = read_flows(matches("x.example"), denied)
    assert after == {("outbound", "x.example", "tcp", "443")}
    assert "acls.acl[0].aces.ace[2]" in losses


def test_nothing_after_deny_all() -> None:
    everything = {"name": "all", "matches": {}, "actions": {"forwarding": "drop"}}
    assert import_data(document(everything, CLOUD)).data is None
    found, losses = read_flows(everything, matches("x.example"))
    assert found == set()
    assert len(losses) == 3  # both entries, and the answer's drop


def test_the_to_device_policy_opens_nothing() -> None:
    data = document(CLOUD)
    stray = {
        "asked": {
            "ipv4": {"protocol": 6},
            "tcp": {"ietf-mud:direction-initiated": "to-device", "destination-port": port(80)},
        },
        "alone": {"ipv4": {"protocol": 17, "ietf-acldns:src-dnsname": "z.example"}, "udp": {"source-port": port(9)}},
    }
    entries(data, 1).extend({"name": name, "matches": one, "actions": ACCEPT} for name, one in stray.items())
    assert why_invalid(data) == ""
    found = import_data(data)
    losses = {one.path: one.message for one in found.losses}
    spec = spec_of(found)
    assert spec_flows(spec, spec.device_types[0]) == {CLOUD_FLOW, NAME_SERVER}
    assert losses["acls.acl[1].aces.ace[1]"] == (
        "asked: others open this to the device, and a spec has no such flow; not carried"
    )
    assert losses["acls.acl[1].aces.ace[2]"] == (
        "alone: the from-device policy has no entry that asks for this; not carried"
    )


def test_a_local_flow_goes_both_ways() -> None:
    """What others of the same class open to the same port is that flow; what the world opens is not."""
    own = changed({"ietf-mud:mud": LOCAL, "ipv4": {"protocol": 17}}, "udp", source_port=port(6666))
    world = changed({"ipv4": {"protocol": 17}}, "udp", source_port=port(6666))
    siblings = changed({"ietf-mud:mud": SAME, "ipv4": {"protocol": 17}}, "udp", source_port=port(6666))
    found, losses = read_flows(udp("", 6666, LOCAL), own, world, siblings)
    assert found == {("local", "*", "udp", "6666")}
    assert "acls.acl[0].aces.ace[2]" not in losses
    for at in (3, 4):
        assert "others open this to the device" in losses[f"acls.acl[0].aces.ace[{at}]"]
