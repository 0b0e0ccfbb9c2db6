"""A spec as data is what its file could hold: it becomes the same spec again."""

from __future__ import annotations

import dataclasses
import json

import pytest

from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._data import NoVendorError, choose, spec_data
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._model import (
    DeviceType,
    Port,
    Requirement,
    Spec,
    Uplink,
)
from ansible_collections.fieldnet.iot.plugins.plugin_utils._spec._vendors import parse_spec
from support.random_sites import VENDORS
from support.sites import parsed_spec, specs


@pytest.mark.parametrize("vendor", sorted(VENDORS))
def test_it_becomes_the_same_spec_again(vendor: str) -> None:
    data = spec_data(VENDORS[vendor])
    assert parse_spec(json.loads(json.dumps(data))) == (VENDORS[vendor], [])


def test_what_is_false_or_zero_was_given() -> None:
    """Only what was left out is left out again."""
    plain = parsed_spec("acme")
    kind = DeviceType("thing", "Thing", (Uplink("ethernet", (10, 100), poe=False), Uplink("wifi")))
    source = dataclasses.replace(plain.requirements[0].sources[0], claim={"port": 0, "tls": False})
    requirement = dataclasses.replace(plain.requirements[0], sources=(source,))
    spec = dataclasses.replace(plain, device_types=(kind,), requirements=(requirement,))
    data = spec_data(spec)
    assert data["device_types"][0]["uplinks"] == [
        {"medium": "ethernet", "speeds_mbps": [10, 100], "poe": False},
        {"medium": "wifi"},
    ]
    assert data["requirements"][0]["sources"] == [
        {"ref": "manual", "says": "TCP 443", "claim": {"port": 0, "tls": False}}
    ]
    assert parse_spec(data) == (spec, [])


def test_every_part_of_the_model_is_there() -> None:
    """But for what says where a spec came from."""
    port = Port("tls", "tcp", 443)
    full = dataclasses.replace(
        specs()["kisi"].requirements[0],
        device_types=("lock",),
        any_of=(port,),
        all_of=(port,),
        between=("lock", "lock"),
        wifi={"property": "channel", "allowed": [1], "forbidden": []},
        certificate="pinned",
        text="Words.",
        conflict={"text": "Words.", "uses": "manual"},
    )
    data = spec_data(dataclasses.replace(specs()["kisi"], requirements=(full,)))
    names = {field.name for field in dataclasses.fields(Requirement)} - {"domains", "changed"}
    assert set(data["requirements"][0]) == (names | {"to"})
    assert set(data) == ({field.name for field in dataclasses.fields(Spec)} - {"extends", "notes"} | {"schema"})


def test_vendors_by_name() -> None:
    found = specs()
    assert [spec.vendor for spec in choose(found, [])] == sorted(found)
    assert [spec.vendor for spec in choose(found, ["tsi", "kisi"])] == ["tsi", "kisi"]
    with pytest.raises(NoVendorError) as caught:
        choose(found, ["kissi", "tsi", 7])
    assert str(caught.value).splitlines() == [
        "kissi is no vendor with a spec; did you mean kisi?",
        f"7 is no vendor with a spec (known: {', '.join(sorted(found))})",
    ]
