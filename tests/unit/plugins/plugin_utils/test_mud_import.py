"""What becomes of each kind of entry: a flow of the spec, or a loss with its path and a reason."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data import _yaml
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._import import Imported, import_data, spec_from_mud
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._model import ACLS, MUD
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._text import is_imported, spec_text
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import Spec
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._vendors import parse_spec
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
from support.mud_yang import why_invalid

CLOUD = matches("cloud.lamps.example")
CLOUD_FLOW = ("outbound", "cloud.lamps.example", "tcp", "443")
NAME_SERVER = ("dns", "*", "udp", "53")


def _spec(found: Imported) -> Spec:
    assert found.problems == []
    spec, problems = parse_spec(found.data)
    assert problems == []
    assert spec is not None
    return spec


def _read(*wanted: Data, **mud: t.Any) -> t.Tuple[t.Set[t.Tuple[str, ...]], t.Dict[str, str]]:
    """The flows beside those of every file here (the cloud's, look-ups), and the losses by path."""
    data = document(CLOUD, *wanted, **mud)
    assert why_invalid(data) == "", "the tests read valid files"
    found = import_data(data)
    spec = _spec(found)
    flows = spec_flows(spec, spec.device_types[0])
    assert {CLOUD_FLOW, NAME_SERVER} <= flows
    losses = {one.path: one.message for one in found.losses if one.path.startswith("acls.")}
    return flows - {CLOUD_FLOW, NAME_SERVER}, losses


def _with(wanted: Data, part: str, **values: t.Any) -> Data:
    found: Data = json.loads(json.dumps(wanted))
    found.setdefault(part, {}).update({key.replace("_", "-"): value for key, value in values.items()})
    return found


def _udp(to: str = "", number: int = 5000, mud: t.Optional[Data] = None, network: str = "") -> Data:
    return matches(to, "udp", number, mud, network)


CARRIED: t.Dict[str, t.Tuple[Data, t.Set[t.Tuple[str, ...]], str]] = {
    "a host": (matches("api.lamps.example", number=8883), {("outbound", "api.lamps.example", "tcp", "8883")}, ""),
    "upper case, a dot": (matches("API.Lamps.Example."), {("outbound", "api.lamps.example", "tcp", "443")}, ""),
    "udp": (_udp("api.lamps.example"), {("outbound", "api.lamps.example", "udp", "5000")}, "UDP has no direction"),
    "a small range": (
        _with(CLOUD, "tcp", destination_port={"lower-port": 7000, "upper-port": 7002}),
        {("outbound", "cloud.lamps.example", "tcp", str(number)) for number in (7000, 7001, 7002)},
        "",
    ),
    "few low ports": (
        _with(CLOUD, "tcp", destination_port={"operator": "lte", "port": 2}),
        {("outbound", "cloud.lamps.example", "tcp", str(number)) for number in (1, 2)},
        "",
    ),
    "no destination": (matches(""), {("outbound", "*", "tcp", "443")}, "names no destination"),
    "any address": (
        matches("", network="0.0.0.0/0"),
        {("outbound", "*", "tcp", "443")},
        "names any address",
    ),
    "resolvers": (_udp("", 53, DNS), set(), ""),
    "resolvers by TCP": (matches("", "tcp", 53, DNS), {("dns", "*", "tcp", "53")}, ""),
    "time": (_udp("", 123, NTP), {("ntp", "*", "udp", "123")}, ""),
    "a time server": (_udp("pool.ntp.example", 123), {("ntp", "pool.ntp.example", "udp", "123")}, ""),
    "a public resolver": (
        _udp("", 53, network="8.8.8.8/32"),
        set(),
        "8.8.8.8/32 is not carried: read as the VLAN's own resolvers; a device that asks it all the same needs",
    ),
    "a public resolver by the name of its address": (_udp("8.8.8.8", 53), set(), "8.8.8.8/32 is not carried"),
    "a time server by address": (
        _udp("", 123, network="129.6.15.28/32"),
        {("ntp", "*", "udp", "123")},
        "129.6.15.28/32 is not carried: read as the site's time servers",
    ),
    "the gateway's resolver": (
        _udp("", 53, GATEWAY),
        set(),
        "is no registered class: read as the VLAN's own resolvers",
    ),
    "DHCP": (_udp("", 67, GATEWAY), set(), "read as the VLAN's DHCP server"),
    "DHCP by broadcast": (_udp("", 67, network="255.255.255.255/32"), set(), "DHCP server"),
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
    "local": (_udp("", 6666, LOCAL), {("local", "*", "udp", "6666")}, "UDP has no direction"),
    "a source port": (
        _with(_udp("x.example"), "udp", source_port=port(4000)),
        {("outbound", "x.example", "udp", "5000")},
        "",
    ),
    "a mark": (_with(CLOUD, "ipv4", dscp=10), set(), "ipv4.dscp is left out, so that the flow is wider"),
    "its own address": (
        _with(CLOUD, "ipv4", source_ipv4_network="10.0.0.7/32"),
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
    found, losses = _read(wanted)
    assert found == flows
    told = losses.get("acls.acl[0].aces.ace[1]", "")
    assert note in told
    assert "not carried" not in told.replace("is not carried", "")
    assert not [path for path in losses if path.startswith("acls.acl[1]")], "each entry has its answer"


_ICMP: Data = {"ipv4": {"protocol": 1, "ietf-acldns:dst-dnsname": "x.example"}, "icmp": {"type": 8, "code": 0}}
_INBOUND: Data = {
    "ietf-mud:mud": LOCAL,
    "ipv4": {"protocol": 6},
    "tcp": {"ietf-mud:direction-initiated": "to-device", "source-port": port(80)},
}
LOST: t.Dict[str, t.Tuple[Data, str]] = {
    "ICMP": (_ICMP, "ICMP is not among a spec's flows"),
    "another protocol": ({"ipv4": {"protocol": 2}}, "it asks for IP protocol 2"),
    "every protocol": ({"ipv4": {"ietf-acldns:dst-dnsname": "x.example"}}, "it asks for every protocol"),
    "everything": ({}, "it asks for every protocol"),
    "every port": ({"ipv4": {"protocol": 6, "ietf-acldns:dst-dnsname": "x.example"}}, "it asks for every port"),
    "a large range": (
        _with(CLOUD, "tcp", destination_port={"lower-port": 1024, "upper-port": 65535}),
        "it asks for the ports 1024 to 65535, and a spec names each",
    ),
    "all ports but one": (
        _with(CLOUD, "tcp", destination_port={"operator": "neq", "port": 25}),
        "the ports all but 25",
    ),
    "port 0": (_with(CLOUD, "tcp", destination_port=port(0)), "it asks for the ports 0"),
    "high ports": (_with(CLOUD, "tcp", destination_port={"operator": "gte", "port": 9}), "the ports 9 to 65535"),
    "another protocol than its header's": (_with(CLOUD, "ipv4", protocol=17), "no packet matches it"),
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
        _udp("", 5353, network="224.0.0.251/32"),
        "224.0.0.251/32 never leaves its link",
    ),
    "local multicast": (_udp("", 1900, LOCAL, network="239.255.255.250/32"), "never leaves"),
    "broadcast": (_udp("", 9999, network="255.255.255.255/32"), "never leaves its link"),
    "a private address": (
        matches("", network="192.168.1.9/32"),
        "192.168.1.9/32 is a local address of where the file was made",
    ),
    "others open it": (_INBOUND, "others open this to the device"),
    "a server": (_with({"ipv4": {"protocol": 17}}, "udp", source_port=port(53)), "others open this to the device"),
}


@pytest.mark.parametrize("name", LOST)
def test_what_is_lost(name: str) -> None:
    wanted, reason = LOST[name]
    found, losses = _read(wanted)
    assert found == set()
    told = losses["acls.acl[0].aces.ace[1]"]
    assert told.startswith("e1: ")
    assert reason in told
    assert told.endswith("not carried")


def test_a_match_that_nobody_knows_opens_nothing() -> None:
    """It may narrow the entry to anything: an extension's, a later RFC's."""
    for part, wanted in (("", {"acme:hour": 9, **CLOUD}), ("ipv4.", _with(CLOUD, "ipv4", acme_weather="fair"))):
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
    before, losses = _read(denied, matches("x.example"), matches("y.example"))
    assert before == {("outbound", "y.example", "tcp", "443")}
    assert losses["acls.acl[0].aces.ace[1]"].startswith(f"no: {action}: what no entry asks for is denied anyway")
    assert "an earlier entry of the list denies the same" in losses["acls.acl[0].aces.ace[2]"]
    after, losses = _read(matches("x.example"), denied)
    assert after == {("outbound", "x.example", "tcp", "443")}
    assert "acls.acl[0].aces.ace[2]" in losses


def test_nothing_after_deny_all() -> None:
    everything = {"name": "all", "matches": {}, "actions": {"forwarding": "drop"}}
    assert import_data(document(everything, CLOUD)).data is None
    found, losses = _read(everything, matches("x.example"))
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
    spec = _spec(found)
    assert spec_flows(spec, spec.device_types[0]) == {CLOUD_FLOW, NAME_SERVER}
    assert losses["acls.acl[1].aces.ace[1]"] == (
        "asked: others open this to the device, and a spec has no such flow; not carried"
    )
    assert losses["acls.acl[1].aces.ace[2]"] == (
        "alone: the from-device policy has no entry that asks for this; not carried"
    )


def test_a_local_flow_goes_both_ways() -> None:
    """What others of the same class open to the same port is that flow; what the world opens is not."""
    own = _with({"ietf-mud:mud": LOCAL, "ipv4": {"protocol": 17}}, "udp", source_port=port(6666))
    world = _with({"ipv4": {"protocol": 17}}, "udp", source_port=port(6666))
    siblings = _with({"ietf-mud:mud": SAME, "ipv4": {"protocol": 17}}, "udp", source_port=port(6666))
    found, losses = _read(_udp("", 6666, LOCAL), own, world, siblings)
    assert found == {("local", "*", "udp", "6666")}
    assert "acls.acl[0].aces.ace[2]" not in losses
    for at in (3, 4):
        assert "others open this to the device" in losses[f"acls.acl[0].aces.ace[{at}]"]


def test_each_entry_is_a_source_of_its_requirement() -> None:
    found = import_data(document(CLOUD, matches("cloud.lamps.example", number=8883), matches("x.example")))
    assert found.data is not None
    first, second, dns = found.data["requirements"]
    assert [json.loads(one["says"])["name"] for one in first["sources"]] == ["e0", "e1"]
    assert json.loads(first["sources"][0]["says"]) == {"name": "e0", "matches": CLOUD, "actions": ACCEPT}
    assert [one["id"] for one in first["all_of"]] == ["tcp-443", "tcp-8883"]
    assert second["to"] == {"domains": ["x.example"]}
    assert dns["basis"] == "implied"
    assert dns["sources"] == first["sources"][:1]


def test_who_names_a_host_has_to_look_it_up() -> None:
    """The file's own entry is what implies it; where it names a resolver, or no host, nothing is added."""
    for entries_of, expected in (
        ((CLOUD,), [("required", "implied")]),
        ((CLOUD, _udp("", 53, DNS)), [("required", "stated")]),
        ((matches("", network="198.51.100.7/32"),), []),
        ((matches("", "tcp", 80, SAME),), []),
    ):
        spec = _spec(import_data(document(*entries_of)))
        assert [(one.level, one.basis) for one in spec.requirements if one.kind == "dns"] == expected


def test_what_a_spec_is_called() -> None:
    spec = _spec(import_data(document(CLOUD)))
    assert (spec.vendor, spec.title) == ("lamps_lamp_2000", "Lamp with a cloud")
    assert [kind.type for kind in spec.device_types] == ["lamp_2000"]
    assert next((one.id, one.title, one.retrieved) for one in spec.sources) == (
        "mud",
        "MUD file https://mud.lamps.example/lamp.json",
        "2026-01-02",
    )
    assert not spec.ipv6


NAMES = {
    ("Lamps", "X-1"): "lamps_x_1",
    ("Größe & Söhne GmbH", None): "grosse_sohne_gmbh",
    ("3Com", None): "v_3com",
    ("東京", None): "device",
    (None, None): "lamps_lamp",
    ("A" * 80, "B" * 80): "aaaaaaaaaaaaaaaaaaaaaaaaa_",
}


@pytest.mark.parametrize(("names", "slug"), NAMES.items())
def test_names_become_slugs(names: t.Tuple[t.Optional[str], t.Optional[str]], slug: str) -> None:
    data = document(CLOUD)
    for key, value in zip(("mfg-name", "model-name"), names):
        data[MUD][key] = value
        if value is None:
            data[MUD].pop(key)
    spec = _spec(import_data(data))
    assert spec.vendor == slug or (slug.endswith("_") and spec.vendor.startswith(slug))
    assert _spec(import_data(data, "own_name")).vendor == "own_name"


URLS = {
    "https://amazonecho.com/amazonecho": "amazonecho",
    "https://iot.unsw.edu.au/mud/HueBulb.json": "unsw_huebulb",
    "https://com/": "com",
    "https://198.51.100.7/x": "v_198_51_100_7_x",
    "https://[2001:db8::7]/": "v_2001_db8_7",
    "https://co.com/a?b#c": "co_com_a",
}


@pytest.mark.parametrize(("url", "slug"), URLS.items())
def test_a_url_is_a_name_too(url: str, slug: str) -> None:
    data = document(CLOUD, **{"mud-url": url})
    data[MUD].pop("mfg-name")
    data[MUD].pop("model-name")
    assert _spec(import_data(data)).vendor == slug


def test_an_ipv6_address_of_the_makers_own_network() -> None:
    data = document(CLOUD, {"ipv4": {"protocol": 6}, "tcp": CLOUD["tcp"]})
    header = entries(data)[1]["matches"].pop("ipv4")
    data[ACLS]["acl"][0]["type"] = "mixed-eth-ipv4-ipv6-acl-type"
    entries(data)[1]["matches"]["ipv6"] = {**header, "destination-ipv6-network": "fdc1::1/128"}
    assert why_invalid(data) == ""
    assert any("fdc1::1/128 is a local address of where" in one.message for one in import_data(data).losses)


def test_ipv6() -> None:
    data = document(CLOUD)
    data[ACLS]["acl"][0]["type"] = "ipv6-acl-type"
    entries(data)[0]["matches"]["ipv6"] = entries(data)[0]["matches"].pop("ipv4")
    assert why_invalid(data) == ""
    found = import_data(data)
    assert _spec(found).ipv6
    told = "acls.acl[0].aces.ace[0]: e0: is asked for by IPv6 alone; a spec opens it by both"
    assert told in map(str, found.losses)
    again = json.loads(json.dumps(data[ACLS]["acl"][0]).replace('"ipv6', '"ipv4').replace('"fr"', '"fr4"'))
    data[ACLS]["acl"].append(again)
    data[MUD]["from-device-policy"]["access-lists"]["access-list"].append({"name": "fr4"})
    assert why_invalid(data) == ""
    found = import_data(data)
    assert len(_spec(found).requirements) == 2
    assert not [one for one in found.losses if "alone" in one.message]


def test_tcp_without_a_direction() -> None:
    wanted = matches("api.lamps.example")
    wanted["tcp"].pop("ietf-mud:direction-initiated")
    found, losses = _read(wanted)
    assert found == {("outbound", "api.lamps.example", "tcp", "443")}
    assert losses["acls.acl[0].aces.ace[1]"] == "e1: does not say who opens it; taken for what the device opens"


def test_wildcards_that_no_rfc_has_are_carried() -> None:
    found = import_data(document(matches("*.lamps.example")))
    assert _spec(found).requirements[0].domains == ("*.lamps.example",)
    assert "*.lamps.example is a wildcard, which RFC 8520 lacks" in [one.message for one in found.repairs]


def test_ids_are_of_the_destination_and_never_alike() -> None:
    """Names that differ in a dot alone, and names that are too long."""
    long = ".".join(["x" * 60, "y" * 60, "example"])
    spec = _spec(import_data(document(*(matches(name) for name in ("a.b", "a-b", long, long.replace("y", "z"))))))
    ids = [one.id for one in spec.requirements]
    assert ids[0] == "to-a-b"
    assert len(set(ids)) == 5
    again = _spec(import_data(document(matches(long))))
    assert again.requirements[0].id == ids[2]


def test_a_file_becomes_a_file(tmp_path: Path) -> None:
    """Its comments tell what is lost, and what is read back is what was made."""
    for number, data in enumerate((document(CLOUD, _ICMP), draft())):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(data), encoding="utf-8")
        made, problems, notes = spec_from_mud(path)
        assert problems == []
        text = spec_text(import_data(data))
        out = tmp_path / f"{number}.yml"
        out.write_text(text, encoding="utf-8")
        assert _yaml.load(out) == (made, [])
        assert is_imported(text)
        assert not is_imported(text.replace("Made by", "made by"))
        plain = " ".join(line.lstrip("# ") for line in text.splitlines() if line.startswith("#"))
        assert all(str(note) in plain for note in notes)
        assert max(len(line) for line in text.splitlines() if line.startswith("#")) <= 120
