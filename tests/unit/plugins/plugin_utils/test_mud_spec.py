"""What a spec that was made of a MUD file is called, whom it asks, and what it says of itself."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.fieldnet.iot.plugins.plugin_utils._data import _yaml
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._import import import_data, spec_from_mud
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._model import ACLS, MUD
from ansible_collections.fieldnet.iot.plugins.plugin_utils._mud._text import is_imported, spec_text
from support.mud import (
    ACCEPT,
    DNS,
    SAME,
    document,
    draft,
    entries,
    matches,
)
from support.mud_reading import CLOUD, ICMP, read_flows, spec_of, udp
from support.mud_yang import why_invalid


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
        ((CLOUD, udp("", 53, DNS)), [("required", "stated")]),
        ((matches("", network="198.51.100.7/32"),), []),
        ((matches("", "tcp", 80, SAME),), []),
    ):
        spec = spec_of(import_data(document(*entries_of)))
        assert [(one.level, one.basis) for one in spec.requirements if one.kind == "dns"] == expected


def test_what_a_spec_is_called() -> None:
    spec = spec_of(import_data(document(CLOUD)))
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
    spec = spec_of(import_data(data))
    assert spec.vendor == slug or (slug.endswith("_") and spec.vendor.startswith(slug))
    assert spec_of(import_data(data, "own_name")).vendor == "own_name"


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
    assert spec_of(import_data(data)).vendor == slug


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
    assert spec_of(found).ipv6
    told = "acls.acl[0].aces.ace[0]: e0: is asked for by IPv6 alone; a spec opens it by both"
    assert told in map(str, found.losses)
    again = json.loads(json.dumps(data[ACLS]["acl"][0]).replace('"ipv6', '"ipv4').replace('"fr"', '"fr4"'))
    data[ACLS]["acl"].append(again)
    data[MUD]["from-device-policy"]["access-lists"]["access-list"].append({"name": "fr4"})
    assert why_invalid(data) == ""
    found = import_data(data)
    assert len(spec_of(found).requirements) == 2
    assert not [one for one in found.losses if "alone" in one.message]


def test_tcp_without_a_direction() -> None:
    wanted = matches("api.lamps.example")
    wanted["tcp"].pop("ietf-mud:direction-initiated")
    found, losses = read_flows(wanted)
    assert found == {("outbound", "api.lamps.example", "tcp", "443")}
    assert losses["acls.acl[0].aces.ace[1]"] == "e1: does not say who opens it; taken for what the device opens"


def test_wildcards_that_no_rfc_has_are_carried() -> None:
    found = import_data(document(matches("*.lamps.example")))
    assert spec_of(found).requirements[0].domains == ("*.lamps.example",)
    assert "*.lamps.example is a wildcard, which RFC 8520 lacks" in [one.message for one in found.repairs]


def test_ids_are_of_the_destination_and_never_alike() -> None:
    """Names that differ in a dot alone, and names that are too long."""
    long = ".".join(["x" * 60, "y" * 60, "example"])
    spec = spec_of(import_data(document(*(matches(name) for name in ("a.b", "a-b", long, long.replace("y", "z"))))))
    ids = [one.id for one in spec.requirements]
    assert ids[0] == "to-a-b"
    assert len(set(ids)) == 5
    again = spec_of(import_data(document(matches(long))))
    assert again.requirements[0].id == ids[2]


def test_a_file_becomes_a_file(tmp_path: Path) -> None:
    """Its comments tell what is lost, and what is read back is what was made."""
    for number, data in enumerate((document(CLOUD, ICMP), draft())):
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
