"""MUD files of specs: valid by the RFC's modules, and the same flows when they are read back."""

from __future__ import annotations

import json
import typing as t
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._export import base_url, export, file_name
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._hosts import read_hosts
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._import import import_data
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._model import ACLS, MUD
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import DeviceType, Spec
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._vendors import parse_spec
from support.mud import Data, entries, spec_flows
from support.mud_yang import why_invalid
from support.sites import specs

BASE = "https://mud.example.com/iot/"
SPECS = specs()
TYPES = [(spec, kind) for spec in SPECS.values() for kind in spec.device_types]
KNOWN = {
    "kisi": {"cloud-session": ["imp01.electricimp.com"], "firmware": ["imp01.electricimp.com", "fw.electricimp.com"]},
    "tsi": {"mqtt": ["mqtt.tsi.example"]},
}
WAYS = st.sampled_from(("tcp", "udp"))
PORTS = st.one_of(st.integers(1, 65535), st.sampled_from((53, 67, 80, 123, 443)))
LABELS = st.from_regex(r"[a-z0-9_]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
NAMES = st.lists(LABELS, min_size=1, max_size=4).map(lambda labels: ".".join([*labels, "example"]))
PATTERNS = st.one_of(NAMES, NAMES.map(lambda name: f"*.{name}"))
TITLES = st.one_of(
    st.sampled_from(('Acme "locks"; drop\nand Türen \U0001f512', "z" * 300)), st.text("aB ü\n", min_size=1)
)


@st.composite
def _requirement(draw: st.DrawFn, number: int, types: t.Sequence[str]) -> Data:
    kind = draw(st.sampled_from(("outbound", "outbound", "local", "dns", "ntp", "dhcp", "ipv4", "captive_portal")))
    found: Data = {
        "id": f"r{number}" + draw(st.sampled_from(("", "-" + "x" * 44))),
        "title": "A thing",
        "kind": kind,
        "level": draw(st.sampled_from(("required", "recommended"))),
        "basis": draw(st.sampled_from(("stated", "implied"))),
        "sources": [{"ref": "manual", "says": "see the manual"}],
    }
    if kind in ("outbound", "local"):
        wanted = draw(st.lists(st.tuples(WAYS, PORTS), min_size=1, max_size=4))
        mode = draw(st.sampled_from(("any_of", "all_of")))
        found[mode] = [{"id": f"p{at}", "protocol": way, "port": number} for at, (way, number) in enumerate(wanted)]
    elif kind in ("dns", "ntp"):
        ways = draw(st.lists(WAYS, min_size=1, max_size=2, unique=True)) if kind == "dns" else ["udp"]
        found["all_of"] = [{"id": way, "protocol": way, "port": 53 if kind == "dns" else 123} for way in ways]
    if kind in ("outbound", "ntp") and draw(st.booleans()):
        found["to"] = {"domains": draw(st.lists(PATTERNS, min_size=1, max_size=3))}
    if kind == "local":
        found["between"] = [draw(st.sampled_from(types)), draw(st.sampled_from(types))]
    elif draw(st.booleans()):
        found["device_types"] = [draw(st.sampled_from(types))]
    return found


@st.composite
def random_specs(draw: st.DrawFn) -> Spec:
    """Any spec, as far as its flows go."""
    types = draw(st.lists(st.from_regex(r"[a-z][a-z0-9_]{0,31}", fullmatch=True), min_size=1, max_size=3, unique=True))
    titles = st.builds(lambda text: text if text.strip() else "x", TITLES)
    data: Data = {
        "schema": 1,
        "vendor": draw(st.from_regex(r"[a-z][a-z0-9_]{0,31}", fullmatch=True)),
        "title": draw(titles),
        "ipv6": draw(st.sampled_from(("supported", "unsupported"))),
        "sources": [
            {"id": "manual", "title": "Manual", "retrieved": draw(st.sampled_from(("2026-11-20", "in autumn")))}
        ],
        "device_types": [{"type": one, "title": draw(titles), "uplinks": [{"medium": "wifi"}]} for one in types],
        "requirements": [draw(_requirement(number, types)) for number in range(draw(st.integers(1, 6)))],
    }
    spec, problems = parse_spec(data)
    assert problems == []
    assert spec is not None
    return spec


def _back(document: Data) -> Spec:
    found = import_data(document)
    assert (found.problems, found.repairs) == ([], [])
    spec, problems = parse_spec(found.data)
    assert problems == []
    assert spec is not None
    return spec


def _flows_of_only_type(spec: Spec) -> t.Set[t.Tuple[str, ...]]:
    assert len(spec.device_types) == 1
    return spec_flows(spec, spec.device_types[0])


@pytest.mark.parametrize(("spec", "kind"), TYPES, ids=lambda one: getattr(one, "vendor", None) or one.type)
@pytest.mark.parametrize("known", [False, True], ids=["as published", "with hosts"])
def test_the_built_in_specs(spec: Spec, kind: DeviceType, known: bool) -> None:
    hosts = KNOWN.get(spec.vendor, {}) if known else {}
    found = export(spec, kind, BASE, hosts)
    assert why_invalid(found.document) == ""
    assert _flows_of_only_type(_back(found.document)) == spec_flows(spec, kind, hosts)
    assert export(spec, kind, BASE, hosts) == found


@given(spec=random_specs())
def test_any_spec_is_valid_and_comes_back_with_the_same_flows(spec: Spec) -> None:
    for kind in spec.device_types:
        found = export(spec, kind, BASE)
        assert why_invalid(found.document) == ""
        wanted = spec_flows(spec, kind)
        if entries(found.document):
            again = _back(found.document)
            assert _flows_of_only_type(again) == wanted
            assert again.ipv6 == spec.ipv6
        else:
            assert wanted == {("dns", "*", "udp", "53")}


@given(spec=random_specs())
def test_what_is_not_in_the_document_is_told(spec: Spec) -> None:
    """Every requirement of the type has an entry or a loss that says that it is left out."""
    for kind in spec.device_types:
        found = export(spec, kind, BASE)
        told = {loss.path for loss in found.losses if loss.message.startswith("left out")}
        for one in spec.requirements:
            whom = one.between or one.device_types
            alone = replace(spec, requirements=(one,))
            has_entries = bool(entries(export(alone, kind, BASE).document))
            if not whom or kind.type in whom:
                assert has_entries != (one.id in told)
            else:
                assert not has_entries
                assert one.id not in told


def _losses(vendor: str, kind: str = "", hosts: t.Optional[t.Mapping[str, t.Sequence[str]]] = None) -> t.List[str]:
    spec = SPECS[vendor]
    wanted = next(one for one in spec.device_types if one.type == kind or not kind)
    return [str(loss) for loss in export(spec, wanted, BASE, hosts).losses]


def test_losses_in_words() -> None:
    kisi = _losses("kisi", "reader_pro", {"cloud-session": ["imp01.electricimp.com"]})
    for loss in (
        "cloud-session: MUD has no wildcard: of *.electricimp.com it names imp01.electricimp.com alone",
        "cloud-session: MUD knows no fallback: TCP 31314 and TCP 993 stand side by side",
        "firmware: left out: MUD has no word for *.electricimp.com: name other hosts (option hosts)",
        "dns-tcp: MUD knows no levels: it is only recommended, and allowed like the others",
        "reader-controller-sync: is between reader_pro and controller_pro; MUD allows it with every device of the same"
        " authority (same-manufacturer)",
        "reader-controller-sync: MUD gives UDP no direction: its entries let either side begin",
        "dhcp: left out: MUD has no word for DHCP",
        "wifi-band: left out: MUD has no word for Wi-Fi",
        "tls-inspection: left out: MUD has no word for TLS inspection",
        "MUD has no place for a spec's sources, quotations, conflicts and uplinks",
    ):
        assert loss in kisi
    assert (
        "https: names no destination, so MUD opens it to any, inside the site as well: name the hosts (option hosts)"
        in _losses("tsi")
    )
    assert not [loss for loss in _losses("tsi", hosts={"https": ["a.example"]}) if loss.startswith("https: ")]


def test_a_name_that_yang_has_no_word_for() -> None:
    tsi = SPECS["tsi"]
    https = tsi.requirement("https")
    assert https is not None
    for domains, told in (
        (("_.a.example",), "https: left out: MUD has no word for _.a.example: name other hosts (option hosts)"),
        (
            ("_.a.example", "_tls.a.example"),
            "https: MUD has no word for _.a.example, which is left out: an underscore alone is no label of a name"
            " there",
        ),
    ):
        spec = replace(tsi, requirements=(replace(https, domains=domains),))
        found = export(spec, spec.device_types[0], BASE)
        assert why_invalid(found.document) == ""
        assert told in map(str, found.losses)
        assert len(entries(found.document)) == len(domains) - 1


def test_a_document_in_whole() -> None:
    found = export(SPECS["kisi"], SPECS["kisi"].device_types[1], BASE, KNOWN["kisi"]).document
    mud = found[MUD]
    assert mud["mud-url"] == f"{BASE}kisi.reader_pro.json"
    assert (mud["mfg-name"], mud["model-name"], mud["systeminfo"]) == ("kisi", "reader_pro", "Kisi Reader Pro 1, 2")
    assert mud["last-update"] == "2026-11-20T00:00:00Z"
    assert [one["type"] for one in found[ACLS]["acl"]] == ["ipv4-acl-type"] * 2
    assert entries(found)[0]["matches"] == {
        "ipv4": {"protocol": 6, "ietf-acldns:dst-dnsname": "imp01.electricimp.com"},
        "tcp": {"ietf-mud:direction-initiated": "from-device", "destination-port": {"operator": "eq", "port": 31314}},
    }
    assert entries(found, 1)[0]["matches"] == {
        "ipv4": {"protocol": 6, "ietf-acldns:src-dnsname": "imp01.electricimp.com"},
        "tcp": {"ietf-mud:direction-initiated": "from-device", "source-port": {"operator": "eq", "port": 31314}},
    }


def test_addresses_as_hosts() -> None:
    tsi = SPECS["tsi"]
    hosts = {"https": ["198.51.100.7", "2001:db8::7", "api.tsi.example"]}
    for spec, networks in (
        (tsi, {"198.51.100.7/32"}),
        (replace(tsi, ipv6=True), {"198.51.100.7/32", "2001:db8::7/128"}),
    ):
        found = export(spec, spec.device_types[0], BASE, hosts)
        assert why_invalid(found.document) == ""
        headers = [
            header
            for index in range(0, len(found.document[ACLS]["acl"]), 2)
            for ace in entries(found.document, index)
            for part, header in ace["matches"].items()
            if part.startswith("ipv")
        ]
        named = {value for header in headers for key, value in header.items() if key.endswith("-network")}
        assert named == networks
        told = "https: its IPv6 addresses are left out, as the vendor's devices don't use IPv6"
        assert (told in map(str, found.losses)) != spec.ipv6


BASES = {
    "https://mud.example.com": "https://mud.example.com/",
    "https://MUD.example.com/a/b": "https://mud.example.com/a/b/",
    "https://mud.example.com:8443/": "https://mud.example.com:8443/",
    "https://[2001:db8::1]/x/": "https://[2001:db8::1]/x/",
}
NO_BASES = (
    *("", "mud.example.com", "http://mud.example.com/", "https://", "https:///x", "https://a b/", "https://x/?a"),
    *("https://x/#a", "https://me@x.example/", "https://x.example/a b", "https://x.example:99999/", "https://[::1"),
    *("https://x.example/\n", 'https://x.example/"', "https://*.example/"),
)


def test_where_documents_are_served() -> None:
    for given_url, wanted in BASES.items():
        assert base_url(given_url) == wanted
        document = export(SPECS["tsi"], SPECS["tsi"].device_types[0], wanted).document
        assert why_invalid(document) == ""
        _back(document)


@pytest.mark.parametrize("url", NO_BASES)
def test_what_is_no_such_place(url: str) -> None:
    with pytest.raises(ValueError, match="is not an https URL"):
        base_url(url)


def test_hosts_are_checked() -> None:
    given_hosts = [
        {"vendor": "kissi", "requirement": "firmware", "hosts": []},
        {"vendor": "kisi", "requirement": "firmwear", "hosts": []},
        {"vendor": "kisi", "requirement": "dhcp", "hosts": []},
        {
            "vendor": "kisi",
            "requirement": "firmware",
            "hosts": ["fw.electricimp.com", "x.example", "*.x", "198.51.100.7"],
        },
    ]
    hosts, errors = read_hosts(given_hosts, SPECS)
    assert hosts == {"kisi": {"firmware": ["fw.electricimp.com", "198.51.100.7"]}}
    assert errors[0].startswith("hosts[0].vendor: kissi is no vendor with a spec; did you mean kisi?")
    assert errors[1].startswith(
        "hosts[1].requirement: firmwear is no flow out of the site of kisi; did you mean firmware?"
    )
    assert errors[2].startswith("hosts[2].requirement: dhcp is no flow out of the site of kisi")
    assert errors[3:] == [
        "hosts[3].hosts[1]: x.example is not under *.electricimp.com",
        "hosts[3].hosts[2]: *.x is neither a DNS name nor an IP address",
    ]


def test_file_names_never_meet() -> None:
    """Names have no dot, so that vendor a_b with type c is not vendor a with type b_c."""
    names = [file_name(spec, kind) for spec, kind in TYPES]
    assert len(set(names)) == len(names)
    assert json.loads(json.dumps(names)) == names
